"""Replays suites: each case against today's lane, one after the other, with what changed first of each that fails."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lanes.models.base import Model
from lanes.ready import ReadyLane
from lanes.replay.cases import Case
from lanes.replay.differences import Difference, differences
from lanes.replay.stage import empty_ledger, play
from lanes.shadow.comparing import Comparing, kinds_of


@dataclass(frozen=True)
class Verdict:
    """What came of one case. No difference: it passes."""

    case: str
    about: str
    differences: tuple[Difference, ...]
    steps: int  # turns of the model
    cost: int  # millionths of a dollar

    @property
    def passed(self) -> bool:
        return not self.differences


def replay(cases: Iterable[Case], ready: ReadyLane, model: Model) -> Iterator[Verdict]:
    """Each case's verdict as it comes. Raises `Silent` when the model does not answer."""
    comparing = Comparing({name: kinds_of(tool.arguments) for name, tool in ready.known.items()})
    with empty_ledger() as empty:
        for case in cases:
            played = play(case, ready, model, comparing, empty)
            found = differences(case, played, comparing)
            yield Verdict(case.case, case.about, found, len(played.run.turns), played.run.cost)
