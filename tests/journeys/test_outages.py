"""Systems and Slack fail on the way: one write at most, and an outcome that says what is known. E1, E2, S1, S2."""

import pytest
from eyes import wait_until
from house import APPROVALS, LEADS, LENA, SUPPORT

from bot.app import build
from bot.settings import CannotStart

REFUNDS = "/v1/refunds"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "429", "retry_after": 0},
        {"kind": "429", "times": 2},
        {"kind": "timeout_before", "delay": 0.2},
        {"kind": "timeout_after", "delay": 0.2},
        {"kind": "disconnect_after"},
        {"kind": "malformed"},
        {"kind": "drift", "field": "status"},
        {"kind": "500", "times": 2},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_one_refund_whatever_happens_to_the_request(house, fault):
    case = house.held("ZD-4821")
    house.fails("stripe", path=REFUNDS, method="POST", **fault)
    case.click(LENA)
    case.becomes("done")
    (refund,) = house.refunds
    assert refund["metadata"] == {"lanekeeper_key": case.run.actions["a1"].draft.key}
    assert len(case.events("execution.started")) == len(case.events("action.done")) == 1


@pytest.mark.parametrize("kind", ["timeout_after", "disconnect_after", "malformed"])
def test_one_letter_whatever_happens_to_the_request(house, kind):
    """Zendesk knows no keys: a reply is found again by its mark, and never sent twice in doubt."""
    case = house.held("ZD-4821")
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    house.fails("zendesk", kind, "/api/v2/tickets/4821.json", method="PUT", delay=0.2)
    case.click(LENA, "approve_all")
    case.ends("succeeded")
    assert len(house.replies(4821)) == 1
    assert house.ticket(4821)["ticket"]["status"] == "solved"


def test_a_refusal_after_a_lost_answer_does_not_say_that_nothing_happened(house):
    """The ticket was solved and the answer lost; a lagging replica knows nothing of it, and so the second try is told
    that somebody changed the ticket meanwhile: we did.
    """
    case = house.held("ZD-4821")
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    ticket = "/api/v2/tickets/4821.json"
    house.fails("zendesk", "disconnect_after", ticket, method="PUT")
    house.fails("zendesk", "stale_read", ticket, method="GET", skip=2, times=2)
    case.click(LENA, "approve", "a3")
    case.becomes("done", "a3")
    assert house.ticket(4821)["ticket"]["status"] == "solved"
    assert len(case.events("action.failed")) == 0


def test_a_write_that_never_arrived_is_settled_and_said(house):
    """Three lost answers: uncertain; asked again later, it is known not to have happened."""
    case = house.held("ZD-4821")
    house.fails("stripe", "500", REFUNDS, method="POST", times=3)
    case.click(LENA)
    case.becomes("uncertain")
    assert "sent, no answer yet" in case.card
    assert "Uncertain: ZD-4821" in case.card
    assert not case.buttons
    house.later(seconds=6)
    house.quiet()
    assert case.state() == "uncertain", "absence proves nothing while a request may still be under way"
    wait_until(lambda: case.run.finished or house.later(seconds=31), timeout=60)
    case.ends("failed")
    assert house.refunds == []
    assert "the system was asked, and it did not happen" in case.card
    assert "did not happen" in house.reads(LEADS, "hands over *ZD-4821*")


def test_a_stop_holds_also_for_what_has_begun_and_was_not_sent(house):
    """K2: the vendor was busy, so nothing was sent under the committed intent; then somebody stops the lane."""
    case = house.held("ZD-4821")
    house.fails("stripe", "429", REFUNDS, method="POST", times=3, retry_after=60)
    case.click(LENA)
    wait_until(lambda: house.state("stripe") and case.events("execution.started"))
    wait_until(lambda: case.state() == "executing")
    house.answer("/lane stop refunds")
    wait_until(lambda: case.run.finished or house.later(seconds=31), timeout=60)
    case.ends("failed")
    assert house.refunds == []


def test_an_uncertain_write_that_did_happen_is_found(house):
    """The answers of the write are lost, and then the read-back is not answered either, until later."""
    case = house.held("ZD-4821")
    house.fails("stripe", "disconnect_after", REFUNDS, method="POST")
    house.fails("stripe", "500", REFUNDS, method="GET", times=6)
    case.click(LENA)
    case.becomes("uncertain")
    house.later(seconds=6)
    case.becomes("done")
    assert len(house.refunds) == 1


def test_a_system_that_stays_down_ends_the_run_in_words(house):
    house.fails("stripe", "429", "/v1/*", times=1000, retry_after=60)
    case = house.begin("ZD-4821")
    wait_until(lambda: case.run.finished or house.later(seconds=30), timeout=60)
    case.ends("model_unavailable")
    assert case.run.card is None
    assert house.messages(APPROVALS) == []
    assert "a system it reads, did not answer" in case.root
    house.reads(LEADS, "hands over *ZD-4821*")


def test_a_target_that_cannot_be_read_again_is_withdrawn_and_nothing_is_sent(house):
    case = house.held("ZD-4821")
    house.fails("stripe", "429", "/v1/*", times=1000, retry_after=60)
    case.click(LENA)
    wait_until(lambda: case.state() == "superseded" or house.later(seconds=30), timeout=60)
    assert not case.events("execution.started")
    wait_until(lambda: case.run.finished or house.later(seconds=30), timeout=60)
    house.quiet()
    assert house.refunds == []


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "internal_error"},
        {"status": 429, "retry_after": 1},
        {"status": 500},
        {"status": 500, "after": True},
        {"status": 503, "after": True},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
@pytest.mark.parametrize("where", ["root", "card"])
def test_a_message_that_slack_fails_to_take_is_posted_once(house, where, fault):
    """S11: a lost answer is no reason for a second card."""
    if where == "root":
        house.slack_fails("chat.postMessage", **fault)
        case = house.begin("ZD-4821")
    else:
        house.fails("stripe", "timeout_before", "/v1/customers", delay=0.3)
        case = house.begin("ZD-4821")
        wait_until(lambda: case.run.thread)
        house.slack_fails("chat.postMessage", **fault)
    wait_until(lambda: (case.run.thread and case.run.card) or house.later(seconds=0.1))
    house.quiet()
    assert len(house.messages(APPROVALS)) == 1
    assert len(house.messages(SUPPORT)) == 2
    case.click(LENA)
    case.becomes("done")


def test_a_token_that_slack_does_not_know_is_said_at_the_start(town):
    wrong = town.settings.model_copy(update={"slack_bot_token": type(town.settings.slack_bot_token)("xoxb-wrong")})
    with pytest.raises(CannotStart, match=r"does not accept SLACK_BOT_TOKEN \(invalid_auth\); copy it again"):
        build(wrong)


def test_a_missing_credential_is_said_at_the_start(town, monkeypatch):
    monkeypatch.delenv("LANEKEEPER_REFUNDS_STRIPE_KEY")
    with pytest.raises(CannotStart, match="LANEKEEPER_REFUNDS_STRIPE_KEY is not set: it holds the credential of svc-"):
        build(town.settings)
