"""Stripe's twin: as strict as Stripe, with its words, its keys, its lists and its history."""

from datetime import timedelta

import pytest
from tool_examples import CREDENTIALS, KEY

from tools.contract import Refused, Unavailable
from tools.sandboxes import seed
from tools.stripe.charges import FindCharges, FindChargesArguments

NOTES, REFUNDS, SUBSCRIPTION = "/v1/credit_notes", "/v1/refunds", "/v1/subscriptions/sub_1BenHarper"


@pytest.fixture
def ask(bench):
    def asked(method, path, *, token=None, key=None, **more):
        headers = {"Authorization": f"Bearer {token or CREDENTIALS['stripe']}"}
        headers |= {"Idempotency-Key": key} if key else {}
        return bench.http.request(method, bench.urls["stripe"] + path, headers=headers, **more)

    return asked


@pytest.mark.parametrize(
    ("method", "path", "data", "status", "said"),
    [
        ("POST", REFUNDS, {}, 400, "One of the following params should be provided for this request"),
        ("POST", REFUNDS, {"charge": "ch_3AdaPark02", "payment_intent": "pi_3AdaPark02"}, 400, "only specify one"),
        ("POST", REFUNDS, {"charge": ""}, 400, "You passed an empty string for 'charge'"),
        ("POST", REFUNDS, {"charge": "ch_3AdaPark02", "amount": "0"}, 400, "greater than or equal to 1"),
        ("POST", REFUNDS, {"charge": "ch_3AdaPark02", "reason": "x"}, 400, "Invalid reason: must be one of"),
        ("POST", REFUNDS, {"charge": "ch_3AdaPark02", "metadata": "x"}, 400, "Invalid metadata"),
        ("POST", REFUNDS, {"charge": "ch_3AdaPark02", "metadata[a]": "x" * 501}, 400, "values up to 500"),
        ("POST", REFUNDS, {"charge[a]": "x"}, 400, "Invalid string"),
        ("POST", REFUNDS, {"charge": "ch_3AdaPark02", "a": "1", "b": "2"}, 400, "unknown parameters: a, b"),
        ("POST", NOTES, {"amount": "5"}, 400, "Missing required param: invoice."),
        ("POST", NOTES, {"invoice": "in_1GraceMoyo02"}, 400, "one of the following parameters: amount"),
        ("POST", NOTES, {"invoice": "in_none", "amount": "5"}, 400, "No such invoice: 'in_none'"),
        ("POST", NOTES, {"invoice": "in_1HannahCole01", "amount": "5"}, 400, "out of band amount ($0.00) must equal"),
        ("POST", f"{NOTES}/cn_none/void", {}, 404, "No such credit_note: 'cn_none'"),
        ("POST", f"{NOTES}/cn_1EricSand01/void", {"memo": "x"}, 400, "Received unknown parameter: memo"),
        ("POST", SUBSCRIPTION, {"cancel_at_period_end": "maybe"}, 400, "Invalid boolean: maybe"),
        ("POST", SUBSCRIPTION, {"plan": "x"}, 400, "Received unknown parameter: plan"),
        ("POST", "/v1/subscriptions/sub_1AishaKhan", {"cancel_at_period_end": "true"}, 400, "can only update its"),
        ("GET", "/v1/charges?customer=cus_none", None, 400, "No such customer: 'cus_none'"),
        ("GET", "/v1/charges?starting_after=ch_none", None, 400, "No such charge: 'ch_none'"),
        ("GET", "/v1/charges?expand[]=data.review", None, 400, "cannot be expanded (review)"),
        ("GET", "/v1/charges?expand[]=customer", None, 400, "cannot be expanded (customer)"),
        ("GET", "/v1/charges?created[near]=5", None, 400, "unknown parameter: created"),
        ("GET", "/v1/invoices?status=late", None, 400, "Invalid status: must be one of draft"),
        ("GET", "/v1/payouts", None, 404, "Unrecognized request"),
    ],
)
def test_what_stripe_would_refuse_is_refused_in_its_words(bench, ask, *, method, path, data, status, said):
    before = bench.state("stripe")
    answer = ask(method, path, data=data)
    assert (answer.status_code, said in answer.json()["error"]["message"]) == (status, True), answer.text
    assert bench.state("stripe") == before


