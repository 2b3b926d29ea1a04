"""A real browser in front of the page, and how somebody opens it."""

from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
QUIETLY = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium on this machine")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        yield browser
        browser.close()


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
