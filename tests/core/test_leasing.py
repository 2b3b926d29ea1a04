"""Leases: proposed by the machine, signed by people, held by the gate, lost at once. Given, when, then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core import lane_commands as lc
from lanes.core.commands import Standing, Voice
from lanes.core.decide_lane import decide_lane
from lanes.core.gate import rule
from lanes.core.lane_commands import Sign
from lanes.core.lane_state import LaneState, fold
from lanes.core.page import Mode
from lanes.core.states import State
from lanes.core.values import conducted
from tools.contract import Refused

LANE = "support-refunds"
SMALL = "stripe.create_refund when amount <= 25.00 USD"
LETTER = "zendesk.reply when template is refund_confirmation"
UNDER = conducted("c0", "m")


@pytest.fixture
def lease(given):
    return given.lease(tools=(given.refund,)).model_copy(update={"segments": (SMALL,), "configuration": UNDER})


@pytest.fixture
def tell(given):
    """A lane that hears one wish after another; `lane.state` is what came of them."""

    class Lane:
        state = LaneState()
        page = given.page()
        now = given.now

        def __call__(self, command):
            new = decide_lane(self.state, command, self.page, self.now)
            self.state = fold(new, self.state)
            return [event.kind for event in new]

        def sign(self, user, standing=Standing.MEMBER, delivery=""):
            voice = Voice(given.person(user), standing)
            return self(lc.SignLease(LANE, self.state.proposal.id, voice, delivery or f"d-{user}"))

        def decline(self, user="U0LEAD1", why="Not before the holidays"):
            return self(
                lc.DeclineLease(LANE, self.state.proposal.id, Voice(given.person(user), Standing.MEMBER), why, "d")
            )

    return Lane()


def refused(act, *args, **named):
    with pytest.raises(Refused) as error:
        act(*args, **named)
    return error.value.code


def test_a_lease_takes_the_quorum_and_the_owner_among_it(tell, lease):
    assert tell(lc.ProposeLease(LANE, lease, ())) == ["lease.proposed"]
    assert tell.sign("U0LEAD1") == ["lease.signed"]
    assert tell.sign("U0LEAD2") == ["lease.signed"], "two have signed, and the owner is not one of them"
    assert tell.state.lease is None
    assert tell.sign("U0OWNER", Standing.NOT_MEMBER) == ["lease.signed", "lane.mode_changed"]
    assert (tell.state.mode, tell.state.lease) == (Mode.AUTONOMOUS, lease)
    assert tell.state.proposal.ended == "signed"
    assert tell.state.leased == {SMALL: tell.now}


@pytest.mark.parametrize("mode", [Mode.SHADOW, Mode.READ_ONLY])
def test_a_lane_goes_up_one_rung_at_a_time(given, tell, lease, mode):
    tell(lc.SetMode(LANE, mode, given.person("U0OWNER")))
    assert tell(lc.ProposeLease(LANE, lease, ())) == []


def test_one_person_is_one_voice(tell, lease):
    tell(lc.ProposeLease(LANE, lease, ()))
    tell.sign("U0OWNER")
    assert tell.sign("U0OWNER", delivery="d-U0OWNER") == [], "the same click twice"
    assert refused(tell.sign, "U0OWNER", delivery="d-other") == "ALREADY_SAID"
    assert tell.state.lease is None


@pytest.mark.parametrize("standing", [one for one in Standing if one is not Standing.MEMBER])
def test_whoever_is_no_approver_signs_nothing(tell, lease, standing):
    tell(lc.ProposeLease(LANE, lease, ()))
    assert refused(tell.sign, "U0STRANGER", standing) == "NOT_AN_APPROVER"
    assert tell.state.proposal.signed == ()


def test_a_no_ends_it_and_is_not_asked_again_by_itself(tell, lease):
    tell(lc.ProposeLease(LANE, lease, ()))
    tell.sign("U0OWNER")
    assert refused(tell.decline, why="  ") == "NO_REASON"
    assert tell.decline() == ["lease.declined"]
    assert refused(tell.sign, "U0LEAD2") == "LEASE_SETTLED"
    assert tell(lc.ProposeLease(LANE, lease, ())) == []
    assert tell(lc.ProposeLease(LANE, lease, (), asked=True)) == ["lease.proposed"]
    assert tell.state.proposal.signed == (), "what was signed before is signed anew"


def test_the_same_proposal_is_made_once_and_another_replaces_it(tell, lease):
    tell(lc.ProposeLease(LANE, lease, ()))
    later = lease.model_copy(update={"until": lease.until + timedelta(days=1)})
    assert tell(lc.ProposeLease(LANE, later, ())) == []
    assert tell(lc.ProposeLease(LANE, lease.model_copy(update={"per_day": 5}), ())) == [
        "lease.withdrawn",
        "lease.proposed",
    ]


def test_a_lane_that_errs_loses_its_lease_once_for_each_thing(tell, lease):
    tell(lc.ProposeLease(LANE, lease, ()))
    tell.sign("U0LEAD1")
    tell.sign("U0OWNER")
    harm, more = Sign("SEVERE_ERROR", "case 1", "wrong", severe=True), Sign("REVERSED", "fact 2")
    (down,) = decide_lane(tell.state, lc.Demote(LANE, (harm, harm)), tell.page, tell.now)
    assert (down.mode, down.severe, down.evidence) == (Mode.APPROVAL, True, ("case 1",))
    tell(lc.Demote(LANE, (harm,)))
    assert (tell.state.mode, tell.state.lease) == (Mode.APPROVAL, None)
    assert tell(lc.Demote(LANE, (more,))) == [], "it acts alone no more"
    tell(lc.ProposeLease(LANE, lease, (), asked=True))
    tell.sign("U0LEAD1", delivery="d-3")
    tell.sign("U0OWNER", delivery="d-4")
    assert tell(lc.Demote(LANE, (harm,))) == [], "people signed in full knowledge of it"
    assert tell(lc.Demote(LANE, (harm, more))) == ["lane.demoted"]
    assert tell.state.demoted.evidence == ("fact 2",)


def test_a_demotion_settles_what_was_waiting_for_signatures(tell, lease):
    tell(lc.ProposeLease(LANE, lease, ()))
    tell.sign("U0OWNER")
    tell.sign("U0LEAD1")
    tell(lc.ProposeLease(LANE, lease.model_copy(update={"segments": (SMALL, LETTER)}), ()))
    tell(lc.Demote(LANE, (Sign("REVERSED", "fact 1"),)))
    assert tell.state.proposal.ended == "demoted"
    assert refused(tell.sign, "U0OWNER", delivery="d-9") == "LEASE_SETTLED"


def test_a_lease_ends_on_its_last_day_and_no_sooner(tell, lease):
    tell(lc.ProposeLease(LANE, lease, ()))
    tell.sign("U0LEAD1")
    tell.sign("U0OWNER")
    assert tell(lc.EndLease(LANE)) == []
    tell.now = lease.until
    assert tell(lc.EndLease(LANE)) == ["lease.ended"]
    assert (tell.state.mode, tell.state.lease) == (Mode.APPROVAL, None)
    assert tell(lc.EndLease(LANE)) == []


def test_what_is_not_earned_is_signed_in_writing_or_not_at_all(given, tell, lease):
    by, plain = given.person("U0OWNER"), given.lease()
    assert refused(tell, lc.SetMode(LANE, Mode.AUTONOMOUS, by, plain)) == "NOT_JUSTIFIED"
    assert refused(tell, lc.SetMode(LANE, Mode.AUTONOMOUS, by, plain, "because")) == "NOT_JUSTIFIED"
    assert tell(lc.SetMode(LANE, Mode.AUTONOMOUS, by, plain, "The shop is closing and nobody is here")) == [
        "lane.mode_changed"
    ]
    closed = {**given.page().approvers.model_dump(exclude_defaults=True), "break_glass": False}
    tell.page = given.page(approvers=closed | {"expires": "4h", "remind": ["1h", "3h"]})
    assert (
        refused(tell, lc.SetMode(LANE, Mode.AUTONOMOUS, by, plain, "The shop is closing, nobody is here"))
        == "NOT_EARNED"
    )
    tell.page = given.page(promotion=None)
    assert tell(lc.SetMode(LANE, Mode.AUTONOMOUS, by, plain)) == ["lane.mode_changed"], "nothing is earned here"


# ---------------------------------------------------------------------- the gate


def asked(given, amount="19.00 USD", **changes):
    return given.question(amount, conducted=UNDER, **changes)


def test_the_gate_holds_the_leases_segments_by_name(given, lease):
    regime = given.regime(Mode.AUTONOMOUS, lease=lease)
    assert rule(asked(given), regime).verdict == "auto"
    others = given.regime(Mode.AUTONOMOUS, lease=lease.model_copy(update={"segments": (LETTER,)}))
    assert rule(asked(given), others).reasons[0] == "OUTSIDE_LEASE_SEGMENT"
    narrowed = [{"tool": given.refund, "when": {"amount": "<= 10.00 USD"}}]
    page = given.page(promotion={"segments": narrowed, "lease": {"per_action": "25.00 USD", "per_day": 20}})
    changed = given.regime(Mode.AUTONOMOUS, lane=page, lease=lease)
    assert rule(asked(given), changed).reasons[0] == "OUTSIDE_LEASE_SEGMENT", "the page's segment is another one now"


def test_the_gate_holds_the_leases_configuration(given, lease):
    regime = given.regime(Mode.AUTONOMOUS, lease=lease)
    assert rule(replace(asked(given), conducted=conducted("c1", "m")), regime).reasons[0] == "LEASE_OTHER_CONFIGURATION"
    assert rule(replace(asked(given), conducted=""), regime).reasons[0] == "LEASE_OTHER_CONFIGURATION"


def test_a_lease_without_a_cap_moves_no_money(given, lease):
    none = given.regime(Mode.AUTONOMOUS, lease=lease.model_copy(update={"per_action": None}))
    assert rule(asked(given), none).reasons[0] == "OVER_LEASE_CAP"


def test_a_run_that_began_under_another_configuration_goes_through_people(given, lease):
    """Half of its thoughts are the old prompt's."""
    story = given.story(given.regime(Mode.AUTONOMOUS, lease=lease), configuration="c-old")
    story.facts = replace(story.facts, configuration="c0")
    story.propose(given.proposal("19.00 USD"))
    assert story.action.ruling.reasons[0] == "LEASE_OTHER_CONFIGURATION"
    fresh = given.story(given.regime(Mode.AUTONOMOUS, lease=lease))
    fresh.propose(given.proposal("19.00 USD"))
    assert fresh.action.state is State.CLEARED


