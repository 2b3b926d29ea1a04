"""A second configuration of a lane drafts beside it in silence, about whatever the first one begins with.

It sees what the other saw when it began: the effect is owed in the transaction that starts the other run. It stands in
nobody's way: it holds no change, counts for no cap, and is no run that a person's request could be taken for.
"""

import hashlib
from dataclasses import dataclass

import structlog

from lanes.core import commands as c
from lanes.core import proof_effects as pf
from lanes.core.ways_in import BESIDE, unasked
from lanes.engine import Engine

log = structlog.get_logger("shadow")


@dataclass(frozen=True)
class Beside:
    """Performs `shadow_beside`."""

    engine: Engine

    def start(self, effect: pf.ShadowBeside, again: bool) -> None:
        first, ready = self.engine.run(effect.run), self.engine.lanes.get(effect.lane)
        if first is None or ready is None:
            return  # the page was taken away since
        if self.engine.regime(effect.lane).stopped:
            log.warning("not_shadowed", lane=effect.lane, run=effect.run, why="the lane is stopped")
            return
        started = first.started
        delivery = f"beside/{effect.run}/{effect.lane}"
        inputs = {name: said for name, said in started.inputs.items() if name in ready.page.inputs}
        self.engine.handle(c.StartRun(
            "r" + hashlib.sha256(delivery.encode()).hexdigest()[:10], effect.lane, started.subject,
            unasked(BESIDE, self.engine.team), "", delivery, via=BESIDE, inputs=inputs, message=started.message,
            anew=True, silent=True,
        ))  # fmt: skip
