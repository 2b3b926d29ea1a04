"""What the page of renewals lets happen, by whom, and what it never does."""

import pytest

from lanes.core.gate import rule
from lanes.core.page import Mode
from tools.money import Money

QUOTE, UPDATE = "hubspot.create_note", "salesforce.update_opportunity"


def asked(given, tool=QUOTE, **arguments):
    return given.question(None, tool, arguments=arguments, needs=frozenset())


def price(text):
    return Money.parse(text).model_dump()


@pytest.mark.parametrize(
    ("amount", "quorum", "reason"),
    [
        ("12400.00 USD", 1, "FIXED_WORDS"),
        ("48000.00 USD", 1, "QUOTES_A_PRICE"),
        ("100000.00 EUR", 1, "QUOTES_A_PRICE"),
        ("12400.00 GBP", 1, "QUOTES_A_PRICE"),
        ("100000.01 USD", 2, "LARGE_QUOTE"),
        ("100 JPY", 2, "LARGE_QUOTE"),
    ],
)
def test_a_quote_needs_a_person_and_a_large_or_foreign_one_two(given, amount, quorum, reason):
    page = given.page("renewals")

    ruling = rule(asked(given, template="renewal_quote", amount=price(amount)), given.regime(lane=page))

    assert (ruling.verdict, ruling.quorum, ruling.reasons[-1]) == ("approve", quorum, reason)


def test_a_text_of_the_agents_own_needs_a_person_in_every_mode(given):
    regime = given.regime(Mode.SHADOW, lane=given.page("renewals"))

    assert rule(asked(given, template="free_text", text="Hello"), regime).reasons == ("OWN_WORDS",)


@pytest.mark.parametrize("stage", ["Closed Won", "Closed Lost"])
def test_a_renewal_is_closed_by_people(given, stage):
    ruling = rule(asked(given, UPDATE, stage=stage), given.regime(lane=given.page("renewals")))

    assert (ruling.verdict, ruling.reasons) == ("block", ("PEOPLE_CLOSE_RENEWALS",))


def test_the_identity_may_leave_notes_and_not_touch_deals(given):
    assert "hubspot:notes.write" in given.scopes("svc-renewals")
    assert not any(scope.startswith("hubspot:deals.write") for scope in given.scopes("svc-renewals"))