# ---------------------------------------------------------------------- what was on its way


def test_what_was_cleared_alone_becomes_a_card_when_the_lane_is_demoted(given, lease, kinds):
    story = given.story(given.regime(Mode.AUTONOMOUS, lease=lease))
    story.propose(given.proposal("19.00 USD"))
    before = story.action.draft
    assert story.tell(c.Recall("R1")) == (), "it may act alone still"
    story.under(given.regime(Mode.APPROVAL))
    assert kinds(story.tell(c.Recall("R1"))) == ["action.superseded", "action.drafted", "action.held"]
    assert (story.action.version, story.action.state, story.action.alone) == (2, State.HELD, False)
    assert story.action.draft == before
    assert story.action.ruling.reasons[0] == "DEMOTED"
    assert story.tell(c.Recall("R1")) == ()
    assert story.spent.alone == 0
    story.click("U0LEAD1")
    assert story.action.state is State.CLEARED
    assert story.tell(c.Recall("R1")) == (), "a person has said yes to it"
    assert kinds(story.begin()) == ["execution.started"]


def test_what_slips_past_the_recall_is_stopped_before_the_wire(given, lease, kinds):
    story = given.story(given.regime(Mode.AUTONOMOUS, lease=lease))
    story.propose(given.proposal("19.00 USD"))
    story.under(given.regime(Mode.APPROVAL))
    assert kinds(story.begin()) == ["action.superseded"]
    assert isinstance(story.events[-1], e.ActionSuperseded)
    assert story.events[-1].reason == "ruled_again"
