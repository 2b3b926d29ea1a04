"""What no system can settle is settled by a person, on the card, and counted until then."""

import pytest
from eyes import wait_until
from house import LEADS, LENA, REP, REVOPS, RITA, SAM, THEO
from sqlalchemy import text

REFUNDS = "/v1/refunds"
SAID = {"version": "said"}


def reserved(house):
    with house.lanekeeper.database.connect() as connection:
        query = text("SELECT total FROM tally WHERE day = 'open' AND what = 'money:USD'")
        return connection.execute(query).scalar() or 0


@pytest.fixture
def lost(house):
    """A refund whose answer is lost, while Stripe answers no question about it either."""

    def play(kind):
        case = house.held("ZD-4821")
        house.fails("stripe", kind, REFUNDS, method="POST", times=3, delay=0.1)
        house.fails("stripe", "500", REFUNDS, method="GET", times=1000)
        case.click(LENA)
        case.becomes("uncertain")
        assert not case.buttons, "first the system is asked, for a while"
        wait_until(lambda: case.run.actions["a1"].unsettled or house.later(seconds=31), timeout=60)
        case.ends("uncertain")
        return case

    return play


def test_a_person_says_that_it_happened_and_its_money_counts(house, lost):
    case = lost("disconnect_after")
    assert case.buttons == {("a1", "happened"), ("a1", "did_not_happen"), ("a1", "details")}
    assert "Did it happen?" in case.card
    assert "hands over *ZD-4821*" in house.reads(LEADS, "hands over")
    assert reserved(house) == 3800
    case.click(REP, "happened", **SAID)
    house.hears(REP, "You asked for this")
    case.click(SAM, "happened", **SAID)
    case.becomes("done")
    assert f"found done by <@{SAM}>" in case.card
    assert not case.buttons
    assert reserved(house) == 0


def test_a_person_says_that_it_did_not_and_what_was_reserved_is_free(house, lost):
    case = lost("500")
    case.click(LENA, "did_not_happen", **SAID)
    case.becomes("failed")
    assert "a person looked: it did not happen" in case.card
    assert f"found not done by <@{LENA}>" in case.card
    assert reserved(house) == 0
    house.tell_twins("reset")
    house.heals("stripe")
    assert house.held("ZD-4821").run.actions["a1"].draft.prior == ()


def test_the_first_word_counts_and_the_second_is_told_who_was_first(house, lost):
    case = lost("500")
    assert case.click(LENA, "did_not_happen", **SAID)["ok"]
    payload = house.delivered("block_actions")
    case.becomes("failed")
    payload["user"]["id"], payload["trigger_id"] = SAM, "another"
    payload["actions"][0]["action_id"] = "lane:happened"
    house.deliver(payload)
    house.hears(SAM, "was first")
    assert case.state() == "failed"


def test_what_is_still_asked_cannot_be_said_yet(house):
    case = house.held("ZD-4821")
    glanced = case.glance(LENA)
    house.fails("stripe", "500", REFUNDS, method="POST", times=3)
    case.click(LENA)
    case.becomes("uncertain")
    glanced["trigger_id"] = "another"
    glanced["actions"][0]["action_id"] = "lane:happened"
    house.deliver(glanced)
    house.hears(LENA, "still being asked")
    assert case.state() == "uncertain"


def test_of_what_can_be_taken_back_one_click_says_both(house):
    """It happened, and it shall not have: the undoing is drafted on the same card."""
    case = house.held("acme", lane="crm", who=THEO, channel=REVOPS)
    before = case.run.actions["a1"].draft.target.seen
    house.fails("salesforce", "disconnect_after", "*/Opportunity/*", method="PATCH", times=3)
    house.fails("salesforce", "500", "*/Opportunity/*", method="GET", times=1000, skip=2)
    case.click(RITA)
    case.nobody_can_tell()
    assert ("a1", "undo") in case.buttons
    house.heals("salesforce")
    case.click(RITA, "undo", **SAID)
    case.becomes("held", "a2")
    assert case.state() == "done"
    assert f"found done by <@{RITA}>" in case.card
    case.click(THEO, "approve", "a2")
    case.becomes("done", "a2")
    record = house.state("salesforce")["Opportunity"][case.run.actions["a1"].draft.arguments["opportunity"]]
    assert record["NextStep"] == before["next_step"]
