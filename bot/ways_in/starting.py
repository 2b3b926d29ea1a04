"""The one door through which people start runs: command, modal, message shortcut, mention, direct message, button.

Whatever the way in, the same is asked: may this person use lanes, is the lane stopped, does the page understand what
they wrote, is the same under way already. What is missing is asked for in a modal, or behind a button where Slack has
given no trigger to open one.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from bot import words
from bot.cards.progress import now
from bot.people.standing import People
from bot.record.inquiry import Inquiry
from bot.slack import by_url
from bot.slack.blocks import actions, button, section
from bot.slack.mrkdwn import plain
from bot.ways_in import forms
from bot.ways_in.asking import SUBJECT, Read, Typed, read
from bot.ways_in.forms import Start
from bot.ways_in.replying import Asked, Replies
from bot.words import ways_in as say
from lanes.core import commands as c
from lanes.core.page import Lane
from lanes.core.values import Person, Place
from lanes.engine import Engine
from storage.deliveries import Deliveries

MESSAGE = 3000  # characters of a message that are handed over
_BUTTONS = 10  # offered at once; who has more in mind writes a command


@dataclass(frozen=True)
class Starting:
    """Starts runs for people, and tells them when it does not."""

    engine: Engine
    people: People
    replies: Replies
    inquiry: Inquiry
    deliveries: Deliveries

    @property
    def lanes(self) -> dict[str, Lane]:
        return {name: ready.page for name, ready in self.engine.lanes.items()}

    def typed(self, asked: Asked, page: Lane, typed: Typed) -> None:
        """A lane by its name, with what stood behind it."""
        about = read(page, typed.subject, typed.inputs)
        if not about.wrong:
            self._start(asked, page, about, anew=typed.again)
            return
        given = {SUBJECT: typed.subject, **typed.inputs} if typed.subject else dict(typed.inputs)
        self._ask(asked, page, _start_of(asked, lane=page.lane, given=given), about.wrong if given else {})

    def choose(self, asked: Asked) -> None:
        """No lane was named: ask for it."""
        start = _start_of(asked)
        if not self.replies.opens(asked, forms.which(start, self.lanes)):
            self._offer(asked, say.CHOOSE_A_LANE, {"Choose a lane…": start})

    def offered(self, asked: Asked, text: str) -> bool:
        """No lane was named, but something that lanes are about: offer those that fit. False when none does."""
        found = forms.found(text, self.lanes)
        fits = [(self.lanes[name], one) for name, subjects in found.items() for one in subjects]
        choices = {
            f"{page.command} {one}": _start_of(asked, lane=page.lane, given={SUBJECT: one}) for page, one in fits
        }
        if choices:
            self._offer(asked, say.which_lane_for(dict.fromkeys(one for _, one in fits)), choices)
        return bool(choices)

    def clicked(self, asked: Asked, carried: Mapping[str, Any]) -> None:
        """An offer was taken up: start it, or ask for what is missing."""
        if not self._welcome(asked):
            return
        start = Start.model_validate(carried)
        asked = replace(asked, via=start.via, thread=start.thread, inside=start.inside)
        page = self.lanes.get(start.lane)
        if page is None:
            self.choose(asked)
            return
        inputs = {name: said for name, said in start.given.items() if name != SUBJECT}
        self.typed(asked, page, Typed(start.given.get(SUBJECT, ""), inputs, again=False))

    def handed(self, asked: Asked, message: Mapping[str, Any]) -> None:
        """A message shortcut: ask for the lane, with what the message speaks of."""
        if not self._welcome(asked):
            return
        text = unescape(str(message.get("text") or "")).strip()
        if not text:
            self.replies.say(asked, say.NOTHING_TO_HAND_OVER)
            return
        start = _start_of(asked, delivery=asked.delivery, found=forms.found(text, self.lanes))
        if not self.replies.opens(asked, forms.which(start, self.lanes, text)):
            self.replies.say(asked, words.TOO_LATE_TO_OPEN)

    def submitted(self, view: Mapping[str, Any], by: Person, delivery: str) -> None:
        """The start modal, filled in; the listener has told already what was wrong with it."""
        start, page = forms.chosen(view, self.lanes)
        if page is None or (about := forms.filled(view, page)).wrong:
            return
        asked = Asked(
            by, start.channel, delivery, via=start.via, thread=start.thread, inside=start.inside, offer=start.offer
        )
        self._start(asked, page, about, message=self._message(start) if start.delivery else "")

    def _start(self, asked: Asked, page: Lane, about: Read, *, message: str = "", anew: bool = False) -> None:
        if not self._welcome(asked):
            return
        if self.engine.regime(page.lane).stopped:
            self.replies.say(asked, words.stopped(page))
            return
        run = "r" + hashlib.sha256(asked.delivery.encode()).hexdigest()[:10]
        outcome = self.engine.handle(c.StartRun(
            run, page.lane, about.subject, asked.by, asked.channel, asked.delivery, via=asked.via,
            inputs=about.inputs, message=message, anew=anew, thread=asked.thread,
        ))  # fmt: skip
        by_url.settle(asked.offer, say.taken_up(page, about.subject))
        same = outcome.run
        if same and same.id != run:
            state, link = now(same, page), self.inquiry.card_link(same)
            self.replies.say(asked, say.same_run(link, same.id, state, _again(page, about)))

    def _welcome(self, asked: Asked) -> bool:
        """May they use lanes? If not, they are told."""
        barred = self.people.may_start(asked.by)
        if barred:
            self.replies.say(asked, words.barred(barred))
        return barred is None

    def _ask(self, asked: Asked, page: Lane, start: Start, wrong: Mapping[str, str]) -> None:
        if not self.replies.opens(asked, forms.ask(start, page, wrong)):
            missing = wrong or read(page, "", {}).wrong
            self._offer(asked, say.incomplete(page, missing), {"Fill in…": start})

    def _offer(self, asked: Asked, text: str, choices: Mapping[str, Start]) -> None:
        """Buttons: label → what a click on it begins with."""
        offered: Sequence[tuple[str, Start]] = list(choices.items())[:_BUTTONS]
        made = [button(f"begin/{n}", label[:75], start.carried()) for n, (label, start) in enumerate(offered)]
        self.replies.say(asked, text, [section(text), actions("begin", *made)])

    def _message(self, start: Start) -> str:
        """The words that were handed over, and where they stand; what was not kept cannot be handed over."""
        kept = json.loads(self.deliveries.get(start.delivery) or "{}")
        message = kept.get("message") or {}
        text = unescape(str(message.get("text") or ""))[:MESSAGE]
        place = Place(channel=start.channel, ts=str(message.get("ts", "")))
        return f"{text}\n{self.inquiry.notifier.permalink(place)}".strip()


def _start_of(asked: Asked, **more: Any) -> Start:
    where = {"channel": asked.channel, "thread": asked.thread, "inside": asked.inside}
    return Start(**where, via=asked.via, offer=asked.offer, **more)


def _again(page: Lane, about: Read) -> str:
    """The command that means it."""
    inputs = "".join(f" {name}={value}" for name, value in about.inputs.items())
    return plain(f"/lane {page.command} {about.subject}{inputs} again")
