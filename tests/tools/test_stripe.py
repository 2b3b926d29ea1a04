"""What is Stripe's own."""

from datetime import timedelta

import pytest
from pydantic import ValidationError
from tool_examples import ADA, KEY

from tools.contract import Refused, Uncertain
from tools.money import Money
from tools.registry import by_name
from tools.stripe.amounts import money
from tools.stripe.charges import FindCharges, FindChargesArguments
from tools.stripe.refunds import CreateRefund, CreateRefundArguments


def _refund(charge="ch_3AdaPark02", minor=3800, currency="USD"):
    return CreateRefundArguments(
        charge=charge, amount={"minor": minor, "currency": currency}, reason="requested_by_customer"
    )


def _post(wire, form, key=None):
    headers = {"Idempotency-Key": key} if key else {}
    return wire.call("POST", "/v1/refunds", form=form, headers=headers, timeout=timedelta(seconds=5), changes=True)


def test_a_refund_is_shown_with_amount_charge_payer_and_what_will_be_left(bench):
    wire, arguments = bench.wire("stripe"), _refund("ch_3HannahCole01", 4000)
    target = CreateRefund().look(wire, arguments)
    preview = CreateRefund().preview(arguments, target)
    assert preview.sentence == "Refund $40.00 of charge ch_3HannahCole01 to Hannah Cole (hannah@colebooks.example)"
    [change] = preview.changes
    assert (change.before, change.after) == ("$80.00 of $240.00", "$120.00 of $240.00")
    stake = CreateRefund().stake(arguments, target)
    assert (stake.amount, stake.customer) == (Money(minor=4000, currency="USD"), "cus_HannahCole")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (_refund("ch_3JonasWeber02", 5200), "ALREADY_REFUNDED"),
        (_refund("ch_3HannahCole01", 16001), "MORE_THAN_LEFT"),
        (_refund("ch_3AdaPark02", 3801), "MORE_THAN_LEFT"),
        (_refund("ch_3SofiaRossi02", 9900), "DISPUTED"),
        (_refund("ch_3KenjiMori01"), "NOT_PAID"),
        (_refund(currency="EUR"), "WRONG_CURRENCY"),
        (_refund("ch_3Nobody01"), "NOT_FOUND"),
    ],
)
def test_a_refund_that_cannot_be_meant_is_refused_before_anyone_is_asked(bench, arguments, code):
    with pytest.raises(Refused) as caught:
        CreateRefund().look(bench.wire("stripe"), arguments)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "arguments",
    [
        _refund("ch_3JonasWeber02", 5200),
        _refund(minor=3801),
        _refund("ch_3SofiaRossi02", 9900),
        _refund("ch_3KenjiMori01"),
    ],
)
def test_stripe_refuses_it_too(bench, arguments):
    before = bench.state("stripe")["refunds"]
    with pytest.raises(Refused):
        CreateRefund().write(bench.wire("stripe"), arguments, KEY)
    assert bench.state("stripe")["refunds"] == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"charge": "ch_1/../../x"},
        {"charge": "re_3AdaPark02"},
        {"amount": {"minor": 0, "currency": "USD"}},
        {"amount": {"minor": -5, "currency": "USD"}},
        {"amount": {"minor": 38.0, "currency": "USD"}},
        {"amount": "38.00 USD"},
        {"reason": "because"},
    ],
)
def test_arguments_that_are_no_refund_do_not_validate(wrong):
    with pytest.raises(ValidationError):
        CreateRefundArguments(**{"charge": "ch_3AdaPark02", "amount": ADA, "reason": "duplicate", **wrong})


def test_the_same_key_for_another_refund_is_refused_and_moves_nomoney(bench):
    wire = bench.wire("stripe")
    CreateRefund().write(wire, _refund(minor=1000), KEY)
    with pytest.raises(Refused) as caught:
        CreateRefund().write(wire, _refund(minor=2000), KEY)
    assert caught.value.code == "KEY_REUSED"
    assert bench.state("stripe")["charges"]["ch_3AdaPark02"]["amount_refunded"] == 1000


def test_two_keys_are_two_refunds(bench):
    wire = bench.wire("stripe")
    first = CreateRefund().write(wire, _refund(minor=1000), KEY)
    second = CreateRefund().write(wire, _refund(minor=1000), "0c" * 32)
    assert first.refund != second.refund
    assert CreateRefund().read_back(wire, _refund(minor=1000), KEY) == first


def test_a_lost_answer_is_asked_for_again_under_the_same_key(bench):
    wire = bench.wire("stripe")
    bench.fault("stripe", "disconnect_after", method="POST")
    with pytest.raises(Uncertain):
        CreateRefund().write(wire, _refund(), KEY)
    again = CreateRefund().write(wire, _refund(), KEY)
    assert CreateRefund().holds(_refund(), again)
    assert len([one for one in bench.state("stripe")["refunds"].values() if one["charge"] == "ch_3AdaPark02"]) == 1


def test_a_refund_made_by_somebody_else_is_drift(bench):
    wire = bench.wire("stripe")
    before = CreateRefund().look(wire, _refund(minor=1000)).pinned
    _post(wire, {"charge": "ch_3AdaPark02", "amount": 500})
    assert CreateRefund().look(wire, _refund(minor=1000)).pinned != before


def test_a_pending_or_different_refund_does_not_hold(bench):
    done = CreateRefund().write(bench.wire("stripe"), _refund(), KEY)
    assert CreateRefund().holds(_refund(), done)
    for change in (
        {"status": "pending"},
        {"status": "failed"},
        {"amount": Money(minor=1, currency="USD")},
        {"charge": "ch_3AdaPark01"},
    ):
        assert not CreateRefund().holds(_refund(), done.model_copy(update=change))


def test_charges_come_from_every_page_and_newest_first(bench):
    class OneAtATime(FindCharges):
        page = 1

    wire, arguments = bench.wire("stripe"), FindChargesArguments(email="ada@parkstudio.example")
    found = OneAtATime().read(wire, arguments)
    assert [one.charge for one in found.charges] == ["ch_3AdaPark02", "ch_3AdaPark01", "ch_3AdaPark03"]
    assert found == FindCharges().read(wire, arguments)


def test_an_address_stripe_does_not_know_has_no_customer(bench):
    found = FindCharges().read(bench.wire("stripe"), FindChargesArguments(email="ruth@adler.example"))
    assert (found.customer, found.charges) == (None, [])


def test_a_card_cites_each_charge_with_amount_day_and_what_was_refunded(bench):
    wire, tool = bench.wire("stripe"), by_name("stripe.find_charges")
    arguments = tool.arguments(email="hannah@colebooks.example")
    [evidence] = tool.cite(wire, arguments, tool.read(wire, arguments))
    assert evidence.label.startswith("Charge ch_3HannahCole01 · $240.00 · ")
    assert evidence.label.endswith(" · Onboarding workshop (refunded $80.00)")


def test_currencies_are_read_in_stripes_units_or_not_at_all():
    assert str(money(3800, "usd")) == "$38.00"
    assert str(money(3800, "jpy")) == "¥3,800"
    assert str(money(3800, "kwd")) == "KWD3.800"
    for odd in ("isk", "ugx", "rsd", "lak", "xyz"):  # Stripe counts hundredths, the CLDR none
        with pytest.raises(Refused, match="CURRENCY"):
            money(3800, odd)
