"""Answers to a lead's questions in Slack: what is each lane doing, what waits for me, who did what to whom."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot import words
from bot.home.mine import Mine
from bot.notifier import Notifier
from bot.people.standing import People
from bot.record import answers as record
from bot.slack.mrkdwn import DAY, link, plain, when
from bot.ways_in.triggers import WEBHOOK
from bot.words import lane_story
from bot.words import record as words_record
from bot.words import ways_in as ways
from lanes.core.page import Lane
from lanes.core.run import Run
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.library import Library
from lanes.sweeping import SCHEDULE

_RUN = r"r[0-9a-f]{2,}"  # a run's id, or its beginning
_MOST = 8  # cases in one answer
NONE: Mapping[str, str] = {}
_READ = 200  # runs folded for one answer: half a second's work


@dataclass(frozen=True)
class Inquiry:
    """Reads and tells; changes nothing."""

    engine: Engine
    library: Library
    people: People
    notifier: Notifier
    mine: Mine

    def status(self) -> str:
        """Every lane with its mode, its kill switch, what waits, and how the last day went."""
        since = self.engine.clock() - timedelta(days=1)
        lines = ["*Lanes now*"]
        for name, ready in self.engine.lanes.items():
            regime = self.engine.regime(name)
            counts = self.library.counts(name, since)
            open_now = counts.pop("open", 0)
            stopped = " · 🛑 *stopped*" if regime.stopped else ""
            itself = self._by_itself(ready.page, stopped=regime.stopped)
            ended = ", ".join(f"{n} {words.counted(outcome)}" for outcome, n in sorted(counts.items()))
            waiting = self.library.waiting(name)
            working = open_now - sum(row.finished is None for row in waiting)  # on one that has ended, a way back waits
            lines.append(
                f"• *{name}* (`/lane {ready.page.command}`): mode `{regime.mode}`{stopped} · {len(waiting)} waiting · "
                f"{working} working · last 24 h: {ended or 'nothing ended'}{itself}"
            )
        return "\n".join(lines)

    def _by_itself(self, page: Lane, *, stopped: bool) -> str:
        """How much of what it may start by itself today it has started."""
        caps = {f"{WEBHOOK}:{n}": one.per_day for n, one in enumerate(page.triggers)}
        caps |= {SCHEDULE: page.sweep.per_day} if page.sweep else {}
        if not caps:
            return ""
        if stopped:
            return f" · {ways.STOPPED_BY_ITSELF}"
        begun = self.library.started(page.lane, caps, self.engine.clock())
        return f" · by itself today: {sum(begun.values())} of {sum(caps.values())}"

    def inbox(self, by: Person) -> str:
        """What waits for this person, what costs most to leave for later first."""
        mine = self.mine.of(by)
        if not mine:
            return "Nothing waits for you."
        lines = [f"*{len(mine)} waiting for you*"]
        for case in mine[:_MOST]:
            run = self.engine.run(case.run)
            if run and run.waiting:
                action = run.waiting[0]
                until = f" · until {when(action.until, DAY)}" if action.until else ""
                lines.append(f"• {self.card_link(run)} {plain(action.draft.preview.sentence)}{until}")
        more = len(mine) - _MOST
        return "\n".join([*lines, *([words_record.more_in_home(more)] if more > 0 else [])])

    def card_link(self, run: Run) -> str:
        """The subject, leading to the run's card where it has one."""
        url = self.notifier.permalink(run.card) if run.card else ""
        return link(url, run.started.subject) if url else plain(run.started.subject)

    def audit(self, text: str) -> str:
        """Who did what, or why it was held: by ticket, customer, run or person; or what has happened to a lane."""
        question = record.read(text)
        if not question.term:
            return words_record.WHOM
        by_name = {ready.page.command: name for name, ready in self.engine.lanes.items()}
        return asked(question, self.library, by_name | {name: name for name in self.engine.lanes})


def asked(question: record.Question, library: Library, lanes: Mapping[str, str] = NONE) -> str:
    """The answer to a question to the record, a page of it. `lanes`: each by its name and its command."""
    lane = lanes.get(question.term, question.term)
    happened = library.lane(lane) if question.asks == "who" else ()
    if happened or (question.asks == "who" and question.term in lanes):
        return record.paged(lane_story.story(lane, happened), question)
    one = library.find_run(question.term) if re.fullmatch(_RUN, question.term) else None
    run = library.run(one) if one else None
    if question.asks == "why":
        found = run or next(iter(library.about(question.term, 1)), None)
        if found is None:
            return words_record.no_why(record.named(question.term))
        return record.paged(record.why(found, library.events(found.id)), question)
    if run:
        return record.paged(record.whole(run, library.events(run.id)), question)
    runs = library.about(question.term, _READ + 1)
    if not runs:
        return words_record.nothing(record.named(question.term))
    return record.paged(record.who(question.term, runs[:_READ], more=len(runs) > _READ), question)
