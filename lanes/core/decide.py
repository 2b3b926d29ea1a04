"""What a command comes to. Facts in, events out; nothing is asked of anybody.

A command that comes too late (its effect was performed twice, somebody else was first) yields no events, unless a
person sent it: then the refusal is an event of its own, because it is shown to them and is part of the record.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import assert_never

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.canonical import fingerprint
from lanes.core.events import RunEvent
from lanes.core.facts import Facts
from lanes.core.finish import finish
from lanes.core.gate import Question, Spent, enough, rule
from lanes.core.page import Mode
from lanes.core.refuse import refusal
from lanes.core.run import Action, Run
from lanes.core.states import State
from tools.contract import Stake

GROWN_OLD = timedelta(
    days=1
)  # behind its deadline, what was approved (and then frozen, or held up) is asked about anew


def decide(run: Run | None, command: c.RunCommand, facts: Facts) -> tuple[RunEvent, ...]:  # noqa: C901, PLR0911, PLR0912 - one line a command
    """The events a command comes to, for a run as it stands (None: not started)."""
    if isinstance(command, c.StartRun):
        return () if run else _start(command, facts)
    if run is None:
        return ()
    match command:
        case c.TakeTurn():
            return _turn(run, command, facts)
        case c.Decide():
            return _decision(run, command, facts)
        case c.OpenDetails():
            return _details(run, command, facts)
        case c.Begin():
            return _begin(run, command, facts)
        case c.Report():
            return _report(run, command, facts)
        case c.Withdraw():
            return _withdraw(run, command, facts)
        case c.Expire():
            return _expire(run, command, facts)
        case c.Freeze():
            return _freeze(run, facts)
        case c.Finish():
            return finish(run, command, facts)
        case c.HangCard():
            return () if run.card == command.place else (e.CardPosted(at=facts.now, place=command.place),)
        case c.OpenThread():
            opened = e.ThreadOpened(at=facts.now, place=command.place, progress=command.progress)
            return () if run.thread else (opened,)
        case _:
            assert_never(command)


def _start(command: c.StartRun, facts: Facts) -> tuple[RunEvent, ...]:
    return (
        e.RunStarted(
            at=facts.now, run=command.run, lane=command.lane, subject=command.subject, by=command.by,
            channel=command.channel, mode=facts.regime.mode, configuration=facts.configuration, model=facts.model,
            delivery=command.delivery,
        ),
    )  # fmt: skip


def _turn(run: Run, command: c.TakeTurn, facts: Facts) -> tuple[RunEvent, ...]:
    if command.turn != len(run.turns) + 1 or not run.at_rest:
        return ()
    out: list[RunEvent] = [
        e.TurnTaken(
            at=facts.now, turn=command.turn, model=command.model, stop=command.stop, content=command.content,
            usage=command.usage, cost=command.cost, ms=command.ms, request=command.request,
        )
    ]  # fmt: skip
    out += [e.CallAnswered(at=facts.now, **vars(answered)) for answered in command.answered]
    spent = facts.spent
    for ordinal, proposal in enumerate(command.proposals, len(run.actions) + 1):
        draft = _seal(run, proposal, ordinal, facts)
        name = f"a{ordinal}"
        out.append(e.ActionDrafted(at=facts.now, action=name, version=1, call=proposal.call, draft=draft))
        ruled = _ruled(run, name, _ask(run, draft, proposal, spent, facts), facts)
        out.append(ruled)
        if isinstance(ruled, e.ActionHeld | e.ActionCleared):
            spent = spent.with_stake(draft.tool, draft.stake, alone=isinstance(ruled, e.ActionCleared))
    return tuple(out)


def _seal(run: Run, proposal: c.Proposal, ordinal: int, facts: Facts) -> e.Draft:
    """Fix the idempotency key and the digest, before anybody sees the draft."""
    arguments = dict(proposal.arguments)
    return e.Draft(
        tool=proposal.tool, tool_version=proposal.tool_version, arguments=arguments, target=proposal.target,
        preview=proposal.preview, stake=proposal.stake, risk=proposal.risk, why=proposal.why,
        evidence=proposal.evidence, key=fingerprint([run.id, proposal.tool, arguments, ordinal]),
        digest=fingerprint({
            "tool": proposal.tool, "version": proposal.tool_version, "arguments": arguments,
            "target": proposal.target.ref, "pinned": dict(proposal.target.pinned),
            "preview": proposal.preview.model_dump(mode="json"),
            "requester": run.started.by.model_dump(), "configuration": facts.configuration,
        }),
    )  # fmt: skip


def _ruled(
    run: Run, name: str, ruling: e.Ruling, facts: Facts
) -> e.ActionHeld | e.ActionCleared | e.ActionBlocked | e.ActionShadowed:
    if ruling.verdict == "block":
        return e.ActionBlocked(at=facts.now, action=name, version=1, ruling=ruling)
    if _silent(run, facts):
        return e.ActionShadowed(at=facts.now, action=name, version=1, ruling=ruling)
    if ruling.verdict == "auto":
        return e.ActionCleared(at=facts.now, action=name, version=1, how="auto", ruling=ruling)
    until = facts.now + facts.regime.lane.approvers.expires
    return e.ActionHeld(at=facts.now, action=name, version=1, ruling=ruling, until=until)


def _silent(run: Run, facts: Facts) -> bool:
    """A run that began in shadow executes nothing, and neither does a lane that went back to it."""
    return Mode.SHADOW in {run.started.mode, facts.regime.mode}


def _ask(run: Run, draft: e.Draft, tool: c.Proposal | c.Begin, spent: Spent, facts: Facts) -> e.Ruling:
    asked = Question(
        tool=draft.tool, arguments=draft.arguments, stake=draft.stake, needs=tool.scopes, retry=tool.retry,
        has=facts.scopes, done=_as_done(run, facts), elsewhere=_elsewhere(run, draft, facts), spent=spent,
        now=facts.now,
    )  # fmt: skip
    return rule(asked, facts.regime)


def _elsewhere(run: Run, draft: e.Draft, facts: Facts) -> bool:
    """A run about one ticket that writes to another: only a person may let that go."""
    kind, _, name = draft.target.ref.partition(" ")
    return kind == facts.regime.lane.subject.kind and name != run.started.subject


def _as_done(run: Run, facts: Facts) -> frozenset[str]:
    """The writes that count as done. In silence the drafted ones do: the ruling is what it would have been."""
    if not _silent(run, facts):
        return run.done
    return run.done | {a.draft.tool for a in run.actions.values() if a.state is State.SHADOWED}


def _decision(run: Run, command: c.Decide, facts: Facts) -> tuple[RunEvent, ...]:
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


def _details(run: Run, command: c.OpenDetails, facts: Facts) -> tuple[RunEvent, ...]:
    if command.delivery in run.handled or command.action not in run.actions:
        return ()
    opened = e.DetailsOpened(
        at=facts.now, action=command.action, version=command.version, by=command.by, delivery=command.delivery
    )
    return (opened,)


def _begin(run: Run, command: c.Begin, facts: Facts) -> tuple[RunEvent, ...]:
    action = _cleared(run, command.action, command.version)
    if action is None:
        return ()
    draft = action.draft
    ruling = _ask(run, draft, command, _without(facts.spent, action), facts)
    if "KILL_SWITCH" in ruling.reasons:
        return (e.ActionFrozen(at=facts.now, action=action.id, version=action.version, ruling=ruling),)
    overtaken = _overtaken(run, action, command, ruling, facts)
    if overtaken:
        return _superseded(action, *overtaken, facts)
    started = e.ExecutionStarted(at=facts.now, action=action.id, version=action.version, key=draft.key, ruling=ruling)
    return (started,)


def _overtaken(run: Run, action: Action, command: c.Begin, ruling: e.Ruling, facts: Facts) -> tuple[str, str] | None:
    """Why what was cleared may not be begun as it stands: a reason and its detail. It can only tighten."""
    draft = action.draft
    drift = _drift(draft.target.pinned, command.pinned, _own_changes(run, draft.target.ref))
    reasons = (
        (command.tool_version != draft.tool_version, "tool_changed", f"{draft.tool} is version {command.tool_version}"),
        (_grown_old(action, facts), "expired", "it was approved too long ago"),
        (bool(drift), "content_changed", drift),
        (command.body != draft.preview.body, "content_changed", "the words that would be sent are others now"),
        (_silent(run, facts), "ruled_again", "MODE_SHADOW"),
        (not enough(ruling, len(set(action.approvals))), "ruled_again", ", ".join(ruling.reasons)),
    )
    return next(((reason, detail) for holds, reason, detail in reasons if holds), None)


def _grown_old(action: Action, facts: Facts) -> bool:
    return action.until is not None and facts.now > action.until + GROWN_OLD


def _without(spent: Spent, action: Action) -> Spent:
    """The day without this action's own reservation: at the wire it must not count against itself."""
    stake: Stake = action.draft.stake
    money, customers = dict(spent.money), dict(spent.by_customer)
    if stake.amount:
        money[stake.amount.currency] = money.get(stake.amount.currency, 0) - stake.amount.minor
    if stake.customer:
        mine = (action.draft.tool, stake.customer)
        customers[mine] = customers.get(mine, 0) - 1
    alone = spent.alone - action.alone
    return Spent(money, customers, max(alone, 0))


