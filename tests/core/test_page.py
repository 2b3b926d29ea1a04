"""A lane on one page: what does not load, and what its hash covers."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

SHIPPED = ["support-refunds", "support-triage", "crm-hygiene", "renewals", "incident-first-look"]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_page_loads(given, name):
    page = given.page(name)

    assert page.lane == name
    assert page.fallback.on, "a bare `on` in YAML is a word here"


@pytest.mark.parametrize(
    "field", ["success", "budget", "fallback", "owner", "approvers", "identity", "mode", "purpose"]
)
def test_a_page_without_it_is_no_lane(given, field):
    fields = {name: value for name, value in given.page().model_dump().items() if name != field}

    with pytest.raises(ValidationError, match=f"{field}\n  Field required"):
        type(given.page()).model_validate(fields)


@pytest.mark.parametrize(
    "change",
    [
        {"person_if": []},
        {"mode": "yolo"},
        {"policy": [{"may": "stripe.create_refund", "then": "always", "reason": "WHY_NOT"}]},
        {"policy": [{"may": "stripe.create_refund", "then": "approve"}]},
        {"policy": [{"may": "stripe.create_refund", "then": "approve", "reason": "NOBODY", "quorum": 0}]},
        {"policy": [{"may": "stripe.create_refund", "then": "auto", "reason": "ALONE", "quorum": 2}]},
        {"policy": [{"may": "stripe.creat_refund", "then": "approve", "reason": "TYPO"}]},
        {"never": [{"tool": "stripe.creat_refund", "reason": "TYPO"}]},
        {"budget": {"steps": 0, "seconds": 1, "usd": 1}},
        {"budget": {"steps": 1, "seconds": 1, "usd": 0}},
        {"budget": {"steps": 1, "seconds": 1, "usd": 1, "writes_per_customer_per_day": {"stripe.creat_refund": 1}}},
        {"budget": {"steps": 1, "seconds": 1, "usd": 1, "refunds_per_day": 3}},
        {"approvers": {"group": "leads", "fallback": [], "expires": "soon"}},
        {"approvers": {"group": "leads", "fallback": ["@ada"], "expires": "4h"}},
        {"fallback": {"to": "#support-leads", "on": ["whenever"]}},
        {"fallback": {"to": "#support-leads"}},
        {"subject": {"kind": "zendesk.ticket", "pattern": "ZD", "example": "ZD"}},
        {"subject": {"kind": "zendesk.ticket", "pattern": "ZD-{id}", "example": "JIRA-1"}},
        {"success": "run_all()"},
        {"rejections": {"Not A Code": "x"}},
    ],
)
def test_a_page_that_says_what_cannot_be_kept_does_not_load(given, change):
    with pytest.raises(ValidationError):
        given.page(**change)


def test_nobody_to_ask_means_nobody(given):
    """R3: an empty list of approvers is no licence."""
    assert given.page(approvers={"group": "leads", "fallback": [], "expires": "30m"}).approvers.fallback == ()


@pytest.mark.parametrize(
    ("said", "meant"), [("90s", 90), ("30m", 1800), ("4h", 14_400), ("2d", 172_800), ("4 h", 14_400)]
)
def test_a_duration_is_read(given, said, meant):
    page = given.page(approvers={"group": "leads", "fallback": [], "expires": said})

    assert page.approvers.expires == timedelta(seconds=meant)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("ZD-4821", "ZD-4821"),
        (" zd-4821 ", "ZD-4821"),
        ("4821", None),
        ("ZD-", None),
        ("ZD-../x", None),
        ("ZD-1/2", None),
    ],
)
def test_a_subject_is_read_as_the_systems_write_it(given, text, subject):
    assert given.page().subject.read(text) == subject


def test_the_hash_covers_everything_but_the_mode(given):
    page = given.page()
    budget = {**page.budget.model_dump(), "steps": 99}

    assert page.configuration() == given.page(mode="shadow").configuration()
    assert page.configuration() == given.page().configuration()
    different = [
        given.page(budget=budget).configuration(),
        given.page(never=[]).configuration(),
        page.configuration("prompt"),
    ]
    assert len({page.configuration(), *different}) == 4


def test_a_lease_without_a_time_zone_is_none(given):
    with pytest.raises(ValidationError, match="timezone"):
        given.lease(until=given.now.replace(tzinfo=None))
