"""What is Salesforce's own."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError
from tool_examples import ACME, KEY, NEXT_MONTH

from tools.contract import Refused, Unavailable, Uncertain
from tools.registry import by_name
from tools.salesforce.answers import money
from tools.salesforce.opportunities import UpdateOpportunity, UpdateOpportunityArguments
from tools.salesforce.soql import containing, literal
from tools.sandboxes import seed, soql
from tools.sandboxes.salesforce import Salesforce
from tools.sandboxes.salesforce_people import THEO

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
    equal = soql.parse(f"SELECT Name FROM Account WHERE Name = {literal(text)}", datetime.now(UTC)).run(rows)
    assert equal == rows[:1]
    like = soql.parse(f"SELECT Name FROM Account WHERE Name LIKE {containing(text)}", datetime.now(UTC)).run(rows)
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
    bench.tell("salesforce", "colleague", opportunity=ACME, user=THEO, fields={"CloseDate": NEXT_MONTH})
    assert UpdateOpportunity().look(wire, arguments).pinned != before


def _overtaken(bench, **fields):
    """A wire whose change comes a moment after a colleague's."""
    change = {"opportunity": ACME, "user": THEO, "fields": fields}
    return bench.interrupted("salesforce", before=lambda: bench.tell("salesforce", "colleague", **change))


@pytest.mark.parametrize("name", ["salesforce.update_opportunity", "salesforce.move_deal"])
def test_a_change_a_moment_before_ours_is_not_overwritten(bench, name):
    tool = by_name(name)
    wire = _overtaken(bench, NextStep="Theo's own step")
    with pytest.raises(Refused) as caught:
        tool.write(wire, tool.arguments(**tool.example), KEY)
    assert caught.value.code == "CONFLICT"
    assert "Acme — Platform renewal" in caught.value.message
    row = bench.state("salesforce")["Opportunity"][ACME]
    assert (row["StageName"], row["NextStep"]) == ("Proposal", "Theo's own step")
    assert not [task for task in bench.state("salesforce")["Task"].values() if task["Lanekeeper_Key__c"] == KEY]


def test_a_change_a_moment_before_ours_to_the_very_same_is_as_good_as_ours(bench):
    wire = _overtaken(bench, NextStep="Call Dana")
    assert UpdateOpportunity().write(wire, _update(next_step="Call Dana"), KEY).next_step == "Call Dana"


def test_what_a_draft_rests_on_is_held_to_the_moment_it_was_read(bench):
    wire = bench.wire("salesforce")
    arguments = _update(next_step="Call Dana", modified=_find(bench, "acme").opportunities[0].modified)
    assert UpdateOpportunity().look(wire, arguments)
    bench.tell("salesforce", "colleague", opportunity=ACME, user=THEO, fields={"CloseDate": NEXT_MONTH})
    before = bench.state("salesforce")
    for stale in (UpdateOpportunity().look, lambda wire, arguments: UpdateOpportunity().write(wire, arguments, KEY)):
        with pytest.raises(Refused, match="CONFLICT"):
            stale(wire, arguments)
    assert bench.state("salesforce") == before


def test_our_own_change_sent_twice_is_no_conflict_with_itself(bench):
    wire = bench.wire("salesforce")
    arguments = _update(next_step="Call Dana", modified=_find(bench, "acme").opportunities[0].modified)
    first = UpdateOpportunity().write(wire, arguments, KEY)
    assert UpdateOpportunity().write(wire, arguments, KEY) == first


def test_a_stage_the_organisation_does_not_have_is_refused_with_those_it_has(bench):
    with pytest.raises(Refused) as caught:
        UpdateOpportunity().look(bench.wire("salesforce"), _update(stage="Won"))
    assert caught.value.code == "NO_SUCH_VALUE"
    assert "Qualification, Needs Analysis, Proposal, Negotiation, Closed Won, Closed Lost" in caught.value.message


