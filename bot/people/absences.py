"""`/lane away` and `/lane back`: who decides while somebody is away, and telling everyone who works with them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from bot.home.homes import Homes
from bot.notifier import Notifier
from bot.people.standing import People
from bot.words import people as words
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core import events as e
from lanes.core.commands import Standing
from lanes.core.page import Lane
from lanes.core.run import Run
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.library import Library
from storage.stand_ins import StandIn
from tools.contract import Refused

_DAY = r"\d{4}-\d{2}-\d{2}"
_ASKED = re.compile(
    rf"<@(?P<who>[UW][A-Z0-9]+)(\|[^>]*)?>\s+(from\s+(?P<since>{_DAY})\s+)?(until\s+)?"
    rf"(?P<until>{_DAY}|[1-9]\d{{0,2}}\s*[hdw])(\s+from\s+(?P<later>{_DAY}))?",
    re.IGNORECASE,
)
_UNIT = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True)
class Asked:
    """Who stands in, from when to when."""

    stand_in: str
    since: datetime
    until: datetime


def read_absence(text: str, now: datetime, zone: tzinfo) -> Asked | None:
    """`@sam until 2026-12-01`: to the end of that day, as the person's own clock has it; `@sam 3d`; None: neither."""
    found = _ASKED.fullmatch(text.strip())
    if found is None:
        return None
    try:
        begins = found["since"] or found["later"]
        since = datetime.combine(date.fromisoformat(begins), time.min, zone) if begins else now
        if found["until"][-1].isdecimal():
            until = datetime.combine(date.fromisoformat(found["until"]) + timedelta(days=1), time.min, zone)
        else:
            until = since + int(found["until"][:-1]) * _UNIT[found["until"][-1].lower()]
    except ValueError:  # the 31st of February
        return None
    utc = now.tzinfo
    return Asked(found["who"].upper(), since.astimezone(utc), until.astimezone(utc))


@dataclass(frozen=True)
class Absences:
    """Answers the two commands, and performs `tell_absence` and `redraw_person`. Thread-safe."""

    engine: Engine
    library: Library
    people: People
    notifier: Notifier
    homes: Homes

    def away(self, text: str, by: Person, delivery: str) -> str:
        """Go away, or (without a word) who is."""
        if not text:
            return self._shown(by)
        asked = read_absence(text, self.engine.clock(), self.people.zone(by.user))
        if asked is None:
            return words.unclear(text)
        barred = self.people.may_start(Person(user=asked.stand_in, team=by.team))
        try:
            state = self.engine.handle_person(
                c.GoAway(by, asked.stand_in, asked.since, asked.until, barred), delivery
            )  # fmt: skip
        except Refused as refused:
            return words.not_changed(refused.message)
        gone = state.away
        return words.went_away(StandIn(gone.person, gone.stand_in, gone.since, gone.until)) if gone else ""

    def back(self, by: Person, delivery: str) -> str:
        """Come back."""
        was = any(one.person == by.user for one in self.engine.stand_ins())
        self.engine.handle_person(c.ComeBack(by), delivery)
        return words.DID_COME_BACK if was else words.WAS_NOT_AWAY

    def of_lane(self, page: Lane) -> list[StandIn]:
        """Who of those who decide in a lane is away, or will be."""
        return [one for one in self.engine.stand_ins() if self._decides_in(page, one.person)]

    def tell(self, effect: f.TellAbsence, again: bool) -> None:
        """In the approvals channel of each lane where they decide; and to who stands in, alone."""
        event = self.engine.person_event(effect.person, effect.version)
        if event is None:
            return
        pages = [page for page in self._pages() if self._decides_in(page, effect.person)]
        for channel, owner in {page.channels.approvals: page.owner.person for page in pages}.items():
            lanes = [page.lane for page in pages if page.channels.approvals == channel]
            tag = f"person/{effect.person}/{effect.version}/{channel}"
            self.notifier.say_in([channel, owner], words.absence_changed(event, lanes), tag=tag, again=again)
        if isinstance(event, e.PersonWentAway):
            text = words.you_stand_in(event, [page.lane for page in pages])
            self.notifier.say(event.stand_in, text, tag=f"person/{effect.person}/{effect.version}", again=again)

    def redraw(self, effect: f.RedrawPerson, again: bool) -> None:
        """What they own names another decider now, and queues at home have changed hands."""
        for page in self._pages():
            for run in self._theirs(page, effect.person):
                self.notifier.show_card(f.ShowCard(run=run.id), again)
        self.homes.ask()

    def _shown(self, by: Person) -> str:
        every = self.engine.stand_ins()
        mine = [one for one in every if one.person == by.user]
        return words.absences(mine, [one for one in every if one.person != by.user])

    def _decides_in(self, page: Lane, user: str) -> bool:
        """Is somebody among a lane's approvers, in one of its stages' groups, or the owner of what waits there?"""
        by = Person(user=user, team=self.engine.team)
        groups = ("", *page.approvers.groups)
        if any(self.people.standing(by, page.approvers, group) is Standing.MEMBER for group in groups):
            return True
        return any(True for _ in self._theirs(page, user))

    def _theirs(self, page: Lane, user: str) -> Iterator[Run]:
        """What waits in a lane and is about a record that somebody owns."""
        if not page.approvers.record_owner:
            return
        for row in self.library.waiting(page.lane):
            run = self.engine.run(row.run)
            if run and any(action.draft.record_owner == user for action in run.waiting):
                yield run

    def _pages(self) -> list[Lane]:
        return [ready.page for ready in self.engine.lanes.values()]
