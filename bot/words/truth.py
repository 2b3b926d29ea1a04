"""What people read about what people did: how far it is read, and how silent drafts are held against it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.slack.mrkdwn import plain
from bot.words import duration
from lanes.core.proving import Shadowing
from lanes.core.ways_in import BACKFILL
from lanes.shadow.backfill import Backfilled
from lanes.shadow.casework import Matched
from lanes.shadow.harvesting import Harvested
from lanes.shadow.silence import TAKEN_OVER
from storage.facts import Reading
from storage.silent_runs import SETTLED


def on_the_page(shadow: Shadowing) -> str:
    """What a lane's drafts are held against, for `/lane show`."""
    said = (
        f"*In shadow* its drafts are held against what people did within {duration(shadow.settle_after)}, as "
        f"{', '.join(shadow.truth).replace('_', ' ')} tell it."
    )
    if shadow.sample:
        said += (
            f" Of the events that start it, {shadow.sample:.0%} are left to people, with a silent draft beside them."
        )
    if shadow.beside:
        said += f" It drafts in silence beside each run of {plain(shadow.beside)}."
    return said


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


def source_read(source: str, new: int) -> str:
    return f"{source}: read, {_many(new, 'new fact')}"


def begun(made: Backfilled) -> str:
    """How many subjects people worked on, and how many of them have a run by now."""
    if not made.subjects:
        return "people did nothing of this lane's in that time that names a subject of it"
    left = f"; {made.left:,} left, call again for them" if made.left else ""
    return f"{_many(made.subjects, 'subject')} that people worked on: {_many(made.begun, 'run')} begun now{left}"


def drafted(done: int, of: int) -> str:
    return f"{done:,} of {of:,} drafted"


def still_under_way(left: int) -> str:
    return (
        f"{_many(left, 'run')} not drafted yet, and nobody seems to work on them: start `lanekeeper run`, then call "
        "this again"
    )


def all_drafted(lane: str) -> str:
    return f"`lanekeeper shadow status {lane}` says how it fares; backfilled cases earn a lane nothing"


def sources(readings: Sequence[Reading], known: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """One line a reading: how far it is, and what it has told."""
    if not readings:
        yield "Nothing was read yet of what people did; the harvest comes every night (`lanekeeper jobs run harvest`)."
    for one in readings:
        facts, ours = known.get(one.source, (0, 0))
        far = f"read up to {one.read_until:%Y-%m-%d %H:%M} UTC" if one.read_until else "being read for the first time"
        rest = ", more is being read" if one.cursor else ""
        purpose = "" if one.purpose == "harvest" else f" ({one.purpose})"
        yield f"{one.source}{purpose}: {far}{rest}; {_many(facts, 'fact')}, {ours:,} of them our agents' own"


def shadowed(
    lane: str, runs: Mapping[tuple[str, str], int], found: Mapping[tuple[str, str, bool], int], oldest: datetime | None
) -> Iterator[str]:
    """A lane's silent runs and what their drafts came to; the past, and what people took over, by themselves."""
    yield f"\n{lane}"
    if not runs and not found:
        yield "  nothing was drafted in silence"
    for apart, named in (("", "silent"), (BACKFILL, "backfilled"), (TAKEN_OVER, "taken over")):
        mine = [(state, count) for (via, state), count in runs.items() if _apart(via) == apart]
        outcomes: Counter[str] = Counter()
        for (source, outcome, settled), count in found.items():
            if _apart(source) == apart:
                outcomes[outcome if settled else "waiting"] += count
        if mine:
            settled_runs = sum(count for state, count in mine if state == SETTLED)
            yield f"  {_many(sum(count for _, count in mine), f'{named} run')}, {settled_runs:,} settled"
        if outcomes:
            yield f"  {named} cases: " + ", ".join(f"{count:,} {said}" for said, count in sorted(outcomes.items()))
    if oldest:
        yield f"  the oldest run that waits began {oldest:%Y-%m-%d %H:%M} UTC"


def _apart(told: str) -> str:
    return told if told in {BACKFILL, TAKEN_OVER} else ""


def _many(count: int, one: str) -> str:
    return f"1 {one}" if count == 1 else f"{count:,} {one}s"
