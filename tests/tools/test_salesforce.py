"""What is Salesforce's own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError
from tool_examples import ACME, KEY, NEXT_MONTH

from tools.contract import Refused, Uncertain
from tools.registry import by_name
from tools.salesforce import UpdateOpportunity, UpdateOpportunityArguments, _money, containing, literal
from tools.sandboxes import soql
from tools.sandboxes.salesforce import Salesforce

FIND = by_name("salesforce.find_opportunities")
PATCH = f"/services/data/v62.0/sobjects/Opportunity/{ACME}"


def _find(bench, account):
    return FIND.read(bench.wire("salesforce"), FIND.arguments(account=account))


def _update(**wanted):
    return UpdateOpportunityArguments(opportunity=ACME, **wanted)


def test_open_opportunities_come_with_their_latest_activity_first(bench):
    found = _find(bench, "acme")
    assert found.account.name == "Acme"
    [renewal] = found.opportunities
    assert (renewal.name, renewal.stage, str(renewal.amount)) == ("Acme — Platform renewal", "Proposal", "$48,000.00")
    assert renewal.activities[0].subject == "Call with Dana (procurement)"
    assert [one.at for one in renewal.activities] == sorted((one.at for one in renewal.activities), reverse=True)


def test_a_deal_without_an_amount_and_one_in_euros_are_read(bench):
    assert _find(bench, "Vandelay").opportunities[0].amount is None
    assert str(_find(bench, "cyberdyne").opportunities[0].amount) == "€180,000.00"


def test_an_unknown_account_is_none_and_an_ambiguous_one_is_refused(bench):
    assert _find(bench, "Nobody & Sons").account is None
    with pytest.raises(Refused, match="AMBIGUOUS"):
        _find(bench, "in")


@pytest.mark.parametrize(
    "account",
    ["' OR Name LIKE '%", "\\' OR IsClosed = true OR Name = \\'", "%%", "__", "a' ORDER BY Name --", '"; x', "Acme\\"],
)
def test_a_name_cannot_carry_a_query(bench, account):
    assert _find(bench, account).account is None


@pytest.mark.parametrize("text", ["it's", "back\\slash", "\\'", "100%", "a_b", '"', "\\", "%\\_'"])
def test_a_literal_is_read_back_as_it_was_meant(text):
    rows = [{"Name": text}, {"Name": "other"}, {"Name": f"before {text} after"}, {"Name": "100x acb"}]
    equal = soql.parse(f"SELECT Name FROM Account WHERE Name = {literal(text)}").run(rows)
    assert equal == rows[:1]
    like = soql.parse(f"SELECT Name FROM Account WHERE Name LIKE {containing(text)}").run(rows)
    assert like == [rows[0], rows[2]]


def test_an_update_shows_each_field_that_changes_and_no_other(bench):
    wire = bench.wire("salesforce")
    arguments = _update(stage="Proposal", next_step="Send MSA redlines", close_date=NEXT_MONTH)
    preview = UpdateOpportunity().preview(arguments, UpdateOpportunity().look(wire, arguments))
    assert preview.sentence == "Update Acme — Platform renewal: next step, close date"
    assert (preview.changes[0].field, preview.changes[0].before) == ("Next step", "Send revised pricing")


def test_what_is_left_empty_stays_as_it_is(bench):
    before = bench.state("salesforce")["Opportunity"][ACME]
    UpdateOpportunity().write(bench.wire("salesforce"), _update(next_step="Call Dana"), KEY)
    after = bench.state("salesforce")["Opportunity"][ACME]
    stamps = {"SystemModstamp", "LastModifiedDate", "LastModifiedById"}
    assert {name for name in before if before[name] != after[name]} - stamps == {"NextStep"}


def test_a_change_by_somebody_else_is_drift(bench):
    wire, arguments = bench.wire("salesforce"), _update(next_step="Call Dana")
    before = UpdateOpportunity().look(wire, arguments).pinned
    wire.call("PATCH", PATCH, json={"CloseDate": NEXT_MONTH}, timeout=timedelta(seconds=5), changes=True)
    assert UpdateOpportunity().look(wire, arguments).pinned != before


def test_an_update_that_changes_nothing_or_closes_in_the_past_is_refused(bench):
    wire = bench.wire("salesforce")
    with pytest.raises(Refused, match="NO_CHANGE"):
        UpdateOpportunity().look(wire, _update(stage="Proposal"))
    past = (datetime.now(UTC).date() - timedelta(days=2)).isoformat()
    with pytest.raises(Refused, match="PAST_DATE"):
        UpdateOpportunity().look(wire, _update(close_date=past))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"stage": "Won"},
        {"next_step": "   "},
        {"next_step": "x" * 256},
        {"close_date": "tomorrow"},
        {"close_date": "2026-02-30"},
        {"close_date": "20260228"},
        {"close_date": "2026-W09-6"},
        {"stage": "Proposal", "amount": 5},
    ],
)
def test_arguments_that_are_no_update_do_not_validate(wrong):
    with pytest.raises(ValidationError):
        _update(**wrong)


def test_an_update_whose_result_cannot_be_read_is_uncertain(bench):
    wire = bench.wire("salesforce")
    bench.fault("salesforce", "500", method="GET", times=3)
    with pytest.raises(Uncertain):
        UpdateOpportunity().write(wire, _update(next_step="Call Dana"), KEY)
    assert UpdateOpportunity().read_back(wire, _update(next_step="Call Dana"), KEY) is not None


def test_a_long_answer_is_followed_to_its_end(bench, monkeypatch):
    monkeypatch.setattr(Salesforce, "batch", 1)
    [renewal] = _find(bench, "acme").opportunities
    assert len(renewal.activities) == 3


def test_amounts_are_exact():
    assert _money(Decimal("0.29"), "USD").minor == 29
    assert _money(Decimal("1234567.89"), "USD").minor == 123456789
    assert _money(Decimal(5000), "JPY").minor == 5000
    with pytest.raises(Refused, match="CURRENCY"):
        _money(Decimal(1), "XYZ")
