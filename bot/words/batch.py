"""Sentences of a card that several runs share."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from bot.slack.mrkdwn import clamp, person, plain, when
from bot.words import duration
from lanes.core.page import Batch
from lanes.core.run import Action
from lanes.core.states import State

_COUNTED: Mapping[State, str] = {
    State.FROZEN: "frozen",
    State.UNCERTAIN: "uncertain",
    State.FAILED: "failed",
    State.CLEARED: "running",
    State.EXECUTING: "running",
    State.DONE: "done",
    State.REJECTED: "rejected",
    State.TAKEN_OVER: "by hand",
    State.EXPIRED: "expired",
    State.SUPERSEDED: "withdrawn",
    State.BLOCKED: "not allowed",
}
_NAMED = 6  # drafts called by name in one sentence
RECORD = "record"  # a link to it
UNSETTLED = "*Did it happen?* No system can tell. Open it and say what the record shows."


def title(states: Sequence[State], lane: str, *, stopped: bool) -> str:
    """12 changes wait · 3 done · crm-hygiene."""
    waiting = len([state for state in states if state is State.HELD])
    counted = Counter(_COUNTED[state] for state in _COUNTED for one in states if one is state)
    ends = [f"{n} {what}" for what, n in counted.items()]
    if waiting:
        ends.insert(0, f"{waiting} {'change waits' if waiting == 1 else 'changes wait'}")
    elif ends:
        ends[0] = _first(ends[0], len(states))
    return " · ".join([*(["On hold"] if stopped and waiting else []), *ends, lane])


def _first(end: str, count: int) -> str:
    return f"{count} change{'s' * (count != 1)}: {end}"


def audience(who: str) -> str:
    """For whom the card hangs: the owner of the records, or a group."""
    if not who:
        return ""
    return f"for {plain(who)}" if who.startswith("@") else f"for {person(who)}, who owns the records"


def approve_rest(whole: int, every: int) -> str:
    """The button's own words."""
    if not whole:
        return "Approve & run what I have opened"
    if every == 1:
        return "Approve & run"
    return f"Approve & run all {whole}" if whole == every > 1 else f"Approve & run the rest ({whole})"


def what_the_rest_is(whole: int, unread: Sequence[str]) -> str:
    each = "Each is decided by itself; you are told what could not be approved."
    if not unread:
        return each
    shown = f"the {whole} that stand{'s' * (whole == 1)} whole here, and " if whole else ""
    return f"Approves {shown}what you have opened. {each} Skips for you what you have not read: {names(unread)}"


def names(said: Sequence[str]) -> str:
    more = len(said) - _NAMED
    return "; ".join(said[:_NAMED]) + (f"; and {more} more" if more > 0 else "")


def to_open(others: int, *, cut: bool, doubt: bool) -> str:
    """Why a line alone is not enough to decide on."""
    if others:
        return f"👁 {others + 1} drafts wait here. Open it for the first."
    if doubt:
        return "👁 There is more to know before a yes. Open it to read it."
    return "👁 Too long to stand here. Open it to read all of it." if cut else "👁 Open it to read what will be sent."


def anew(replaced: Action) -> str:
    why = plain(replaced.message or replaced.code.replace("_", " "))
    return f"↩️ Drafted anew: {clamp(why, 200)}"


def several(quorum: int) -> str:
    return f"👥 Needs {quorum} different people"


def left(approved: int, every: int, why: Mapping[str, Sequence[str]]) -> str:
    """What one press did not approve, by name, and why: sentence → names."""
    lines = [f"• {names(which)}: {sentence}" for sentence, which in why.items()]
    return "\n".join([f"Approved {approved} of {every}. These were left:", *lines])


NOT_READ = "you have not read it whole. Open it, then press again."
NOT_WHOLE = "it is too large to show whole anywhere, so nobody can approve it. Reject it or take it over."


def waiting(actions: Sequence[Action], every: int, called: str) -> str:
    """A reminder of all that waits on the card."""
    until = min((action.until for action in actions if action.until), default=None)
    end = f", the first until {when(until, '{date_short_pretty} {time}')}" if until else ""
    which = names([clamp(plain(action.draft.preview.sentence), 80) for action in actions])
    return f"⏰ {called} {len(actions)} of {every} still wait{'s' * (len(actions) == 1)}{end}: {which}"


def lost(subjects: Iterable[str], lane: str, channel: str) -> str:
    """Nobody can decide, because nobody sees what there is to decide."""
    return (
        f"⚠️ The card of *{plain(lane)}* about {names([plain(one) for one in subjects])} could not be shown in "
        f"{plain(channel)}; is the app in that channel? Nothing was decided by this: what was drafted waits until it "
        "expires, one by one. Lanekeeper's log says what Slack said."
    )


def on_the_page(batch: Batch, tools: str) -> str:
    """What a lane's page says of it, for `/lane show`."""
    money = f" that moves at most {batch.up_to}" if batch.up_to else ""
    return (
        f" Up to {batch.most} simple drafts ({tools}){money} that come by themselves within "
        f"{duration(batch.gather)} lie on one card, and each is decided by itself."
    )
