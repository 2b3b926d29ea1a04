"""From new events to the rows people look things up in. The same events always make the same rows."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from lanes.core import events as e
from lanes.core.canonical import fingerprint
from lanes.core.events import PersonEvent, RunEvent
from lanes.core.gate import Spent
from lanes.core.run import Action, Run, evolve
from lanes.core.values import Draft, Place, Practice, Precedent, Prior
from lanes.core.waiting import waits
from lanes.shadow import silence
from storage import canaries, claims, remembered, silent_runs, stand_ins, views
from tools.contract import Stake


def project(connection: Connection, before: Run | None, news: Sequence[RunEvent]) -> Run:
    """Bring a run's rows up to date, part of the transaction that appends the events; the run after them."""
    steps = _steps(before, news)
    after = steps[-1][1]
    if not all(isinstance(event, _UNSEEN) for event in news):
        _show(connection, before, after)
    if after.practice:
        _practise(connection, after, news)
    else:
        views.add_to_tallies(connection, after.lane, [change for event, run in steps for change in _tally(event, run)])
        _claim(connection, steps)
        _remember(connection, steps)
    if any(isinstance(event, _OF_SILENCE if after.silent else e.ActionTakenOver) for event in news):
        silent_runs.put(connection, silence.row(after))
    views.mention(connection, f"run:{after.id}", {term for event in news for term in _terms(event)})
    return after


def _show(connection: Connection, before: Run | None, after: Run) -> None:
    """What a list shows of a run."""
    changed = _glance(after)
    if before is None or changed != _glance(before):
        started, what = after.started, changed["waits"]
        row = {"run": after.id, "lane": after.lane, "subject": started.subject, "requester": started.by.user}
        told = {"waits": what.model_dump_json(exclude_defaults=True) if what else None}
        views.put_run(connection, {**row, "started": started.at, **changed, **told})


def _practise(connection: Connection, run: Run, news: Sequence[RunEvent]) -> None:
    """A practice counts nowhere but among its kind."""
    for event in news:
        match event:
            case e.RunStarted(practice=Practice(queue=queue, flaw=flaw), at=at):
                canaries.begun(connection, run=run.id, lane=run.lane, queue=queue, flaw=flaw, at=at)
            case e.PracticeEnded(found=found, at=at):
                canaries.ended(connection, run.id, at, found=found)
            case _:
                pass


def project_person(connection: Connection, event: PersonEvent) -> None:
    """Who decides for somebody who is away; part of the transaction that appends the event."""
    stream = f"person:{event.person}"
    match event:
        case e.PersonWentAway(person=person, stand_in=stand_in, since=since, until=until):
            stand_ins.goes(connection, stand_ins.StandIn(person, stand_in, since, until))
            views.mention(connection, stream, [person, stand_in])
        case e.PersonCameBack(person=person):
            stand_ins.comes_back(connection, person)
            views.mention(connection, stream, [person])


def _steps(before: Run | None, news: Sequence[RunEvent]) -> list[tuple[RunEvent, Run]]:
    """Each new event with the run right after it: an edit ends one version and begins the next in one breath."""
    out, run = [], before
    for event in news:
        run = evolve(run, event)
        out.append((event, run))
    return out


def prior(connection: Connection, changes: Iterable[str]) -> dict[str, tuple[Prior, ...]]:
    """By business key, which actions make or have made that change."""
    hashed = {fingerprint(change): change for change in changes if change}
    found: dict[str, tuple[Prior, ...]] = {}
    for one in claims.claims(connection, hashed):
        told = Prior(lane=one.lane, run=one.run, action=one.action, done=one.done, at=one.at, by=one.requester)
        found[hashed[one.change]] = (*found.get(hashed[one.change], ()), told)
    return found


