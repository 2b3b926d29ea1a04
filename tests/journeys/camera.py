"""Looks at the workspace's page as somebody, and keeps a picture of one thing on it: a card, a modal, Home."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from chromium import PICTURES
from darkroom import shrink
from eyes import PATIENCE, wait_until
from house import APPROVALS, LENA, House
from playwright.sync_api import Page, expect

DESK, PHONE = {"width": 1060, "height": 2600}, {"width": 390, "height": 2600}  # so high that nothing has to scroll
WAIT = PATIENCE * 1000  # milliseconds


@dataclass
class Camera:
    """One page in a browser. `taken` is every picture so far by its name, with the kind of modal it shows, if any."""

    page: Page
    house: House
    folder: Path
    taken: dict[str, str] = field(default_factory=dict)
    _as: tuple[str, str] = ("", "")

    def stands(self, who: str, where: str) -> None:
        """Open a channel (or `app/home`) as somebody."""
        if self._as != (who, where):
            self._as = (who, where)
            self.page.goto("about:blank")
            self.page.goto(f"{self.house.slack.url}/?as={who}#/{where if '/' in where else f'c/{where}'}")
            expect(self.page.get_by_test_id("person-switcher")).to_be_attached(timeout=WAIT)

    def card(self, name: str, ts: str, *parts: str, who: str = LENA, where: str = APPROVALS, phone: bool = False):
        """One message."""
        self.stands(who, where)
        self._keep(name, self.page.get_by_test_id("messages").locator(f"[data-ts='{ts}']"), parts, phone=phone)

    def whisper(self, name: str, part: str, who: str, where: str = APPROVALS):
        """What only this person sees: it comes while they stand there, and is gone when the page is loaded again."""
        assert self._as == (who, where)
        self._keep(name, self.page.get_by_test_id("ephemeral").filter(has_text=part).last, [part])

    def modal(self, name: str, *parts: str, who: str = LENA, phone: bool = False):
        """The modal that this person has open."""
        if self._as[0] != who:
            self.stands(who, APPROVALS)
        shown = self.page.get_by_test_id("modal")
        shown.evaluate(
            "node => { node.style.maxHeight = 'none'; node.style.height = 'fit-content'; }"
        )  # it need not scroll
        self._keep(name, shown, parts, phone=phone)
        self.taken[name] = shown.locator("form").get_attribute("data-callback-id")

    def form(self, name: str, part: str, opens: Callable, who: str = LENA, where: str = APPROVALS, *, phone=False):
        """Let somebody open a modal, keep its picture, close it again."""
        self.stands(who, where)
        opens(who)
        self.house.modal(who)
        self.modal(name, part, who=who, phone=phone)
        self.house.act("close", who, all=True)

    def home(self, name: str, *parts: str, who: str, phone: bool = False):
        """App Home."""
        self.stands(who, "app/home")
        self._keep(name, self.page.locator(".home-blocks"), parts, phone=phone, around=14)

    def thread(self, name: str, ts: str, *parts: str, who: str, where: str):
        """A message with all that hangs below it."""
        self.stands(who, f"c/{where}/{ts}")
        shown = self.page.get_by_test_id("thread").get_by_role("log")
        shown.evaluate("node => { node.style.flex = 'none'; }")  # as high as what stands in it
        self._keep(name, shown, parts)

    def _keep(self, name, what, parts, *, phone=False, around=0):
        """`around`: pixels of the page on each side."""
        for part in parts:
            expect(what).to_contain_text(re.compile(re.escape(part)), timeout=WAIT)
        assert name not in self.taken, f"two pictures are called {name}"
        self.taken[name] = ""
        self.page.set_viewport_size(PHONE if phone else DESK)
        self.page.mouse.move(1, 1)  # nothing is hovered
        what.evaluate("node => node.scrollIntoView({block: 'nearest'})")
        box = wait_until(what.bounding_box)  # none while it is being drawn anew
        clip = {
            "x": box["x"] - around, "y": box["y"] - around,
            "width": box["width"] + 2 * around, "height": box["height"] + 2 * around,
        }  # fmt: skip
        file = self.folder / f"{name}.png"
        self.page.screenshot(path=file, clip=clip, animations="disabled", caret="hide")
        if PICTURES:
            shrink(file)
        self.page.set_viewport_size(DESK)
