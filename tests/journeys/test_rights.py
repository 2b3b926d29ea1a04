"""Who may decide: checked on the server, at every click, and closed when Slack does not say. R1, R2, R4, R6."""

import pytest
from eyes import clicked_by
from house import GUEST, LENA, OWNER, REP, RITA, SAM

REFUSED = {
    GUEST: ("Guests cannot decide", "GUEST"),
    RITA: ("You are not among those who decide on this", "NOT_AN_APPROVER"),
    "U0LANEKEEPER": ("An app cannot decide", "BOT"),
}


@pytest.mark.parametrize("who", REFUSED)
def test_whoever_is_no_approver_is_refused_with_a_sentence(house, who):
    case = house.held("ZD-4821")
    house.deliver(clicked_by(case.glance(SAM), who, action="lane:approve"))
    sentence, code = REFUSED[who]
    if who != "U0LANEKEEPER":  # nobody can whisper to an app
        house.reads("D" + who[1:], sentence)  # they are not where the card hangs
    house.quiet()
    assert [e.code for e in case.events("decision.refused")] == [code]
    assert case.state() == "held"
    assert house.refunds == []


def test_a_stranger_from_another_workspace_is_refused(house):
    """R6: a Slack Connect clicker with the id of a lead is still not the lead."""
    case = house.held("ZD-4821")
    house.deliver(clicked_by(case.glance(SAM), LENA, team="T0OTHER", action="lane:approve"))
    house.hears(LENA, "Only people of this workspace can decide here")
    (refused,) = case.events("decision.refused")
    assert (refused.code, refused.by.team) == ("OTHER_WORKSPACE", "T0OTHER")
    assert case.state() == "held"


def test_a_deactivated_lead_is_refused(house):
    case = house.held("ZD-4821")
    with house.somebody_is(LENA, deleted=True):
        case.click(LENA)
        house.hears(LENA, "This account is deactivated")
    assert [e.code for e in case.events("decision.refused")] == ["DEACTIVATED"]
    assert house.refunds == []


def test_a_lead_who_became_a_guest_is_refused(house):
    case = house.held("ZD-4821")
    with house.somebody_is(LENA, is_restricted=True):
        case.click(LENA)
        house.hears(LENA, "Guests cannot decide")
    assert case.state() == "held"


def test_whom_slack_calls_a_stranger_is_refused_whatever_the_click_says(house):
    """R6: the click bears our workspace; users.info knows better."""
    case = house.held("ZD-4821")
    with house.somebody_is(LENA, is_stranger=True):
        case.click(LENA)
        house.hears(LENA, "Only people of this workspace can decide here")
    assert [e.code for e in case.events("decision.refused")] == ["OTHER_WORKSPACE"]


def test_a_colleague_who_is_no_lead_cannot_decide_where_the_card_hangs(house):
    """R4: being in the channel is no right."""
    case = house.held("ZD-4821", who=SAM)
    case.click(REP)
    house.hears(REP, "You are not among those who decide on this")
    assert case.state() == "held"


def test_without_user_groups_the_fallback_list_counts_and_everybody_else_fails_closed(house):
    """R4: a free plan has no groups. The owner is in the group, not in the list: could not verify is no."""
    house.slack_fails("usergroups.list", error="plan_upgrade_required", times=50)
    house.slack_fails("usergroups.users.list", error="plan_upgrade_required", times=50)
    case = house.held("ZD-4821")
    case.click(OWNER)
    house.hears(OWNER, "Slack did not say whether you are an approver")
    assert [e.code for e in case.events("decision.refused")] == ["CANNOT_VERIFY"]
    assert case.state() == "held"
    case.click(LENA)
    case.becomes("done")
    assert len(house.refunds) == 1
    (recorded,) = case.events("decision.recorded")
    assert recorded.standing == "member"


def test_when_slack_does_not_say_who_somebody_is_nothing_is_decided(house):
    case = house.held("ZD-4821")
    house.slack_fails("users.info", error="internal_error", times=1)
    case.click(LENA)
    house.hears(LENA, "Slack did not say whether you are an approver")
    assert case.state() == "held"
    case.click(LENA)
    case.becomes("done")


def test_a_guest_cannot_start_a_lane_either(house):
    assert "Guests cannot use lanes" in house.answer("/lane refunds ZD-4821", GUEST)
    assert house.runs() == []
