"""What people read about what people did: how far it is read, and how silent drafts are held against it."""

from lanes.shadow.harvesting import Harvested


def harvested(found: Harvested) -> str:
    """What came of a night's harvest."""
    total, sources = sum(found.new.values()), len({name.partition(" ")[0] for name in found.new})
    if not sources:
        return "no lane names a system that tells what people did"
    read = "1 source read" if sources == 1 else f"{sources} sources read"
    return f"{read}, {'1 new fact' if total == 1 else f'{total:,} new facts'}"
