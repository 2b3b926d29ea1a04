"""What must be true when a day is over, whatever happened on it: each finding is a sentence, and there are none.

Both ways: what Lanekeeper says is done stands in the systems, and what stands in the systems Lanekeeper says.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from case import Case
from day import BadDay
from sqlalchemy import text

from lanes.core.run import Action
from lanes.core.states import RESERVING, State
from lanes.projection import amounts

OURS = 9003  # under whom our writes appear in Zendesk
OVER = {State.DONE, State.FAILED, State.SUPERSEDED, State.UNCERTAIN, State.BLOCKED}


def findings(day: BadDay) -> list[str]:
    """Everything that is not as it must be."""
    systems = (_refunds, _letters, _solved, _deals, _notes, _incidents)
    return [*_runs(day), *(one for found in systems for one in found(day)), *_books(day)]


def _actions(day: BadDay, tool: str) -> Iterator[Action]:
    return (one for case in day.cases for one in case.run.actions.values() if one.draft.tool == tool)


def _runs(day: BadDay) -> Iterator[str]:
    """Every run has a stated outcome, every draft an end with a reason, every doubt its buttons."""
    for case in day.cases:
        run = case.run
        if not run.finished or not run.finished.outcome:
            yield f"{run.id} has no outcome: {case.story()}"
        for one in run.actions.values():
            said = f"{run.id}/{one.id} {one.draft.tool}"
            if one.state not in OVER:
                yield f"{said} is {one.state}"
            elif one.state is not State.DONE and not (one.code or one.ruling):
                yield f"{said} is {one.state} without a reason"
            elif (
                one.state is State.UNCERTAIN and not {(one.id, "happened"), (one.id, "did_not_happen")} <= case.buttons
            ):
                yield f"{said} is uncertain, and its card has no buttons: {case.buttons}"


def _asks(case: Case, one: Action) -> bool:
    return {(one.id, "happened"), (one.id, "did_not_happen")} <= case.buttons


def _compared(day: BadDay, tool: str, found: Counter) -> Iterator[str]:
    """Writes that carry a key: once each, and known."""
    known = {one.draft.key: one for one in _actions(day, tool)}
    for key, times in found.items():
        if times > 1:
            yield f"{tool} {key} was written {times} times"
        if key not in known:
            yield f"{tool} {key} was written and nobody knows it"
        elif known[key].state not in {State.DONE, State.UNCERTAIN}:
            yield f"{tool} {key} was written, and is said to be {known[key].state} ({known[key].code})"
    for key, one in known.items():
        if one.state is State.DONE and key not in found:
            yield f"{tool} {key} is said to be done and was not written"


def _refunds(day: BadDay) -> Iterator[str]:
    made = day.house.refunds
    yield from _compared(day, "stripe.create_refund", Counter(one["metadata"]["lanekeeper_key"] for one in made))
    for charge, times in Counter(one["charge"] for one in made).items():
        if times > 1:
            yield f"{charge} was refunded {times} times"


def _letters(day: BadDay) -> Iterator[str]:
    keys: Counter = Counter()
    for number, entry in day.house.state("zendesk")["tickets"].items():
        ours = {one["audit_id"] for one in entry["comments"] if one["author_id"] == OURS and one["public"]}
        if len(ours) > 1:
            yield f"ZD-{number} got {len(ours)} letters"
        keys += Counter(one["metadata"]["custom"]["lanekeeper_key"] for one in entry["audits"] if one["id"] in ours)
    yield from _compared(day, "zendesk.reply", keys)


def _solved(day: BadDay) -> Iterator[str]:
    keys: Counter = Counter()
    for number, entry in day.house.state("zendesk")["tickets"].items():
        moved = [
            audit["metadata"]["custom"].get("lanekeeper_key")
            for audit in entry["audits"]
            if audit["author_id"] == OURS
            and any(one["type"] == "Change" and one["field_name"] == "status" for one in audit["events"])
        ]
        if len(moved) > 1:
            yield f"ZD-{number} was moved {len(moved)} times"
        keys += Counter(moved)
    yield from _compared(day, "zendesk.set_status", keys)


def _deals(day: BadDay) -> Iterator[str]:
    """An opportunity has no key on it; its history shows each approved change once, and it holds what was approved."""
    data = day.house.state("salesforce")
    by_deal: dict[str, list[Action]] = defaultdict(list)
    for one in _actions(day, "salesforce.update_opportunity"):
        by_deal[one.draft.arguments["opportunity"]].append(one)
    history = Counter(
        (row["OpportunityId"], row["Field"])
        for row in data["OpportunityFieldHistory"].values()
        if row["CreatedBy"]["Name"] == "Lanekeeper Integration" and row["OpportunityId"] in by_deal
    )
    for (deal, name), times in history.items():
        if times > 1:
            yield f"{name} of {deal} was changed {times} times"
    names = {"stage": "StageName", "next_step": "NextStep", "close_date": "CloseDate"}
    for deal, actions in by_deal.items():
        wanted = {names[n]: value for n, value in actions[-1].draft.arguments.items() if n in names and value}
        holds = all(data["Opportunity"][deal][name] == value for name, value in wanted.items())
        states = {one.state for one in actions}
        if State.DONE in states and not holds:
            yield f"{deal} is said to be updated, and is not: {wanted}"
        if holds and not states & {State.DONE, State.UNCERTAIN}:
            yield f"{deal} was updated, and is said to be {states}"


def _notes(day: BadDay) -> Iterator[str]:
    """Notes that carry a key; the seeded reminder and its copies carry one too, which no draft has."""
    seeded = "c0ffee"
    notes = day.house.state("hubspot")["objects"]["notes"].values()
    keys = [key for one in notes if (key := one["properties"]["lanekeeper_key"]) and not key.startswith(seeded)]
    yield from _compared(day, "hubspot.create_note", Counter(keys))


def _incidents(day: BadDay) -> Iterator[str]:
    held = day.house.state("jira")["issues"].values()
    marks = [one["properties"]["lanekeeper_key"] for one in held if "lanekeeper_key" in one["properties"]]
    yield from _compared(day, "jira.create_issue", Counter(mark["key"] for mark in marks))


def _books(day: BadDay) -> Iterator[str]:
    """The ledger fits together, what is reserved is what is still open, and nothing is owed."""
    wrong, _ = day.house.library.verify()
    yield from map(str, wrong)
    reserved: Counter = Counter()
    for case in day.cases:
        run = case.run
        for one in run.actions.values():
            if one.state in RESERVING:
                for name, what, amount in amounts(one, "open", 1):
                    assert name == "open"
                    reserved[run.lane, what] += amount
    with day.house.lanekeeper.database.connect() as connection:
        rows = connection.execute(text("SELECT lane, what, total FROM tally WHERE day = 'open' AND total <> 0"))
        held = {(lane, what): total for lane, what, total in rows}
    if held != dict(reserved):
        yield f"reserved {held}, and still open {dict(reserved)}"
    if not day.house.rests():
        yield "something is still owed"
