"""What a key lacks is said before a lane needs it, and finding out changes nothing."""

import pytest
from tool_examples import CREDENTIALS

from tools import stripe
from tools.contract import Unavailable
from tools.sandboxes import seed
from tools.stripe.rights import NEEDED

WRITES = {"stripe:refunds.write", "stripe:credit_notes.write", "stripe:subscriptions.write"}


def test_every_scope_of_a_stripe_tool_or_source_can_be_tried():
    assert {scope for one in (*stripe.TOOLS, *stripe.TRUTHS) for scope in one.scopes} == set(NEEDED)


def test_a_key_that_holds_everything_lacks_nothing_and_nothing_is_written(bench):
    before = bench.state("stripe")
    assert stripe.shortfalls(bench.wire("stripe"), NEEDED) == ()
    assert bench.state("stripe") == before


def test_a_key_that_may_only_read_is_told_each_right_it_lacks(bench):
    before = bench.state("stripe")
    said = stripe.shortfalls(bench.wire("stripe", seed.STRIPE_READER), NEEDED)
    assert said == (
        "For stripe:credit_notes.write the key lacks Credit notes: Write.",
        "For stripe:refunds.write the key lacks Charges and Refunds: Write.",
        "For stripe:subscriptions.write the key lacks Subscriptions: Write.",
    )
    assert bench.state("stripe") == before


def test_the_key_of_the_refunds_lane_holds_what_that_lane_asks_for_and_no_more(bench):
    wire = bench.wire("stripe", seed.STRIPE_REFUNDS)
    assert stripe.shortfalls(wire, {"stripe:charges.read", "stripe:refunds.write", "zendesk:tickets.read"}) == ()
    assert len(stripe.shortfalls(wire, WRITES)) == 2


def test_rights_to_read_are_tried_one_by_one(bench):
    wire = bench.wire("stripe", seed.STRIPE_NARROW)
    assert stripe.shortfalls(wire, {"stripe:charges.read", "stripe:subscriptions.read"}) == (
        "For stripe:charges.read the key lacks Customers: Read.",
        "For stripe:subscriptions.read the key lacks Customers: Read and Subscriptions: Read and Products: Read.",
    )


def test_a_key_that_stripe_does_not_know_is_said_once(bench):
    assert stripe.shortfalls(bench.wire("stripe", "rk_mistyped"), NEEDED) == (
        "Stripe does not know this key: it is mistyped, expired or was revoked.",
    )


def test_a_scope_that_no_tool_knows_is_said(bench):
    assert stripe.shortfalls(bench.wire("stripe"), {"stripe:payouts.write"}) == (
        "stripe:payouts.write is no scope that the Stripe tools know.",
    )


@pytest.mark.parametrize("kind", ["500", "429"])
def test_a_stripe_that_does_not_answer_says_nothing_about_the_key(bench, kind):
    bench.fault("stripe", kind, times=9)
    with pytest.raises(Unavailable):
        stripe.shortfalls(bench.wire("stripe", CREDENTIALS["stripe"]), WRITES)
