"""What a wish about a case comes to: it is drawn, asked about, hung up, and answered once.

1. An answer comes from a third person: among the lane's approvers, who neither did the work that is judged nor asked
   for it. Where Slack does not say whether they did it, they are refused, as everywhere.
2. The first answer stands. Whoever comes later is told who was first.
3. Who cannot tell passes the card on to somebody else. When `PASSES` of them have, or nobody else has answered within
   `PATIENCE`, the case stays unsettled, which is as bad as wrong: to look away must not make a lane look better.
4. Nothing happens to the world by any of it: no command here leads to a write.
"""

from datetime import datetime, timedelta
from typing import assert_never

from lanes.core import case_commands as cc
from lanes.core import case_events as ce
from lanes.core.case_events import CaseEvent
from lanes.core.case_state import CaseState
from lanes.core.commands import Standing
from lanes.core.refuse import STANDING
from lanes.core.values import Person

PASSES = 2  # people: a third one would guess
PATIENCE = timedelta(days=7)  # a week holds everybody's working days; what waits longer hides what it asks
REASONS = ("policy_unclear", "information_missing", "timing", "taste", "mistake", "other")  # why two sides differed


def decide_case(state: CaseState, command: cc.CaseCommand, now: datetime) -> tuple[CaseEvent, ...]:
    """The events of a command."""
    match command:
        case cc.DrawAudit():
            return () if state.drawn else (ce.AuditDrawn(at=now, **vars(command)),)
        case cc.AskCase():
            asked = ce.CaseAsked(
                at=now, case=command.case, lane=command.lane, about=command.about, handle=command.handle,
                agent_is=command.agent_is,
            )  # fmt: skip
            return () if state.asked else (asked,)
        case cc.HangCase():
            return () if state.place == command.place else (ce.CasePosted(at=now, place=command.place),)
        case cc.LabelCase():
            return _answered(state, command, now)
        case cc.GiveUpCase():
            late = bool(state.passed) and now - state.passed[-1].at >= PATIENCE
            return (ce.CaseGivenUp(at=now),) if state.open and late else ()
        case _:
            assert_never(command)


def _answered(state: CaseState, command: cc.LabelCase, now: datetime) -> tuple[CaseEvent, ...]:
    if state.asked is None or command.delivery in state.handled:
        return ()
    no = _refusal(state, command)
    if no:
        refused = ce.CaseRefused(
            at=now, by=command.by, code=no[0], winner=no[1], channel=command.channel, delivery=command.delivery
        )
        return (refused,)
    if not command.a and not command.b:
        passed = ce.CasePassed(at=now, by=command.by, standing=command.standing, delivery=command.delivery)
        return (passed, ce.CaseGivenUp(at=now)) if len(state.passed) + 1 >= PASSES else (passed,)
    sides = (command.a, command.b) if state.asked.agent_is == "a" else (command.b, command.a)
    said = ce.CaseLabelled(
        at=now, by=command.by, standing=command.standing, a=command.a, b=command.b, label=sides[0],
        person_label=sides[1], reason=command.reason, note=command.note, delivery=command.delivery,
    )  # fmt: skip
    return (said,)


def _refusal(  # noqa: PLR0911 - one line a rule
    state: CaseState, command: cc.LabelCase
) -> tuple[str, Person | None] | None:
    if command.standing is not Standing.MEMBER:
        return STANDING[command.standing], None
    if command.by.user in command.barred:
        return "DID_IT", None
    if command.doer_unknown:
        return "DOER_UNKNOWN", None
    if state.labelled:
        return "ALREADY_LABELLED", state.labelled.by
    if state.given_up:
        return "GIVEN_UP", None
    if not command.a and not command.b and command.by in {one.by for one in state.passed}:
        return "PASSED_ALREADY", None
    if command.reason and command.reason not in REASONS:
        return "UNKNOWN_REASON", None
    return None