def _drift(pinned: Mapping[str, object], found: Mapping[str, object], ours: Mapping[str, object]) -> str:
    """What is no longer as it was pinned, unless it is exactly what this run itself has made of it."""
    changed = [
        name for name in pinned
        if name not in found or found[name] not in ((pinned[name], ours[name]) if name in ours else (pinned[name],))
    ]  # fmt: skip
    return "; ".join(f"{name} was {pinned[name]!s}, is {found.get(name)!s}" for name in changed)


def _own_changes(run: Run, target: str) -> Mapping[str, object]:
    """What the drafts already carried out on this target left there: they stood on the same card."""
    done = (a for a in run.actions.values() if a.state is State.DONE and a.draft.target.ref == target)
    return {name: value for action in done for name, value in (action.result or {}).items()}


def _superseded(action: Action, reason: str, detail: str, facts: Facts) -> tuple[RunEvent, ...]:
    gone = e.ActionSuperseded(at=facts.now, action=action.id, version=action.version, reason=reason, detail=detail)
    return (gone,)


def _withdraw(run: Run, command: c.Withdraw, facts: Facts) -> tuple[RunEvent, ...]:
    action = _cleared(run, command.action, command.version)
    return _superseded(action, command.reason, command.detail, facts) if action else ()


def _cleared(run: Run, name: str, version: int) -> Action | None:
    action = run.actions.get(name)
    return action if action and action.version == version and action.state is State.CLEARED else None


