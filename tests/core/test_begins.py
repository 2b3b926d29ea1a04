"""What a page says about how its runs begin: inputs, subjects in prose, events, sweeps; and the caps of a day."""

import pytest
from pydantic import ValidationError

from lanes.core import commands as c
from lanes.core.decide import decide
from lanes.core.page import Subject
from lanes.core.provenance import of_request
from lanes.core.ways_in import Input, Trigger, source_of, texts, unasked
from tools.money import Money

TICKET = Subject(kind="zendesk.ticket", pattern="ZD-{id}", example="ZD-4821", link="/agent/tickets/{id}")


def an_input(kind):
    return Input(kind=kind, label="It", choices={"late": "Too late"} if kind == "choice" else {})


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", "  two\nlines ", "two\nlines"), ("text", " ", None), ("text", "x" * 1001, None),
        ("money", "38 usd", "38 USD"), ("money", "38.00  USD", "38.00 USD"), ("money", "38", None),
        ("money", "0 USD", None), ("money", "-5 USD", None), ("money", "1.234 USD", None),
        ("date", "2026-03-31", "2026-03-31"), ("date", "31.3.2026", None), ("date", "2026-02-30", None),
        ("number", "-12.5", "-12.5"), ("number", "1e9", None), ("number", "٣", None),
        ("choice", "LATE", "late"), ("choice", "never", None),
        ("person", "<@U0ADA|ada>", "U0ADA"), ("person", "U0ADA", "U0ADA"), ("person", "@ada", None),
        ("person", "auto:zendesk", None),
    ],
)  # fmt: skip
def test_an_input_is_kept_in_one_form_or_not_at_all(kind, given, kept):
    assert an_input(kind).read(given) == kept


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ZD-4821.", ("ZD-4821",)),
        ("see zd-4822 and ZD-4821, again zd-4822", ("ZD-4822", "ZD-4821")),
        ("<https://acme.zendesk.com/agent/tickets/4821|the ticket>", ("ZD-4821",)),
        ("https://acme.zendesk.com/agent/tickets/4821?a=b&c", ("ZD-4821",)),
        ("XZD-4821 or ZD- or nothing", ()),
        ("ZD-" + "9" * 41, ()),
    ],
)
def test_subjects_are_found_in_words_and_links_in_their_order(text, found):
    assert TICKET.find(text) == found


def test_a_pattern_that_is_only_an_id_finds_nothing_in_prose():
    assert Subject(kind="salesforce.account", pattern="{id}", example="acme").find("acme and others") == ()


def test_a_system_names_its_records_without_our_prefix():
    assert (TICKET.named("4821"), TICKET.named("zd-4821"), TICKET.named("<!channel>")) == ("ZD-4821", "ZD-4821", None)


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"type": "deleted"}, False),
        ({"detail": {"tags": ["other", "refund"], "public": True}}, True),
        ({"detail": {"tags": ["other"], "public": True}}, False),
        ({"detail": {"tags": "refund", "public": "true"}}, True),
        ({"detail": None}, False),
        ({"detail": {"tags": [{"refund": 1}], "public": True}}, False),
    ],
)
def test_every_field_of_a_trigger_has_to_hold(changes, fits):
    when = {"type": "created", "detail.tags": ["refund", "double"], "detail.public": True}
    trigger = Trigger.model_validate(
        {"from": "zendesk", "when": when, "subject": "detail.id", "asked_by": "nobody", "per_day": 1}
    )
    event = {"type": "created", "detail": {"tags": ["refund"], "public": True}} | changes
    assert trigger.fits({path: texts(event, path) for path in trigger.paths}) is fits
    assert trigger.paths == {"type", "detail.tags", "detail.public", "detail.id"}


def test_nobody_is_somebody_no_click_can_come_from(given):
    """R7: whoever decides, they are not the requester of a run that nobody asked for."""
    by = unasked("zendesk", given.home)
    assert (source_of(by.user), source_of("U0AUTO"), source_of("cli:root")) == ("zendesk", "", "")
    assert not by.user.startswith(("U", "W"))


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": {"reason": {"kind": "choice", "label": "Why"}}},
        {"inputs": {"reason": {"kind": "text", "label": "Why", "choices": {"a": "A"}}}},
        {"inputs": {"subject": {"kind": "text", "label": "About"}}},
        {"inputs": {"Reason": {"kind": "text", "label": "Why"}}},
        {"triggers": [{"from": "zendesk", "subject": "id", "per_day": 1}]},
        {"triggers": [{"from": "hubspot", "subject": "id", "asked_by": "nobody", "per_day": 1}]},
        {"triggers": [{"from": "zendesk", "subject": "id", "asked_by": "nobody", "per_day": 0}]},
        {"triggers": [{"from": "zendesk", "when": {"a b": 1}, "subject": "id", "asked_by": "nobody", "per_day": 1}]},
        {"triggers": [{"from": "zendesk", "subject": "id", "asked_by": "nobody", "per_day": 1}],
         "inputs": {"reason": {"kind": "text", "label": "Why", "required": True}}},
    ],
)  # fmt: skip
def test_a_page_whose_runs_could_not_begin_so_does_not_load(given, change):
    with pytest.raises(ValidationError):
        given.page(**change)


def start(given, **more):
    return c.StartRun("R9", "support-refunds", "ZD-4821", given.person(), "", "d-9", **more)


@pytest.mark.parametrize(("begun", "starts"), [({}, True), ({"webhook:0": 1}, True), ({"webhook:0": 2}, False)])
def test_a_day_that_is_full_starts_nothing(given, begun, starts):
    facts = given.facts(started=begun)
    events = decide(None, start(given, caps={"webhook:0": 2}), facts)
    assert bool(events) is starts
    assert all(event.counts == ("webhook:0",) for event in events)


def test_an_amount_that_was_asked_for_is_from_the_request(given):
    (event,) = decide(None, start(given, inputs={"amount": "38.00 USD"}), given.facts())
    assert Money.parse("38.00 USD") in [source.value for source in of_request(event) if source.trust == "trusted"]
