"""Invoices, credit notes and subscriptions: what is found, what is shown before it is done, what can be taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from documents.watching import create
from pydantic import SecretStr, ValidationError
from tool_examples import KEY

from tools.contract import Refused, Uncertain
from tools.money import Money
from tools.registry import by_name
from tools.sandboxes import seed
from tools.sandboxes.server import serve
from tools.stripe.charges import FindPayments, FindPaymentsArguments
from tools.stripe.credit_notes import CreateCreditNote, CreateCreditNoteArguments
from tools.stripe.customers import FindCustomer, FindCustomerArguments
from tools.stripe.invoices import FindInvoices, FindInvoicesArguments
from tools.stripe.subscriptions import (
    FindSubscriptions,
    FindSubscriptionsArguments,
    SetCancellationArguments,
    SetSubscriptionCancellation,
)
from tools.stripe.voiding import VoidCreditNote, VoidCreditNoteArguments
from tools.wire import Connection, HttpWire

OPEN, PAID, OVERDUE = "in_1GraceMoyo02", "in_1HannahCole01", "in_1EricSand02"
GRACE = "Grace Moyo (grace@moyofoods.example)"


def _usd(minor):
    return Money(minor=minor, currency="USD")


def _credit(invoice=OPEN, minor=4000, currency="USD", to="invoice"):
    amount = {"minor": minor, "currency": currency}
    return CreateCreditNoteArguments(invoice=invoice, amount=amount, reason="order_change", credit_to=to)


class Skewed:
    """A Stripe whose preview of a credit note comes to another amount than was asked for."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        async def tell(message):
            if scope.get("path", "").endswith("/preview") and "body" in message:
                message = {**message, "body": message["body"].replace(b'"amount":4000,', b'"amount":4100,')}
            await send(message)

        await self._app(scope, receive, tell)


def _invoice(bench, name):
    return bench.state("stripe")["invoices"][name]


def test_a_customer_is_found_by_address_and_by_id(bench):
    wire = bench.wire("stripe")
    [by_email] = FindCustomer().read(wire, FindCustomerArguments(email="eric@sandandsons.example")).customers
    [by_id] = FindCustomer().read(wire, FindCustomerArguments(customer="cus_EricSand")).customers
    assert by_email == by_id
    assert (by_id.name, by_id.balance, by_id.delinquent) == ("Eric Sand", _usd(0), True)
    assert FindCustomer().read(wire, FindCustomerArguments(email="ruth@adler.example")).customers == []


@pytest.mark.parametrize("wrong", [{}, {"email": "ada@parkstudio.example", "customer": "cus_AdaPark"}])
def test_a_customer_is_asked_for_by_one_thing(wrong):
    with pytest.raises(ValidationError, match="give one of them"):
        FindCustomerArguments(**wrong)


def test_a_customer_that_was_deleted_is_not_found(bench):
    with pytest.raises(Refused, match="deleted"):
        FindCustomer().read(bench.wire("stripe"), FindCustomerArguments(customer="cus_OldAccount"))


@pytest.mark.parametrize(
    "name", ["stripe.find_customer", "stripe.find_payments", "stripe.find_invoices", "stripe.find_subscriptions"]
)
def test_a_customer_that_stripe_does_not_know_is_refused_as_such(bench, name):
    tool = by_name(name)
    with pytest.raises(Refused) as caught:
        tool.read(bench.wire("stripe"), tool.arguments(customer="cus_Nobody"))
    assert caught.value.code == "NOT_FOUND"
    assert "No such customer: 'cus_Nobody'" in caught.value.message


def test_a_payment_shows_its_last_charge_and_the_invoice_it_paid(bench):
    found = FindPayments().read(bench.wire("stripe"), FindPaymentsArguments(customer="cus_KenjiMori"))
    [payment] = found.payments  # the first attempt failed, the second went through: one payment
    assert (payment.payment, payment.charge, payment.status) == ("pi_3KenjiMori01", "ch_3KenjiMori02", "succeeded")
    assert (payment.invoice, payment.failure, payment.refunded) == ("in_1KenjiMori02", "", _usd(0))