def _report(run: Run, command: c.Report, facts: Facts) -> tuple[RunEvent, ...]:
    action = run.actions.get(command.action)
    if action is None or action.version != command.version:
        return ()
    if action.state not in {State.EXECUTING, State.UNCERTAIN}:
        return ()
    at, name, version, ms = facts.now, action.id, action.version, command.ms
    match command.outcome:
        case "done":
            return (e.ActionDone(at=at, action=name, version=version, result=command.result or {}, ms=ms),)
        case "failed":
            failed = e.ActionFailed(
                at=at, action=name, version=version, code=command.code, message=command.message, ms=ms
            )
            return (failed,)
        case "uncertain":
            if action.state is State.UNCERTAIN:
                return ()
            lost = e.ActionUncertain(
                at=at, action=name, version=version, code=command.code, message=command.message, ms=ms
            )
            return (lost,)


def _expire(run: Run, command: c.Expire, facts: Facts) -> tuple[RunEvent, ...]:
    action = run.actions.get(command.action)
    if action is None or action.version != command.version or action.state is not State.HELD:
        return ()
    if action.until is None or facts.now < action.until:
        return ()
    return (e.ActionExpired(at=facts.now, action=action.id, version=action.version),)


def _freeze(run: Run, facts: Facts) -> tuple[RunEvent, ...]:
    if not facts.regime.stopped:
        return ()
    ruling = e.Ruling(verdict="block", reasons=("KILL_SWITCH",))
    return tuple(
        e.ActionFrozen(at=facts.now, action=action.id, version=action.version, ruling=ruling)
        for action in run.actions.values()
        if action.state is State.CLEARED
    )
