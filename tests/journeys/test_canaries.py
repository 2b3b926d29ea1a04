"""Practice drafts: wrong on purpose, announced, like any other card, told at once, and never carried out."""

import hashlib
import re

import pytest
from eyes import wait_until, words
from house import APPROVALS, LENA, REP, SAM

from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core import events as e
from lanes.core.practice import VIA
from lanes.core.values import Ruling
from lanes.practising import Practising, wait
from lanes.sending import Sending
from storage import canaries, ledger, views
from tools.contract import Refused

LANE = "support-refunds"


@pytest.fixture
def practising(house):
    return practises(house)


def practises(house):
    """A lane that has just been told of practice drafts, and in which one is due after a single card."""
    house.lanekeeper.scheduler.pause()  # the tests look themselves, not the job of each quarter of an hour
    ready = house.engine.lanes[LANE]
    often = ready.page.canaries.model_copy(update={"share": 2.0})
    page = ready.page.model_copy(update={"canaries": often})
    object.__setattr__(ready, "page", page)
    practising = Practising(house.engine, house.lanekeeper.database)
    assert practising.look("0") == 0, "nothing before it was announced"
    assert practising.announce() == 1
    house.quiet()
    return practising


def approved(house, ticket="ZD-4821"):
    """A run that people let through and that is over; what its first card looked like."""
    case = house.held(ticket)
    like = shape(case.message)
    case.click(LENA)
    wait_until(lambda: {"a2", "a3"} <= {a.id for a in case.run.waiting})
    house.quiet()
    case.click(LENA, "approve_all")
    case.ends("succeeded")
    return case, like


def reject(house, case, who=LENA):
    case.click(who, "reject")
    house.modal(who)
    house.submit(who, reason=next(iter(house.engine.lanes[LANE].page.rejections)))
    case.ends()
    return case


def posted(house, practising, period="1"):
    """The next practice draft, as a case."""
    known = {case.id for case in house.runs()}
    assert practising.look(period) == 1
    found = wait_until(lambda: next((one for one in house.runs() if one.id not in known), None))
    wait_until(lambda: found.run.card)
    house.quiet()
    return found


def row(house):
    with house.lanekeeper.database.connect() as connection:
        return canaries.last(connection, LANE)


def name_of(period):
    return "r" + hashlib.sha256(f"canary {LANE} {period}".encode()).hexdigest()[:10]


def shape(message):
    """A card without its ids, numbers and moments."""
    said = re.sub(r"<!date\^\d+\^|\d{4}-\d\d-\d\d \d\d:\d\d|\$[\d,.]+|ch_\w+|ZD-\d+", "…", words(message))
    kinds = [(b["type"], [x.get("action_id") for x in b.get("elements", [])]) for b in message["blocks"]]
    return said, kinds


def test_it_is_announced_before_the_first_and_looks_like_any_other_card(house, practising):
    assert house.reads(APPROVALS, "practice drafts")
    assert practising.look("2") == 0, "no card has come yet"
    real, like = approved(house)
    practice = posted(house, practising)
    said, kinds = shape(practice.message)
    assert kinds == like[1]
    assert said.split("\n")[2] == like[0].split("\n")[2], "who asked, where, and when"
    for tells in ("practice", VIA, real.id):
        assert tells not in str(practice.message).lower()
    assert practice.run.started.via == VIA
    assert practice.run.actions["a1"].draft.preview != real.run.actions["a1"].draft.preview
    assert practice.run.actions["a1"].draft.change == ""
    assert "Practice drafts" in house.answer("/lane show refunds")


def test_who_approves_it_is_told_at_once_and_nothing_happens(house, practising):
    approved(house)
    before = tallies(house)
    practice = posted(house, practising)
    assert tallies(house) == before, "it counts in no cap"
    practice.click(SAM)
    house.hears(SAM, "This was a practice draft with")
    practice.ends("practice")
    practice.shows("it counts as missed")
    assert practice.buttons == set()
    assert (row(house).found, row(house).queue) == (False, "support-leads")
    assert not {e.kind for e in practice.events()} & {"action.cleared", "execution.started", "decision.recorded"}
    assert len(house.refunds) == 1
    assert tallies(house) == before
    with house.lanekeeper.database.connect() as connection:
        assert PRACTISED not in views.counts(connection, LANE, house.clock().replace(year=2020))
    assert "practice draft" in house.answer(f"/lane audit {practice.id}", LENA)
    assert house.library.verify()[0] == []


def test_one_that_would_reach_somebody_elses_record_looks_whole_and_is_never_carried_out(house, practising):
    """The charge, the target and whose it is are the other customer's; what it says of the ticket stays."""
    approved(house)
    house.later(minutes=11)
    approved(house, "ZD-4822")
    house.later(minutes=11)
    ready, before = house.engine.lanes[LANE], tallies(house)
    period = next(
        period for period in map(str, range(300))
        if (way := practising._flawed(ready, name_of(period), None)) and way.practice.flaw == "record"
        and way.tool.name == "stripe.create_refund"
    )  # fmt: skip
    practice = posted(house, practising, period)
    (action,) = practice.run.actions.values()
    mine, theirs = action.draft.target.ref, practice.run.started.practice.real
    assert mine != theirs
    assert {mine, theirs} == {f"stripe.charge {one['charge']}" for one in house.refunds}
    assert action.draft.arguments["charge"] in mine
    practice.click(SAM)
    house.hears(SAM, "This was a practice draft with")
    practice.shows("it counts as missed")
    assert len(house.refunds) == 2
    assert tallies(house) == before


