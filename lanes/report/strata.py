"""How far the evidence of one segment has come."""

from dataclasses import dataclass
from functools import cached_property

from lanes.evidence.promotion import Proof


@dataclass(frozen=True)
class Stratum:
    """A segment of the page under today's configuration. `proof` is None where acting alone would never pay."""

    segment: str
    proof: Proof | None
    gates: tuple[str, ...] = ()  # of the bar that are not met, by name

    @cached_property
    def missing(self) -> int:
        """Clean cases that would be enough; 0 when the evidence is sufficient."""
        return self.proof.clean_cases_missing if self.proof else 0

    @property
    def cases(self) -> int:
        return self.proof.cases if self.proof else 0
