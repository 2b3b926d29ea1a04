"""The nightly replay: a lane's cases against the lane as it is, and whether one fails that passed the night before.

A kill costs the case under way. The result and, where something dropped, the telling are written together, and once for
a period, however often the work is performed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Self

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core import proof_effects as pf
from lanes.core.canonical import canonical
from lanes.core.periods import Period
from lanes.core.values import conducted
from lanes.engine import Engine
from lanes.jobs import Job, Progress
from lanes.models.base import Model
from lanes.replay.differences import Difference, What
from lanes.replay.running import Verdict, replay
from lanes.replay.shelf import Shelf
from lanes.replay.stage import Silent
from storage import outbox, replays
from storage.outbox import Owed
from storage.writer import Writer
from tools.contract import Unavailable


@dataclass(frozen=True)
class Result:
    """What a lane's replay of one period came to. `failed`: by case, what changed first; `dropped`: passed before."""

    lane: str
    period: str
    passed: tuple[str, ...]
    failed: Mapping[str, Difference]
    dropped: tuple[str, ...]

    @classmethod
    def of(cls, row: Any) -> Self:
        detail = json.loads(row.detail)
        failed = {name: _difference(told) for name, told in detail["failed"].items()}
        return cls(row.lane, detail["period"], tuple(detail["passed"]), failed, tuple(detail["dropped"]))


@dataclass(frozen=True)
class Nightly:
    """Performs `nightly_replay`. Thread-safe."""

    engine: Engine
    model: Model
    shelf: Shelf
    database: Database
    writer: Writer

    def replay(self, job: Job, period: Period, progress: Progress) -> Result | None:
        """None for a lane without cases. Raises `Unavailable` when the model does not answer."""
        ready = self.engine.lanes[job.lane]
        done: dict[str, Any] = dict(progress.before.get("cases", {}))
        cases = self.shelf.cases(ready)
        try:
            for verdict in replay((case for case in cases if case.case not in done), ready, self.model):
                done[verdict.case] = _first(verdict)
                progress(cases=done)
        except Silent as silent:
            raise Unavailable("MODEL_SILENT", f"the model did not answer: {silent}") from silent
        if not cases:
            return None
        return self.writer.write(partial(self._put, job.lane, period.name, done))

    def result(self, lane: str, period: str) -> Result | None:
        """What the newest replay came to, where it is of this period."""
        with self.database.connect() as connection:
            row = replays.newest(connection, lane)
        found = Result.of(row) if row else None
        return found if found and found.period == period else None

    def _put(self, lane: str, period: str, done: Mapping[str, Any], connection: Connection) -> Result:
        row = replays.newest(connection, lane)
        before = Result.of(row) if row else None
        if before and before.period == period:
            return before  # performed again: it is written, and told or owed
        now, ready = self.engine.clock(), self.engine.lanes[lane]
        failed = {name: first for name, first in done.items() if first}
        passed = [name for name, first in done.items() if not first]
        dropped = [name for name in failed if before and name in before.passed]
        detail = {"period": period, "passed": passed, "failed": failed, "dropped": dropped}
        replays.put_result(connection, {
            "lane": lane, "configuration": conducted(ready.configuration, self.model.label), "model": self.model.label,
            "at": now, "passed": len(passed), "failed": len(failed), "detail": json.dumps(detail, ensure_ascii=False),
        })  # fmt: skip
        if dropped:
            telling = pf.TellReplayDrop(lane=lane, period=period)
            owed = Owed(f"replay:{lane}:{period}:dropped", canonical(telling.model_dump(mode="json")), now)
            outbox.put(connection, [owed])
        return Result(lane, period, tuple(passed), {k: _difference(v) for k, v in failed.items()}, tuple(dropped))


def _first(verdict: Verdict) -> dict[str, Any] | None:
    return asdict(verdict.differences[0]) if verdict.differences else None


def _difference(told: Mapping[str, Any]) -> Difference:
    return Difference(**{**told, "what": What(told["what"])})