def test_an_invoice_shows_what_its_lines_add_up_to_what_is_owed_and_what_was_credited(bench):
    found = FindInvoices().read(bench.wire("stripe"), FindInvoicesArguments(customer="cus_EricSand"))
    paid, overdue = found.invoices
    assert (overdue.invoice, overdue.status, overdue.number) == (OVERDUE, "open", "ERICSAND-0002")
    assert [line.amount for line in overdue.lines] == [overdue.lines_sum] == [overdue.total] == [_usd(24000)]
    assert (overdue.owed, overdue.paid) == (_usd(15000), _usd(0))
    assert overdue.hosted_url.startswith("https://")
    [note] = overdue.credit_notes
    assert (note.credit_note, note.amount, note.status, note.ours) == ("cn_1EricSand01", _usd(9000), "issued", False)
    assert (paid.status, paid.paid, paid.credit_notes) == ("paid", paid.total, [])


def test_a_credit_note_of_ours_is_told_apart(bench):
    wire = bench.wire("stripe")
    CreateCreditNote().write(wire, _credit(), KEY)
    newest, *_ = FindInvoices().read(wire, FindInvoicesArguments(customer="cus_GraceMoyo")).invoices
    assert [note.ours for note in newest.credit_notes] == [True]


def test_a_subscription_shows_its_plan_as_the_company_calls_it_and_when_its_period_ends(bench):
    wire = bench.wire("stripe")
    [felix] = FindSubscriptions().read(wire, FindSubscriptionsArguments(customer="cus_FelixBraun")).subscriptions
    assert (felix.plan, felix.amount, felix.every) == ("Pro plan, monthly", _usd(3800), "month")
    assert (felix.status, felix.cancel_at_period_end) == ("active", True)
    assert datetime.fromisoformat(felix.current_period_end) > datetime.now(UTC)
    [priya] = FindSubscriptions().read(wire, FindSubscriptionsArguments(customer="cus_PriyaNair")).subscriptions
    assert priya.plan == "Starter plan"  # its price has no name of its own: it goes by the product's
    [aisha] = FindSubscriptions().read(wire, FindSubscriptionsArguments(customer="cus_AishaKhan")).subscriptions
    assert aisha.status == "canceled"


def test_a_credit_on_an_open_invoice_is_shown_by_what_is_still_owed(bench):
    wire = bench.wire("stripe")
    target = CreateCreditNote().look(wire, _credit())
    preview = CreateCreditNote().preview(_credit(), target)
    assert preview.sentence == f"Credit $40.00 on invoice GRACEMOY-0002 of {GRACE}"
    [change] = preview.changes
    assert (change.field, change.before, change.after) == ("Still owed", "$82.40", "$42.40")
    assert target.pinned == {"status": "open", "remaining_minor": 8240, "left_minor": 8240}
    assert CreateCreditNote().stake(_credit(), target).amount == _usd(4000)
    CreateCreditNote().write(wire, _credit(), KEY)
    assert _invoice(bench, OPEN)["amount_remaining"] == 4240


def test_a_credit_on_a_paid_invoice_is_kept_for_the_next_one_and_an_earlier_refund_is_told(bench):
    wire, arguments = bench.wire("stripe"), _credit(PAID, 5000, to="balance")
    target = CreateCreditNote().look(wire, arguments)
    preview = CreateCreditNote().preview(arguments, target)
    assert preview.sentence.startswith("Credit $50.00 of the paid invoice HANNAHCO-0001 of Hannah Cole")
    assert (preview.changes[0].before, preview.changes[0].after) == ("$0.00", "$50.00")
    assert [told.label for told in target.already] == ["$80.00 of its payment was refunded (ch_3HannahCole01)"]
    done = CreateCreditNote().write(wire, arguments, KEY)
    assert CreateCreditNote().holds(arguments, done)
    assert bench.state("stripe")["customers"]["cus_HannahCole"]["balance"] == -5000
    assert CreateCreditNote().undo(arguments, target, done) is None
    again = CreateCreditNote().look(wire, arguments)
    assert again.pinned != target.pinned
    assert CreateCreditNote().preview(arguments, again).changes[0].before == "$50.00"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (_credit(minor=8241), "MORE_THAN_LEFT"),
        (_credit(OVERDUE, 15001), "MORE_THAN_LEFT"),
        (_credit(PAID, 24001, to="balance"), "MORE_THAN_LEFT"),
        (_credit(PAID), "NOT_OPEN"),
        (_credit("in_1NinaPetrova02", 100), "NOT_OPEN"),
        (_credit(OPEN, to="balance"), "NOT_PAID"),
        (_credit("in_1PaulDubois02", 100, to="balance"), "NOT_PAID"),
        (_credit(currency="EUR"), "WRONG_CURRENCY"),
        (_credit("in_1Nobody01"), "NOT_FOUND"),
    ],
)
def test_a_credit_that_cannot_be_meant_is_refused_before_anyone_is_asked(bench, arguments, code):
    with pytest.raises(Refused) as caught:
        CreateCreditNote().look(bench.wire("stripe"), arguments)
    assert caught.value.code == code