def test_a_key_that_was_used_on_another_endpoint_is_refused(ask):
    assert ask("POST", REFUNDS, data={"charge": "ch_3AdaPark02", "amount": "5"}, key=KEY).status_code == 200
    other = ask("POST", SUBSCRIPTION, data={"cancel_at_period_end": "true"}, key=KEY)
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert "same endpoint they were first used for ('/v1/subscriptions" in other.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (NOTES, {"invoice": "in_1GraceMoyo02", "amount": "500"}),
        (f"{NOTES}/cn_1EricSand01/void", {}),
        (SUBSCRIPTION, {"cancel_at_period_end": "true"}),
    ],
)
def test_every_change_is_made_once_under_its_key(bench, ask, path, data):
    first = ask("POST", path, data=data, key=KEY)
    after = bench.state("stripe")
    again = ask("POST", path, data=data, key=KEY)
    assert (first.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert bench.state("stripe") == after


def test_a_key_has_an_end(ask):
    assert ask("POST", REFUNDS, data={"charge": "ch_3AdaPark02"}, key="a" * 256).status_code == 400


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=open", {"in_1GraceMoyo02", "in_1EricSand02"}),
        ("customer=cus_EricSand", {"in_1EricSand01", "in_1EricSand02"}),
        ("subscription=sub_1LiamDoyle", {"in_1LiamDoyle01"}),
        ("created[gt]=9999999999", set()),
    ],
)
def test_lists_are_filtered_as_asked(ask, query, expected):
    found = ask("GET", f"/v1/invoices?limit=100&{query}").json()
    assert {row["id"] for row in found["data"]} == expected


def test_ended_subscriptions_are_listed_only_where_they_are_asked_for(ask):
    def listed(query=""):
        found = ask("GET", f"/v1/subscriptions?customer=cus_AishaKhan{query}").json()
        return [row["status"] for row in found["data"]]

    assert (listed(), listed("&status=all"), listed("&status=ended")) == ([], ["canceled"], ["canceled"])


def test_a_list_goes_on_from_its_cursor_to_its_end(ask):
    seen, after = [], ""
    while True:
        page = ask("GET", f"/v1/payment_intents?limit=7{after}").json()
        seen += [row["id"] for row in page["data"]]
        if not page["has_more"]:
            break
        after = f"&starting_after={seen[-1]}"
    assert len(seen) == len(set(seen)) > 30


def test_a_record_in_full_takes_the_right_to_read_it(ask):
    path = "/v1/charges/ch_3AdaPark02"
    assert ask("GET", path, token=seed.STRIPE_NARROW).status_code == 200
    refused = ask("GET", f"{path}?expand[]=customer", token=seed.STRIPE_NARROW)
    assert refused.status_code == 403
    assert "Having the 'rak_customer_read' permission would allow" in refused.json()["error"]["message"]


def test_every_change_is_an_event_with_its_request_and_key(ask):
    made = ask("POST", REFUNDS, data={"charge": "ch_3AdaPark02", "amount": "5"}, key=KEY)
    newest = ask("GET", "/v1/events?type=charge.refunded&limit=1").json()["data"][0]
    assert newest["request"] == {"id": made.headers["request-id"], "idempotency_key": KEY}
    assert newest["data"]["object"]["amount_refunded"] == 5
    assert ask("GET", f"/v1/events/{newest['id']}").json() == newest
    ask("POST", REFUNDS, data={"charge": "ch_3AdaPark02", "amount": "5"})
    assert ask("GET", f"/v1/events/{newest['id']}").json() == newest, "history does not change"


def test_which_limit_was_hit_is_said(bench):
    bench.fault("stripe", "429", times=3, retry_after=0)
    with pytest.raises(Unavailable) as caught:
        FindCharges().read(bench.wire("stripe"), FindChargesArguments(email="ada@parkstudio.example"))
    assert caught.value.code == "RATE_LIMITED"
    assert caught.value.message.endswith("Too many requests; limit: global-rate")


def test_a_record_that_a_parameter_names_and_that_is_not_there_is_not_found(bench):
    with pytest.raises(Refused) as caught:
        bench.wire("stripe").call("GET", "/v1/refunds", query={"charge": "ch_none"}, timeout=timedelta(seconds=5))
    assert caught.value.code == "NOT_FOUND"


def test_every_seeded_payment_leads_to_its_invoice_and_back(bench):
    state = bench.state("stripe")
    paid = [row for row in state["invoices"].values() if row["charge"]]
    assert len(paid) >= 20
    for row in paid:
        charge, intent = state["charges"][row["charge"]], state["payment_intents"][row["payment_intent"]]
        assert charge["invoice"] == intent["invoice"] == row["id"]
        assert (charge["amount"], charge["customer"]) == (row["amount_paid"], row["customer"])
        assert row["subscription"] is None or state["subscriptions"][row["subscription"]]["customer"] == row["customer"]
    for row in state["invoices"].values():
        assert row["amount_due"] == row["total"] - row["pre_payment_credit_notes_amount"]
        assert row["subtotal"] == sum(line["amount"] for line in row["lines"]["data"])
