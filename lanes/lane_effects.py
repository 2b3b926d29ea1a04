"""What follows from a change of a lane for the runs that are under way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.lane_state import EVERY_LANE
from lanes.core.states import WAITING, State
from lanes.engine import Engine
from lanes.library import Library


@dataclass(frozen=True)
class LaneEffects:
    """Performs `freeze_lane`, `redraw_lane` and `expire`. `redraw` draws one run's card again."""

    engine: Engine
    library: Library
    redraw: Callable[[f.ShowCard, bool], None]

    def freeze(self, effect: f.FreezeLane, again: bool) -> None:
        """Freeze what is cleared and has not begun; the gate stops at the wire whatever slips past."""
        for run in self._open(effect.lane):
            self.engine.handle(c.Freeze(run))
        for run in self._open(effect.lane):
            self._draw(run, again=again)

    def redraw_cards(self, effect: f.RedrawLane, again: bool) -> None:
        for run in self._open(effect.lane):
            self._draw(run, again=again)

    def expire(self, effect: f.ExpireHeld, again: bool) -> None:
        self.engine.handle(c.Expire(effect.run, effect.action, effect.version))

    def _draw(self, name: str, *, again: bool) -> None:
        run = self.engine.run(name)
        if run and run.card and any(a.state in WAITING | {State.CLEARED} for a in run.actions.values()):
            self.redraw(f.ShowCard(run=name), again)

    def _open(self, lane: str) -> Iterator[str]:
        for row in self.library.unfinished(None if lane == EVERY_LANE else lane):
            yield row.run
