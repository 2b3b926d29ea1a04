"""The daily digest: what waits for somebody, what came of yesterday where they have a say, and what went wrong."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine as Database

from bot import words
from bot.home.urgency import snoozed
from bot.notifier import Notifier
from bot.record.inquiry import Inquiry
from bot.words import digest as words_digest
from lanes.core import effects as f
from lanes.core.commands import Standing
from lanes.core.page import Lane
from lanes.core.values import Person
from lanes.engine import Engine
from storage import queue
from tools.contract import Unavailable

_MOST = 5  # cases named; the rest is a number
_ROWS = 5_000  # ended runs looked through: ten times the busiest day this was measured at


@dataclass(frozen=True)
class Digests:
    """Performs `tell_digest`. Thread-safe."""

    engine: Engine
    inquiry: Inquiry
    notifier: Notifier
    database: Database

    def tell(self, effect: f.TellDigest, again: bool) -> None:
        """By direct message, once a person and date. Nothing is sent on a day without news, nor to who may not read
        it any more. Raises `Unavailable` where Slack does not say by which clock they live.
        """
        by = Person(user=effect.user, team=self.engine.team)
        if self.inquiry.people.may_start(by):
            return
        zone = self.inquiry.people.time_zone(effect.user)
        if zone is None:
            raise Unavailable("TIME_ZONE_UNKNOWN", "Slack does not say by which clock they live")
        day = date.fromisoformat(effect.day)
        begin, end = (datetime.combine(one, time(), zone) for one in (day - timedelta(days=1), day))
        lanes = [page for page in self._pages() if self._concerns(by, page)]
        mine, ended = self._mine(by), [row for row in self._ended(begin, end) if self._theirs(row, by, lanes)]
        stopped = [page for page in lanes if self.engine.regime(page.lane).stopped]
        if not (mine or ended or stopped):
            return
        text = "\n".join([words_digest.HEAD, *mine, *_yesterday(ended), *_trouble(ended, stopped), words_digest.END])
        self.notifier.say(effect.user, text, tag=f"digest/{effect.user}/{effect.day}", again=again)

    def _mine(self, by: Person) -> list[str]:
        now = self.engine.clock()
        cases = [one for one in self.inquiry.mine.of(by) if not snoozed(one.waits, by.user, now)]
        lines = [words_digest.waiting(len(cases))] if cases else []
        for case in cases[:_MOST]:
            run = self.engine.run(case.run)
            if run and run.waiting:
                lines.append(words_digest.case(run, self.inquiry.card_link(run), case.waits.until))
        more = len(cases) - _MOST
        return [*lines, words.and_more(more)] if more > 0 else lines

    def _ended(self, begin: datetime, end: datetime) -> Iterator[Any]:
        with self.database.connect() as connection:
            rows = queue.ended(connection, since=begin, limit=_ROWS)
        return (row for row in rows if row.finished < end)

    def _theirs(self, row: Any, by: Person, lanes: Sequence[Lane]) -> bool:
        return row.requester == by.user or any(page.lane == row.lane for page in lanes)

    def _concerns(self, by: Person, page: Lane) -> bool:
        """Do they own the lane, or decide in it?"""
        groups = ("", *page.approvers.groups)
        decides = (self.inquiry.people.standing(by, page.approvers, group) for group in groups)
        return page.owner.person == by.user or Standing.MEMBER in decides

    def _pages(self) -> list[Lane]:
        return [ready.page for ready in self.engine.lanes.values()]


def _yesterday(ended: Sequence[Any]) -> list[str]:
    if not ended:
        return []
    by_lane: dict[str, Counter[str]] = {}
    for row in ended:
        by_lane.setdefault(row.lane, Counter())[row.outcome] += 1
    return [words_digest.YESTERDAY, *(words_digest.lane(name, counts) for name, counts in sorted(by_lane.items()))]


def _trouble(ended: Sequence[Any], stopped: Sequence[Lane]) -> list[str]:
    wrong = [row for row in ended if row.outcome not in words.OUTCOME_SIGN]
    lines = [words_digest.stopped(page) for page in stopped]
    lines += [words_digest.wrong(row.subject, row.lane, row.outcome, row.run) for row in wrong[:_MOST]]
    if len(wrong) > _MOST:
        lines.append(words_digest.more_wrong(len(wrong) - _MOST))
    return [words_digest.WRONG, *lines] if lines else []
