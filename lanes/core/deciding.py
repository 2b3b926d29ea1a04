"""What a person's word comes to: a decision on record with what follows from it, or a refusal with its reason."""

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core import practice
from lanes.core.drafting import ask, counting, ruled, seal
from lanes.core.events import RunEvent
from lanes.core.facts import Facts
from lanes.core.gate import enough
from lanes.core.refuse import refusal
from lanes.core.run import Action, Run
from lanes.core.values import Draft, Edit, Person

BY_HAND = "SAID_BY_A_PERSON"  # the code of a failure that no system reported


def decision(run: Run, command: c.Decide, facts: Facts) -> tuple[RunEvent, ...]:
    """A decision, once a delivery."""
    if command.delivery in run.handled:
        return ()
    action = run.actions.get(command.action)
    no = refusal(action, command, command.decision, run, facts)
    if no:
        return refused(command, command.decision, no[0], facts, winner=no[1])
    assert action is not None
    if run.practice and (command.decision != "edit" or practice.mended(run, command)):
        return practice.decided(action, command, command.decision, facts)
    if command.decision == "edit":
        return _edited(run, action, command, facts)
    return (_recorded(command, facts), *_after(action, command, facts))


def asked(run: Run, command: c.Ask, facts: Facts) -> tuple[RunEvent, ...]:
    """A question. One to the agent takes the draft off the table: it answers with another."""
    if command.delivery in run.handled:
        return ()
    action = run.actions.get(command.action)
    no = refusal(action, command, "ask", run, facts)
    if no:
        return refused(command, "ask", no[0], facts, winner=no[1])
    assert action is not None
    if run.practice:
        return practice.decided(action, command, "ask", facts)
    question = e.QuestionAsked(
        at=facts.now, action=action.id, version=action.version, by=command.by, to=command.to, text=command.text,
        delivery=command.delivery,
    )  # fmt: skip
    if command.to == "requester":
        return (question,)
    return (question, _replaced(action, "asked", command.text, facts))


def answered(run: Run, command: c.AnswerQuestion, facts: Facts) -> tuple[RunEvent, ...]:
    """The requester's answer, once. If the draft still waits, the agent drafts it anew with what it knows now."""
    question = run.questions.get(command.question)
    if question is None or command.delivery in run.handled or command.question in run.replies:
        return ()
    if command.by != run.started.by:
        return ()
    said = e.QuestionAnswered(
        at=facts.now, action=question.action, version=question.version, question=command.question, by=command.by,
        text=command.text, delivery=command.delivery,
    )  # fmt: skip
    action = run.actions[question.action]
    if action.version != question.version or action not in run.held:
        return (said,)
    return (said, _replaced(action, "answered", f"{question.text} — {command.text}", facts))


def details(run: Run, command: c.OpenDetails, facts: Facts) -> tuple[RunEvent, ...]:
    """Somebody looked at the whole draft."""
    if command.delivery in run.handled or command.action not in run.actions:
        return ()
    opened = e.DetailsOpened(
        at=facts.now, action=command.action, version=command.version, by=command.by, delivery=command.delivery
    )
    return (opened,)


def refused(
    command: c.OnDraft, wish: str, code: str, facts: Facts, *, winner: Person | None = None,
    reasons: tuple[str, ...] = (),
) -> tuple[RunEvent, ...]:  # fmt: skip
    """A refusal is a fact, with the reason they are told."""
    no = e.DecisionRefused(
        at=facts.now, action=command.action, version=command.version, decision=wish, by=command.by, code=code,
        reasons=reasons, winner=winner, surface=command.surface, channel=command.channel, delivery=command.delivery,
    )  # fmt: skip
    return (no,)


def _recorded(command: c.Decide, facts: Facts) -> e.DecisionRecorded:
    voice = command.voice
    return e.DecisionRecorded(
        at=facts.now, action=command.action, version=command.version, decision=command.decision, by=voice.by,
        on_behalf=voice.on_behalf, stage=voice.stage, reason=command.reason, note=command.note,
        surface=command.surface, standing=voice.standing, delivery=command.delivery,
    )  # fmt: skip


