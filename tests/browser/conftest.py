"""The demo as a user starts it, and a real browser in front of it."""

import pytest
from chromium import launched
from northwind import PATIENCE, Demo, Desk
from playwright.sync_api import expect


@pytest.fixture(scope="module")  # for longer, its event loop would stand in the way of the next module's
def browser():
    with launched() as running:
        expect.set_options(timeout=PATIENCE * 1000)
        yield running


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demo for a whole module: its tests are one day, in the order in which they stand."""
    with Demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture
def open_desk(browser):
    """Opens the page as somebody. Nothing may go wrong on it unseen, and it asks nobody but the workspace."""
    contexts, wrong = [], []

    def opened(demo, who="U0REP", channel="C0SUPPORT"):
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, timezone_id="UTC", reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("request", lambda ask: None if ask.url.startswith(demo.url) else wrong.append(ask.url))
        page.goto(f"{demo.url}/?as={who}#/c/{channel}")
        return Desk(page)

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def desk(demo, open_desk):
    return open_desk(demo)
