"""The same change twice: under way it is blocked, made lately a person has to look, made meanwhile it is stopped."""

from dataclasses import replace
from datetime import timedelta

from lanes.core import commands as c
from lanes.core.page import Mode
from lanes.core.states import State
from lanes.core.values import Prior

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
