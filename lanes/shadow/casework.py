"""Holds what was drafted in silence, and what people took over, against what they did; a case for each. The rules:

1. A run's time is over `settle_after` its beginning. People's deeds from a little before it began until then are its
   truth: those with tools of the lane, by people's hands, about its subject, about a record it read, or about what a
   draft of it would have changed. A run that stands beside another lane is held against that lane's deeds as well
   (`deeds.py`).
2. It is settled once its time is over and every source of the page has been read beyond it. Until then its drafts are
   cases that wait. When the sources are still not read after `GIVEN_UP` times that long, they count as unsettled, which
   is as bad as wrong; should the truth come to light after all, it is told.
3. What goes with what: `matching.py`. What a person set at one stroke is one deed. What stands on people's side alone
   is missed; not so where nothing but a draft's own target leads to it, as a project leads to all of its issues, and
   not beside what was taken over, where only the draft is asked about.
4. A deed is truth once, also for several runs about the same subject whose times overlap: `siblings.py`.
5. A case's id is its run with the draft or, of what was missed, the deed: settled anew it is the same case.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core.page import Lane
from lanes.core.ways_in import BACKFILL
from lanes.engine import Clock
from lanes.jobs import Progress
from lanes.ready import ReadyLane
from lanes.shadow.cases import Case, FieldApart, Source, segment_of
from lanes.shadow.comparing import ABSENT, Comparing, kinds_of
from lanes.shadow.deeds import EARLIER, About, Deeds
from lanes.shadow.harvesting import HARVEST
from lanes.shadow.matching import Act, Matching, Outcome, Pair
from lanes.shadow.siblings import Siblings
from lanes.shadow.silence import TAKEN_OVER, Drafted, Silent
from storage import cases, facts, silent_runs
from storage.silent_runs import NOTED, OPEN, SETTLED, UNSETTLED
from storage.writer import Writer
from tools.contract import Tool, WriteTool
from tools.money import Money
from tools.truth import Deed, folded

GIVEN_UP = 4  # times the settling time: by then a source that could be read again would have been
LATE = timedelta(minutes=15)  # what was done shows in every source by then; `Truth.overlap` looks back as far
_SOURCES: Mapping[str, Source] = {BACKFILL: "backfill", TAKEN_OVER: "taken_over"}  # by a run's way in
_AT_ONCE = 500  # runs of one transaction: about a tenth of a second's work

log = structlog.get_logger("match")


@dataclass
class Matched:
    """What came of holding drafts against deeds: runs by what they are now, cases by outcome."""

    settled: int = 0
    unsettled: int = 0
    waiting: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=lambda: defaultdict(int))


@dataclass(frozen=True)
class Casework:
    """Makes cases of silent runs. `known` are all tools there are."""

    database: Database
    writer: Writer
    lanes: Mapping[str, ReadyLane]
    known: Sequence[Tool]  # type: ignore[type-arg]
    clock: Clock

    def match(self, progress: Progress) -> Matched:
        """Settle what can be settled now, and note what waits. Performed again, it goes on with what is left."""
        found = Matched()
        for ready in self.lanes.values():
            if ready.page.shadow:
                _Lane(self, ready, found).match(lambda: progress(settled=found.settled))
        log.info("matched", settled=found.settled, unsettled=found.unsettled, waiting=found.waiting)
        return found

    @cached_property
    def writes(self) -> Mapping[str, WriteTool[Any, Any]]:
        return {tool.name: tool for tool in self.known if isinstance(tool, WriteTool)}

    @cached_property
    def matching(self) -> Matching:
        return Matching(Comparing({name: kinds_of(tool.arguments) for name, tool in self.writes.items()}))

    def readable(self, ready: ReadyLane) -> datetime | None:
        """Up to when every source of a lane is read for sure; None while one was never read."""
        with self.database.connect() as connection:
            who = ready.truth_identity.name
            places = [facts.reading(connection, source.name, who, HARVEST) for source in ready.truths]
        read = [one.read_until for one in places if one and one.read_until]
        return min(read) - LATE if read and len(read) == len(places) else None


@dataclass
class _Lane:
    """One lane's runs, held against people."""

    work: Casework
    ready: ReadyLane
    found: Matched

    @property
    def page(self) -> Lane:
        return self.ready.page

    @property
    def settle(self) -> timedelta:
        assert self.page.shadow is not None
        return self.page.shadow.settle_after

    def match(self, told: Any) -> None:
        now, readable = self.work.clock(), self.work.readable(self.ready)
        over = min(now, readable) - self.settle if readable else None
        after: tuple[datetime, str] | None = None
        while True:
            with self.work.database.connect() as connection:
                rows = silent_runs.waiting(connection, self.page.lane, now - self.settle, after, _AT_ONCE)
                runs = [Silent.of(row) for row in rows]
                batch = self._batch(connection, runs, over, now)
            if not runs:
                return
            after = runs[-1].since, runs[-1].run
            self.work.writer.write(partial(self._keep, batch), durable=False)
            told()

    def _batch(self, connection: Connection, runs: Sequence[Silent], over: datetime | None, now: datetime) -> "_Batch":
        batch, given_up = _Batch(), now - GIVEN_UP * self.settle
        ready = {run.run: run for run in runs if self._over(run, over, now)}
        siblings = Siblings(connection, self.page.lane, runs, self.settle)
        deeds = Deeds(connection, self.page, [*ready.values()], self.settle)
        for run in runs:
            drafts = siblings.fresh(run)
            if run.run in ready:
                batch.add(SETTLED, run, self._held(run, siblings, deeds.of(run, siblings.taken(run)), now))
            elif run.since <= given_up and run.via != BACKFILL:
                if run.state != UNSETTLED:
                    batch.add(UNSETTLED, run, [self._open(run, one, now) for one in drafts])
            elif run.state == OPEN and run.finished:
                batch.add(NOTED, run, [self._open(run, one, None) for one in drafts])
        return batch

    def _over(self, run: Silent, over: datetime | None, now: datetime) -> bool:
        """Is everything known that people can have done about it? A backfill has read its period beforehand."""
        if run.via == BACKFILL:
            return run.finished and run.since <= now - self.settle
        return over is not None and run.since <= over

    def _held(self, run: Silent, siblings: Siblings, deeds: About, now: datetime) -> list[Case]:
        """The cases of a run whose truth is known."""
        rivals, next_began = siblings.rivals(run)
        ours = {f"{run.run}/{one.action}": one for one in siblings.fresh(run)}
        others = {f"later/{n}": one for n, one in enumerate(rivals)}
        whole = {deed.id: deed for deed in folded(deeds.found.values(), self.work.writes)}
        suggested = [Act.of(one.tool, one.arguments, one.at, name) for name, one in {**ours, **others}.items()]
        actual = [Act.of(deed.tool, deed.arguments, deed.at, deed.id) for deed in whole.values()]
        made: list[Case] = []
        for pair in self.work.matching.pairs(suggested, actual):
            draft = ours.get(pair.suggested.id) if pair.suggested else None
            deed = whole[pair.actual.id] if pair.actual else None
            missed = deed and not pair.suggested and run.via != TAKEN_OVER and _missed(deed, deeds, next_began)
            if draft or missed:
                made.append(self._case(run, draft, deed, pair, now))
        siblings.take(run, (case.fact for case in made if case.fact))
        return made

    def _case(self, run: Silent, draft: Drafted | None, deed: Deed | None, pair: Pair, now: datetime) -> Case:
        suggested = draft.arguments if draft else None
        actual = dict(deed.arguments) if deed else None
        arguments = suggested if suggested is not None else actual or {}
        return self._made(
            run, draft, settled=now, outcome=pair.outcome(), tool=pair.tool,
            fact=deed.id if deed else "", at=draft.at if draft else deed.at if deed else run.since,
            segment=segment_of(self.page.promotion, pair.tool, arguments), suggested=suggested, actual=actual,
            apart=tuple(_apart(pair)), gap=_gap(suggested, actual),
        )  # fmt: skip

    def _open(self, run: Silent, draft: Drafted, settled: datetime | None) -> Case:
        """A draft that nothing is known of yet, or never will be."""
        return self._made(
            run, draft, settled=settled, outcome=Outcome.UNSETTLED, tool=draft.tool, fact="", at=draft.at,
            segment=segment_of(self.page.promotion, draft.tool, draft.arguments), suggested=draft.arguments,
            actual=None,
        )  # fmt: skip

    def _made(self, run: Silent, draft: Drafted | None, *, at: datetime, fact: str, **more: Any) -> Case:
        self.found.outcomes[more["outcome"]] += 1
        past, source = run.via == BACKFILL, _SOURCES.get(run.via, "shadow")
        return Case(
            id=f"{run.run}/{draft.action if draft else fact}", lane=self.page.lane,
            source=source, configuration=run.configuration, subject=run.subject, run=run.run,
            action=draft.action if draft else "", fact=fact, at=run.since if past and draft else at, **more,
        )  # fmt: skip

    def _keep(self, batch: "_Batch", connection: Connection) -> None:
        cases.put(connection, batch.rows)
        for state, runs in batch.states.items():
            silent_runs.mark(connection, runs, state)
        self.found.settled += len(batch.states[SETTLED])
        self.found.unsettled += len(batch.states[UNSETTLED])
        self.found.waiting += len(batch.states[NOTED])


