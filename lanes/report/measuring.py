"""Measures runs that have ended: each once, beside the work and never in its way.

A slice of runs is read, folded and kept in one short transaction; what a kill interrupts is measured at the next call.
The query knows what is missing, so that a run whose end is told late, or lies in the past, is not forgotten. Only what
was taken back after its run had ended is measured anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine as Database

from lanes.core.page import Lane
from lanes.core.states import Impossible
from lanes.library import Library
from lanes.report.figures import Figures
from storage import figures
from storage.figures import Place
from storage.writer import Writer

_SLICE = 200  # runs a transaction, folded before it begins: the writer's queue waits for the rows only
_TAKEN_BACK = timedelta(days=35)  # no tool's window for undoing is longer than a month


@dataclass(frozen=True)
class Measuring:
    """`pages` are the lanes there are; runs of another lane are measured without a group."""

    database: Database
    writer: Writer
    pages: Callable[[], Mapping[str, Lane]]

    def measure(self, now: datetime) -> int:
        """Measure every run that has ended and was not; how many."""
        with self.database.connect() as connection:
            late = figures.taken_back_later(connection, now - _TAKEN_BACK)
        self._keep(late)
        after: Place | None = None
        measured = 0
        while True:
            with self.database.connect() as connection:
                found = figures.unmeasured(connection, after, _SLICE)
            if not found:
                return measured
            measured += self._keep([(run, lane) for run, lane, _ in found])
            run, _, at = found[-1]
            after = (at, run)

    def _keep(self, runs: Sequence[tuple[str, str]]) -> int:
        library, pages = Library(self.database), self.pages()
        rows = [row for run, lane in runs if (row := _row(library, run, pages.get(lane)))]
        if rows:
            self.writer.write(partial(figures.put, rows=rows), durable=False)
        return len(rows)


def _row(library: Library, run: str, page: Lane | None) -> dict[str, Any] | None:
    """None for a run whose events were erased: what it was cannot be measured any more."""
    approvers = page.approvers if page else None
    group, owner = (approvers.group, approvers.record_owner) if approvers else ("", False)
    events = library.events(run)
    try:
        found = Figures.of(events, group, record_owner=owner) if events and events[0].kind == "run.started" else None
    except Impossible:
        return None
    if found is None:
        return None
    return {"run": run, "lane": found.lane, "finished": found.finished, "content": found.model_dump_json()}
