"""The same change twice: under way it is blocked, made lately a person has to look, made meanwhile it is stopped."""

from dataclasses import replace
from datetime import timedelta

from lanes.core import commands as c
from lanes.core.page import Mode
from lanes.core.states import State
from lanes.core.values import Prior
from tools.contract import Evidence

MONTH = timedelta(days=30)
CHANGE = "refund ch_1"


def prior(given, *, done, ago=timedelta(days=1), run="R0", action="a1"):
    return Prior(lane="support-refunds", run=run, action=action, done=done, at=given.now - ago, by="U0OTHER")


def propose(given, *others, mode=None, lease=None):
    story = given.story(given.regime(mode, lease=lease))
    story.facts = replace(story.facts, prior={CHANGE: others})
    story.propose(replace(given.proposal("1.00 USD"), change=CHANGE, same_within=MONTH))
    return story


def test_under_way_elsewhere_it_is_blocked(given):
    story = propose(given, prior(given, done=False, ago=timedelta(days=300)))

    assert story.action.state is State.BLOCKED
    assert story.action.ruling.reasons == ("ALREADY_UNDER_WAY",)
    assert story.action.draft.prior[0].by == "U0OTHER"


def test_made_not_long_ago_it_never_goes_alone(given):
    story = propose(given, prior(given, done=True), mode=Mode.AUTONOMOUS, lease=given.lease())

    assert story.action.state is State.HELD
    assert story.action.ruling.reasons[0] == "DONE_BEFORE"


def test_made_long_ago_it_is_another_change(given):
    story = propose(given, prior(given, done=True, ago=MONTH), mode=Mode.AUTONOMOUS, lease=given.lease())

    assert story.action.state is State.CLEARED
    assert story.action.draft.prior == ()


def begin(story, *others):
    one = story.action
    story.facts = replace(story.facts, prior={CHANGE: others})
    return story.tell(c.Begin("R1", one.id, 1, frozenset({"stripe:refunds.write"}), "native_key",
                              one.draft.target.pinned, change=CHANGE, same_within=MONTH))  # fmt: skip


def test_made_by_somebody_else_while_the_card_hung_it_is_drafted_anew(given):
    story = propose(given)
    story.click()
    (gone,) = begin(story, prior(given, done=True, ago=timedelta(minutes=1), run="R9"))

    assert (gone.kind, gone.reason) == ("action.superseded", "content_changed")
    assert "run R9 of support-refunds has done the same meanwhile" in gone.detail


BY_HAND = Evidence(label="Omar Diaz logged this 2026-03-01", quote="Called about the renewal")


def propose_with(given, *already, **more):
    story = given.story(given.regime(Mode.AUTONOMOUS, lease=given.lease()) if more else None)
    proposal = given.proposal("1.00 USD")
    target = proposal.target.model_copy(update={"already": already})
    story.propose(replace(proposal, target=target, change=CHANGE, same_within=MONTH))
    return story


def begin_and_see(story, *already):
    one = story.action
    return story.tell(c.Begin("R1", one.id, 1, frozenset({"stripe:refunds.write"}), "native_key",
                              one.draft.target.pinned, change=CHANGE, same_within=MONTH, already=already))  # fmt: skip


def test_made_by_a_persons_own_hand_it_never_goes_alone(given):
    assert propose_with(given, alone=True).action.state is State.CLEARED
    story = propose_with(given, BY_HAND, alone=True)

    assert story.action.state is State.HELD
    assert story.action.ruling.reasons[0] == "THERE_ALREADY"


def test_made_by_a_persons_own_hand_while_the_card_hung_it_is_drafted_anew(given):
    story = propose_with(given)
    story.click()
    (gone,) = begin_and_see(story, BY_HAND)

    assert (gone.kind, gone.reason) == ("action.superseded", "content_changed")
    assert gone.detail == "Omar Diaz logged this 2026-03-01 “Called about the renewal”"


def test_what_stood_on_the_card_already_does_not_stop_it(given):
    story = propose_with(given, BY_HAND)
    story.click()

    assert [e.kind for e in begin_and_see(story, BY_HAND)] == ["execution.started"]


def test_what_the_approver_knew_of_does_not_stop_it(given):
    before = prior(given, done=True)
    story = propose(given, before)
    story.click()
    own = prior(given, done=False, run="R1", action="a1")

    assert [e.kind for e in begin(story, before, own)] == ["execution.started"]


def test_two_drafts_of_one_change_in_one_turn_are_one(given):
    story = given.story()
    first, second = (replace(given.proposal("1.00 USD", customer=f"c{n}", call=f"c{n}"), change=CHANGE) for n in (1, 2))
    story.propose(first, second)

    assert [a.state for a in story.run.actions.values()] == [State.HELD, State.BLOCKED]
    assert story.action.ruling.reasons == ("ALREADY_UNDER_WAY",)
