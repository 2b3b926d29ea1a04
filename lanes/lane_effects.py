"""What follows from a change of a lane for the runs that are under way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.lane_state import EVERY_LANE
from lanes.core.states import WAITING, State
from lanes.core.wanted import OfLane
from lanes.engine import Engine
from lanes.library import Library


@dataclass(frozen=True)
class LaneEffects:
    """Performs `freeze_lane`, `recall_lane`, `redraw_lane` and `expire`. `redraw` draws one run's card again."""

    engine: Engine
    library: Library
    redraw: Callable[[f.ShowCard, bool], None]
    _drawn: dict[OfLane, set[str]] = field(default_factory=dict)  # by an effect that Slack let draw only a part

    def freeze(self, effect: f.FreezeLane, again: bool) -> None:
        """Freeze what is cleared and has not begun; the gate stops at the wire whatever slips past."""
        for run in self._open(effect.lane):
            self.engine.handle(c.Freeze(run))
        self._draw_all(effect, again=again)

    def recall(self, effect: f.RecallLane, again: bool) -> None:
        """What was cleared without a person and has not begun becomes a card; the gate stops whatever slips past."""
        for run in self._open(effect.lane):
            self.engine.handle(c.Recall(run))
        self._draw_all(effect, again=again)

    def redraw_cards(self, effect: f.RedrawLane, again: bool) -> None:
        self._draw_all(effect, again=again)

    def expire(self, effect: f.ExpireHeld, again: bool) -> None:
        self.engine.handle(c.Expire(effect.run, effect.action, effect.version))

    def _draw_all(self, effect: OfLane, *, again: bool) -> None:
        """Each card once, however often Slack makes us come back: what happens to a card draws it by itself."""
        drawn = self._drawn.setdefault(effect, set())
        for run in self._open(effect.lane):
            if run not in drawn:
                self._draw(run, again=again)
                drawn.add(run)
        self._drawn.pop(effect, None)

    def _draw(self, name: str, *, again: bool) -> None:
        run = self.engine.run(name)
        if run and run.card and any(a.state in WAITING | {State.CLEARED} for a in run.actions.values()):
            self.redraw(f.ShowCard(run=name), again)

    def _open(self, lane: str) -> Iterator[str]:
        for row in self.library.unfinished(None if lane == EVERY_LANE else lane):
            yield row.run
