"""The walk of an action: what each command comes to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.gate import Spent
from lanes.core.page import Mode
from lanes.core.run import evolve, fold
from lanes.core.states import Impossible, State
from lanes.core.values import Place

# --- the whole walk


def test_from_the_wish_to_the_end(given, kinds):
    story = given.story()
    drafted = story.propose(given.proposal())
    clicked = story.click("U0LEAD1")
    begun = story.begin()
    done = story.report("done", result={"status": "succeeded"})
    ended = story.finish(readings={"refund": {"status": "succeeded"}, "ticket": {"status": "solved"}})

    assert kinds(drafted) == ["turn.taken", "action.drafted", "action.held"]
    assert kinds(clicked) == ["decision.recorded", "action.cleared"]
    assert kinds(begun) == ["execution.started"]
    assert kinds(done) == ["action.done"]
    assert kinds(ended) == ["run.finished"]
    assert (story.run.finished.outcome, story.action.state) == ("succeeded", State.DONE)


def test_a_run_starts_with_what_it_stands_under(given):
    story = given.story(given.regime(Mode.SHADOW))

    started = story.run.started

    assert (started.mode, started.configuration, started.delivery) == (Mode.SHADOW, "c0", "d-start")
    assert story.run.silent


def test_what_is_drafted_in_silence_is_under_no_cap_of_the_day(given):
    """What its lane has done that day held no person back, whose work it is compared with."""
    used_up = Spent({"USD": 10**9}, {(given.refund, "cus_ada"): 9}, alone=99)
    live, beside = given.story(spent=used_up), given.story(given.regime(Mode.SHADOW), spent=used_up)
    for story in (live, beside):
        story.propose(given.proposal())
    assert (live.action.state, beside.action.state) == (State.BLOCKED, State.SHADOWED)


def test_the_key_is_fixed_before_anybody_approves_and_reaches_the_wire(given):
    story = given.held()
    key = story.action.draft.key
    story.click()

    (started,) = story.begin()

    assert started.key == key
    assert len(key) == 64


def test_two_drafts_of_one_turn_have_their_own_keys(given):
    story = given.story()
    story.propose(given.proposal(tool=given.reply, call="one"), given.proposal(tool=given.reply, call="two"))

    first, second = story.run.actions.values()

    assert (first.id, second.id) == ("a1", "a2")
    assert first.draft.key != second.draft.key


@pytest.mark.parametrize(
    "change",
    [
        {"tool": "zendesk.reply"},
        {"tool_version": 2},
        {"arguments": {"charge": "ch_2"}},
        {"target": "other"},
        {"target": "moved"},
        {"preview": "other"},
    ],
)
def test_the_digest_covers_what_a_person_approves(given, change):
    one, other = given.story(), given.story()
    proposal = given.proposal()
    if change.get("target") == "other":
        change = {"target": proposal.target.model_copy(update={"ref": "stripe.charge ch_2"})}
    elif change.get("target") == "moved":
        change = {"target": proposal.target.model_copy(update={"pinned": {"refunded": 1}})}
    elif "preview" in change:
        change = {"preview": proposal.preview.model_copy(update={"sentence": "Refund nothing"})}

    one.propose(proposal)
    other.propose(replace(proposal, **change))

    assert one.action.draft.digest != other.action.draft.digest


def test_the_digest_covers_the_configuration_and_the_requester(given):
    proposal = given.proposal()
    stories = [given.story(), given.story(configuration="c1"), given.story()]
    stories[2].run = replace(
        stories[2].run, started=stories[2].run.started.model_copy(update={"by": given.person("U0B")})
    )
    for story in stories:
        story.propose(proposal)

    assert len({story.action.draft.digest for story in stories}) == 3


def test_one_turn_counts_its_own_drafts_against_the_caps(given, kinds):
    story = given.story()

    events = story.propose(given.proposal(call="one"), given.proposal(call="two"))

    assert kinds(events)[1:] == ["action.drafted", "action.held", "action.drafted", "action.blocked"]
    assert story.action.ruling.reasons == ("CAP_PER_CUSTOMER",)


def test_writes_that_go_alone_use_up_the_lease_within_one_turn(given, kinds):
    story = given.story(given.regime(Mode.AUTONOMOUS, lease=given.lease(per_day=1)))

    events = story.propose(
        given.proposal("5.00 USD", call="one"), given.proposal("5.00 USD", customer="cus_b", call="two")
    )

    assert kinds(events)[2::2] == ["action.cleared", "action.held"]
    assert story.action.ruling.reasons[0] == "LEASE_USED_UP_TODAY"


def test_reads_are_recorded_with_the_turn_they_belong_to(given, kinds):
    story = given.story()
    read = c.Answered("call_0", "stripe.find_charges", {"email": "ada@example.com"}, "[]", ok=True, ms=12)

    events = story.propose(given.proposal(), answered=(read,))

    assert kinds(events) == ["turn.taken", "call.answered", "action.drafted", "action.held"]
    assert story.run.answers["call_0"].answer == "[]"
    assert story.run.worked == timedelta(milliseconds=5 + 12)
    assert story.run.cost == 10


# --- shadow


@pytest.mark.parametrize("late", [False, True])
def test_a_shadow_draft_is_never_held_and_never_cleared(given, late):
    """Whether the run began in shadow or the lane went back to it meanwhile, and the other way round."""
    shadow = given.regime(Mode.SHADOW)
    autonomous = given.regime(Mode.AUTONOMOUS, lease=given.lease())
    story = given.story(autonomous if late else shadow)
    story.under(shadow if late else autonomous)

    story.propose(given.proposal("5.00 USD"))

    assert story.action.state is State.SHADOWED
    assert given.refused(story.click()) == "NOT_WAITING"
    assert story.begin() == ()


def test_a_shadow_draft_that_policy_forbids_is_blocked(given):
    story = given.story(given.regime(Mode.SHADOW))
    story.propose(given.proposal("5001.00 USD"))

    assert story.action.state is State.BLOCKED


# --- history


def test_a_run_folded_from_its_history_is_the_run(given):
    stories = [given.held(), given.executing(), given.frozen(), given.story()]
    stories[1].report("uncertain", code="TIMEOUT")
    stories[1].finish("uncertain")
    stories[2].click("U0REQUESTER")

    for story in stories:
        assert fold(story.events) == story.run
        for cut in range(len(story.events)):
            assert fold(story.events[cut:], fold(story.events[:cut])) == story.run
        assert story.run.version == len(story.events)


def test_an_event_that_cannot_follow_is_impossible(given):
    story = given.held()
    drafted, held = story.events[-2:]

    for event in (
        held,
        held.model_copy(update={"action": "a9"}),
        e.ActionExpired(at=given.now, action="a1", version=2),
        drafted,
        drafted.model_copy(update={"version": 2}),
    ):
        with pytest.raises(Impossible):
            evolve(story.run, event)


def test_what_was_superseded_may_be_drafted_as_the_next_version(given):
    story = given.held()
    drafted = story.events[-2]
    gone = e.ActionSuperseded(at=given.now, action="a1", version=1, reason="edited")

    run = fold([gone, drafted.model_copy(update={"version": 2})], story.run)

    assert (run.actions["a1"].state, run.actions["a1"].version) == (State.DRAFTED, 2)
    with pytest.raises(Impossible):
        fold([gone, drafted.model_copy(update={"version": 3})], story.run)


def test_a_history_begins_with_the_start(given):
    story = given.story()

    with pytest.raises(AssertionError):
        evolve(None, e.CardPosted(at=given.now, place=Place(channel="C", ts="1")))
    with pytest.raises(AssertionError):
        evolve(story.run, story.events[0])