def _edited(run: Run, action: Action, command: c.Decide, facts: Facts) -> tuple[RunEvent, ...]:
    """The next version, ruled on anew. One that the gate blocks is refused, and what waited goes on waiting."""
    revision, before = command.revision, action.draft
    if revision is None or revision.proposal.arguments == before.arguments:
        return refused(command, "edit", "NOTHING_CHANGED", facts)
    earlier = before.edit.made_by if before.edit else ()
    edit = Edit(
        by=command.by, version=action.version, arguments=before.edit.arguments if before.edit else before.arguments,
        changes=revision.changes, made_by=(*earlier, command.by) if revision.made else earlier,
    )  # fmt: skip
    mine = (run.id, action.id)
    others = tuple(one for one in facts.prior.get(revision.proposal.change, ()) if (one.run, one.action) != mine)
    sealed = seal(
        run, revision.proposal, f"{action.id}.{action.version + 1}", facts, edit=edit,
        prior=counting(others, revision.proposal.same_within, facts.now),
    )  # fmt: skip
    draft = sealed.model_copy(update={**_owner(sealed, before), "precedents": before.precedents})
    spent = facts.spent.without_stake(before.tool, before.stake, alone=False)
    ruling = ask(run, draft, revision.proposal, spent, facts)
    if ruling.verdict == "block":
        return refused(command, "edit", "EDIT_BLOCKED", facts, reasons=ruling.reasons)
    version = action.version + 1
    drafted = e.ActionDrafted(at=facts.now, action=action.id, version=version, call=action.call, draft=draft)
    held = ruled(run, action.id, version, ruling, facts)
    return (_recorded(command, facts), _replaced(action, "edited", "", facts), drafted, held)


def _owner(draft: Draft, before: Draft) -> dict[str, str]:
    """Who owns the record of an edited draft: as found now, else as it was, unless it is another record now."""
    found = draft.record_owner or draft.owner_missing not in {"", "unanswered"}
    if found or draft.target.ref != before.target.ref:
        return {}
    return {"record_owner": before.record_owner, "owner_missing": before.owner_missing}


def _replaced(action: Action, reason: str, detail: str, facts: Facts) -> e.ActionSuperseded:
    return e.ActionSuperseded(at=facts.now, action=action.id, version=action.version, reason=reason, detail=detail)


def _after(action: Action, command: c.Decide, facts: Facts) -> tuple[RunEvent, ...]:  # noqa: PLR0911 - one line a decision
    at, name, version = facts.now, action.id, action.version
    ruling = action.ruling
    assert ruling is not None, "what waits has been ruled on"
    match command.decision:
        case "reject":
            rejected = e.ActionRejected(
                at=at, action=name, version=version, by=command.by, reason=command.reason, note=command.note
            )
            return (rejected,)
        case "take_over":
            return (e.ActionTakenOver(at=at, action=name, version=version, by=command.by, note=command.note),)
        case "release":
            return (e.ActionCleared(at=at, action=name, version=version, how="released", ruling=ruling),)
        case "break_glass":
            return (e.ActionCleared(at=at, action=name, version=version, how="break_glass", ruling=ruling),)
        case "approve":
            if not enough(ruling, len({*action.approvals, command.by})):
                return ()
            return (e.ActionCleared(at=at, action=name, version=version, how="approved", ruling=ruling),)
        case "happened":
            until = at + command.undo_within if command.undo_within else None
            return (e.ActionDone(at=at, action=name, version=version, result={}, ms=0, undo_until=until),)
        case "did_not_happen":
            said = "a person looked: it did not happen"
            return (e.ActionFailed(at=at, action=name, version=version, code=BY_HAND, message=said),)
        case "edit":
            return ()  # its own way, see `_edited`
