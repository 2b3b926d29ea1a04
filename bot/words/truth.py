"""What people read about what people did: how far it is read, and how silent drafts are held against it."""

from lanes.shadow.casework import Matched
from lanes.shadow.harvesting import Harvested


def harvested(found: Harvested) -> str:
    """What came of a night's harvest."""
    total, sources = sum(found.new.values()), len({name.partition(" ")[0] for name in found.new})
    if not sources:
        return "no lane names a system that tells what people did"
    read = "1 source read" if sources == 1 else f"{sources} sources read"
    return f"{read}, {'1 new fact' if total == 1 else f'{total:,} new facts'}"


def matched(found: Matched) -> str:
    """What came of holding silent drafts against people's deeds."""
    told = [f"{count:,} {outcome}" for outcome, count in sorted(found.outcomes.items()) if count]
    settled = "1 silent run settled" if found.settled == 1 else f"{found.settled:,} silent runs settled"
    rest = f"; {found.unsettled:,} given up, because nobody could read what people did" if found.unsettled else ""
    return f"{settled}{rest}" + (f": {', '.join(told)}" if told else "")
