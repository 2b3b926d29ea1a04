"""A lane's cases, wherever they are kept: files of its suite, and runs that somebody has kept from the ledger."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.lane_state import LaneState
from lanes.core.lane_state import fold as fold_lane
from lanes.core.page import Mode
from lanes.core.run import fold
from lanes.core.states import RESERVING, State
from lanes.files import FaultyPage
from lanes.histories import lane_events
from lanes.projection import amounts, counted
from lanes.ready import ReadyLane
from lanes.replay.cases import Case, load_suite, parse, suite_folder, written
from lanes.replay.keeping import keep
from storage import ledger, replays, views
from storage.writer import Writer
from tools.contract import Refused


@dataclass(frozen=True)
class Shelf:
    """`suites` is the folder above the catalog; without a `database` there are files alone."""

    suites: Path
    database: Database | None = None

    def cases(self, ready: ReadyLane) -> tuple[Case, ...]:
        """Every case of a lane, those of its files first. Raises `FaultyPage`."""
        folder = suite_folder(self.suites, ready.page)
        found = load_suite(folder) if folder and folder.is_dir() else {}
        if self.database is not None:
            with self.database.connect() as connection:
                rows = replays.kept(connection, ready.page.lane)
            found |= {row.id: _read(row.id, row.content) for row in rows if row.id not in found}
        return tuple(found.values())


def _read(name: str, content: str) -> Case:
    try:
        return parse(content)
    except ValueError as error:
        said = f"was kept by a version whose cases looked otherwise; `lanekeeper replay forget {name}` lets go of it"
        raise FaultyPage(Path(name), 0, said) from error


def case_of(database: Database, events: Sequence[RunEvent], ready: ReadyLane) -> Case:
    """A case of a run on record. Raises `Refused` with a sentence."""
    started = next((one for one in events if isinstance(one, e.RunStarted)), None)
    if started is None:
        raise Refused("ERASED", "what was asked has been erased, so nothing can be asked again")
    with database.connect() as connection:
        lease = _state_then(connection, started).lease if started.mode is Mode.AUTONOMOUS else None
        return keep(events, ready, lease=lease, spent=_spent(connection, events, started))


def put(writer: Writer, case: Case, by: str, at: datetime) -> bool:
    """Keep a case beside the lane's files; false when this run is kept already."""
    row = {
        "id": case.case, "lane": case.lane, "run": case.run, "added": at, "by": by, "content": written(case),
    }  # fmt: skip
    return writer.write(partial(replays.keep, row=row))


def file_of(folder: Path, case: Case) -> Path:
    """Write a case into a suite. Raises `Refused` where there is one of that name."""
    file = folder / f"{case.case}.yml"
    if file.exists():
        raise Refused("THERE_ALREADY", f"{file} is there already")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(written(case), encoding="utf-8")
    return file


def _state_then(connection: Connection, started: e.RunStarted) -> LaneState:
    """The lane as it stood when the run began."""
    rows = ledger.read(connection, f"lane:{started.lane}")
    return fold_lane([one for one in lane_events(rows) if one.at <= started.at])


def _spent(connection: Connection, events: Sequence[RunEvent], started: e.RunStarted) -> Mapping[str, int]:
    """The day's totals without the run's own writes, where a ruling rests on them: at least what they were then, for
    they only rise.
    """
    ruled = [one for one in events if isinstance(one, e.ActionBlocked | e.ActionHeld)]
    capped = {one.action for one in ruled if any(_of_the_day(code) for code in one.ruling.reasons)}
    drafts = [one.draft for one in events if isinstance(one, e.ActionDrafted) and one.action in capped]
    what = {name for draft in drafts for name in counted(draft.tool, draft.stake)}
    if not what:
        return {}
    day, run = started.at.date().isoformat(), fold(events)
    assert run is not None, "it has begun"
    counting = [action for action in run.actions.values() if action.state in RESERVING | {State.DONE}]
    own = Counter(dict.fromkeys(what, 0))
    for action in counting:
        own.update({name: n for _, name, n in amounts(action, day, 1)})
    totals = views.tallies(connection, started.lane, day, what)
    return {name: total - own[name] for name, total in totals.items() if total > own[name]}


def _of_the_day(code: str) -> bool:
    return code.startswith("CAP_") or code == "LEASE_USED_UP_TODAY"
