"""What a lane did alone, and which of it people look at afterwards.

The draw is a hash of the action's idempotency key, held against a chance that depends on how many actions of its
segment came before it under the lease. Nobody keeps a list: whoever computes it again draws the same.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lanes.core.canonical import fingerprint
from lanes.core.lane_state import LaneState
from lanes.core.proving import Promotion
from lanes.core.run import Action, Run
from lanes.evidence.demotion import audit_probability
from lanes.shadow.cases import segment_of

_DIGITS = 13  # hex digits of the hash: 52 bits, as many as a float holds exactly


@dataclass(frozen=True)
class Alone:
    """An action that went to the wire without a person. `drawn`: people look at it; `chance` it had of that."""

    run: Run
    action: Action
    segment: str
    began: datetime
    chance: float = 1.0
    drawn: bool = True

    @property
    def id(self) -> str:
        return f"{self.run.id}/{self.action.id}"


def went_alone(runs: Iterable[Run], promotion: Promotion | None) -> tuple[Alone, ...]:
    """What these runs did alone, in the order in which it was begun; nothing is drawn yet."""
    found = [
        Alone(run, action, segment_of(promotion, action.draft.tool, action.draft.arguments), action.began_at)
        for run in runs
        for action in run.actions.values()
        if action.alone and action.began_at and not action.draft.undoes and not action.approvals
    ]
    return tuple(sorted(found, key=lambda one: (one.began, one.id)))


def audited(alone: Iterable[Alone], state: LaneState) -> tuple[Alone, ...]:
    """Of these, what was begun under the lease that runs, each with its draw: all of a segment's first actions, then
    the share that people signed for.
    """
    lease, before, out = state.lease, Counter[str](), []
    for one in alone:
        since = state.leased.get(one.segment, state.leased_at)
        if lease is None or since is None or one.began < since:
            continue
        chance = audit_probability(before[one.segment], lease.audit / 100)
        before[one.segment] += 1
        key = one.action.draft.key
        out.append(Alone(one.run, one.action, one.segment, one.began, chance, drawn(key, chance)))
    return tuple(out)


def drawn(key: str, chance: float) -> bool:
    """Is the action with this key looked at? The same answer whenever it is asked."""
    return int(fingerprint(["audit", key])[:_DIGITS], 16) / float(16**_DIGITS) < chance
