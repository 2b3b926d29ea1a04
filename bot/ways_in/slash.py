"""`/lane …`: one word leads to one method; whatever is no command of ours is looked for among the lanes.

The same words are understood in a mention and in a direct message (`hearing.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from bot import words
from bot.deciding import forms
from bot.deciding.taking_back import TakingBack
from bot.lease.leases import Leases
from bot.people.absences import Absences
from bot.people.standing import People
from bot.record.inquiry import Inquiry
from bot.record.lane_page import lane_page
from bot.report.reporting import Reporting
from bot.ways_in.asking import taken_apart
from bot.ways_in.replying import Asked, Replies
from bot.ways_in.starting import Starting
from bot.words import lease as words_lease
from bot.words import people as words_people
from bot.words import ready as words_ready
from bot.words import switch as words_switch
from bot.words import ways_in as ways
from lanes.core import lane_commands as lc
from lanes.core.commands import Standing
from lanes.core.lane_state import EVERY_LANE
from lanes.core.page import Lane, Mode
from lanes.core.values import Person
from lanes.engine import Engine
from tools.contract import Refused


@dataclass(frozen=True)
class Slash:
    """Answers commands. Every answer goes to the one who asked, unless it starts a run."""

    engine: Engine
    people: People
    replies: Replies
    inquiry: Inquiry
    taking_back: TakingBack
    starting: Starting
    absences: Absences
    leases: Leases
    reporting: Reporting

    def answer(self, body: Mapping[str, Any], delivery: str) -> None:
        """A slash command as Slack sent it."""
        asked = Asked(
            by=Person(user=body["user_id"], team=body["team_id"]), channel=body["channel_id"], delivery=delivery,
            trigger=body["trigger_id"], response_url=body["response_url"],
        )  # fmt: skip
        self.obey(asked, unescape(str(body.get("text", ""))).strip())  # Slack sends &, <, > escaped

    def obey(self, asked: Asked, text: str) -> None:
        """The words of somebody, wherever they wrote them."""
        word, _, rest = text.partition(" ")
        asked = replace(asked, rest=rest.strip())
        barred = self.people.may_start(asked.by)
        said = words.barred(barred) if barred else self._answer(word.lower(), asked, text)
        if said:
            self.replies.say(asked, said)

    def _answer(self, word: str, asked: Asked, text: str) -> str:  # noqa: C901, PLR0911 - one line a word
        match word:
            case "help":
                return ways.help_text(self._pages())
            case "" if asked.via != "command":
                return ways.help_text(self._pages())
            case "" | "start":
                self.starting.choose(asked)
                return ""
            case "status":
                return self.inquiry.status()
            case "inbox":
                return self.inquiry.inbox(asked.by)
            case "audit":
                return self.inquiry.audit(asked.rest)
            case "report":
                return self._report(asked)
            case "undo":
                return self.taking_back.asked(asked.rest, asked.by, asked.delivery)
            case "away":
                return self.absences.away(asked.rest, asked.by, asked.delivery)
            case "back":
                return self.absences.back(asked.by, asked.delivery)
            case "show" | "mode" | "stop" | "resume" | "promote" | "ready" | "drill":
                return self._of_lane(word, asked)
            case _:
                return self._start(word, asked, text)

    def _start(self, word: str, asked: Asked, text: str) -> str:
        page = self._page(word)
        if page:
            self.starting.typed(asked, page, taken_apart(asked.rest))
            return ""
        if self.starting.offered(asked, text):
            return ""
        pages = self._pages()
        return words.unknown_command(word, pages) if asked.via == "command" else ways.help_text(pages)

    def _report(self, asked: Asked) -> str:
        page = self._page(asked.rest) if asked.rest else None
        if asked.rest and page is None:
            return words_switch.which_lane("report", self._pages(), asked.rest)
        self.reporting.tell(asked, page.lane if page else "")
        return ""

    def _of_lane(self, word: str, asked: Asked) -> str:
        name, _, rest = asked.rest.partition(" ")
        page = self._page(name)
        if page is None and not (name == "all" and word in {"stop", "resume"}):
            return words_switch.which_lane(word, self._pages(), name)
        match word:
            case "show":
                assert page is not None
                tools, away = self.engine.lanes[page.lane].tools, self.absences.of_lane(page)
                return lane_page(page, self.engine.regime(page.lane), tools, away)
            case "promote" | "ready" | "drill":
                assert page is not None
                return self._earning(word, page, asked)
            case "mode":
                assert page is not None
                return self._mode(page, rest.strip(), asked)
            case "stop":
                self.engine.handle_lane(
                    lc.StopLane(page.lane if page else EVERY_LANE, asked.by, rest.strip()[:200]), asked.delivery
                )
                return words_switch.did_stop(page)
            case _:
                return self._resume(page, asked)

    def _mode(self, page: Lane, wanted: str, asked: Asked) -> str:
        now = self.engine.regime(page.lane).mode
        if not wanted:
            return words_switch.mode_now(page, now)
        if wanted not in set(Mode):
            return words_switch.no_such_mode(wanted)
        mode = Mode(wanted)
        if mode is Mode.AUTONOMOUS:
            return self._lease(page, asked)
        if not self._speaks_for(page, asked.by):
            return words_switch.not_yours(page)
        try:
            self.engine.handle_lane(lc.SetMode(page.lane, mode, asked.by), asked.delivery)
        except Refused as refused:
            return refused.message
        return words_switch.mode_set(page, mode)

    def _earning(self, word: str, page: Lane, asked: Asked) -> str:
        if word == "promote":
            return self.leases.promote(page, asked=self._speaks_for(page, asked.by))
        if word == "ready":
            return words_ready.table(page, self.leases.review.readiness.table(page.lane))
        if not self._speaks_for(page, asked.by):
            return words_switch.not_yours(page)
        self.leases.drill.hold(page.lane, asked.by)
        return words_lease.drill_told(page)

    def _lease(self, page: Lane, asked: Asked) -> str:
        if asked.by.user != page.owner.person:
            return words_people.only_the_owner(page)
        if not any(row.then == "auto" for row in page.policy):
            return words_people.nothing_to_lease(page)
        if page.promotion and not page.approvers.break_glass:
            return words_lease.only_earned(page)
        if not asked.trigger:
            return ways.by_command(f"/lane mode {page.command} {Mode.AUTONOMOUS}")
        opened = self.replies.opens(asked, forms.lease(page, self.engine.clock().date()))
        return "" if opened else words.TOO_LATE_TO_OPEN

    def _resume(self, page: Lane | None, asked: Asked) -> str:
        pages = [page] if page else list(self._pages().values())
        others = [one for one in pages if not self._speaks_for(one, asked.by)]
        if others:
            return words_switch.not_yours(page) if page else words_switch.not_all_yours(others)
        self.engine.handle_lane(lc.ResumeLane(page.lane if page else EVERY_LANE, asked.by), asked.delivery)
        return words_switch.did_resume(page)

    def _speaks_for(self, page: Lane, by: Person) -> bool:
        return by.user == page.owner.person or self.people.standing(by, page.approvers) is Standing.MEMBER

    def _pages(self) -> dict[str, Lane]:
        return {name: ready.page for name, ready in self.engine.lanes.items()}

    def _page(self, name: str) -> Lane | None:
        return next((page for page in self._pages().values() if name.lower() in {page.lane, page.command}), None)
