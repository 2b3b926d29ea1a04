"""Answers to a lead's questions in Slack: what is each lane doing, what waits for me, who did what to whom."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot import words
from bot import words_ways_in as ways
from bot.history import story
from bot.mrkdwn import clamp, link, person, plain, when
from bot.notifier import Notifier
from bot.people import People
from bot.triggers import WEBHOOK
from lanes.core.commands import Standing
from lanes.core.deciders import asker
from lanes.core.page import Lane
from lanes.core.run import Action, Run
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.library import Library
from lanes.sweeping import SCHEDULE

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(\|[^>]*)?>")
_MAILTO = re.compile(r"<mailto:([^|>]+)(\|[^>]*)?>")
_MOST = 8  # runs in one answer
_TEXT = 3800  # characters of one answer


@dataclass(frozen=True)
class Inquiry:
    """Reads and tells; changes nothing."""

    engine: Engine
    library: Library
    people: People
    notifier: Notifier

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
            ended = ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in sorted(counts.items()))
            waiting = len(self.library.waiting(name))
            lines.append(
                f"• *{name}* (`/lane {ready.page.command}`): mode `{regime.mode}`{stopped} · {waiting} waiting · "
                f"{open_now - waiting} working · last 24 h: {ended or 'nothing ended'}{itself}"
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
        """What waits for this person, soonest deadline first."""
        mine = list(self.mine(by))
        if not mine:
            return "Nothing waits for you."
        lines = [f"*{len(mine)} waiting for you*"]
        for run in mine[:_MOST]:
            action = run.waiting[0]
            until = f" · until {when(action.until)}" if action.until else ""
            lines.append(f"• {self.card_link(run)} {plain(action.draft.preview.sentence)}{until}")
        return "\n".join(lines)

    def mine(self, by: Person) -> Iterator[Run]:
        """Runs that wait for a decision this person may take, for themself or for somebody who is away."""
        for name, ready in self.engine.lanes.items():
            for row in self.library.waiting(name):
                run = self.engine.run(row.run)
                if run and any(self._open_to(run, action, ready.page, by) for action in run.waiting):
                    yield run

    def _open_to(self, run: Run, action: Action, page: Lane, by: Person) -> bool:
        asked_by = asker(run, action)
        if by == asked_by or by in action.approvals:
            return False
        voice = self.people.voice(by, page, run, action)
        return voice.standing is Standing.MEMBER and voice.on_behalf != asked_by.user

    def card_link(self, run: Run) -> str:
        """The subject, leading to the run's card where it has one."""
        url = self.notifier.permalink(run.card) if run.card else ""
        return link(url, run.started.subject) if url else plain(run.started.subject)

    def audit(self, term: str) -> str:
        """Who did what: by ticket, customer, run or person."""
        term = _MAILTO.sub(r"\1", _MENTION.sub(r"\1", term)).strip()
        if not term:
            return "Whom or what? `/lane audit ZD-4821`, a customer's e-mail, a run, or a person with @."
        one = self.library.find_run(term)
        if one:
            return self._whole(one)
        runs = self.library.about(term, _MOST)
        if not runs:
            return f"Nothing is on record about `{plain(term)}`."
        head = f"*{len(runs)} run{'s' if len(runs) != 1 else ''} about {_named(term)}*, the newest first"
        return clamp("\n".join([head, *(self._brief(run) for run in runs)]), _TEXT)

    def _brief(self, run: Run) -> str:
        ended = words.OUTCOME.get(run.finished.outcome, run.finished.outcome) if run.finished else "under way"
        asked = when(run.started.at, "{date_short_pretty} {time}")
        who = f"asked by {person(run.started.by.user)} {asked}"
        lines = [f"• *{plain(run.started.subject)}* · {plain(run.lane)} · {who} · {ended} · `/lane audit {run.id}`"]
        for action in run.actions.values():
            voices = ", ".join(f"{d.decision} by {person(d.by.user)}" for d in action.decided)
            alone = "went alone" if action.alone else ""
            said = " · ".join(part for part in (words.STATE[action.state], voices or alone) if part)
            lines.append(f"    ↳ {plain(action.draft.preview.sentence)}: {said}")
        return "\n".join(lines)

    def _whole(self, name: str) -> str:
        run = self.engine.run(name)
        if run is None:
            return f"Nothing is on record about `{plain(name)}`."
        lines = [f"*Run {run.id}*, {plain(run.started.subject)}", *story(self.library.events(name), person)]
        return clamp("\n".join(lines), _TEXT)


def _named(term: str) -> str:
    return person(term) if re.fullmatch(r"[UW][A-Z0-9]{2,}", term) else f"`{plain(term)}`"