def precedents(
    connection: Connection, lane: str, like: Iterable[str], since: datetime
) -> dict[str, tuple[Precedent, ...]]:
    """What people said of drafts like these, by `drafting.like` or by subject; the newest first."""
    found: dict[str, tuple[Precedent, ...]] = {}
    for about in like:
        rows = remembered.precedents(connection, lane, about, since)
        if rows:
            found[about] = tuple(Precedent.model_validate_json(row) for row in rows)
    return found


def started_today(connection: Connection, lane: str, what: Iterable[str], now: datetime) -> dict[str, int]:
    """Runs of a lane begun on this day (UTC), by what they count for."""
    found = views.tallies(connection, lane, now.date().isoformat(), {_STARTED + name for name in what})
    return {name.removeprefix(_STARTED): total for name, total in found.items()}


def _remember(connection: Connection, steps: Sequence[tuple[RunEvent, Run]]) -> None:
    """A no with its reason, and what a person changed, are shown when something like it is drafted again."""
    for event, run in steps:
        if not isinstance(event, e.DecisionRecorded) or event.decision not in {"reject", "edit"}:
            continue
        draft = run.actions[event.action].draft
        said = Precedent(
            run=run.id, action=event.action, decision=event.decision, by=event.by.user, at=event.at,
            sentence=draft.preview.sentence, reason=event.reason, note=event.note,
        )  # fmt: skip
        about = {f"{draft.tool} {draft.stake.customer or draft.target.ref}", run.started.subject}
        remembered.remember(connection, run.lane, about, event.at, said.model_dump_json())


def _claim(connection: Connection, steps: Sequence[tuple[RunEvent, Run]]) -> None:
    """Hold a change from the draft on; let it go when it ends without effect, or is taken back."""
    for event, after in steps:
        action = after.actions.get(event.action) if isinstance(event, e.OfAction) else None
        if action is None or not action.draft.change:
            continue
        match event:
            case e.ActionHeld() | e.ActionCleared(how="auto"):
                change, by = fingerprint(action.draft.change), (action.draft.asked_by or after.started.by).user
                held = claims.Claim(change, after.id, action.id, after.lane, by, done=False, at=action.drafted_at)
                claims.claim(connection, [held])
            case e.ActionDone():
                claims.made(connection, fingerprint(action.draft.change), after.id, action.id, event.at)
                if undone := after.actions.get(action.draft.undoes):
                    claims.let_go(connection, fingerprint(undone.draft.change), after.id, undone.id)
            case e.ActionRejected() | e.ActionTakenOver() | e.ActionExpired() | e.ActionSuperseded() | e.ActionFailed():
                claims.let_go(connection, fingerprint(action.draft.change), after.id, action.id)


def counted(tool: str, stake: Stake) -> list[str]:
    """The tallies that a write is held against."""
    out = ["alone"]
    if stake.amount:
        out.append(f"money:{stake.amount.currency}")
    if stake.customer:
        out.append(f"customer:{tool}:{stake.customer}")
        if stake.amount:
            out.append(f"customer_money:{stake.customer}:{stake.amount.currency}")
    return out


def let_through(user: str, stake: Stake) -> list[str]:
    """The tallies that an approval is held against."""
    return [f"approver:{user}:{stake.amount.currency}"] if stake.amount else []


def spent(totals: Mapping[str, int]) -> Spent:
    """The day's totals, as the gate reads them."""
    money, customers, theirs, approved = {}, {}, {}, {}
    for what, n in totals.items():
        kind, _, rest = what.partition(":")
        first, _, last = rest.rpartition(":")
        match kind:
            case "money":
                money[rest] = n
            case "customer":
                tool, _, customer = rest.partition(":")
                customers[tool, customer] = n
            case "customer_money":
                theirs[first, last] = n
            case "approver":
                approved[last] = n
    return Spent(money, customers, totals.get("alone", 0), theirs, approved)


