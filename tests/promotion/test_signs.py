"""What costs a lane its freedom, and what does not: each sign by itself, with the real runs and the real tools."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.slack.mrkdwn import plain
from bot.words.lease import demoted
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core import lane_commands as lc
from lanes.core.decide_case import PATIENCE
from lanes.core.lane_commands import Sign
from lanes.core.page import Mode
from lanes.core.states import State
from lanes.core.values import Place
from lanes.lane_effects import LaneEffects
from lanes.library import Library
from lanes.promotion import signs
from lanes.promotion.audits import audited as drawn_of
from lanes.promotion.audits import went_alone
from lanes.shadow.cases import Case
from lanes.shadow.matching import Outcome
from storage import facts
from storage.facts import Found
from tools.truth import By, Deed, Reaction

LANE, SMALL = "support-refunds", "stripe.create_refund when amount <= 25.00 USD"
CHARGE = "stripe.charge ch_1"


@pytest.fixture
def autonomous(sqlite_record):
    """A lane that people let act alone, on evidence."""
    record = sqlite_record.everything()
    record.review.look(LANE)
    record.sign()
    assert record.state.mode is Mode.AUTONOMOUS
    record.now += timedelta(hours=1)
    return record


def reasons(found):
    return [one.reason for one in found]


def case(**fields):
    at = fields.pop("at")
    return Case(**{
        "id": "k", "lane": LANE, "source": "audit", "segment": SMALL, "action": "a1", "configuration": "c",
        "chance": 1.0, "tool": "stripe.create_refund", "subject": "ZD-1", "fact": "", "run": "R1",
        "outcome": Outcome.AGREE, "at": at,
        "suggested": None, "actual": None, "settled": at, **fields,
    })  # fmt: skip


def refund(record, name, minor=1900, **changes):
    """A run whose refund went alone; it is done unless said otherwise."""
    run = record.run(name, minor, **changes)
    assert run.actions["a1"].alone
    return run


def test_an_audit_that_finds_it_wrong_is_severe_and_a_silent_draft_is_not(autonomous):
    wrong = {"outcome": Outcome.OVERREACH, "at": autonomous.now}
    assert [(one.severe, one.runs) for one in signs.severe([case(**wrong)])] == [(True, ("R1",))]
    assert [*signs.severe([case(**wrong, source="shadow"), case(at=autonomous.now)])] == []


@pytest.mark.parametrize(
    ("reaction", "counts"),
    [
        ({"kind": "reopened", "ref": "zendesk.ticket ZD-4827"}, True),
        ({"kind": "followed_up", "ref": "zendesk.ticket ZD-9", "also": ("zendesk.ticket ZD-4827",)}, True),
        ({"kind": "disputed", "ref": CHARGE}, True),
        ({"kind": "refund_failed", "ref": "stripe.charge ch_9", "key": "the action's"}, True),
        ({"kind": "reopened", "ref": "zendesk.ticket ZD-9"}, False),
        ({"kind": "refund_failed", "ref": CHARGE, "key": "somebody else's"}, False),
        ({"kind": "rated", "ref": "zendesk.ticket ZD-4827", "value": "good"}, False),
        ({"kind": "disputed", "ref": CHARGE, "early": True}, False),
    ],
)
def test_what_comes_back_on_something_it_did_alone(autonomous, reaction, counts):
    run = refund(autonomous, "R1")
    alone = went_alone([run], autonomous.engine.lanes[LANE].page.promotion)
    told = dict(reaction)
    at = alone[0].began + timedelta(minutes=-5 if told.pop("early", False) else 5)
    if told.get("key") == "the action's":
        told["key"] = run.actions["a1"].draft.key
    found = [*signs.came_back([Reaction(id="f1", at=at, **told)], alone, "zendesk.ticket")]
    assert reasons(found) == (["REVERSED"] if counts else [])
    assert {one.runs for one in found} <= {("R1",)}


def test_what_people_approved_is_not_held_against_the_lane(autonomous):
    run = refund(autonomous, "R1")
    approved = replace(run, actions={"a1": replace(run.actions["a1"], alone=False)})
    assert went_alone([approved], autonomous.engine.lanes[LANE].page.promotion) == ()


@pytest.mark.parametrize(
    ("deed", "counts"),
    [
        ({}, True),
        ({"ours": "key"}, False),
        ({"by": By(kind="machine")}, False),
        ({"ref": "stripe.charge ch_9"}, False),
        ({"tool": "stripe.create_refund"}, False),
        ({"early": True}, False),
    ],
)
def test_what_a_person_takes_back_by_hand(autonomous, deed, counts):
    alone = went_alone([refund(autonomous, "R1")], autonomous.engine.lanes[LANE].page.promotion)
    undo = signs.Undo(alone[0], "stripe.void")
    told = {"ref": CHARGE, "tool": "stripe.void", **deed}
    at = alone[0].began + timedelta(minutes=-5 if told.pop("early", False) else 5)
    found = [*signs.undone_by_hand([Deed(id="d1", at=at, **told)], [undo])]
    assert reasons(found) == (["REVERSED"] if counts else [])
    assert {one.runs for one in found} <= {("R1",)}


def test_never_counts_from_the_second_time_in_a_day(autonomous):
    page, never = autonomous.engine.lanes[LANE].page, 600_000
    first = autonomous.run("R1", never)
    assert first.actions["a1"].ruling.reasons[0] == "TOO_LARGE"
    autonomous.now += timedelta(hours=25)
    second = autonomous.run("R2", never)
    assert [*signs.never_twice([first, second], page, autonomous.now, frozenset())] == []
    third = autonomous.run("R3", never)
    found = [*signs.never_twice([first, second, third], page, autonomous.now, frozenset())]
    assert [(one.evidence, one.runs) for one in found] == [("never R2/a1", ("R2",)), ("never R3/a1", ("R3",))]
    assert [*signs.never_twice([second, third], page, autonomous.now, frozenset({"never R2/a1"}))] == []


def test_budgets_count_from_a_tenth_and_from_three(autonomous):
    def week(over, well):
        runs = [autonomous.ended(f"o{over}{well}{n}", "budget") for n in range(over)]
        runs += [autonomous.ended(f"w{over}{well}{n}", "end_turn") for n in range(well)]
        return reasons(signs.over_budget(runs, autonomous.now, frozenset()))

    assert week(2, 3) == []
    assert week(3, 40) == []
    assert week(3, 20) == ["OVER_BUDGET"] * 3


def test_the_detector_alarms_on_a_broken_lane_and_not_on_a_clean_one(autonomous):
    promotion = autonomous.engine.lanes[LANE].page.promotion
    alone = drawn_of(went_alone([refund(autonomous, f"R{n}") for n in range(12)], promotion), autonomous.state)
    assert len(alone) == 12

    def audited(loss):
        label = {"outcome": Outcome.OVERREACH} if loss else {}
        return {(f"R{n}", "a1"): case(run=f"R{n}", id=f"k{n}", at=autonomous.now, **label) for n in range(12)}

    at = autonomous.now
    assert [*signs.detected(alone, audited(0), {SMALL: 0.02}, at)] == []
    one_right = audited(1) | {("R1", "a1"): case(run="R1", id="k1", at=at)}
    (broken,) = signs.detected(alone, one_right, {SMALL: 0.02}, at)
    assert (broken.reason, broken.runs[0], "R1" in broken.runs) == ("DETECTED", "R0", False), "those that were wrong"
    assert [*signs.detected(alone, {}, {SMALL: 0.02}, at)] == [], "what is drawn and not looked at yet says nothing"
    answered_late, later = audited(0), at + PATIENCE
    assert [*signs.detected(alone, answered_late, {SMALL: 0.02}, later)] == []
    (found,) = signs.detected(alone, {}, {SMALL: 0.02}, later)
    assert "of them unanswered for 7 days" in found.told, "who looks away hides no failure"
    assert found.runs, "people read which of them nobody has looked at"
    assert SMALL in found.told
    undecided = {at: replace(one, outcome=Outcome.UNSETTLED, settled=None) for at, one in answered_late.items()}
    assert reasons(signs.detected(alone, undecided, {SMALL: 0.02}, later)) == ["DETECTED"]


def test_what_was_not_drawn_counts_as_not_looked_at(autonomous):
    one = went_alone([refund(autonomous, "R1")], autonomous.engine.lanes[LANE].page.promotion)[0]
    unseen = [replace(one, run=replace(one.run, id=f"u{n}"), drawn=False, chance=0.25) for n in range(30)]
    seen = [replace(one, run=replace(one.run, id=f"s{n}"), chance=0.25) for n in range(12)]
    wrong = {
        (f"s{n}", "a1"): case(run=f"s{n}", at=autonomous.now, chance=0.25, outcome=Outcome.OVERREACH) for n in range(12)
    }
    (found,) = signs.detected([*unseen, *seen], wrong, {SMALL: 0.02}, autonomous.now)
    audits, actions, *_ = (int(word) for word in found.told.split() if word.isdigit())
    assert actions == 30 + audits


def test_amounts_that_move_are_drift_and_the_same_amounts_are_not():
    def amounts(*minor):
        return [{"amount": {"minor": one, "currency": "USD"}} for one in minor * 60]

    at = datetime(2026, 3, 2, tzinfo=UTC)
    before = amounts(500, 900, 1200, 1500, 1900, 2100, 2300)
    assert [*signs.input_drift(SMALL, at, before, amounts(500, 900, 1200, 1500, 1900, 2100, 2300))] == []
    assert reasons(signs.input_drift(SMALL, at, before, amounts(2300, 2400, 2450))) == ["INPUT_DRIFT"]
    assert [*signs.input_drift(SMALL, at, [], amounts(2300))] == []


def test_canaries_count_only_where_it_is_sure():
    assert [*signs.missed_canaries(2, ("a",), 0.8)] == []
    assert [*signs.missed_canaries(6, ("a", "b", "c"), 0.8)] == [], "it may still be four of five"
    found = [*signs.missed_canaries(2, tuple("abcdef"), 0.8)]
    assert reasons(found) == ["CANARIES_MISSED"] * 6
    assert {one.runs for one in found} == {()}, "the group is told, and nobody is pointed at"


# ---------------------------------------------------------------------- all of it, looked for


def test_what_the_systems_and_the_queue_tell_is_found_on_either_database(record):
    record.everything()
    record.review.look(LANE)
    record.sign()
    record.now += timedelta(hours=1)
    refund(record, "R1")
    assert not record.watching.look(LANE, drift=True)
    at = record.now + timedelta(hours=1)
    disputed = Reaction(id="f1", kind="disputed", ref=CHARGE, at=at)
    told = Found(
        "f1", "stripe.events", "disputed", CHARGE, (), "", ours=False, at=at, content=disputed.model_dump_json()
    )
    record.now = at
    record.writer.write(lambda connection: facts.keep(connection, [told], at) and None)
    record.canaries(0, 8, at)
    assert record.watching.all(drift=True) == 1
    assert record.state.demoted.reasons == ("CANARIES_MISSED", "REVERSED")


def test_another_configuration_costs_the_lease_at_once(autonomous):
    assert autonomous.watching.all() == 0
    record = autonomous.under("m2")
    assert record.watching.all() == 1
    assert record.state.demoted.reasons == ("CONFIGURATION_CHANGED",)
    assert record.watching.all() == 0
    assert record.gates() >= {"evidence"}


def test_an_undo_is_seen_and_counts_once(autonomous):
    run = refund(autonomous, "R1", undo_within=timedelta(days=3))
    back = autonomous.proposal(1900, call="undo")
    autonomous.engine.handle(c.TakeBack("R1", "a1", autonomous.person("U0LEAD1"), back, "d-undo"))
    assert autonomous.watching.look(LANE)
    assert (autonomous.state.demoted.evidence, autonomous.state.demoted.runs) == (("undo R1/a2",), ("R1",))
    assert run.id in autonomous.state.demoted.evidence[0]
    autonomous.keep(200, at=autonomous.now + timedelta(minutes=1), settled=autonomous.now + timedelta(minutes=2))
    autonomous.now += timedelta(days=1)
    assert not autonomous.watching.look(LANE)


def test_everyone_reads_which_cases_it_rests_on_five_by_name(autonomous):
    names = [f"ZD-{n} & <!channel>" for n in range(7)]
    told = {name: plain(name) for name in names}
    runs = tuple(f"R{n}" for n in range(7))
    autonomous.engine.handle_lane(lc.Demote(LANE, (Sign("OVER_BUDGET", "budget", "7 of 9 runs", runs=(*runs, "R1")),)))
    assert autonomous.state.demoted.runs == runs
    said = demoted(autonomous.state.demoted, told)
    assert "It rests on ZD-0 &amp; &lt;!channel&gt;, ZD-1" in said
    assert "ZD-4 &amp; &lt;!channel&gt; and 2 more; `/lane audit ZD-0 &amp; &lt;!channel&gt;` tells" in said
    assert "<!" not in said
    assert "rests on" not in demoted(autonomous.state.demoted, {}), "of a change of its page no case is the cause"


def test_what_was_on_its_way_becomes_a_card(autonomous):
    engine, drawn = autonomous.engine, []
    autonomous.begun("R1")
    turn = c.TakeTurn("R1", 1, "m", "tool_use", (), {}, 10, 5, "req", (), (autonomous.proposal(1900),))
    assert engine.handle(turn).run.actions["a1"].state is State.CLEARED
    engine.handle(c.HangCard("R1", Place(channel="C0", ts="1700000000.000100")))
    engine.handle_lane(lc.Demote(LANE, (Sign("REVERSED", "fact 1"),)))
    effects = LaneEffects(engine, Library(autonomous.database), lambda effect, _: drawn.append(effect.run))
    for again in (False, True):
        effects.recall(f.RecallLane(lane=LANE), again)
    action = engine.run("R1").actions["a1"]
    assert (action.state, action.version, action.ruling.reasons[0]) == (State.HELD, 2, "DEMOTED")
    assert drawn == ["R1", "R1"]


def test_two_looks_at_once_demote_once(autonomous):
    sign = Sign("REVERSED", "fact 1")
    for _ in range(2):
        autonomous.engine.handle_lane(lc.Demote(LANE, (sign,)))
    assert autonomous.engine.lane_event(LANE, autonomous.state.version).kind == "lane.demoted"
    assert autonomous.state.demoted.evidence == ("fact 1",)
