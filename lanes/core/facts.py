"""What a decision may look at beside the run itself: gathered by the engine inside the transaction that writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lanes.core.gate import Regime, Spent
from lanes.core.values import Precedent, Prior


@dataclass(frozen=True)
class Facts:
    now: datetime  # UTC
    regime: Regime
    scopes: frozenset[str]  # of the lane's identity
    spent: Spent  # by the lane today, this run's own open writes included
    team: str  # the workspace we serve; anybody else is a stranger
    configuration: str = ""  # hash of page, prompt and tool schemas
    model: str = ""  # label of the model that will plan
    prior: Mapping[str, tuple[Prior, ...]] = field(default_factory=dict)  # by business key: the same change elsewhere
    precedents: Mapping[str, tuple[Precedent, ...]] = field(default_factory=dict)  # see `drafting.like`; by subject
    running: str = ""  # a run about the same subject, under way or just ended
    started: Mapping[str, int] = field(default_factory=dict)  # runs begun today, by what they count for