def _glance(run: Run) -> dict[str, Any]:
    waiting = run.waiting
    ended = run.finished
    return {
        "waiting": len(waiting),
        "waiting_until": min((a.until for a in waiting if a.until), default=None),
        "waits": waits(run),
        "finished": ended.at if ended else None,
        "outcome": ended.outcome if ended else None,
    }


def _tally(event: RunEvent, after: Run) -> Iterator[tuple[str, str, int]]:
    """A held or cleared write is reserved; what ends without effect releases it; done moves it to the day."""
    if isinstance(event, e.RunStarted):
        yield from ((event.at.date().isoformat(), _STARTED + name, 1) for name in event.counts)
    if not isinstance(event, e.OfAction):
        return
    action = after.actions.get(event.action)
    if action is None:
        return
    match event:
        case e.ActionHeld():
            yield from amounts(action, views.OPEN, 1)
        case e.ActionCleared(how="auto"):
            yield from amounts(action, views.OPEN, 1)
        case e.DecisionRecorded(decision="approve"):
            yield from _approved(action, event.by.user, views.OPEN, 1)
        case e.ActionDone():
            yield from amounts(action, views.OPEN, -1)
            yield from amounts(action, event.at.date().isoformat(), 1)
        case e.ActionRejected() | e.ActionTakenOver() | e.ActionExpired() | e.ActionSuperseded() | e.ActionFailed():
            yield from amounts(action, views.OPEN, -1)
        case _:
            return


def amounts(action: Action, day: str, sign: int) -> Iterator[tuple[str, str, int]]:
    """What an action adds to each tally of a day, `views.OPEN` for what is reserved; with sign -1, what it gives back.

    Money in minor units, everything else by the piece.
    """
    stake = action.draft.stake
    for one in {voice.user for voice in action.approvals}:
        yield from _approved(action, one, day, sign)
    for what in counted(action.draft.tool, stake):
        if what == "alone":
            if action.alone:
                yield day, what, sign
        elif what.startswith(("money:", "customer_money:")):
            assert stake.amount is not None
            yield day, what, sign * stake.amount.minor
        else:
            yield day, what, sign


def _approved(action: Action, user: str, day: str, sign: int) -> Iterator[tuple[str, str, int]]:
    """What one person has let through."""
    for what in let_through(user, action.draft.stake):
        assert action.draft.stake.amount is not None
        yield day, what, sign * action.draft.stake.amount.minor


def _terms(event: RunEvent) -> Iterator[str]:
    match event:
        case e.RunStarted():
            yield from (event.run, event.subject, event.by.user)
        case e.ActionDrafted():
            yield from _of_draft(event.draft)
        case e.DecisionRecorded(on_behalf=for_whom) if for_whom:
            yield from (event.by.user, for_whom)
        case e.DecisionRecorded() | e.DecisionRefused() | e.QuestionAsked() | e.CancelAsked():
            yield event.by.user
        case e.CardPosted(instead_of=Place() as before):
            yield before.channel
        case e.CallAnswered(ok=True):
            yield from _emails(json.loads(event.answer))
        case _:
            return


def _of_draft(draft: Draft) -> Iterator[str]:
    yield from draft.target.ref.split(" ", 1)[1:]
    if draft.stake.customer:
        yield draft.stake.customer
    yield from (str(value) for value in draft.target.seen.values() if isinstance(value, str) and len(value) <= _TERM)


def _emails(value: Any) -> Iterator[str]:
    match value:
        case {"email": str() as email, **rest}:
            yield email
            yield from _emails(list(rest.values()))
        case dict():
            yield from _emails(list(value.values()))
        case list():
            for one in value:
                yield from _emails(one)
        case _:
            return


_OF_SILENCE = (e.RunStarted, e.CallAnswered, e.ActionShadowed, e.RunFinished)  # what its row is made of
_UNSEEN = (e.TurnTaken, e.CallAnswered)  # no list shows anything of them
_STARTED = "started:"  # before what a run counts for, among the tallies
_TERM = 80  # a longer text is a sentence, and nobody searches for a whole sentence