def test_a_credit_that_stripe_would_make_otherwise_is_refused_before_anyone_is_asked():
    with serve({"stripe": Skewed(create("stripe"))}) as serving:
        url = serving.urls["stripe"]
        wire = HttpWire(Connection("stripe", url, url, SecretStr(seed.STRIPE_BILLING)))
        with pytest.raises(Refused) as caught:
            CreateCreditNote().look(wire, _credit())
        wire.close()
    assert caught.value.message == "Stripe would credit $41.00 instead of $40.00"


@pytest.mark.parametrize("arguments", [_credit(minor=8241), _credit(PAID), _credit(OPEN, to="balance")])
def test_stripe_refuses_it_too(bench, arguments):
    before = bench.state("stripe")["invoices"]
    with pytest.raises(Refused):
        CreateCreditNote().write(bench.wire("stripe"), arguments, KEY)
    assert bench.state("stripe")["invoices"] == before


def test_a_credit_by_somebody_elses_hand_is_told(bench):
    [told] = CreateCreditNote().look(bench.wire("stripe"), _credit(OVERDUE)).already
    assert told.label.startswith("Credited $90.00 on ")
    assert told.label.endswith(" (ERICSAND-0002-CN-01), not by Lanekeeper")


def test_a_credit_is_taken_back_by_voiding_it(bench):
    wire = bench.wire("stripe")
    target = CreateCreditNote().look(wire, _credit())
    done = CreateCreditNote().write(wire, _credit(), KEY)
    back = CreateCreditNote().undo(_credit(), target, done)
    tool = by_name(back.tool)
    arguments = tool.arguments(**back.arguments)
    shown = tool.look(wire, arguments)
    assert tool.preview(arguments, shown).sentence == (
        f"Void credit note GRACEMOY-0002-CN-01 of $40.00 on invoice GRACEMOY-0002 of {GRACE}"
    )
    assert tool.preview(arguments, shown).changes[0].after == "$82.40"
    tool.write(wire, arguments, "0b" * 32)
    assert _invoice(bench, OPEN)["amount_remaining"] == 8240
    assert not CreateCreditNote().holds(_credit(), CreateCreditNote().read_back(wire, _credit(), KEY))


def test_a_credit_of_all_that_is_owed_pays_the_invoice_and_cannot_be_taken_back(bench):
    wire, arguments = bench.wire("stripe"), _credit(minor=8240)
    target = CreateCreditNote().look(wire, arguments)
    done = CreateCreditNote().write(wire, arguments, KEY)
    assert _invoice(bench, OPEN)["status"] == "paid"
    assert CreateCreditNote().undo(arguments, target, done) is None
    with pytest.raises(Refused) as caught:
        VoidCreditNote().look(wire, VoidCreditNoteArguments(credit_note=done.credit_note))
    assert caught.value.code == "NOT_OPEN"
    with pytest.raises(Refused, match="only void a credit note if the associated invoice is open"):
        VoidCreditNote().write(wire, VoidCreditNoteArguments(credit_note=done.credit_note), "0b" * 32)


def test_a_credit_whose_answer_is_lost_has_no_name_to_be_taken_back_by(bench):
    target = CreateCreditNote().look(bench.wire("stripe"), _credit())
    assert CreateCreditNote().undo(_credit(), target, None) is None


def test_a_credit_note_that_is_void_is_not_voided_again(bench):
    wire, arguments = bench.wire("stripe"), VoidCreditNoteArguments(credit_note="cn_1EricSand01")
    VoidCreditNote().write(wire, arguments, KEY)
    assert _invoice(bench, OVERDUE)["amount_remaining"] == 24000
    with pytest.raises(Refused) as caught:
        VoidCreditNote().look(wire, arguments)
    assert caught.value.code == "NO_CHANGE"


