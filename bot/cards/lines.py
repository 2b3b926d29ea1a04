"""The lines of a card: before and after, what was read, whose yes it waits for, what became of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot import words
from bot.cards.doubts import doubts
from bot.slack.mrkdwn import DAY, clamp, link, person, plain, when
from bot.words.edit import edited_by
from bot.words.people import NO_OWNER, OWNER_ASKED, for_the_owner
from lanes.core.deciders import owner, owner_alone
from lanes.core.page import Lane
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Draft
from storage.stand_ins import StandIn
from tools.contract import Evidence

QUOTE = 160  # characters of a quote on the card; the whole stands in Details


def changes(draft: Draft) -> str:
    """Before → after, a line a field."""
    shown = draft.preview.changes
    return "".join(f"\n{plain(c.field)}: {plain(c.before) or '(empty)'} → *{plain(c.after)}*" for c in shown)


def subject(run: Run) -> str:
    """What a run is about, with the way to its record where one was read."""
    name = run.started.subject
    return next((link(e.url, name) for a in run.answers.values() for e in a.evidence if e.url), plain(name))


def cited(one: Evidence) -> str:
    quote = f" “{plain(clamp(one.quote, QUOTE))}”" if one.quote else ""
    return f"{link(one.url, one.label) if one.url else plain(one.label)}{quote}"


def rule(run: Run, action: Action, decides: str) -> str:
    """Why it waits, and for whom (`decides`)."""
    assert action.ruling is not None
    until = f" · until {when(action.until, '{date_short_pretty} {time}')}" if action.until else ""
    cost = f" · cost so far {words.money(run.cost)}"
    held = f"Held because {words.reasons(action.ruling.reasons[:1])}"  # a second one is why it might have gone alone
    return f"{held} · rule: {plain(words.rule(action.ruling.rule))} · {decides}{until}{cost}"


def needs(run: Run, action: Action, page: Lane, away: Sequence[StandIn]) -> str:
    """Whose yes it waits for, and why not the owner's where a lane lets owners decide."""
    ruling = action.ruling
    assert ruling is not None
    if ruling.stages:
        left = ruling.stages[len(action.yes) :] or ruling.stages[-1:]
        return "needs " + ", then ".join(f"@{plain(stage)}" for stage in left)
    people = f"needs {ruling.quorum} different people" if ruling.quorum > 1 else "needs one approver"
    if not page.approvers.record_owner:
        return people
    group = f"@{plain(page.approvers.group)}"
    if named := owner_alone(page, run, action):
        theirs = for_the_owner(named, next((one for one in away if one.person == named), None))
        return f"{theirs} · {people}, then of {group}" if ruling.quorum > 1 else theirs
    if owner(page, run, action):
        return f"{people}: {person(action.draft.record_owner)}, who owns the record, or {group}"
    why = OWNER_ASKED if action.draft.record_owner else NO_OWNER.get(action.draft.owner_missing, "")
    return f"{why}, so {group} decides · {people}" if why else people


def asked(run: Run, action: Action) -> list[str]:
    """Questions about this version that wait for the requester."""
    open_ones = [q for q in run.questions.values() if q.to == "requester" and q.delivery not in run.replies]
    return [
        f"❓ {person(q.by.user)} asked {person(run.started.by.user)}: “{plain(clamp(q.text, QUOTE))}”"
        for q in open_ones if (q.action, q.version) == (action.id, action.version)
    ]  # fmt: skip


def taken(run: Run, now: datetime) -> list[str]:
    claim = run.claimed(now)
    return [f"🖐 {person(claim.by.user)} is on it until {when(claim.until)}"] if claim and run.held else []


def voices(action: Action) -> tuple[str, ...]:
    if not action.approvals or action.ruling is None or action.state is not State.HELD:
        return ()
    people = ", ".join(words.voice(one) for one in action.yes)
    return (f"{len(action.approvals)} of {action.ruling.quorum}: {people} said yes",)


_FIELD = re.compile(r"(?:^|(?<=; ))\w+(?= was )")  # "next_step was …; close_date was …"


def _superseded(why: str, detail: str) -> str:
    """Why a draft does not stand any more; the gate's own codes become words, a record's fields their names. How the
    last of many tries failed is no reason of the draft's.
    """
    if why == "target_unavailable":
        return ""
    if why == "ruled_again" and detail:
        return words.reasons(tuple(detail.split(", ")))
    return plain(_FIELD.sub(lambda found: found[0].replace("_", " "), detail) or why)


_SAID: Mapping[State, Callable[[Action], str]] = {  # what an end says beside its name
    State.BLOCKED: lambda a: words.reasons(a.ruling.reasons) if a.ruling else "",
    State.REJECTED: lambda a: plain(a.code.replace("_", " ")) + (f" — “{plain(a.message)}”" if a.message else ""),
    State.FAILED: lambda a: plain(a.message),
    State.UNCERTAIN: lambda a: plain(a.message),
    State.SUPERSEDED: lambda a: _superseded(a.code, a.message),
    State.TAKEN_OVER: lambda a: f"“{plain(a.message)}”" if a.message else "",
}


def settled(action: Action, *, taken_back: bool = False) -> str:
    """What became of an action, and through whom."""
    said = state(action) + (", and taken back" if taken_back else "")
    if action.state in _SAID and (why := _SAID[action.state](action)):
        said += f": {why}"
    if action.state is State.BLOCKED:
        said += "".join(f" · {doubt}" for doubt in doubts(action.draft))
    if action.draft.edit:
        said += f" · {edited_by(action.draft.edit)}"
    for decision in action.decided:
        said += f" · {words.VERB[decision.decision]} by {words.voice(decision)} {when(decision.at, DAY)}"
        if decision.decision == "break_glass":
            said += f": “{plain(decision.note)}”"
    if action.alone:
        said += " · went alone, under the lease"
    result = action.result or {}
    shown = [f"{name} {_record(result, name)}" for name in ("refund", "comment", "issue") if result.get(name)]
    return " · ".join([said, *shown])


def state(action: Action) -> str:
    """A state's name; what ended before the wire was perhaps replaced by nothing."""
    if action.unsettled:
        return words.UNSETTLED
    why = words.NOT_CARRIED_OUT.get(action.code) if action.state is State.SUPERSEDED else None
    return why or words.STATE[action.state]


def _record(result: Mapping[str, Any], name: str) -> str:
    """What a write made, by its id, and the way to it where its tool knows one."""
    return link(str(result["url"]), str(result[name])) if result.get("url") else f"`{plain(result[name])}`"
