"""What a person's word comes to: a decision on record with what follows from it, or a refusal with its reason."""

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.facts import Facts
from lanes.core.gate import enough
from lanes.core.refuse import refusal
from lanes.core.run import Action, Run

BY_HAND = "SAID_BY_A_PERSON"  # the code of a failure that no system reported


def decision(run: Run, command: c.Decide, facts: Facts) -> tuple[RunEvent, ...]:
    """A decision, once a delivery."""
    if command.delivery in run.handled:
        return ()
    action = run.actions.get(command.action)
    refused = refusal(action, command, run, facts)
    if refused:
        code, winner = refused
        return (
            e.DecisionRefused(
                at=facts.now, action=command.action, version=command.version, decision=command.decision,
                by=command.by, code=code, winner=winner, surface=command.surface, channel=command.channel,
                delivery=command.delivery,
            ),
        )  # fmt: skip
    assert action is not None
    recorded = e.DecisionRecorded(
        at=facts.now, action=action.id, version=action.version, decision=command.decision, by=command.by,
        reason=command.reason, note=command.note, surface=command.surface, standing=command.standing,
        delivery=command.delivery,
    )  # fmt: skip
    return (recorded, *_after(action, command, facts))


def details(run: Run, command: c.OpenDetails, facts: Facts) -> tuple[RunEvent, ...]:
    """Somebody looked at the whole draft."""
    if command.delivery in run.handled or command.action not in run.actions:
        return ()
    opened = e.DetailsOpened(
        at=facts.now, action=command.action, version=command.version, by=command.by, delivery=command.delivery
    )
    return (opened,)


def _after(action: Action, command: c.Decide, facts: Facts) -> tuple[RunEvent, ...]:
    at, name, version = facts.now, action.id, action.version
    assert action.ruling is not None, "what waits has been ruled on"
    match command.decision:
        case "reject":
            rejected = e.ActionRejected(
                at=at, action=name, version=version, by=command.by, reason=command.reason, note=command.note
            )
            return (rejected,)
        case "release":
            return (e.ActionCleared(at=at, action=name, version=version, how="released", ruling=action.ruling),)
        case "approve":
            if not enough(action.ruling, len({*action.approvals, command.by})):
                return ()
            return (e.ActionCleared(at=at, action=name, version=version, how="approved", ruling=action.ruling),)
        case "happened":
            until = at + command.undo_within if command.undo_within else None
            return (e.ActionDone(at=at, action=name, version=version, result={}, ms=0, undo_until=until),)
        case "did_not_happen":
            said = "a person looked: it did not happen"
            return (e.ActionFailed(at=at, action=name, version=version, code=BY_HAND, message=said),)
