"""The demo as a user starts it, and a real browser in front of it.

With LANEKEEPER_PICTURES=<folder> the tests leave their pictures there, at twice the resolution.
"""

import os
import shutil
from pathlib import Path

import pytest
from northwind import PATIENCE, Demo, Desk
from playwright.sync_api import expect, sync_playwright

QUIETLY = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PICTURES = os.environ.get("LANEKEEPER_PICTURES")


@pytest.fixture(scope="module")  # for longer, its event loop would stand in the way of the next module's
def browser():
    with sync_playwright() as play:
        own = Path(play.chromium.executable_path)
        found = next(filter(None, map(shutil.which, NAMES)), str(own) if own.exists() else None)
        if found is None:
            pytest.skip("no Chromium on this machine; install one, or run `playwright install chromium`")
        expect.set_options(timeout=PATIENCE * 1000)
        browser = play.chromium.launch(executable_path=found, args=QUIETLY)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demo for a whole module: its tests are one day, in the order in which they stand."""
    with Demo(tmp_path_factory.mktemp("demo") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    folder = Path(PICTURES) if PICTURES else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def open_desk(browser, pictures):
    """Opens the page as somebody. Nothing may go wrong on it unseen, and it asks nobody but the workspace."""
    contexts, wrong = [], []

    def opened(demo, who="U0REP", channel="C0SUPPORT"):
        context = browser.new_context(
            viewport=Desk.WIDE, device_scale_factor=2 if PICTURES else 1, timezone_id="UTC", reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("request", lambda ask: None if ask.url.startswith(demo.url) else wrong.append(ask.url))
        page.goto(f"{demo.url}/?as={who}#/c/{channel}")
        return Desk(page, pictures)

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def desk(demo, open_desk):
    return open_desk(demo)
