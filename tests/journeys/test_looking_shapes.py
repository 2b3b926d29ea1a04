"""The cards and forms of cases, with the worst that systems and people can put into them."""

from dataclasses import replace
from pathlib import Path

import pytest
from drawing import LENA, NOW, WORST, action, run
from shapes import ABSENT, checker

from bot.looking.cards import case_card, form
from bot.words.adjudication import ANSWERS
from bot.workspace.limits import message_problems, view_problems
from lanes.adjudicating import Looked
from lanes.core import case_events as ce
from lanes.core import events as e
from lanes.core.case_state import CaseState
from lanes.core.states import State
from lanes.loading import load_lanes
from lanes.shadow.cases import Case
from lanes.shadow.matching import Outcome
from tools.contract import Evidence
from tools.registry import TOOLS

needs_the_checker = pytest.mark.skipif(checker() is None, reason=ABSENT)
READY = load_lanes(Path(__file__).parents[2] / "lanes" / "catalog", TOOLS)["support-refunds"]


def looked(worst, *, about="comparison", tool="zendesk.reply", one_sided=False, answered=False):
    many = {f"{worst[:40]}{n}": worst for n in range(40)}
    case = Case(
        id="k", lane="support-refunds", source="shadow", configuration="c", segment="", tool=tool,
        subject=worst[:90], run="r", action="a1", fact="", at=NOW, settled=NOW, outcome=Outcome.DIFFER,
        suggested=many, actual=None if one_sided else {name: value[::-1] for name, value in many.items()},
    )  # fmt: skip
    asked = ce.CaseAsked(at=NOW, case="k", lane=case.lane, about=about, handle="h" * 16, agent_is="b")
    said = ce.CaseLabelled(
        at=NOW, by=LENA, standing="member", a="correct", b="rework", label="rework", person_label="correct",
        reason="other", note=worst[:1000], delivery="d",
    )  # fmt: skip
    found = run("r", replace(action(1, worst, body=worst), state=State.DONE, alone=True))
    evidence = tuple(Evidence(label=worst[:200] + str(n), url="https://x.example/1") for n in range(20))
    call = e.CallAnswered(at=NOW, call="c", tool="t", arguments={}, answer="{}", ok=True, evidence=evidence)
    state = CaseState(2, asked=asked, labelled=said if answered else None)
    return Looked(case, state, replace(found, answers={"c": call}))


@needs_the_checker
@pytest.mark.parametrize("name", WORST)
def test_slack_takes_every_card_and_form(name):
    for about in ("comparison", "audit"):
        for more in ({}, {"one_sided": True}, {"answered": True}):
            found = looked(WORST[name], about=about, **more)
            card = case_card(found, READY)
            message = {"channel": "C0", "text": card.text, "blocks": card.blocks}
            assert [*checker().check_message(message), *message_problems(card.blocks)] == []
            for answer in {"a", "b", "neither", "wrong"} if not more else ():
                view = form(found, READY, answer, "C0")
                assert [*checker().check_view(view), *view_problems(view)[1]] == []


@pytest.mark.parametrize("about", ["comparison", "audit"])
def test_no_card_offers_an_approval_and_each_says_that_nothing_happens(about):
    """G1."""
    card = case_card(looked(WORST["markup"], about=about), READY)
    buttons = [b for block in card.blocks if block["type"] == "actions" for b in block["elements"]]
    assert {b["text"]["text"] for b in buttons} == set(ANSWERS[about].values())
    assert all(b["action_id"].startswith("lane:look_") and "style" not in b for b in buttons)
    assert "Nothing happens by this" in str(card.blocks)
    assert "Nothing happens" in card.text
    assert "Approve" not in str([b["text"] for b in buttons])
