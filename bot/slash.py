"""`/lane …`: one word leads to one method; whatever is no command of ours is looked for among the lanes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from bot import forms, words
from bot.in_short import open_modal
from bot.inquiry import Inquiry
from bot.lane_page import lane_page
from bot.notifier import Notifier
from bot.people import People
from bot.taking_back import TakingBack
from lanes.core import commands as c
from lanes.core.commands import Standing
from lanes.core.lane_state import EVERY_LANE
from lanes.core.page import Lane, Mode
from lanes.core.values import Person
from lanes.engine import Engine
from tools.contract import Refused


@dataclass(frozen=True)
class Asked:
    """A slash command, taken apart."""

    by: Person
    channel: str
    rest: str
    trigger: str
    response_url: str
    delivery: str


@dataclass(frozen=True)
class Slash:
    """Answers slash commands. Every answer goes to the one who asked, unless it starts a run."""

    engine: Engine
    client: WebClient
    people: People
    notifier: Notifier
    inquiry: Inquiry
    taking_back: TakingBack

    def answer(self, body: Mapping[str, Any], delivery: str) -> None:
        word, _, rest = unescape(str(body.get("text", ""))).strip().partition(" ")  # Slack sends &, <, > escaped
        asked = Asked(
            by=Person(user=body["user_id"], team=body["team_id"]), channel=body["channel_id"], rest=rest.strip(),
            trigger=body["trigger_id"], response_url=body["response_url"], delivery=delivery,
        )  # fmt: skip
        barred = self.people.may_start(asked.by)
        said = words.barred(barred) if barred else self._answer(word.lower(), asked)
        if said:
            self._reply(asked, said)

    def _answer(self, word: str, asked: Asked) -> str:  # noqa: PLR0911 - one line a word
        match word:
            case "" | "help":
                return words.help_text(self._pages())
            case "status":
                return self.inquiry.status()
            case "inbox":
                return self.inquiry.inbox(asked.by)
            case "audit":
                return self.inquiry.audit(asked.rest)
            case "undo":
                return self.taking_back.asked(asked.rest, asked.by, asked.delivery)
            case "show" | "mode" | "stop" | "resume":
                return self._of_lane(word, asked)
            case _:
                return self._start(word, asked)

    def _start(self, word: str, asked: Asked) -> str:
        page = self._page(word)
        if page is None:
            return words.unknown_command(word, self._pages())
        subject = page.subject.read(asked.rest)
        if subject is None:
            return words.bad_subject(page, asked.rest)
        regime = self.engine.regime(page.lane)
        if regime.stopped:
            return words.stopped(page)
        run = "r" + hashlib.sha256(asked.delivery.encode()).hexdigest()[:10]
        self.engine.handle(c.StartRun(run, page.lane, subject, asked.by, asked.channel, asked.delivery))
        return ""

    def _of_lane(self, word: str, asked: Asked) -> str:
        name, _, rest = asked.rest.partition(" ")
        page = self._page(name)
        if page is None and not (name == "all" and word in {"stop", "resume"}):
            return words.which_lane(word, self._pages())
        match word:
            case "show":
                assert page is not None
                return lane_page(page, self.engine.regime(page.lane), self.engine.lanes[page.lane].tools)
            case "mode":
                assert page is not None
                return self._mode(page, rest.strip(), asked)
            case "stop":
                self.engine.handle_lane(
                    c.StopLane(page.lane if page else EVERY_LANE, asked.by, rest.strip()[:200]), asked.delivery
                )
                return words.did_stop(page)
            case _:
                return self._resume(page, asked)

    def _mode(self, page: Lane, wanted: str, asked: Asked) -> str:
        now = self.engine.regime(page.lane).mode
        if not wanted:
            return words.mode_now(page, now)
        if wanted not in set(Mode):
            return words.no_such_mode(wanted)
        mode = Mode(wanted)
        if not self._speaks_for(page, asked.by):
            return words.not_yours(page)
        if mode is Mode.AUTONOMOUS:
            return self._lease(page, asked)
        try:
            self.engine.handle_lane(c.SetMode(page.lane, mode, asked.by), asked.delivery)
        except Refused as refused:
            return refused.message
        return words.mode_set(page, mode)

    def _lease(self, page: Lane, asked: Asked) -> str:
        if asked.by.user != page.owner.person:
            return words.only_the_owner(page)
        if not any(row.then == "auto" for row in page.policy):
            return words.nothing_to_lease(page)
        try:
            open_modal(self.client.views_open, asked.trigger, forms.lease(page, datetime.now(UTC).date()))
        except SlackApiError:
            return words.TOO_LATE_TO_OPEN
        return ""

    def _resume(self, page: Lane | None, asked: Asked) -> str:
        pages = [page] if page else list(self._pages().values())
        others = [one for one in pages if not self._speaks_for(one, asked.by)]
        if others:
            return words.not_yours(page) if page else words.not_all_yours(others)
        self.engine.handle_lane(c.ResumeLane(page.lane if page else EVERY_LANE, asked.by), asked.delivery)
        return words.did_resume(page)

    def _speaks_for(self, page: Lane, by: Person) -> bool:
        return by.user == page.owner.person or self.people.standing(by, page.approvers) is Standing.MEMBER

    def _pages(self) -> dict[str, Lane]:
        return {name: ready.page for name, ready in self.engine.lanes.items()}

    def _page(self, name: str) -> Lane | None:
        return next((page for page in self._pages().values() if name.lower() in {page.lane, page.command}), None)

    def _reply(self, asked: Asked, text: str) -> None:
        """By the command's own response URL; once that has run out, as a message only they see."""
        try:
            answer = WebhookClient(asked.response_url).send(text=text, response_type="ephemeral")
            if answer.status_code == 200:
                return
        except (SlackClientError, OSError):
            pass
        self.notifier.whisper(asked.channel, asked.by.user, text)
