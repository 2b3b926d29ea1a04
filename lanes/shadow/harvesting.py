"""Reads what people really did from the systems of record, page by page, each fact once.

1. A source is read under the identity that a lane's page names for it, once for all lanes that name the same.
2. A page's facts and the place after it are committed together: killed anywhere, a reading goes on where it was.
3. Each reading begins where the one before it ended; the source itself looks back as far as things come to light late.
4. Our own writes are no people's work. Whose account a credential writes under is asked before anything is read; where
   nobody answers, nothing is read, because it could not be told apart afterwards.
5. One source that does not answer keeps no other from being read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.engine import Clock
from lanes.jobs import Progress
from lanes.ready import ReadyLane
from storage import facts, silent_runs
from storage.facts import Found, Reading
from storage.writer import Writer
from tools.contract import Refused, Unavailable, Wire
from tools.registry import ACCOUNTS
from tools.truth import AnyTruth, Page

HARVEST = "harvest"  # the purpose of the nightly readings; a backfill has its own
MARGIN = timedelta(hours=1)  # before the oldest run that waits: who works fast has begun before the agent did

log = structlog.get_logger("harvest")


@dataclass(frozen=True)
class Harvested:
    """What a harvest brought: new facts by source and identity."""

    new: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Harvesting:
    """Reads the sources of all lanes. `wires` are those that are open, by identity and system."""

    database: Database
    writer: Writer
    lanes: Mapping[str, ReadyLane]
    wires: Mapping[tuple[str, str], Wire]
    clock: Clock

    def sources(self) -> tuple[tuple[AnyTruth, str], ...]:
        """Every source that a page names, with the identity that reads it."""
        named = {
            (source.name, ready.truth_identity.name): source for ready in self.lanes.values() for source in ready.truths
        }
        return tuple((source, identity) for (_, identity), source in sorted(named.items(), key=lambda one: one[0]))

    def harvest(self, progress: Progress) -> Harvested:
        """Read every source up to now. Raises `Unavailable` or `Refused`, naming the sources, when not all were read;
        tried again, it reads only what is left.
        """
        new: dict[str, int] = dict(progress.before.get("new", {}))
        away: list[Unavailable] = []
        refused: list[str] = []
        for source, identity in self.sources():
            name = f"{source.name} as {identity}"
            if name in new:
                continue
            try:
                new[name] = self.read(source, identity, HARVEST, self._beginning(source, identity))
            except Unavailable as error:
                away.append(error)
            except Refused as error:
                refused.append(f"{source.name}: {error.message}")
            progress(facts=sum(new.values()), new=new)
        if away:
            raise away[0]
        if refused:
            raise Refused("NOT_READ", "; ".join(refused))
        return Harvested(new)

    def read(
        self, source: AnyTruth, identity: str, purpose: str, since: datetime,
        told: Callable[[Page], None] = lambda _: None,
    ) -> int:  # fmt: skip
        """Read a source up to now, from where it was read to before, the first time from `since`; how many facts of it
        were new. `told` hears of each page once it is kept.
        """
        wire, ours = self.wires[identity, source.system], self._ours(source.system)
        began, new = self.clock(), 0
        place = self.place(source, identity, purpose) or Reading(source.name, identity, purpose, since)
        while place.cursor is not None or place.read_until is None or place.read_until < began:
            page = self._page(source, wire, place, ours)
            after = _after(place, page)
            new += self.writer.write(partial(self._keep_page, source.name, page, after), durable=False)
            told(page)
            place = self.place(source, identity, purpose) or after
        log.info("harvested", source=source.name, identity=identity, purpose=purpose, new=new)
        return new

    def place(self, source: AnyTruth, identity: str, purpose: str) -> Reading | None:
        """How far a source was read."""
        with self.database.connect() as connection:
            return facts.reading(connection, source.name, identity, purpose)

    def _page(self, source: AnyTruth, wire: Wire, place: Reading, ours: frozenset[str]) -> Page:
        now = self.clock()
        try:
            page = source.read(wire, place.since, place.cursor, ours=ours, now=now)
        except Refused as error:
            if error.code != "CURSOR" or place.cursor is None:
                raise
            log.warning("reading_begun_anew", source=source.name, why=error.message)
            page = source.read(wire, place.since, None, ours=ours, now=now)
        if page.cursor is not None and page.cursor == place.cursor:
            raise Refused("SCHEMA_DRIFT", f"{source.name}: the page after this one is this one again")
        return page

    def _keep_page(self, source: str, page: Page, after: Reading, connection: Connection) -> int:
        return facts.keep_page(connection, [*_found(source, page)], after, self.clock())

    def _ours(self, system: str) -> frozenset[str]:
        """The accounts that our agents write under in a system. Raises what the system says when it does not tell."""
        asked = ACCOUNTS.get(system)
        agents = {ready.identity.name for ready in self.lanes.values()}
        mine = [wire for (who, where), wire in self.wires.items() if where == system and who in agents]
        return frozenset(asked(wire) for wire in mine) if asked else frozenset()

    def _beginning(self, source: AnyTruth, identity: str) -> datetime:
        """Where the first reading of a source begins: shortly before the oldest run that waits for it, else now."""
        mine = [
            ready.page.lane
            for ready in self.lanes.values()
            if source in ready.truths and ready.truth_identity.name == identity
        ]
        with self.database.connect() as connection:
            waiting = [silent_runs.oldest_waiting(connection, lane) for lane in mine]
        return min([one for one in waiting if one], default=self.clock()) - MARGIN


def _after(place: Reading, page: Page) -> Reading:
    """Where a reading stands after a page."""
    if page.cursor is not None:
        return replace(place, cursor=page.cursor)
    assert page.read_until is not None, "the last page of a reading says how far it is"
    return replace(place, since=page.read_until, cursor=None, read_until=page.read_until)


def _found(source: str, page: Page) -> Iterator[Found]:
    for deed in page.deeds:
        yield Found(
            deed.id, source, "deed", deed.ref, deed.also, deed.tool, bool(deed.ours), deed.at, deed.model_dump_json()
        )
    for one in page.reactions:
        yield Found(one.id, source, one.kind, one.ref, one.also, "", False, one.at, one.model_dump_json())
