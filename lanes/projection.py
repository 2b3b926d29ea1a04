"""From new events to the rows people look things up in. The same events always make the same rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from lanes.core import events as e
from lanes.core.events import Draft, RunEvent
from lanes.core.gate import Spent
from lanes.core.run import Action, Run
from storage import views
from tools.contract import Stake


def project(connection: Connection, before: Run | None, news: Sequence[RunEvent], after: Run) -> None:
    """Bring a run's rows up to date; part of the transaction that appends the events."""
    changed = _glance(after)
    if before is None or changed != _glance(before):
        started = after.started
        row = {"run": after.id, "lane": after.lane, "subject": started.subject, "requester": started.by.user}
        views.put_run(connection, {**row, "started": started.at, **changed})
    views.add_to_tallies(connection, after.lane, [change for event in news for change in _tally(event, after)])
    views.mention(connection, f"run:{after.id}", {term for event in news for term in _terms(event)})


def counted(tool: str, stake: Stake) -> list[str]:
    """The tallies that a write is held against."""
    out = ["alone"]
    if stake.amount:
        out.append(f"money:{stake.amount.currency}")
    if stake.customer:
        out.append(f"customer:{tool}:{stake.customer}")
    return out


def spent(totals: Mapping[str, int]) -> Spent:
    """The day's totals, as the gate reads them."""
    money = {what.removeprefix("money:"): n for what, n in totals.items() if what.startswith("money:")}
    customers = {}
    for what, n in totals.items():
        if what.startswith("customer:"):
            _, tool, customer = what.split(":", 2)
            customers[tool, customer] = n
    return Spent(money, customers, totals.get("alone", 0))


def _glance(run: Run) -> dict[str, Any]:
    waiting = run.waiting
    ended = run.finished
    return {
        "waiting": len(waiting),
        "waiting_until": min((a.until for a in waiting if a.until), default=None),
        "finished": ended.at if ended else None,
        "outcome": ended.outcome if ended else None,
    }


def _tally(event: RunEvent, after: Run) -> Iterator[tuple[str, str, int]]:
    """A held or cleared write is reserved; what ends without effect releases it; done moves it to the day."""
    if not isinstance(event, e.OfAction):
        return
    action = after.actions.get(event.action)
    if action is None:
        return
    match event:
        case e.ActionHeld():
            yield from _amounts(action, views.OPEN, 1)
        case e.ActionCleared(how="auto"):
            yield from _amounts(action, views.OPEN, 1)
        case e.ActionDone():
            yield from _amounts(action, views.OPEN, -1)
            yield from _amounts(action, event.at.date().isoformat(), 1)
        case e.ActionRejected() | e.ActionExpired() | e.ActionSuperseded() | e.ActionFailed():
            yield from _amounts(action, views.OPEN, -1)
        case _:
            return


def _amounts(action: Action, day: str, sign: int) -> Iterator[tuple[str, str, int]]:
    stake = action.draft.stake
    for what in counted(action.draft.tool, stake):
        if what == "alone":
            if action.alone:
                yield day, what, sign
        elif what.startswith("money:"):
            assert stake.amount is not None
            yield day, what, sign * stake.amount.minor
        else:
            yield day, what, sign


def _terms(event: RunEvent) -> Iterator[str]:
    match event:
        case e.RunStarted():
            yield from (event.run, event.subject, event.by.user)
        case e.ActionDrafted():
            yield from _of_draft(event.draft)
        case e.DecisionRecorded() | e.DecisionRefused():
            yield event.by.user
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


_TERM = 80  # a longer text is a sentence, and nobody searches for a whole sentence
