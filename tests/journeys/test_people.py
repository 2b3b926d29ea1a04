"""Who decides: the owner of the record, who stands in while somebody is away, and that nothing waits for nobody."""

import json
from datetime import timedelta

import pytest
from eyes import wait_until, words
from house import APPROVALS, DANA, INCIDENTS, LENA, OWNER, REVOPS, REVOPS_APPROVALS, RITA, SAM, THEO

NOT_YOURS = "You are not among those who decide on this"


def told(house, user, part):
    return [m for m in house.messages(f"D0{user.removeprefix('U0')}") if part in words(m)]


def forecast(house, account="acme", who=RITA):
    return house.held(account, lane="crm", who=who, channel=REVOPS)


# --- the owner of the record


def test_the_owner_of_the_record_decides_and_hears_that_it_is_theirs(house):
    case = forecast(house)
    assert f"for <@{THEO}>, who owns the record" in case.card
    (message,) = wait_until(lambda: told(house, THEO, "you own the record"), what="Theo was not told")
    assert "Update Acme" in words(message)
    case.click(OWNER)  # in the group, and it is not their turn
    house.hears(OWNER, NOT_YOURS, REVOPS_APPROVALS)
    assert case.state() == "held"
    assert "Nothing waits for you" in house.answer("/lane inbox", OWNER, REVOPS)
    assert "*1 waiting for you*" in house.answer("/lane inbox", THEO, REVOPS)
    case.click(THEO)
    case.becomes("done")


def test_the_owner_decides_from_the_direct_message_as_well(house):
    case = forecast(house)
    (message,) = wait_until(lambda: told(house, THEO, "you own the record"), what="Theo was not told")
    row = next(b for b in message["blocks"] if b["type"] == "actions")
    click = {"channel": "D0SALES", "ts": message["ts"], "action_id": "lane:details", "block_id": row["block_id"]}
    assert house.act("click", THEO, **click)["ok"]
    view = house.modal(THEO)
    row = next(b for b in view["blocks"] if b["type"] == "actions")
    house.act("click", THEO, view_id=view["id"], action_id="lane:approve", block_id=row["block_id"])
    case.becomes("done")


def test_what_its_owner_asked_for_is_for_the_group_and_the_card_says_why(house):
    """R7: the requester never decides, the owner neither."""
    case = forecast(house, who=THEO)
    assert "its owner asked for it, so @revops decides" in case.card
    case.click(THEO)
    house.hears(THEO, "You asked for this run", REVOPS_APPROVALS)
    case.click(RITA)
    case.becomes("done")


def test_an_owner_who_is_not_in_slack_leaves_it_to_the_group(house):
    case = forecast(house, "umbrella")
    assert "its owner is not in Slack, so @revops decides" in case.card
    case.click(THEO)
    case.becomes("done")


def test_a_slack_that_does_not_find_people_leaves_it_to_the_group(house):
    house.slack_fails("users.lookupByEmail", error="internal_error", times=50)
    case = forecast(house)
    assert "who owns its record could not be found out, so @revops decides" in case.card
    case.click(OWNER)
    case.becomes("done")


def test_an_owner_who_lets_the_last_reminder_pass_is_not_the_only_one_any_more(house):
    case = forecast(house)
    house.later(hours=4, minutes=1)
    wait_until(lambda: len(case.below) == 1, what="no first reminder")
    assert f"<@{THEO}>" in case.below[0]
    house.later(hours=16, minutes=1)
    wait_until(lambda: len(case.below) == 2, what="no last reminder")
    case.shows(f"<@{THEO}>, who owns the record, or @revops")
    case.click(OWNER)
    case.becomes("done")


def test_an_owner_whose_account_is_closed_leaves_it_to_the_group(house):
    """R5: nothing waits for somebody who is gone."""
    with house.somebody_is(THEO, deleted=True):
        case = forecast(house)
        assert "its owner is not in Slack" in case.card
        case.click(OWNER)
        case.becomes("done")


