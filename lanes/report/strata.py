"""How far the evidence of one segment has come."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from lanes.evidence.promotion import Proof


@dataclass(frozen=True)
class Stratum:
    """A segment of the page under today's configuration. `spanned`: from its first case to its newest."""

    segment: str
    proof: Proof
    spanned: timedelta

    @cached_property
    def missing(self) -> int:
        """Clean cases that would be enough; 0 when the evidence is sufficient."""
        return self.proof.clean_cases_missing
