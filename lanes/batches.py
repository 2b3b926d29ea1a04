"""Cards that several runs share: who joins, where they hang, and the one queue in which each is drawn.

Whether a run joins is decided once, in the transaction that also owes the card's drawing: two runs at the same moment
make one card, and a kill between joining and posting loses neither.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.batching import OpenBatch, current, joins
from lanes.core.canonical import canonical
from lanes.core.effects import Effect
from lanes.core.run import Run
from lanes.core.values import Place
from lanes.engine import Engine, Offer
from storage import card_batches, outbox
from storage.card_batches import Hung, Kind
from storage.outbox import Owed
from storage.writer import Writer

log = structlog.get_logger("batches")
_Owed = Sequence[tuple[str, Effect]]


@dataclass(frozen=True)
class Batch:
    """A shared card: its runs in the order in which they joined, and where it hangs (None: not posted)."""

    id: str
    lane: str
    audience: str  # a record's owner, "@" and a group, or empty: the lane's approvers
    opened: datetime
    place: Place | None
    runs: tuple[Run, ...]
    reminded: tuple[int, datetime | None]  # the last reminder's step, and when it was


class Batches:
    """Thread-safe."""

    def __init__(self, database: Database, writer: Writer, engine: Engine) -> None:
        self._database, self._writer, self._engine = database, writer, engine
        self._offer: Offer = lambda _: None

    def to(self, offer: Offer) -> None:
        """From now on the drawing of a card is offered here, right after the transaction that owes it."""
        self._offer = offer

    def takes(self, run: Run, audience: str) -> bool:
        """Does the run stand on a card with others, from now on or already? Then that card's drawing is owed."""
        known = run.batch
        if not known and run.card is None:
            with self._database.connect() as connection:
                known = card_batches.of_run(connection, run.id)
        if known:
            self._offer(self._writer.write(partial(_owe, known, self._engine.clock()), durable=False))
            return True
        if run.card or self._engine.lanes[run.lane].page.batch is None:
            return False
        owed = self._writer.write(partial(self._join, run, audience), durable=False)  # lost, it is decided anew
        self._offer(owed)
        return bool(owed)

    def find(self, which: str) -> Batch | None:
        with self._database.connect() as connection:
            hung = card_batches.find(connection, which)
        return self._read(hung) if hung else None

    def hangs(self, batch: Batch, place: Place, moved: str = "") -> None:
        """Remember where it was posted, with the card and with each of its runs; `moved`: why it is elsewhere."""
        if batch.place != place:
            self._writer.write(lambda connection: card_batches.hang(connection, batch.id, place.channel, place.ts))
        for run in batch.runs:
            if run.card != place or run.batch != batch.id:
                self._engine.handle(c.HangCard(run.id, place, batch.id, moved))

    def reminded(self, batch: Batch, step: int) -> None:
        """Remember that people were reminded of it."""
        now = self._engine.clock()
        self._writer.write(lambda connection: card_batches.reminded(connection, batch.id, step, now))

    def _join(self, run: Run, audience: str, connection: Connection) -> _Owed:
        now, page = self._engine.clock(), self._engine.lanes[run.lane].page
        action, known = current(run), card_batches.of_run(connection, run.id)
        if known:  # another thread was here a moment ago
            return _owe(known, now, connection)
        if action is None:
            return ()
        kind = Kind(run.lane, action.draft.tool, audience)
        found = card_batches.newest(connection, kind)
        newest = OpenBatch(**vars(found)) if found else None
        joining = joins(run, action, page, newest, now)
        log.info("card", run=run.id, how=joining.how, why=joining.why)
        if joining.how == "alone":
            return ()
        which = newest.id if newest and joining.how == "joins" else f"b-{run.id}"
        if joining.how == "opens":
            card_batches.open_one(connection, which, kind, now)
        card_batches.add(connection, which, run.id)
        return _owe(which, now, connection)

    def _read(self, hung: Hung) -> Batch:
        runs = (self._engine.run(name) for name in hung.runs)
        place = Place(channel=hung.channel, ts=hung.ts) if hung.ts else None
        return Batch(
            hung.id, hung.lane, hung.audience, hung.opened, place, tuple(run for run in runs if run),
            (hung.reminded_step, hung.reminded_at),
        )  # fmt: skip


def _owe(which: str, now: datetime, connection: Connection) -> _Owed:
    """Each wish to draw is work of its own; those that wait at the same moment are performed once."""
    name, effect = f"batch:{which}#{uuid.uuid4().hex}", f.ShowBatch(batch=which)
    outbox.put(connection, [Owed(name, canonical(effect.model_dump(mode="json")), now)])
    return [(name, effect)]
