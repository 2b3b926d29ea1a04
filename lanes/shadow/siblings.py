"""Silent runs about the same subject whose times overlap: which drafts are new, and whose a deed is.

A draft for a record that an earlier one has drafted the same call for is the same wish told again. What people did
after a later run began is for that one to have missed, though it may be what the earlier one drafted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from lanes.shadow.silence import Drafted, Silent
from storage import silent_runs


class Siblings:
    """The runs of some subjects, asked for at once; `runs` in the order in which they began."""

    def __init__(self, connection: Connection, lane: str, runs: Sequence[Silent], settle: timedelta) -> None:
        self._settle = settle
        self._alike: dict[tuple[str, str, str], list[Silent]] = defaultdict(list)
        self._fresh: dict[str, tuple[Drafted, ...]] = {}
        self._taken: dict[str, set[str]] = {}
        if not runs:
            return
        mine = {run.run: run for run in runs}
        since, until = runs[0].since - 2 * settle, runs[-1].since + settle
        about = silent_runs.about(connection, lane, sorted({run.subject for run in runs}), since, until)
        others = silent_runs.named(connection, [name for name in about if name not in mine])
        known = mine | {row.run: Silent.of(row) for row in others}
        for run in (known[name] for name in about if name in known):
            self._alike[run.alike].append(run)
        for group in self._alike.values():
            for run in group:
                self._fresh[run.run] = self._new(run)
        alike = [run.run for run in self._all() if run.run not in mine and len(self._alike[run.alike]) > 1]
        self._taken = silent_runs.facts_of(connection, alike)

    def fresh(self, run: Silent) -> tuple[Drafted, ...]:
        """The drafts of a run that no earlier one has made for the same record."""
        return self._fresh.get(run.run, run.drafts)

    def taken(self, run: Silent) -> set[str]:
        """The deeds that earlier runs are held against."""
        return {fact for one in self._earlier(run) for fact in self._taken.get(one.run, ())}

    def take(self, run: Silent, deeds: Iterable[str]) -> None:
        """A run is held against these deeds, so that no later one is."""
        self._taken[run.run] = set(deeds)

    def rivals(self, run: Silent) -> tuple[tuple[Drafted, ...], datetime | None]:
        """What later runs have drafted while its time was not over, and when the first of them began."""
        later = [one for one in self._alike[run.alike] if run.since < one.since <= run.since + self._settle]
        drafts = tuple(draft for one in later for draft in self.fresh(one))
        return drafts, min((one.since for one in later), default=None)

    def _new(self, run: Silent) -> tuple[Drafted, ...]:
        made = {(one.tool, one.ref) for earlier in self._earlier(run) for one in earlier.drafts}
        return tuple(one for one in run.drafts if (one.tool, one.ref) not in made)

    def _earlier(self, run: Silent) -> Iterator[Silent]:
        for one in self._alike[run.alike]:
            if run.since - self._settle < one.since and (one.since, one.run) < (run.since, run.run):
                yield one

    def _all(self) -> Iterator[Silent]:
        for group in self._alike.values():
            yield from group
