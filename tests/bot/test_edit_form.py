"""The form that edits a draft: made from the tool's arguments, and read back into them to the letter."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from drafts import CARRIED, filled, held, inputs, opened, said, tool_of
from pydantic import Field

from bot.deciding.edit_form import entered, form, read
from bot.words.edit import ASK_MONEY, ASK_SOMETHING, NOTHING_CHANGED
from tools.contract import FreeText, Frozen, Internal, Routes, WriteTool
from tools.fields import leaves
from tools.money import Money
from tools.registry import TOOLS, by_name
from tools.values import Day, SlackUser

WRITES = [tool for tool in TOOLS if isinstance(tool, WriteTool)]
ADA = {"minor": 3800, "currency": "USD"}
every_write = pytest.mark.parametrize("tool", WRITES, ids=lambda tool: tool.name)


def errors(view, tool, draft, **entries):
    """What is wrong with these entries, by block."""
    with pytest.raises(ValueError) as wrong:
        read(filled(view, **entries), tool, draft)
    return wrong.value.args[0]


# --- every write there is


@every_write
def test_a_form_that_nobody_touches_changes_nothing(tool):
    view, draft = opened(tool, tool.example)
    found = errors(view, tool, draft)
    assert found == dict.fromkeys([*inputs(view)][:1], NOTHING_CHANGED)


@every_write
def test_every_field_is_asked_for_or_stays_and_is_named(tool):
    view, draft = opened(tool, tool.example)
    asked, beside = inputs(view), said(view)
    for leaf in leaves(tool.arguments):
        name = leaf.path.removesuffix(".*")
        label = name.replace("_", " ").capitalize()
        empty = not draft.arguments.get(name)
        assert (name in asked) or f"{label}: " in beside or empty, leaf.path


@every_write
def test_the_record_a_draft_is_about_is_no_input(tool):
    """D10: another record would be another action."""
    required = {name for name, one in tool.arguments.model_fields.items() if one.is_required()}
    ids = {leaf.path.removesuffix(".*") for leaf in leaves(tool.arguments) if leaf.routes} & required
    view, _ = opened(tool, tool.example)
    named = {name for name in ids if isinstance(tool.example[name], str | list | tuple)}
    assert named, "a write names its record"
    assert not named & inputs(view).keys() - {"credit_to"}


@every_write
def test_one_changed_field_changes_nothing_else(tool):
    view, draft = opened(tool, tool.example)
    for block, shown in inputs(view).items():
        entry = other(shown["element"])
        try:
            meant = read(filled(view, **{block: entry}), tool, draft)
        except ValueError as wrong:
            told = set(wrong.args[0])
        else:
            told = set()
        assert told <= set(inputs(view)), "an error stands at an input"
        if told:
            continue
        changed = {name for name in meant if meant[name] != draft.arguments[name]}
        assert changed == ({*entry} if block.startswith("empty") else {block}), f"{block}: {meant}"


def other(element):
    """Something else than what an input begins with."""
    match element["type"]:
        case "static_select" | "radio_buttons":
            now = element.get("initial_option")
            return next(one["value"] for one in element["options"] if one != now)
        case "datepicker":
            return "2098-01-31"
        case "checkboxes":
            return [element["options"][0]["value"]]
        case _:
            return "12.00 USD" if "USD" in element.get("initial_value", "") else "something_else"


# --- kinds of fields


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark_blue"


class Line(Frozen):
    text: FreeText[str]
    amount: Internal[Money]


KINDS = {
    "amount": (Money, ...),
    "colour": (Colour, ...),
    "size": (Literal["", "small", "large"], ""),
    "flags": (tuple[Literal["a", "b", "c"], ...], ()),
    "public": (bool, ...),
    "day": (date, ...),
    "due": (Day, ""),
    "at": (datetime | None, None),
    "count": (Annotated[int, Field(ge=1, le=9)], ...),
    "rate": (Decimal, ...),
    "owner": (SlackUser, ...),
    "title": (Annotated[FreeText[str], Field(max_length=150)], ...),
    "text": (FreeText[str], ...),
    "labels": (tuple[str, ...], ()),
    "lines": (tuple[Line, ...], ()),
    "more": (Mapping[str, int], {}),
}
GIVEN = {
    "amount": ADA, "colour": "red", "size": "small", "flags": ["a"], "public": False, "day": "2026-03-31",
    "due": "2026-04-01", "at": "2026-03-31T10:00:30Z", "count": 3, "rate": "0.5", "owner": "U0LEAD1", "title": "Hello",
    "text": "Dear Ada,\r\n\r\nbest  ", "labels": ["one", "two"],
    "lines": [{"text": "First", "amount": ADA}, {"text": "Second", "amount": ADA}], "more": {"x": 1},
}  # fmt: skip
ELEMENTS = {
    "amount": "plain_text_input", "colour": "static_select", "size": "static_select", "flags": "multi_static_select",
    "public": "radio_buttons", "day": "datepicker", "due": "datepicker", "at": "datetimepicker",
    "count": "number_input", "rate": "number_input", "owner": "users_select", "title": "plain_text_input",
    "text": "plain_text_input", "labels": "plain_text_input", "lines.0.text": "plain_text_input",
    "lines.0.amount": "plain_text_input", "lines.1.text": "plain_text_input", "lines.1.amount": "plain_text_input",
    "empty_instead_0": "checkboxes",
}  # fmt: skip


@pytest.fixture
def every_kind():
    tool = tool_of(**KINDS)
    return tool, *opened(tool, GIVEN)


def test_each_kind_of_field_has_its_own_input(every_kind):
    _, view, _ = every_kind
    assert {block: one["element"]["type"] for block, one in inputs(view).items()} == ELEMENTS
    assert inputs(view)["text"]["element"]["multiline"]
    assert not inputs(view)["title"]["element"]["multiline"]
    assert inputs(view)["lines.1.amount"]["label"]["text"] == "Lines 2: amount"
    assert "Now: 38.00 USD" in inputs(view)["amount"]["hint"]["text"]
    assert 'More: {"x": 1}' in said(view)


def test_what_is_not_touched_stays_what_it_was_to_the_letter(every_kind):
    """Line ends, spaces at the ends and seconds survive a client that knows none of them."""
    tool, view, draft = every_kind
    assert errors(view, tool, draft) == {"amount": NOTHING_CHANGED}
    assert errors(view, tool, draft, text="Dear Ada,\n\nbest") == {"amount": NOTHING_CHANGED}


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ({"amount": " 12.50 EUR"}, {"amount": {"minor": 1250, "currency": "EUR"}}),
        ({"amount": "12.5"}, {"amount": {"minor": 1250, "currency": "USD"}}),
        ({"colour": "dark_blue"}, {"colour": "dark_blue"}),
        ({"flags": ["b", "c"]}, {"flags": ["b", "c"]}),
        ({"flags": []}, {"flags": []}),
        ({"public": "yes"}, {"public": True}),
        ({"day": "2026-05-01"}, {"day": "2026-05-01"}),
        ({"at": 1775000000}, {"at": "2026-03-31T23:33:20Z"}),
        ({"count": "9"}, {"count": 9}),
        ({"rate": "0.75"}, {"rate": "0.75"}),
        ({"owner": "U0LEAD2"}, {"owner": "U0LEAD2"}),
        ({"text": "Hi <!channel> & \u202eall 🎉"}, {"text": "Hi <!channel> & \u202eall 🎉"}),
        ({"labels": "one\n\n three "}, {"labels": ["one", "three"]}),
        ({"labels": ""}, {"labels": []}),
        ({"empty_instead_0": ["due", "at", "size"]}, {"due": "", "at": None, "size": ""}),
    ],
)
def test_what_is_entered_is_what_the_tool_takes(every_kind, entry, value):
    tool, view, draft = every_kind
    meant = read(filled(view, **entry), tool, draft)
    assert {name: meant[name] for name in value} == value
    assert {n: v for n, v in meant.items() if n not in value} == {
        n: v for n, v in draft.arguments.items() if n not in value
    }


def test_an_entry_of_a_list_is_changed_in_its_place(every_kind):
    tool, view, draft = every_kind
    meant = read(filled(view, **{"lines.1.text": "Last"}), tool, draft)
    assert [one["text"] for one in meant["lines"]] == ["First", "Last"]


def test_each_wrong_entry_is_told_at_its_own_input(every_kind):
    tool, view, draft = every_kind
    found = errors(view, tool, draft, amount="38 dollars", text="", count="many")
    assert found == {"amount": ASK_MONEY, "text": ASK_SOMETHING, "count": "Write a whole number."}
    assert errors(view, tool, draft, count="10") == {"count": "Input should be less than or equal to 9."}


def test_what_a_tool_says_of_several_fields_stands_at_what_was_changed():
    tool = by_name("zendesk.reply")
    view, draft = opened(tool, tool.example)
    said = errors(view, tool, draft, text="We have refunded you.")
    assert said == {"text": "Refund confirmation takes an amount and no text: its words are fixed."}
    meant = read(filled(view, template="free_text", amount="", text="We have refunded you."), tool, draft)
    assert (meant["template"], meant["amount"], meant["text"]) == ("free_text", None, "We have refunded you.")


# --- what stays


def test_what_names_the_target_stays_even_where_it_need_not_be_there():
    tool = tool_of(contact=(Internal[str] | None, None), note=(Internal[str], ""))
    view, _ = opened(tool, {"contact": "51001", "note": "hello"}, ref="hubspot.contact 51001")
    assert [*inputs(view)] == ["note"]
    assert "Contact: `51001`" in said(view)


def test_a_text_that_slack_does_not_hold_stays_whole_and_is_named():
    tool = tool_of(text=(FreeText[str], ...), title=(FreeText[str], ""))
    view, draft = opened(tool, {"text": "x" * 3001, "title": "short"})
    assert [*inputs(view)] == ["title"]
    assert "Text: 3,001 characters" in said(view)
    assert read(filled(view, title="other"), tool, draft)["text"] == "x" * 3001
    view, _ = opened(tool, {"text": "🎉" * 1501, "title": ""})
    assert "text" not in inputs(view)
    view, _ = opened(tool, {"text": "x" * 3000, "title": ""})
    assert inputs(view)["text"]["element"]["initial_value"] == "x" * 3000


def test_twenty_fields_are_asked_for_and_the_others_are_named():
    names = [f"field_{n}" for n in range(25)]
    tool = tool_of(**dict.fromkeys(names, (str, "")))
    view, draft = opened(tool, dict.fromkeys(names, "now"))
    assert [*inputs(view)] == names[:20]
    assert all(f"Field {n}: now" in said(view) for n in range(20, 25))
    assert read(filled(view, field_3="then"), tool, draft) == {**dict.fromkeys(names, "now"), "field_3": "then"}


def test_an_entry_for_what_stays_counts_for_nothing():
    """A payload may hold any block; only what the form asks for is read."""
    tool = tool_of(charge=(Routes[Internal[str]], ...), note=(str, ""))
    view, draft = opened(tool, {"charge": "ch_1", "note": "a"})
    view = filled(view, note="b")
    view["state"]["values"]["charge"] = {"value": {"type": "plain_text_input", "value": "ch_2"}}
    assert read(view, tool, draft) == {"charge": "ch_1", "note": "b"}


def test_a_closed_list_that_is_too_long_for_a_menu_is_typed_and_checked():
    names = tuple(f"zone_{n}" for n in range(101))
    tool = tool_of(zone=(Literal[names], ...))
    view, draft = opened(tool, {"zone": "zone_7"})
    assert inputs(view)["zone"]["element"]["type"] == "plain_text_input"
    assert errors(view, tool, draft, zone="zone_101")["zone"].startswith("Choose one of: zone_0, zone_1")
    assert read(filled(view, zone="zone_8"), tool, draft) == {"zone": "zone_8"}


def test_a_draft_that_only_names_a_record_has_nothing_to_save():
    tool = by_name("stripe.void_credit_note")
    view, _ = opened(tool, tool.example)
    assert "submit" not in view
    assert "Nothing in this draft can be changed" in said(view)


# --- nothing typed is lost


def test_what_was_typed_stands_in_the_next_form_and_the_rest_is_as_it_is_now(every_kind):
    tool, view, draft = every_kind
    back = filled(
        view, amount="12.00 USD", colour="dark_blue", flags=["c"], public="yes", day="2026-05-01", at=1775000000,
        owner="U0LEAD2", text="Mine", empty_instead_0=["due"],
    )  # fmt: skip
    typed = entered(back, tool, draft)
    assert set(typed) == {"amount", "colour", "flags", "public", "day", "at", "owner", "text", "empty_instead_0"}
    run, action = held(tool, {**GIVEN, "title": "By somebody else", "text": "Theirs"})
    again = form(run, action, tool, CARRIED, typed)
    meant = read(filled(again), tool, action.draft)
    assert meant["title"] == "By somebody else"
    assert (meant["amount"]["minor"], meant["text"], meant["owner"], meant["due"]) == (1200, "Mine", "U0LEAD2", "")
    assert (meant["colour"], meant["flags"], meant["public"], meant["day"]) == ("dark_blue", ["c"], True, "2026-05-01")


def test_a_field_that_was_emptied_is_empty_in_the_next_form():
    tool = tool_of(note=(str, ""), count=(int, ...))
    view, draft = opened(tool, {"note": "now", "count": 1})
    typed = entered(filled(view, note=""), tool, draft)
    run, action = held(tool, {"note": "now", "count": 1})
    again = form(run, action, tool, CARRIED, typed)
    assert read(filled(again), tool, draft) == {"note": "", "count": 1}
