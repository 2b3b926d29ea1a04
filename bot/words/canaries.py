"""What people read about practice drafts: that they come, at which share, and what one of them was."""

from bot.slack.mrkdwn import person, plain
from lanes.core import events as e
from lanes.core.proving import Canaries
from lanes.core.run import Run

TITLE = "Practice: nothing was done"
_FLAW = {"amount": "a wrong amount", "record": "somebody else's record"}


def announced(lane: str) -> str:
    """To the approvers, before the first one comes."""
    return (
        f"🐤 From now on there are *practice drafts* among the cards of *{plain(lane)}*: drafts like any other, with "
        "one thing wrong on purpose, such as the amount or whose record it is. Nothing of them is ever carried out, "
        "whatever you decide, and the card says what it was as soon as you have. What is counted is how many the "
        f"group finds, never who. `/lane show {plain(lane)}` says how many there are."
    )


def on_the_page(canaries: Canaries) -> str:
    """A line of `/lane show`."""
    return (
        f"*Practice drafts* about {canaries.share:.1%} of its cards are wrong on purpose, to practise on, and never "
        f"carried out. The approvers are to find {canaries.target:.0%} of them; it is counted for the group alone."
    )


def flaw(run: Run) -> str:
    """What was wrong: "a wrong amount: $83.00 instead of $38.00"."""
    practice = run.started.practice
    if practice is None:
        return ""
    return f"{_FLAW[practice.flaw]}: {plain(practice.shown)} instead of {plain(practice.real)}"


def revealed(run: Run) -> str:
    """On its card, once somebody has decided."""
    ended = run.practised
    if ended is None or ended.found is None:
        how = "Nobody said yes or no to it, so it counts as neither found nor missed."
    elif ended.found:
        how = f"👏 {person(ended.by.user)} found it." if ended.by else "It was found."
    else:
        how = "It was approved, so it counts as missed. It is counted for the group, not for anybody."
    return f"This was a practice draft with {flaw(run)}. Nothing was done, and nothing could have been. {how}"


def told(run: Run) -> str:
    """To whoever said yes, or wanted to take it over or to ask."""
    return f"🐤 This was a practice draft with {flaw(run)}. Nothing was done; your click changed nothing."


def ended(event: e.PracticeEnded) -> str:
    """A line of a run's story."""
    how = {True: "found", False: "missed", None: "neither found nor missed"}[event.found]
    return f"{event.action} was told to be a practice draft: {how}"


def asked_for(lanes: int) -> str:
    """What the morning's job found."""
    return f"practice drafts are asked for by {lanes} lane" + "s" * (lanes != 1)


def owed(count: int) -> str:
    """What the job did."""
    return "1 practice draft on its way" if count == 1 else f"{count} practice drafts on their way"
