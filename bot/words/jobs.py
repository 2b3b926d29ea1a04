"""What people read about jobs: in Slack when one failed, at the command line when they ask."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.slack.mrkdwn import clamp, plain, quoted
from lanes.core.periods import Daily, Every, Weekly, When
from lanes.timetable import ByHand
from storage.firings import CLOCK, Firing

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SAID = 120  # characters of an outcome in a table; `--json` has all of it
_MESSAGE = 3_900  # characters: Slack cuts a message at 4,000


def failed(firing: Firing) -> str:
    """For whoever is on the hook."""
    job, period = plain(firing.job), plain(firing.period)
    tries = "" if firing.attempts < 2 else f" after {firing.attempts} attempts"
    return clamp(
        f"⚠️ The job *{job}* failed for {period}{tries}:\n{quoted(firing.said)}\n"
        f"Its next period comes by itself. For this one, mend the cause, then `lanekeeper jobs run {job} --period "
        f"{period}`.",
        _MESSAGE,
    )


def swept(lanes: int) -> str:
    return (
        f"{lanes} lane{'s' if lanes != 1 else ''} told to look for work" if lanes else "no lane looks for its own work"
    )


def operations_not_seen(channel: str) -> str:
    return f"LANEKEEPER_OPERATIONS_CHANNEL is {channel}, which the app cannot see: create it, or invite the app there"


def forgotten(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many} forgotten"


def digests_owed(count: int) -> str:
    return "1 digest on its way" if count == 1 else f"{count:,} digests on their way"


def watched(demoted: int) -> str:
    return "every lane that acts alone is in order" if not demoted else f"{demoted} demoted"


def reviewed(demoted: int, proposed: int) -> str:
    said = "no lease waits for signatures" if not proposed else f"{proposed} waiting for signatures"
    return f"{demoted} demoted; {said}" if demoted else said


def verified(streams: int) -> str:
    return "1 stream verified" if streams == 1 else f"{streams:,} streams verified"


def history_changed(first: Sequence[str], count: int, streams: int) -> str:
    found = "1 problem" if count == 1 else f"{count:,} problems"
    more = "" if count == len(first) else f"; and {count - len(first):,} more"
    return f"the history was changed after it was written: {found} in {streams:,} streams: {'; '.join(first)}{more}"


def cadence(when: When) -> str:
    match when:
        case Weekly():
            return f"{_WEEKDAYS[when.weekday - 1]} {when.at:%H:%M}"
        case Daily():
            return f"daily {when.at:%H:%M}"
        case Every():
            return f"every {when.minutes} min"


def moment(at: datetime | None, zone: tzinfo) -> str:
    """In the job's own zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}" if at else ""


def took(ms: int | None) -> str:
    if ms is None:
        return ""
    return f"{ms} ms" if ms < 1_000 else f"{ms / 1_000:.1f} s" if ms < 60_000 else f"{ms / 60_000:.1f} min"


def became(firing: Firing | None) -> str:
    """What came of the last firing, in one line."""
    if firing is None or firing.outcome == "passed_over":
        return "not fired yet"
    said = _line(firing.said)
    if firing.outcome:
        return f"{'FAILED' if firing.outcome == 'failed' else firing.outcome}: {said}"
    if firing.started is None:
        return "waits to be performed"
    reached = ", ".join(f"{value:,} {name}" for name, value in firing.detail.items() if isinstance(value, int))
    stumbled = f", attempt {firing.attempts}, the one before: {said}" if said else ""
    return "under way" + (f", so far {reached}" if reached else "") + stumbled


def by_hand(answer: ByHand, zone: tzinfo) -> str:
    """What firing by hand came to."""
    firing = answer.firing
    named = f"{firing.job} for {firing.period}"
    if answer.fired:
        return f"{named} is fired: a running Lanekeeper performs it at once, else the next one that starts."
    if firing.finished:
        return f"{named} was done already, {moment(firing.finished, zone)}: {_line(firing.said)}. Nothing was fired."
    who = "the clock" if firing.by == CLOCK else firing.by.removeprefix("cli:")
    return f"{named} was fired already, by {who}, {moment(firing.fired, zone)}; {became(firing)}. Nothing was fired."


def _line(said: str) -> str:
    """Foreign words in a table: nothing breaks the line or speaks to the terminal."""
    return clamp("".join(one for one in " ".join(said.split()) if one.isprintable()), _SAID)
