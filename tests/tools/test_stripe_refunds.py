"""Refunds that somebody else made, that take their time, and that come back."""

import socket
import time
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from documents.watching import create
from pydantic import SecretStr, ValidationError
from tool_examples import KEY

from tools.contract import Refused, Uncertain
from tools.money import Money
from tools.sandboxes import seed
from tools.sandboxes.server import serve
from tools.stripe.refunds import CreateRefund, CreateRefundArguments, FindRefunds, FindRefundsArguments
from tools.wire import Connection, HttpWire

SOON, THEN = timedelta(seconds=5), timedelta(seconds=20)  # before and after the sandbox has settled


class Slow:
    """A Stripe whose clock goes only when it is told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
        self.serving = serve({"stripe": create("stripe", clock=lambda: self.at)})
        self.url = self.serving.urls["stripe"]
        self.wire = HttpWire(Connection("stripe", self.url, self.url, SecretStr(seed.STRIPE_BILLING)))

    def passes(self, time: timedelta) -> None:
        self.at += time

    def state(self) -> dict:
        return httpx2.get(f"{self.url}/_control/state", trust_env=False).json()

    def close(self) -> None:
        self.wire.close()
        self.serving.stop()


@pytest.fixture
def slow():
    stripe = Slow()
    yield stripe
    stripe.close()


def _refund(charge, minor=1000):
    amount = {"minor": minor, "currency": "USD"}
    return CreateRefundArguments(charge=charge, amount=amount, reason="requested_by_customer")


def _by_hand(wire, charge, minor):
    form = {"charge": charge, "amount": minor}
    return wire.call("POST", "/v1/refunds", form=form, timeout=timedelta(seconds=5), changes=True)


def test_a_refund_made_by_somebody_else_is_told_to_whoever_decides(slow):
    made = _by_hand(slow.wire, "ch_3AdaPark02", 1000)
    target = CreateRefund().look(slow.wire, _refund("ch_3AdaPark02"))
    [told] = target.already
    assert told.label == f"Refunded $10.00 on Mar 10 ({made['id']}), not by Lanekeeper"
    assert httpx2.get(told.url, trust_env=False).status_code == 200


def test_a_refund_of_ours_is_not_told_as_somebody_elses(slow):
    CreateRefund().write(slow.wire, _refund("ch_3AdaPark02"), KEY)
    assert CreateRefund().look(slow.wire, _refund("ch_3AdaPark02")).already == ()


def test_more_refunds_than_come_with_a_charge_are_all_told(slow):
    for _ in range(12):
        _by_hand(slow.wire, "ch_3AdaPark02", 100)
    assert len(CreateRefund().look(slow.wire, _refund("ch_3AdaPark02")).already) == 12
    found = FindRefunds().read(slow.wire, FindRefundsArguments(customer="cus_AdaPark"))
    assert len(found.refunds) == 12


def test_a_refund_that_takes_its_time_is_pending_until_it_holds(slow):
    tool, arguments = CreateRefund(), _refund("ch_3YaraSilva01", 3800)
    made = tool.write(slow.wire, arguments, KEY)
    assert (tool.pending(made), tool.holds(arguments, made), tool.failure(made)) == (True, False, "")
    slow.passes(SOON)
    assert tool.pending(tool.read_back(slow.wire, arguments, KEY))
    slow.passes(THEN)
    done = tool.read_back(slow.wire, arguments, KEY)
    assert (tool.pending(done), tool.holds(arguments, done)) == (False, True)
    assert timedelta() < tool.settles_within


@pytest.mark.parametrize(
    ("charge", "first", "why"),
    [("ch_3EricSand01", "pending", "declined"), ("ch_3FelixBraun01", "succeeded", "expired or canceled card")],
    ids=["pending-then-failed", "succeeded-then-failed"],
)
def test_a_refund_that_comes_back_is_a_failure_with_stripes_reason(slow, charge, first, why):
    tool, arguments = CreateRefund(), _refund(charge)
    assert tool.write(slow.wire, arguments, KEY).status == first
    assert slow.state()["charges"][charge]["amount_refunded"] == 1000
    slow.passes(THEN)
    back = tool.read_back(slow.wire, arguments, KEY)
    assert (tool.pending(back), tool.holds(arguments, back)) == (False, False)
    assert tool.failure(back) == (
        f"Stripe says that refund {back.refund} failed: {why}; the customer did not get the money"
    )
    assert slow.state()["charges"][charge]["amount_refunded"] == 0


def test_a_canceled_refund_is_a_failure_too_and_a_living_one_is_none(slow):
    made = CreateRefund().write(slow.wire, _refund("ch_3AdaPark02"), KEY)
    assert "canceled; the customer did not get the money" in CreateRefund().failure(
        made.model_copy(update={"status": "canceled"})
    )
    for status in ("succeeded", "pending", "requires_action"):
        assert CreateRefund().failure(made.model_copy(update={"status": status})) == ""


def test_what_came_back_can_be_refunded_again_and_is_not_told_as_refunded(slow):
    _by_hand(slow.wire, "ch_3FelixBraun01", 3800)
    slow.passes(THEN)
    target = CreateRefund().look(slow.wire, _refund("ch_3FelixBraun01", 3800))
    assert target.pinned["refunded_minor"] == 0
    assert target.already == ()


def test_a_refund_that_is_pending_by_somebody_elses_hand_says_so(slow):
    _by_hand(slow.wire, "ch_3YaraSilva01", 500)
    [told] = CreateRefund().look(slow.wire, _refund("ch_3YaraSilva01")).already
    assert ", still pending), not by Lanekeeper" in told.label


def test_after_a_day_stripe_forgets_the_key_and_the_mark_still_finds_the_refund(slow):
    """What is sent again under a key that is forgotten happens again: the mark has to be asked for first."""
    tool, arguments = CreateRefund(), _refund("ch_3AdaPark02")
    first = tool.write(slow.wire, arguments, KEY)
    slow.passes(timedelta(hours=23))
    assert tool.write(slow.wire, arguments, KEY) == first
    slow.passes(timedelta(hours=1))
    assert tool.read_back(slow.wire, arguments, KEY) == first
    assert tool.write(slow.wire, arguments, KEY).refund != first.refund


def test_a_refusal_is_replayed_under_its_key_even_when_the_same_would_succeed_now(slow):
    tool, over = CreateRefund(), _refund("ch_3FelixBraun01", 100)
    tool.write(slow.wire, _refund("ch_3FelixBraun01", 3800), "0b" * 32)
    with pytest.raises(Refused, match="already been refunded"):
        tool.write(slow.wire, over, KEY)
    slow.passes(THEN)
    with pytest.raises(Refused, match="already been refunded"):
        tool.write(slow.wire, over, KEY)
    assert tool.write(slow.wire, over, "0c" * 32).amount == over.amount


def test_refunds_are_found_by_charge_and_by_customer_and_ours_are_told_apart(slow):
    CreateRefund().write(slow.wire, _refund("ch_3HannahCole01"), KEY)
    of_customer = FindRefunds().read(slow.wire, FindRefundsArguments(customer="cus_HannahCole"))
    of_charge = FindRefunds().read(slow.wire, FindRefundsArguments(charge="ch_3HannahCole01"))
    assert of_customer == of_charge
    newest, oldest = of_charge.refunds
    assert (newest.ours, newest.amount) == (True, Money(minor=1000, currency="USD"))
    assert (oldest.ours, oldest.refund, oldest.status) == (False, "re_3HannahCole01", "succeeded")


@pytest.mark.parametrize("wrong", [{}, {"charge": "ch_3AdaPark02", "customer": "cus_AdaPark"}])
def test_refunds_are_asked_for_by_one_thing(wrong):
    with pytest.raises(ValidationError, match="give one of them"):
        FindRefundsArguments(**wrong)


def _until_at_work(slow):
    """A request that lacks everything leaves nothing under its key, whether it is the first or comes too early."""
    end = time.monotonic() + 5
    headers = {"Authorization": f"Bearer {seed.STRIPE_BILLING}", "Idempotency-Key": KEY}
    while time.monotonic() < end:
        if httpx2.post(f"{slow.url}/v1/refunds", headers=headers, trust_env=False).status_code == 409:
            return
    pytest.fail("the first request never began")


def test_a_request_under_a_key_that_is_at_work_is_uncertain(slow):
    """The first request has sent its head and not yet its body; the second must not be taken for a refusal."""
    head = (
        f"POST /v1/refunds HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {seed.STRIPE_BILLING}\r\n"
        f"Idempotency-Key: {KEY}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 20\r\n\r\n"
    )
    host, _, port = slow.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(head.encode())
        _until_at_work(slow)
        with pytest.raises(Uncertain) as caught:
            CreateRefund().write(slow.wire, _refund("ch_3AdaPark02"), KEY)
        assert caught.value.code == "IN_FLIGHT"
        assert "in-progress request" in caught.value.message
