"""What the shell must do after an event: something definite for every kind, and nothing approvable in shadow."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from lanes.core import effects as f
from lanes.core import events as e
from lanes.core import lane_events as le
from lanes.core.lane_state import LaneState
from lanes.core.lane_state import fold as fold_lane
from lanes.core.page import Mode
from lanes.core.react import react, react_lane, react_person

KINDS = Path(__file__).with_name("kinds")
OF_RUNS = sorted(model.model_fields["kind"].default for model in get_args(e.RunEvent))
OF_PEOPLE = sorted(model.model_fields["kind"].default for model in get_args(e.PersonEvent))
OF_LANES = sorted(model.model_fields["kind"].default for model in get_args(le.LaneEvent))

WANTED = {
    "run.started": {"show_progress", "advance"},
    "turn.taken": {"show_progress"},
    "call.answered": set(),
    "action.drafted": set(),
    "action.held": {"show_card", "expire", "call_approvers"},
    "action.cleared": {"show_card", "execute"},
    "action.blocked": set(),
    "action.shadowed": set(),
    "action.rejected": {"show_card", "advance"},
    "action.expired": {"show_card", "advance"},
    "action.superseded": {"show_card", "advance"},
    "action.frozen": {"show_card"},
    "execution.started": {"show_card"},
    "action.done": {"show_card", "advance"},
    "action.failed": {"show_card", "advance"},
    "action.uncertain": {"show_card", "settle"},
    "settling.ended": {"show_card"},
    "decision.recorded": {"show_card"},
    "decision.refused": {"tell_refusal"},
    "action.taken_over": {"show_card", "advance"},
    "action.reminded": {"show_card", "tell_waiting"},
    "question.asked": {"show_card", "tell_question"},
    "question.answered": {"show_card", "tell_question"},
    "card.claimed": {"show_card"},
    "card.let_go": {"show_card"},
    "card.snoozed": {"tell_awake"},
    "cancel.asked": {"show_progress"},
    "card.posted": set(),
    "thread.opened": set(),
    "details.opened": set(),
    "practice.ended": {"show_card"},
    "run.finished": {"show_progress", "hand_over"},
}


def sample(kind, **changes):
    stored = json.loads((KINDS / f"{kind}.json").read_text(encoding="utf-8"))
    return e.load(kind, datetime.fromisoformat(stored["at"]), {**stored["body"], **changes})


def wanted(run, event):
    return {effect.kind for effect in react(run, event)}


@pytest.mark.parametrize("kind", OF_RUNS)
def test_every_event_calls_for_what_was_agreed(given, kind):
    assert wanted(given.story().run, sample(kind)) == WANTED[kind]


@pytest.mark.parametrize("kind", OF_RUNS)
def test_a_shadow_run_never_shows_a_card(given, kind):
    """G1: nothing that could be approved is ever posted."""
    story = given.story(given.regime(Mode.SHADOW))
    story.propose(given.proposal())
    run = story.run
    for one in (run, story.given.story(given.regime(Mode.SHADOW)).run):
        assert "show_card" not in wanted(one, sample(kind))


@pytest.mark.parametrize(
    "kind", ["action.rejected", "action.expired", "action.superseded", "action.done", "action.failed"]
)
def test_the_agent_goes_on_only_when_nothing_is_open_any_more(given, kind):
    resting, waiting, over = given.story(), given.held(), given.story()
    over.finish("budget")

    assert "advance" in wanted(resting.run, sample(kind))
    assert wanted(waiting.run, sample(kind)) == {"show_card"}
    assert wanted(over.run, sample(kind)) == {"show_card"}


def test_the_clock_is_set_to_the_deadline(given):
    story = given.held()

    (held,) = (effect for effect in react(story.run, story.events[-1]) if effect.kind == "expire")

    assert held.due == given.now + timedelta(hours=4)


def test_the_refused_one_is_told_where_they_clicked_and_who_won(given):
    story = given.held()
    story.click("U0LEAD1")
    (lost,) = story.click("U0LEAD2")

    assert react(story.run, lost) == (
        f.TellRefusal(
            run="R1", action="a1", code="ALREADY_DECIDED", user="U0LEAD2", channel="C0CARD", winner="U0LEAD1"
        ),
    )


def test_an_edit_is_told_to_who_asked_and_not_only_shown_on_the_card(given):
    edited = sample("decision.recorded", decision="edit")
    assert {effect.kind for effect in react(given.held().run, edited)} == {"show_card", "show_progress"}


def test_a_card_that_hangs_is_settled_at_the_end_and_none_is_posted_for_it(given):
    story = given.story()
    assert "show_card" not in wanted(story.run, sample("run.finished"))

    story.run = story.given.held().run
    with_card = story.tell(given.hang())
    assert with_card
    assert "show_card" in wanted(story.run, sample("run.finished"))
    assert "hand_over" not in wanted(story.run, sample("run.finished", handed_over=False))


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        ("lane.stopped", ["freeze_lane", "tell_lane"]),
        ("lane.resumed", ["redraw_lane", "tell_lane"]),
        ("lane.mode_changed", ["redraw_lane", "tell_lane"]),
        ("lane.demoted", ["recall_lane", "tell_demotion"]),
        ("lease.ended", ["recall_lane", "tell_lane"]),
        ("lease.proposed", ["show_lease"]),
        ("lease.signed", ["show_lease"]),
        ("lease.declined", ["show_lease"]),
        ("lease.withdrawn", ["show_lease"]),
        ("drill.held", ["tell_lane"]),
        ("lease.posted", []),
    ],
)
def test_every_change_of_a_lane_is_told_and_drawn(kind, kinds):
    assert [effect.kind for effect in react_lane("support-refunds", sample(kind), 3)] == kinds


def test_a_lane_that_people_let_do_less_waits_for_them_with_what_was_on_its_way():
    less = sample("lane.mode_changed", mode=Mode.APPROVAL, lease=None)
    assert [effect.kind for effect in react_lane("support-refunds", less, 3)] == ["recall_lane", "tell_lane"]


def test_no_change_of_a_lane_is_left_out():
    assert OF_LANES == [
        "canaries.announced", "drill.held", "lane.demoted", "lane.mode_changed", "lane.resumed", "lane.stopped",
        "lease.declined", "lease.ended", "lease.posted", "lease.proposed", "lease.signed", "lease.withdrawn",
    ]  # fmt: skip


def test_a_lane_is_what_happened_to_it():
    stopped, resumed, changed = sample("lane.stopped"), sample("lane.resumed"), sample("lane.mode_changed")

    assert fold_lane([]) == LaneState()
    state = fold_lane([changed, stopped])
    assert (state.version, state.mode, state.lease, state.stopped) == (2, changed.mode, changed.lease, stopped)
    assert fold_lane([stopped, resumed]).stopped is None
    assert fold_lane([resumed], fold_lane([changed, stopped])) == fold_lane([changed, stopped, resumed])
    assert fold_lane([changed, changed.model_copy(update={"mode": Mode.APPROVAL, "lease": None})]).lease is None


def test_an_absence_is_told_at_once_and_drawn_when_it_begins_and_when_it_ends():
    away = sample("person.went_away", since="2026-03-04T00:00:00Z")
    told, begins, ends = react_person(away, 1)

    assert (told.kind, told.due) == ("tell_absence", None)
    assert (begins.kind, begins.due, ends.due) == ("redraw_person", away.since, away.until)
    assert [effect.kind for effect in react_person(sample("person.came_back"), 2)] == ["tell_absence", "redraw_person"]


@pytest.mark.parametrize("kind", OF_RUNS + OF_LANES + OF_PEOPLE)
def test_every_effect_can_be_stored_and_has_a_queue(given, kind):
    event = sample(kind)
    if kind in OF_PEOPLE:
        found = react_person(event, 1)
    else:
        found = react_lane("x", event, 1) if kind in OF_LANES else react(given.story().run, event)

    for effect in found:
        assert f.load(effect.model_dump_json()) == effect
        assert effect.queue


def test_writes_of_one_run_follow_one_another():
    """Executing and settling share a queue: two machines never touch the world for one run at the same time."""
    execute, settle = f.Execute(run="R1", action="a1", version=1), f.Settle(run="R1", action="a2", version=1)

    assert execute.queue == settle.queue != f.Execute(run="R2", action="a1", version=1).queue


def on_a_shared_card(story):
    return replace(story.run, batch="b1")


def test_what_happens_to_a_run_on_a_shared_card_draws_that_card(given):
    """One queue a card: two runs that are decided at once never draw over each other."""
    run = on_a_shared_card(given.held())
    for kind in OF_RUNS:
        assert "show_card" not in wanted(run, sample(kind)), kind
    assert f.ShowBatch(batch="b1") in react(run, sample("action.rejected"))
    assert {effect.queue for effect in react(run, sample("action.frozen"))} == {"batch/b1/card"}


def test_a_shared_card_is_called_to_mind_as_a_whole(given):
    effects = react(on_a_shared_card(given.held()), sample("action.reminded"))
    step = sample("action.reminded").step
    assert effects == (f.ShowBatch(batch="b1"), f.TellBatchWaiting(batch="b1", step=step))


def test_what_one_press_for_the_rest_could_not_approve_is_told_at_once_and_not_one_by_one(given):
    assert wanted(given.held().run, sample("decision.refused", surface="batch")) == set()