# --- stand-ins


def test_who_stands_in_decides_for_them_and_everyone_can_see_it(house):
    said = house.answer("/lane away @rita until 2099-01-01", LENA)
    assert "for 90 days at the most" in said
    said = house.answer("/lane away @rita 3d", LENA)
    assert f"<@{RITA}> decides for you" in said
    house.reads(APPROVALS, f"<@{RITA}> decides for them in *support-priority*, *support-refunds*, *support-triage*")
    wait_until(lambda: told(house, RITA, "You decide for"), what="Rita was not told")
    assert f"<@{LENA}>, from" in house.answer("/lane show refunds")
    assert f"<@{RITA}> decides for you" in house.answer("/lane away", LENA)
    case = house.held("ZD-4821")
    assert "*1 waiting for you*" in house.answer("/lane inbox", RITA, REVOPS)
    _click_from_elsewhere(house, case, RITA)
    case.becomes("done")
    case.shows(f"approved by <@{RITA}> for <@{LENA}>")
    (said,) = case.events("decision.recorded")
    assert (said.by.user, said.on_behalf, said.standing) == (RITA, LENA, "member")
    assert house.library.verify()[0] == []


def test_it_ends_by_itself_and_sooner_with_back(house):
    house.answer("/lane away @rita 2d", LENA)
    case = house.held("ZD-4821")
    assert "nobody decides for you any more" in house.answer("/lane back", LENA)
    house.reads(APPROVALS, f"<@{LENA}> is back")
    _click_from_elsewhere(house, case, RITA)
    wait_until(lambda: [e for e in case.events("decision.refused") if e.code == "NOT_AN_APPROVER"])
    house.answer("/lane away @rita 1h", LENA)
    house.later(hours=1, seconds=1)
    _click_from_elsewhere(house, case, RITA, "again")
    wait_until(lambda: len(case.events("decision.refused")) == 2)
    assert case.state() == "held"
    assert "Nobody is away" in house.answer("/lane away", LENA)


def test_nobody_stands_in_for_the_one_who_asked(house):
    house.answer("/lane away @rita 2d", LENA)
    case = house.held("ZD-4821", who=LENA)
    _click_from_elsewhere(house, case, RITA)
    wait_until(lambda: [e for e in case.events("decision.refused") if e.code == "FOR_THE_REQUESTER"])
    wait_until(lambda: told(house, RITA, "You would decide for the person who asked"))


def test_a_stand_in_passes_nothing_on(house):
    """One hop: Rita decides for Lena; who stands in for Rita does not."""
    house.answer("/lane away @rita 2d", LENA)
    house.answer("/lane away @theo 2d", RITA, REVOPS)
    case = house.held("ZD-4821")
    _click_from_elsewhere(house, case, THEO)
    wait_until(lambda: [e for e in case.events("decision.refused") if e.code == "NOT_AN_APPROVER"])
    assert case.state() == "held"


def test_one_voice_counts_once_whoever_says_it(house):
    """R8: two different people, and a stand-in is not a second one for the same member."""
    house.answer("/lane away @rita 2d", LENA)
    case = house.held("ZD-4823")
    assert case.run.actions["a1"].ruling.quorum == 2
    _click_from_elsewhere(house, case, RITA)
    case.shows("1 of 2: ")
    case.click(LENA)
    house.hears(LENA, "given already, by a stand-in or for one")
    case.click(SAM)
    case.becomes("done")


