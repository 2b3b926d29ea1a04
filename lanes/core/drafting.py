"""From a write that somebody proposes to a draft that is ruled on: its key and digest fixed before anybody sees it."""

from datetime import datetime, timedelta

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.canonical import fingerprint
from lanes.core.events import RunEvent
from lanes.core.facts import Facts
from lanes.core.gate import NOTHING, Question, Spent, rule
from lanes.core.page import Mode
from lanes.core.run import Run
from lanes.core.states import RESERVING, State
from lanes.core.values import Draft, Edit, Person, Prior, Ruling, conducted
from tools.contract import PRACTICE

Ruled = e.ActionHeld | e.ActionCleared | e.ActionBlocked | e.ActionShadowed


def turn(run: Run, command: c.TakeTurn, facts: Facts) -> tuple[RunEvent, ...]:
    """One model turn with everything it led to."""
    if command.turn != len(run.turns) + 1 or not run.at_rest:
        return ()
    out: list[RunEvent] = [
        e.TurnTaken(
            at=facts.now, turn=command.turn, model=command.model, stop=command.stop, content=command.content,
            usage=command.usage, cost=command.cost, ms=command.ms, request=command.request,
        )
    ]  # fmt: skip
    out += [e.CallAnswered(at=facts.now, **vars(answered)) for answered in command.answered]
    spent, beside = facts.spent, {**facts.prior}
    for ordinal, proposal in enumerate(command.proposals, len(run.actions) + 1):
        others = () if run.practice else counting(beside.get(proposal.change, ()), proposal.same_within, facts.now)
        if silent(run, facts):  # it stands beside those who do the work, and in nobody's way
            others = tuple(one for one in others if one.done)
        draft = seal(run, proposal, ordinal, facts, prior=others)
        name = f"a{ordinal}"
        said = ruled(run, name, 1, ask(run, draft, proposal, spent, facts), facts)
        out += [e.ActionDrafted(at=facts.now, action=name, version=1, call=proposal.call, draft=draft), said]
        if isinstance(said, e.ActionHeld | e.ActionCleared):
            spent = spent.with_stake(draft.tool, draft.stake, alone=isinstance(said, e.ActionCleared))
            if draft.change:
                beside[draft.change] = (*beside.get(draft.change, ()), _own(run, name, facts))
    return tuple(out)


def take_back(run: Run, command: c.TakeBack, facts: Facts) -> tuple[RunEvent, ...]:
    """Draft the undoing of a write that was carried out; a person decides on it, whatever policy lets go alone."""
    action = run.actions.get(command.action)
    earlier = run.taken_back(command.action)
    if action is None or action.state is not State.DONE or command.delivery in run.handled:
        return ()
    if action.undo_until is None or facts.now >= action.undo_until:
        return ()
    if earlier and earlier.state in RESERVING | {State.DONE}:
        return ()
    ordinal = len(run.actions) + 1
    draft = seal(run, command.proposal, ordinal, facts, undoes=action.id, by=command.by)
    name = f"a{ordinal}"
    said = ruled(run, name, 1, ask(run, draft, command.proposal, facts.spent, facts), facts)
    return (e.ActionDrafted(at=facts.now, action=name, version=1, call=f"undo:{action.id}", draft=draft), said)


def ask(run: Run, draft: Draft, tool: c.Proposal | c.Begin, spent: Spent, facts: Facts) -> Ruling:
    """The gate's answer for a draft, now.

    The day's caps hold back what moves something. A silent draft is held against a person's deed, which no cap of ours
    held back: blocked by what the lane itself has done that day, it would be missing from what is compared. Nor does it
    matter there that somebody has done it already: that is the deed.
    """
    asked = Question(
        tool=draft.tool, arguments=draft.arguments, stake=draft.stake, needs=tool.scopes, retry=tool.retry,
        has=facts.scopes, done=_as_done(run, facts), elsewhere=_elsewhere(run, draft, facts),
        spent=NOTHING if run.practice or silent(run, facts) else spent,  # these are under no cap, as they count in none
        now=facts.now, origins=draft.origins, prior=draft.prior,
        already=bool(draft.target.already) and not silent(run, facts), undoes=bool(draft.undoes),
        edited=bool(draft.edit),
        conducted=_conducted(run, facts),
    )  # fmt: skip
    return rule(asked, facts.regime)


