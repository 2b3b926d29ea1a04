"""The browser of every test that looks at a page: one that is there already, which reaches for nothing by itself."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

PICTURES = os.environ.get("LANEKEEPER_PICTURES")  # a folder: the gallery leaves its pictures there
QUIETLY = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@contextmanager
def launched():
    """A running browser; the test is skipped on a machine that has none."""
    with sync_playwright() as play:
        own = Path(play.chromium.executable_path)
        found = next(filter(None, map(shutil.which, NAMES)), str(own) if own.exists() else None)
        if found is None:
            pytest.skip("no Chromium on this machine; install one, or run `playwright install chromium`")
        browser = play.chromium.launch(executable_path=found, args=QUIETLY)
        yield browser
        browser.close()
