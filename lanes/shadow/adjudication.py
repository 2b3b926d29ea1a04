"""Which cases people are asked about, and how a card about one says nothing of whose side is whose. Pure.

1. Every settled disagreement (differ, overreach, missed) is looked at by a third person, and of what both did alike a
   share, drawn by a hash of the case's id: agreement is not correctness, and anybody can compute the draw again.
2. Which side is A is drawn by another hash, so that it never changes; what the card is called is a third one, because
   a case's id may name the run or the fact it was made of.
3. What went alone was drawn when it was done (`lanes/promotion/audits.py`); whatever was drawn is looked at, first.
"""

import hashlib
from typing import Literal

from lanes.shadow.matching import Outcome

AGREEMENTS_LOOKED_AT = 0.10  # of what both did alike
OPEN_AT_ONCE = 3  # cards of a lane: few enough to be answered in a coffee break, and the next follows by itself
_DISAGREE = frozenset({Outcome.DIFFER, Outcome.OVERREACH, Outcome.MISSED})


def wanted(case: str, source: str, outcome: str) -> bool:
    """Shall people look at a case that is settled? Not where the person had seen the draft: they have judged it."""
    if source == "taken_over":
        return False
    if source == "audit" or outcome in _DISAGREE:
        return True
    return outcome == Outcome.AGREE and lot("agreement", case) < AGREEMENTS_LOOKED_AT


def agent_is(case: str) -> Literal["a", "b"]:
    """Which side of the card is the agent's."""
    return "a" if lot("side", case) < 0.5 else "b"


def handle(case: str) -> str:
    """What the card calls the case."""
    return hashlib.sha256(f"handle {case}".encode()).hexdigest()[:16]


def lot(about: str, name: str) -> float:
    """From 0 to 1, the same for the same name, evenly spread over different ones."""
    return int.from_bytes(hashlib.sha256(f"{about} {name}".encode()).digest()[:8]) / 2**64
