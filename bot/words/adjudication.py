"""What people read where they look at cases: which of two answers is right, and was it right what went alone.

No sentence here may be taken for a draft that waits for a yes: each card says first that nothing happens by it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.mrkdwn import link, person, plain, quoted, when
from bot.words.refused import refused
from lanes.core import case_events as ce
from lanes.core.page import Lane

NOTHING_HAPPENS = "*Nothing happens by this, whatever you answer:* nothing is sent, changed or undone."
ABOUT = {
    "comparison": "A and B are what the agent would have done and what a person did, in an order drawn by lot. Whose "
    "is whose is told once you have answered.",
    "audit": "The agent did this alone, under the lease. It was drawn by lot to be looked at. An answer *Wrong* may "
    "end the lane's freedom to act alone.",
}
DID_NOTHING = "_Nothing was done._"
THE_SAME = "*A and B did the same*"
BOTH_SAY = "*The same in both*"
ANSWERS: Mapping[str, Mapping[str, str]] = {  # what stands on the buttons, by what a card asks
    "comparison": {
        "a": "A is right", "b": "B is right", "both": "Both are fine", "neither": "Neither", "unsure": "I cannot tell",
    },
    "same": {"both": "It is right", "neither": "It is not", "unsure": "I cannot tell"},
    "audit": {
        "right": "Right", "tone": "Tone", "rework": "Needed rework", "wrong": "Wrong", "unsure": "I cannot tell",
    },
}  # fmt: skip
VERDICT = {
    "correct": "right", "tone": "only the tone was off", "rework": "needed rework", "wrong": "wrong",
}  # fmt: skip
SEVERITY = {
    "tone": "Only its tone: the wording had to change",
    "rework": "Rework: part of it had to be done again",
    "wrong": "Wrong: the recipient, the amount or the rule",
}
REASONS = {
    "policy_unclear": "The policy is unclear here",
    "information_missing": "One of them lacked information",
    "timing": "Something changed in between",
    "taste": "A matter of taste",
    "mistake": "A plain mistake",
    "other": "Something else",
}
WHY_APART, WHY_WRONG = "Why did they differ?", "Why was it not right?"
_REFUSED = {
    "DID_IT": "You did this work yourself, or asked for it, so somebody else has to look at it.",
    "DOER_UNKNOWN": "Slack did not say whether this work was yours, so nothing was recorded. Try again in a minute.",
    "UNKNOWN_CASE": "This is not on record any more, so nothing was changed.",
    "PASSED_ALREADY": "You said already that you cannot tell; somebody else is asked now.",
    "GIVEN_UP": "Nobody could tell in time, so this is settled as unsettled, and your answer was not recorded.",
    "NOT_AN_APPROVER": "Only the lane's approvers look at its cases, so nothing was recorded.",
}


def how_bad(side: str) -> str:
    return f"How bad is {side.upper() or 'it'}?"


def more_fields(count: int) -> str:
    return f"{count} more long fields differ; the record shows them."


def who_may(page: Lane) -> str:
    return f"For anybody of @{plain(page.approvers.group)} who neither did this work nor asked for it."


def title(about: str, subject: str, *, answered: bool) -> str:
    if about == "audit":
        return f"Looked at: {subject}" if answered else f"It was done alone. Was it right? {subject}"
    return f"Compared: {subject}" if answered else f"Which is right? {subject}"


def in_short(about: str, subject: str) -> str:
    """For a lock screen."""
    what = "Something that was done alone, to look at" if about == "audit" else "Two answers to compare"
    return f"{what}: {plain(subject)}. Nothing happens by it."


def whose(agent_is: str) -> str:
    other = {"a": "B", "b": "A"}[agent_is]
    return f"*{agent_is.upper()}* was the agent's, *{other}* was a person's."


def said(event: ce.CaseLabelled, *, comparison: bool) -> str:
    """What somebody answered."""
    if comparison:
        told = f"{person(event.by.user)}: A {VERDICT[event.a]}, B {VERDICT[event.b]}"
    else:
        told = f"{person(event.by.user)}: {VERDICT[event.label]}"
    told += f" · {REASONS[event.reason].lower()}" if event.reason else ""
    return f"{told}\n{quoted(event.note)}" if event.note else told


def waiting(page: Lane, count: int, since: datetime, url: str) -> str:
    """To the channel where the cards hang."""
    what = "1 case waits" if count == 1 else f"{count} cases wait"
    oldest = link(url, "the oldest") if url else "the oldest"
    return (
        f"👀 {what} for somebody of @{plain(page.approvers.group)} who looks at what *{plain(page.lane)}* did, "
        f"{oldest} since {when(since, '{date_short_pretty}')}. Nothing is earned while what differed is not looked at, "
        "and what was done alone and nobody looks at within a week counts as wrong."
    )


def passed(people: Sequence[str], *, given_up: bool) -> str:
    """Who could not tell, and what comes of it."""
    who = " and ".join(person(one) for one in people)
    if given_up:
        return f"{who} could not tell: it stays unsettled, which counts as wrong."
    return f"{who} could not tell. Somebody else is asked; when nobody can tell, it counts as wrong."


def not_recorded(code: str, winner: str) -> str:
    """To whoever wanted to answer and might not."""
    if code == "ALREADY_LABELLED":
        return f"{person(winner)} was first: this is answered already."
    return _REFUSED.get(code) or refused(code)


def asked(lanes: int) -> str:
    """What the job did."""
    return "cases of " + ("1 lane" if lanes == 1 else f"{lanes} lanes") + " brought before people"
