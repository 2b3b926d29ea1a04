"""A real browser in front of the page, and how somebody opens it."""

import pytest
from chromium import launched
from playwright.sync_api import expect

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser():
    with launched() as running:
        yield running


@pytest.fixture
def page(browser, desk):
    """A page on which nothing may go wrong unseen, and that asks nobody but the workspace."""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    page.on("request", lambda ask: None if ask.url.startswith(desk.handle.url) else wrong.append(ask.url))
    yield page
    context.close()
    assert wrong == []


def visit(page, desk, who="U0REP", where="c/C0SUPPORT"):
    page.goto(f"{desk.handle.url}/?as={who}#/{where}")
    expect(page.get_by_test_id("person-switcher")).to_be_attached()