def test_letting_a_subscription_end_says_the_plan_the_customer_and_the_day(bench):
    wire, tool = bench.wire("stripe"), SetSubscriptionCancellation()
    arguments = SetCancellationArguments(subscription="sub_1BenHarper", at_period_end=True)
    target = tool.look(wire, arguments)
    end = datetime.fromtimestamp(target.pinned["current_period_end"], UTC)
    until = f"{end:%b} {end.day}, {end:%Y}"
    preview = tool.preview(arguments, target)
    who = "the Pro plan, monthly subscription of Ben Harper (ben@harper.example)"
    assert preview.sentence == f"Let {who} end on {until}, when its period does"
    assert (preview.changes[0].before, preview.changes[0].after) == (f"goes on after {until}", f"ends on {until}")
    assert tool.stake(arguments, target).customer == "cus_BenHarper"


def test_letting_a_subscription_end_is_taken_back_by_letting_it_go_on(bench):
    wire, tool = bench.wire("stripe"), SetSubscriptionCancellation()
    arguments = SetCancellationArguments(subscription="sub_1BenHarper", at_period_end=True)
    target = tool.look(wire, arguments)
    done = tool.write(wire, arguments, KEY)
    assert bench.state("stripe")["subscriptions"]["sub_1BenHarper"]["cancel_at"] is not None
    back = tool.undo(arguments, target, done)
    assert (back.tool, dict(back.arguments)) == (tool.name, {"subscription": "sub_1BenHarper", "at_period_end": False})
    undone = tool.write(wire, tool.arguments(**back.arguments), "0b" * 32)
    assert not undone.cancel_at_period_end
    row = bench.state("stripe")["subscriptions"]["sub_1BenHarper"]
    assert (row["cancel_at"], row["status"]) == (None, "active")
    assert tool.undo(arguments, target, None) == back


@pytest.mark.parametrize(
    ("subscription", "ending", "code"),
    [
        ("sub_1FelixBraun", True, "NO_CHANGE"),
        ("sub_1BenHarper", False, "NO_CHANGE"),
        ("sub_1AishaKhan", True, "ENDED"),
        ("sub_1PaulDubois", True, "OTHER_END"),
        ("sub_1Nobody01", True, "NOT_FOUND"),
    ],
)
def test_a_cancellation_that_changes_nothing_or_comes_too_late_is_refused(bench, subscription, ending, code):
    arguments = SetCancellationArguments(subscription=subscription, at_period_end=ending)
    with pytest.raises(Refused) as caught:
        SetSubscriptionCancellation().look(bench.wire("stripe"), arguments)
    assert caught.value.code == code


def test_once_the_period_is_over_nothing_brings_the_subscription_back():
    at = datetime.now(UTC)
    with serve({"stripe": create("stripe", clock=lambda: at)}) as serving:
        url = serving.urls["stripe"]
        wire = HttpWire(Connection("stripe", url, url, SecretStr(seed.STRIPE_BILLING)))
        tool = SetSubscriptionCancellation()
        ending = SetCancellationArguments(subscription="sub_1BenHarper", at_period_end=True)
        done = tool.write(wire, ending, KEY)
        at += timedelta(days=40)
        back = SetCancellationArguments(subscription="sub_1BenHarper", at_period_end=False)
        ended = tool.read_back(wire, ending, KEY)
        assert ended.status == "canceled"
        assert tool.undo(ending, tool.look(wire, _fresh(tool)), ended) is None
        for ask in (lambda: tool.look(wire, back), lambda: tool.write(wire, back, "0b" * 32)):
            with pytest.raises(Refused):
                ask()
        assert done.status == "active"
        wire.close()


def _fresh(tool):
    """Of any other subscription: `undo` does not look at it once the one in question has ended."""
    return tool.arguments(subscription="sub_1LiamDoyle", at_period_end=True)


@pytest.mark.parametrize(
    ("tool", "field"),
    [(CreateCreditNote(), "number"), (VoidCreditNote(), "status"), (SetSubscriptionCancellation(), "items")],
    ids=lambda one: getattr(one, "name", one),
)
def test_an_answer_to_a_change_in_another_shape_is_uncertain(bench, tool, field):
    bench.fault_on_write(tool, "drift", field=field)
    with pytest.raises(Uncertain) as caught:
        tool.write(bench.wire("stripe"), tool.arguments(**tool.example), KEY)
    assert caught.value.code == "SCHEMA_DRIFT"