def test_who_stands_in_for_the_owner_of_a_record_is_on_the_card_and_told(house):
    house.answer("/lane away @dana 2d", THEO, REVOPS)
    case = forecast(house)
    assert f"for <@{THEO}>, who owns the record; <@{DANA}> decides for them until" in case.card
    wait_until(lambda: told(house, DANA, "owns the record and is away"), what="Dana was not told")
    _click_from_elsewhere(house, case, DANA)
    case.becomes("done")
    assert f"approved by <@{DANA}> for <@{THEO}>" in case.card


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("@sam", "`@sam` does not say who, and until when"),
        ("sam until 2026-12-01", "does not say who, and until when"),
        ("@sam until 2026-02-31", "does not say who, and until when"),
        ("@sam until 2020-01-01", "over before it begins"),
        ("@lena 3d", "you cannot stand in for yourself"),
        ("@gus 3d", "a guest cannot decide"),
        ("@lanekeeper 3d", "an app cannot decide"),
    ],
)
def test_who_cannot_stand_in_is_said_with_what_can(house, typed, part):
    assert part in house.answer(f"/lane away {typed}", LENA)
    assert "Nobody is away" in house.answer("/lane away", LENA)
    assert house.engine.stand_ins() == ()


def test_an_absence_survives_a_restart_and_can_begin_later(house):
    begins = (house.clock() + timedelta(days=3)).date().isoformat()
    house.answer(f"/lane away @rita 1w from {begins}", LENA)
    assert house.engine.stands_in_for(RITA) == ()
    house.restart()
    house.later(days=4)
    assert house.engine.stands_in_for(RITA) == (LENA,)
    house.later(days=8)
    assert house.engine.stands_in_for(RITA) == ()


# --- nobody waits for nobody; who has left counts no more


def test_a_draft_that_nobody_could_decide_on_is_told_at_once(house):
    """R5: everybody in the group is the requester."""
    _only(house, "S0ONCALL", OWNER)
    case = house.held("checkout-api", lane="incident", who=OWNER, channel=INCIDENTS)
    said = house.reads(INCIDENTS, "Too few people can decide")
    assert "@on-call" in said

    def heard():
        """Whoever asked: in the run's thread or, where that was not begun yet, directly."""
        below = [m for m in house.below(case.run.thread.place) if "Too few people" in words(m)]
        return below or told(house, OWNER, "Too few people")

    wait_until(heard)


def test_a_yes_of_somebody_who_left_the_group_counts_no_more_at_the_wire(house):
    """E4: asked again right before the wire."""
    case = house.held("ZD-4823")
    case.click(SAM)
    case.shows("1 of 2: ")
    _only(house, "S0LEADS", LENA, OWNER)
    case.click(LENA)
    case.becomes("superseded")
    assert "somebody who said yes may not decide any more" in case.card
    assert house.refunds == []
    wait_until(lambda: "a2" in case.run.actions or case.run.finished, what="nobody was asked again")


def test_a_slack_that_is_silent_before_the_wire_leaves_a_yes_standing(house):
    case = house.held("ZD-4823")
    case.click(SAM)
    case.shows("1 of 2: ")
    house.slack_fails("usergroups.users.list", error="internal_error", times=50)
    case.click(LENA)
    case.becomes("done")


def _only(house, group, *users):
    """The workspace's admin changes who is in a group, and Slack says so."""
    door = next(route for route in house.slack.server.config.app.routes if route.path == "/api/{method}")
    found = door.endpoint.__self__.slack.state.groups[group]
    found["users"], found["user_count"] = [*users], len(users)
    house.asks_anew(group)


def _click_from_elsewhere(house, case, who, again=""):
    """A click of somebody who does not see the channel: as it comes from Details, or from their direct message."""
    action = case.run.actions["a1"]
    carried = {"r": case.id, "a": "a1", "v": action.version, "d": action.draft.digest}
    house.deliver(_payload(who, carried, f"{case.id}{who}{again}"))


def _payload(who, carried, name):
    return {
        "type": "block_actions", "trigger_id": name, "user": {"id": who, "team_id": "T0LOCAL"},
        "team": {"id": "T0LOCAL"}, "api_app_id": "A0LANEKEEPER", "token": "",
        "actions": [{"action_id": "lane:approve", "value": json.dumps(carried), "action_ts": name, "type": "button"}],
        "container": {"type": "view"}, "view": {"id": "V1", "type": "modal"},
    }  # fmt: skip
