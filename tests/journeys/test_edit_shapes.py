"""Whatever a tool takes and whatever stands in it, Slack takes the form that edits it."""

from typing import Literal

import pytest
from drafts import CARRIED, held, inputs, opened, tool_of
from shapes import ABSENT, checker

from bot.deciding.edit_form import form
from bot.workspace.limits import view_problems
from tools.contract import FreeText, Frozen, Internal, Routes, WriteTool
from tools.money import Money
from tools.registry import TOOLS
from tools.values import Day

needs_the_checker = pytest.mark.skipif(checker() is None, reason=ABSENT)
WRITES = [tool for tool in TOOLS if isinstance(tool, WriteTool)]
RIGHT_TO_LEFT = "\u202eמחיר \u2066<!channel>\u2069 & <@U0LEAD1> :tada: 🎉👩‍👩‍👧"
LONG = "n" * 4000
WIDE = tuple(f"{n:03} {'🎉' * 146}" for n in range(100))


class Row(Frozen):
    text: FreeText[str]
    day: Internal[Day] = ""


WORST = {
    "names": {LONG: (str, ...), f"{LONG}2": (str, ...), "empty_instead_0": (str, ""), "a`b&<c>": (str, "")},
    "many": {f"field_{n}": (FreeText[str], ...) for n in range(200)},
    "fixed": {f"id_{n}": (Routes[Internal[str]], ...) for n in range(200)},
    "choices": {f"choice_{n}": (Literal[WIDE] | None, ...) for n in range(20)},
    "rows": {"rows": (tuple[Row, ...], ...), "note": (str, "")},
    "money": {"amount": (Money, ...)},
}
FILLED = {
    "names": {LONG: RIGHT_TO_LEFT, f"{LONG}2": "x", "empty_instead_0": "x", "a`b&<c>": ""},
    "many": dict.fromkeys(WORST["many"], "🎉" * 3000),
    "fixed": dict.fromkeys(WORST["fixed"], RIGHT_TO_LEFT * 60),
    "choices": dict.fromkeys(WORST["choices"], WIDE[7]),
    "rows": {"rows": [{"text": RIGHT_TO_LEFT * 20, "day": "2026-03-31"}] * 50, "note": "`*_~"},
    "money": {"amount": {"minor": 10**15, "currency": "JPY"}},
}


def complaints(view):
    return [*checker().check_view(view), *view_problems(view)[1]]


@needs_the_checker
@pytest.mark.parametrize("case", WORST)
def test_the_worst_form_is_one_that_slack_takes(case):
    tool = tool_of(**WORST[case])
    more = {"sentence": RIGHT_TO_LEFT * 100, "subject": LONG, "ref": f"a.b {RIGHT_TO_LEFT}"}
    view, _ = opened(tool, FILLED[case], **more)
    assert complaints(view) == []
    assert len(inputs(view)) <= 22


@needs_the_checker
@pytest.mark.parametrize("case", WORST)
def test_so_is_one_that_begins_with_what_was_typed(case):
    tool = tool_of(**WORST[case])
    run, action = held(tool, FILLED[case])
    view = form(run, action, tool, CARRIED)
    texts = [block for block, one in inputs(view).items() if one["element"]["type"] == "plain_text_input"]
    words = ("\u202e<!here> 🎉" * 300)[:3000]
    typed = {block: {"type": "plain_text_input", "value": words} for block in texts}
    again = form(run, action, tool, CARRIED, typed)
    assert complaints(again) == []


@needs_the_checker
@pytest.mark.parametrize("tool", WRITES, ids=lambda tool: tool.name)
def test_the_form_of_every_write_is_one_that_slack_takes(tool):
    view, _ = opened(tool, tool.example)
    assert complaints(view) == []