def _conducted(run: Run, facts: Facts) -> str:
    """Under what a run drafts; nothing where that has changed since it began: no evidence is about a mixture."""
    began, now = run.started, (facts.configuration, facts.model)
    same = (began.configuration, began.model) == now
    return conducted(*now) if same and facts.regime.own.lease else ""


def silent(run: Run, facts: Facts) -> bool:
    """A run that began in shadow executes nothing, and neither does a lane that went back to it."""
    return Mode.SHADOW in {run.started.mode, facts.regime.mode}


def counting(prior: tuple[Prior, ...], same_within: timedelta, now: datetime) -> tuple[Prior, ...]:
    """Of the same changes elsewhere, those that still count: under way, or made not long ago."""
    return tuple(one for one in prior if not one.done or one.at > now - same_within)


def seal(
    run: Run, proposal: c.Proposal, ordinal: int | str, facts: Facts, *, prior: tuple[Prior, ...] = (),
    undoes: str = "", by: Person | None = None, edit: Edit | None = None,
) -> Draft:  # fmt: skip
    """The draft of a proposal, its key and digest fixed."""
    arguments = dict(proposal.arguments)
    key = fingerprint([run.id, proposal.tool, arguments, ordinal])
    return Draft(
        tool=proposal.tool, tool_version=proposal.tool_version, arguments=arguments, target=proposal.target,
        preview=proposal.preview, stake=proposal.stake, risk=proposal.risk, why=proposal.why,
        evidence=proposal.evidence, key=PRACTICE + key if run.practice else key,
        digest=fingerprint({
            "tool": proposal.tool, "version": proposal.tool_version, "arguments": arguments,
            "target": proposal.target.ref, "pinned": dict(proposal.target.pinned),
            "preview": proposal.preview.model_dump(mode="json"), "undoes": undoes,
            "requester": (by or run.started.by).model_dump(), "configuration": facts.configuration,
        }),
        change="" if run.practice else proposal.change, origins=proposal.origins, undoes=undoes, asked_by=by,
        prior=prior, edit=edit,
        precedents=facts.precedents.get(like(proposal), ()), record_owner=proposal.record_owner,
        owner_missing=proposal.owner_missing,
    )  # fmt: skip


def _own(run: Run, name: str, facts: Facts) -> Prior:
    return Prior(lane=run.lane, run=run.id, action=name, done=False, at=facts.now, by=run.started.by.user)


def like(proposal: c.Proposal) -> str:
    """What makes a later draft one like this: the same tool, for the same customer or on the same target."""
    return f"{proposal.tool} {proposal.stake.customer or proposal.target.ref}"


def ruled(run: Run, name: str, version: int, ruling: Ruling, facts: Facts) -> Ruled:
    """What a ruling makes of a draft."""
    if ruling.verdict == "block":
        return e.ActionBlocked(at=facts.now, action=name, version=version, ruling=ruling)
    if run.practice and ruling.verdict != "approve":  # only what a person decides on is worth practising
        return e.ActionBlocked(at=facts.now, action=name, version=version, ruling=ruling)
    if silent(run, facts):
        return e.ActionShadowed(at=facts.now, action=name, version=version, ruling=ruling)
    if ruling.verdict == "auto":
        return e.ActionCleared(at=facts.now, action=name, version=version, how="auto", ruling=ruling)
    until = facts.now + facts.regime.lane.approvers.expires
    return e.ActionHeld(at=facts.now, action=name, version=version, ruling=ruling, until=until)


def _elsewhere(run: Run, draft: Draft, facts: Facts) -> bool:
    """A run about one ticket that writes to another: only a person may let that go."""
    kind, _, name = draft.target.ref.partition(" ")
    return kind == facts.regime.lane.subject.kind and name != run.started.subject


def _as_done(run: Run, facts: Facts) -> frozenset[str]:
    """The writes that count as done. In silence the drafted ones do: the ruling is what it would have been."""
    if not silent(run, facts):
        return run.done
    return run.done | {a.draft.tool for a in run.actions.values() if a.state is State.SHADOWED}
