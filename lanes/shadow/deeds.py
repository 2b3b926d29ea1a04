"""What people did about the subjects of silent runs, found among all the facts there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from lanes.core.page import Lane
from lanes.core.ways_in import BESIDE
from lanes.shadow.silence import Silent
from storage import facts
from tools.truth import Deed

EARLIER = timedelta(minutes=15)  # before the run began: whoever was quicker than the webhook did the same work


@dataclass(frozen=True)
class About:
    """The deeds of one run; `by_target` are those to which nothing but a draft's target leads."""

    found: Mapping[str, Deed]
    by_target: frozenset[str]


class Deeds:
    """What was done about the subjects of some runs, asked for at once."""

    def __init__(self, connection: Connection, page: Lane, runs: Sequence[Silent], settle: timedelta) -> None:
        self._page, self._settle = page, settle
        self._about: dict[str, list[Any]] = defaultdict(list)
        self._read: dict[str, Deed] = {}
        self._near = {run.run: self._subject(run) for run in runs}
        if not runs:
            return
        refs = sorted({ref for run in runs for ref in (*self._near[run.run], *_targets(run))})
        since = min(run.since for run in runs) - EARLIER
        until = max(run.since for run in runs) + settle
        for ref, row in facts.about(connection, refs, since, until, deeds=True):
            if row.tool in page.tools:
                self._about[ref].append(row)

    def of(self, run: Silent, taken: set[str]) -> About:
        """What is this run's to be held against, but for what is `taken` and what was done at one stroke with that."""
        near, far = self._deeds(run, self._near[run.run]), self._deeds(run, _targets(run))
        found = {**far, **near}
        if taken:
            strokes = {_stroke(deed) for deed in found.values() if deed.id in taken and deed.save}
            found = {name: deed for name, deed in found.items() if not (name in taken or _stroke(deed) in strokes)}
        return About(found, frozenset(found.keys() - near))

    def _deeds(self, run: Silent, refs: Sequence[str]) -> dict[str, Deed]:
        rows = {row.id: row for ref in refs for row in self._about.get(ref, ()) if self._counts(run, row)}
        read = {name: self._deed(row) for name, row in rows.items()}
        return {name: deed for name, deed in read.items() if deed.ours or deed.by.kind == "person"}

    def _counts(self, run: Silent, row: Any) -> bool:
        """People's hands; and, where another lane does the work, its hand as well."""
        within = run.since - EARLIER <= row.at <= run.since + self._settle
        return within and (not row.ours or run.via == BESIDE)

    def _deed(self, row: Any) -> Deed:
        if row.id not in self._read:
            self._read[row.id] = Deed.model_validate_json(row.content)
        return self._read[row.id]

    def _subject(self, run: Silent) -> list[str]:
        """The subject's own name and what was read about it, without other subjects of the lane that were found."""
        subject, distinct = self._page.subject, self._page.subject.pattern != "{id}"
        read = (
            one for one in run.read
            if not (distinct and (other := subject.read(one.partition(" ")[2])) and other != run.subject)
        )  # fmt: skip
        return [f"{subject.kind} {run.subject}", *read]


def _targets(run: Silent) -> list[str]:
    return [one.ref for one in run.drafts]


def _stroke(deed: Deed) -> tuple[str, str, str] | None:
    return (deed.ref, deed.tool, deed.save) if deed.save else None