def test_a_field_the_credential_may_not_set_is_refused_before_a_card_is_shown(bench):
    wire = bench.wire("salesforce", seed.SALESFORCE_NOTES)
    assert UpdateOpportunity().look(wire, _update(next_step="Call Dana"))
    with pytest.raises(Refused) as caught:
        UpdateOpportunity().look(wire, _update(stage="Negotiation"))
    assert caught.value.code == "NO_RIGHT"
    with pytest.raises(Refused) as caught:
        UpdateOpportunity().write(wire, _update(stage="Negotiation"), KEY)
    assert caught.value.code == "NO_RIGHT"


def test_the_organisation_is_asked_once_in_some_minutes_what_it_has(bench):
    wire = bench.wire("salesforce")
    UpdateOpportunity().look(wire, _update(stage="Negotiation"))
    bench.fault("salesforce", "500", path="*/describe", times=3)
    assert UpdateOpportunity().look(wire, _update(stage="Negotiation"))
    with pytest.raises(Unavailable):
        UpdateOpportunity().look(bench.wire("salesforce"), _update(stage="Negotiation"))


def test_an_undo_brings_back_what_stood_there_an_empty_step_included(bench):
    wire, initech = bench.wire("salesforce"), "006Sb00000003AAAAA"
    tool = UpdateOpportunity()
    arguments = tool.arguments(opportunity=initech, stage="Needs Analysis", next_step="Call Bill")
    target = tool.look(wire, arguments)
    undo = tool.undo(arguments, target, tool.write(wire, arguments, KEY))
    tool.write(wire, tool.arguments(**undo.arguments), "1" * 64)
    row = bench.state("salesforce")["Opportunity"][initech]
    assert (row["StageName"], row["NextStep"]) == ("Qualification", None)


def test_a_rule_of_the_organisation_is_told_in_its_own_words(bench):
    tool = UpdateOpportunity()
    vandelay = _find(bench, "Vandelay").opportunities[0].opportunity
    with pytest.raises(Refused) as caught:
        tool.write(bench.wire("salesforce"), tool.arguments(opportunity=vandelay, stage="Closed Won"), KEY)
    assert caught.value.code == "VALIDATION_RULE"
    assert "A deal is won only with an amount. (Amount)" in caught.value.message


@pytest.mark.parametrize("name", ["salesforce.update_opportunity", "salesforce.move_deal"])
def test_a_record_somebody_holds_is_busy_and_nothing_was_done(bench, name):
    tool, wire = by_name(name), bench.wire("salesforce")
    bench.tell("salesforce", "lock", record=ACME, times=1)
    before = bench.state("salesforce")["Opportunity"]
    with pytest.raises(Unavailable) as caught:
        tool.write(wire, tool.arguments(**tool.example), KEY)
    assert caught.value.code == "BUSY"
    assert bench.state("salesforce")["Opportunity"] == before


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
        {"stage": " "},
        {"next_step": "   "},
        {"next_step": "Call", "clear_next_step": True},
        {"next_step": "Call", "modified": "yesterday"},
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
    silent = {"method": "GET", "times": 3}
    wire = bench.interrupted("salesforce", after=lambda: bench.fault("salesforce", "500", **silent))
    with pytest.raises(Uncertain):
        UpdateOpportunity().write(wire, _update(next_step="Call Dana"), KEY)
    assert UpdateOpportunity().read_back(wire, _update(next_step="Call Dana"), KEY) is not None


def test_a_long_answer_is_followed_to_its_end(bench, monkeypatch):
    monkeypatch.setattr(Salesforce, "batch", 1)
    [renewal] = _find(bench, "acme").opportunities
    assert len(renewal.activities) == 3


def test_amounts_are_exact():
    assert money(Decimal("0.29"), "USD").minor == 29
    assert money(Decimal("1234567.89"), "USD").minor == 123456789
    assert money(Decimal(5000), "JPY").minor == 5000
    with pytest.raises(Refused, match="CURRENCY"):
        money(Decimal(1), "XYZ")