@dataclass
class _Batch:
    """What one transaction writes."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    states: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, state: str, run: Silent, made: Iterable[Case]) -> None:
        self.rows += [case.row() for case in made]
        self.states[state].append(run.run)


def _missed(deed: Deed, deeds: About, next_began: datetime | None) -> bool:
    """Is it for this run to have missed?"""
    later = next_began is not None and deed.at >= next_began - EARLIER
    return not later and deed.id not in deeds.by_target


def _apart(pair: Pair) -> Iterator[FieldApart]:
    for one in pair.comparison.differences if pair.comparison else ():
        if not one.same:
            suggested, actual = (None if side is ABSENT else side for side in (one.suggested, one.actual))
            yield FieldApart(one.field, one.kind, suggested, actual, _gap({"": suggested}, {"": actual}))


def _gap(suggested: Mapping[str, Any] | None, actual: Mapping[str, Any] | None) -> Money | None:
    """Money suggested less money moved; None where none is spoken of, or in two currencies."""
    one, other = _moves(suggested), _moves(actual)
    if one is None and other is None:
        return None
    (minor, currency), (less, of) = one or (0, ""), other or (0, "")
    return None if currency and of and currency != of else Money(minor=minor - less, currency=currency or of)


def _moves(arguments: Mapping[str, Any] | None) -> tuple[int, str] | None:
    """The amount that a call names, in its smallest unit, and the currency."""
    for value in (arguments or {}).values():
        match value:
            case {"minor": int(minor), "currency": str(currency)}:
                return minor, currency
            case _:
                continue
    return None