def test_who_rejects_it_has_found_it_and_it_is_no_precedent(house, practising):
    approved(house)
    practice = posted(house, practising)
    assert reject(house, practice, SAM).run.finished.outcome == "practice"
    practice.shows("found it")
    assert row(house).found is True
    house.later(minutes=11)
    again = house.held("ZD-4822")
    assert practice.id not in {one.run for one in again.run.started.precedents}


def test_silence_counts_as_neither_and_who_seems_to_have_asked_does_not_decide(house, practising):
    approved(house)
    practice = posted(house, practising)
    practice.click(REP)
    house.hears(REP, "You asked for this run")
    assert practice.run.held
    house.later(hours=5)
    practice.ends("practice")
    practice.shows("neither found nor missed")
    assert (row(house).found, row(house).decided is None) == (None, False)


def test_a_real_request_is_no_repetition_of_a_practice_run(house, practising):
    approved(house)
    house.later(minutes=11)
    practice = posted(house, practising)
    subject = practice.run.started.subject
    assert house.begin(subject).id != practice.id


def test_nothing_below_the_decision_carries_one_out_either(house, practising):
    """Each guard by itself, with those above it gone: the core at the wire, the executor, and the wire."""
    approved(house)
    practice = posted(house, practising)
    run, action = practice.run, practice.run.actions["a1"]
    forged = e.ActionCleared(
        at=house.clock(), action="a1", version=1, how="approved", ruling=Ruling(verdict="approve", reasons=(), quorum=1)
    )

    def write(connection):
        stream, body = f"run:{run.id}", e.body(forged)
        last = ledger.read(connection, stream)[-1]
        ledger.append(connection, stream, (run.version, last.hash), [ledger.New(forged.kind, forged.at, body)])

    house.lanekeeper.writer.write(write)
    house.restart()
    assert practice.state() == "cleared", "somebody has changed the history"

    begun = c.Begin(run.id, "a1", 1, frozenset(), "native_key", action.draft.target.pinned)
    assert house.engine.handle(begun).events == (), "the core"
    house.engine.owe("forged", f.Execute(run=run.id, action="a1", version=1))
    house.quiet()
    assert practice.state() == "cleared", "the executor"

    ready = house.engine.lanes[LANE]
    crm = house.engine.lanes["crm-hygiene"]
    for lane, name in ((ready, "stripe.create_refund"), (crm, "salesforce.update_opportunity")):
        tool = lane.tools[name]  # the second one sends no key that could be told at the wire
        wire = house.lanekeeper.wires[lane.identity.name, tool.system]
        meant = tool.arguments.model_validate(action.draft.arguments if lane is ready else tool.example)
        sending = Sending(tool, wire, meant, action.draft.key, False, None, None, lambda: False)
        with pytest.raises(Refused, match="wrong on purpose"):
            sending.carry()
    stripe = ready.tools["stripe.create_refund"]
    with pytest.raises(Refused, match="wrong on purpose"):
        stripe.write(
            house.lanekeeper.wires[ready.identity.name, "stripe"],
            stripe.arguments.model_validate(action.draft.arguments), action.draft.key,
        )  # fmt: skip
    assert len(house.refunds) == 1


def test_the_next_comes_after_a_number_of_cards_that_nobody_knows_beforehand():
    waits = [wait(0.02, f"r{n}") for n in range(400)]
    assert sum(waits) / len(waits) == pytest.approx(50, rel=0.05)
    assert (min(waits), max(waits)) >= (25, 70)
    assert max(waits) <= 75
    assert wait(1.0, "x") >= 1


PRACTISED = "practice"


def tallies(house):
    with house.lanekeeper.database.connect() as connection:
        return sorted(map(tuple, connection.exec_driver_sql("SELECT lane, day, what, total FROM tally")))


@pytest.mark.parametrize(("amount", "end"), [("real", True), ("wrong", None)])
def test_who_mends_what_is_wrong_has_found_it_and_nothing_else_does(house, practising, amount, end):
    """Another change leaves the flaw where it is, and a yes to that is a yes to the flaw."""
    approved(house)
    practice = posted(house, practising)
    practice.click(SAM, "edit")
    house.modal(SAM)
    told = practice.run.started.practice
    right = {"amount": f"{told.real.removeprefix('$')} USD"}
    house.submit(SAM, **(right if amount == "real" else {"reason": "fraudulent"}))
    wait_until(lambda: practice.run.finished or practice.run.actions["a1"].version == 2)
    house.quiet()
    if end is None:
        practice.click(LENA, version=2)
    practice.ends("practice")
    assert row(house).found is (end or False)
    assert len(house.refunds) == 1
