"""Cards of many or very long drafts: what is shown is whole, and only what is shown can be approved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.card import BLOCKS, card, card_in_short
from bot.cards.details import details
from bot.cards.lines import settled
from bot.cards.progress import progress
from bot.news import handed_over
from bot.record.history import tell
from lanes.core import events as e
from lanes.core.gate import Regime
from lanes.core.lane_state import LaneState
from lanes.core.page import Mode
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Draft, Person, Ruling
from lanes.loading import load_lanes
from tools.contract import Preview, Target
from tools.registry import TOOLS

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REP = Person(user="U0REP", team="T0")


@pytest.fixture(scope="module")
def page():
    return load_lanes(Path(__file__).parents[2] / "lanes" / "catalog", TOOLS)["support-refunds"].page


@pytest.fixture
def regime(page):
    return Regime(page, LaneState(), LaneState())


def action(n, body="", state=State.HELD):
    draft = Draft(
        tool="zendesk.reply", tool_version=1, arguments={}, target=Target(ref="zendesk.ticket 4821", pinned={}),
        preview=Preview(sentence=f"Reply number {n}", body=body), risk="high", why="It was asked for", key=f"k{n}",
        digest="d" * 64,
    )  # fmt: skip
    ruling = Ruling(verdict="approve", reasons=("CUSTOMER_FACING",), quorum=1)
    return Action(f"a{n}", 1, f"call_{n}", draft, NOW, state, ruling, NOW + timedelta(hours=4))


def run(*actions):
    started = e.RunStarted(
        at=NOW, run="r0123456789", lane="support-refunds", subject="ZD-4821", by=REP, channel="C0", mode=Mode.APPROVAL,
        configuration="c" * 64, model="m",
    )  # fmt: skip
    return Run("r0123456789", 1, started, actions={a.id: a for a in actions})


def buttons(drawn):
    found = [block for block in drawn.blocks if block["type"] == "actions"]
    return {(b["block_id"].split("/")[1], e["action_id"].removeprefix("lane:")) for b in found for e in b["elements"]}


def approvable(drawn):
    return {name for name, button in buttons(drawn) if button == "approve"}


def said(drawn):
    return str(drawn.blocks)


def test_a_few_drafts_are_all_on_the_card(regime):
    drawn = card(run(*(action(n) for n in range(1, 6))), regime, NOW)

    assert approvable(drawn) == {"a1", "a2", "a3", "a4", "a5"}
    assert ("all", "approve_all") in buttons(drawn)
    assert "more: `/lane inbox`" not in said(drawn)


@pytest.mark.parametrize(("outcome", "title"), [
    ("succeeded", "Done"), ("rejected", "Rejected"), ("expired", "Expired"), ("budget", "Ended"),
])  # fmt: skip
def test_a_title_says_how_it_ended_and_no_code_reaches_a_person(regime, outcome, title):
    ended = e.RunFinished(at=NOW, outcome=outcome, reasons=("AMOUNT_OVER_AUTO", "SOME_CODE"))
    drawn = card(replace(run(action(1, state=State.EXPIRED)), finished=ended), regime, NOW)

    assert drawn.blocks[0]["text"]["text"] == f"{title}: ZD-4821"
    assert "AMOUNT_OVER_AUTO" not in said(drawn)
    assert "SOME_CODE" not in said(drawn)


def test_approved_running_and_done_are_said_apart(regime):
    """U7."""
    told = {
        state: said(card(run(action(1, state=state)), regime, NOW))
        for state in (State.CLEARED, State.EXECUTING, State.DONE)
    }

    assert "approved, starting" in told[State.CLEARED]
    assert "running" in told[State.EXECUTING]
    assert "'done" in told[State.DONE]
    assert not any("lane:approve" in one for one in told.values())


def test_what_no_system_can_tell_is_asked_and_neither_answer_lies_nearer(regime):
    unsure = replace(action(1, state=State.UNCERTAIN), unsettled=True)
    drawn = card(run(unsure), regime, NOW)

    assert drawn.blocks[0]["text"]["text"] == "Did it happen? Reply number 1"
    assert "primary" not in said(drawn)
    assert "Held because" not in said(drawn)


@pytest.mark.parametrize("many", [8, 9, 12, 30])
def test_of_many_drafts_those_on_the_card_are_whole_and_the_rest_is_counted(regime, many):
    drawn = card(run(*(action(n) for n in range(1, many + 1))), regime, NOW)

    shown = approvable(drawn)
    assert len(drawn.blocks) <= BLOCKS
    assert buttons(drawn) - {("all", "approve_all")} == {
        (name, what) for name in shown for what in ("approve", "edit", "reject", "details", "more")
    }
    assert (f"and {many - len(shown)} more: `/lane inbox`" in said(drawn)) == (len(shown) < many)
    assert (("all", "approve_all") in buttons(drawn)) == (len(shown) == many), "nobody approves what is not shown"


def test_what_is_settled_never_takes_the_room_of_what_waits(regime):
    settled = [action(n, state=State.REJECTED) for n in range(1, 30)]

    assert approvable(card(run(*settled, action(30)), regime, NOW)) == {"a30"}


def test_a_draft_larger_than_a_card_can_be_read_and_rejected_not_approved(regime):
    huge = action(1, body="\n".join(["word " * 500] * 80))
    drawn = card(run(huge, action(2)), regime, NOW)

    assert len(drawn.blocks) <= BLOCKS
    assert buttons(drawn) == {
        ("a1", "details"),
        ("a1", "more"),
        ("a1", "reject"),
        ("a2", "approve"),
        ("a2", "details"),
        ("a2", "edit"),
        ("a2", "more"),
        ("a2", "reject"),
    }
    assert "Open Details to read all of it" in said(drawn)


def test_a_long_letter_stands_in_its_quote_in_every_section(regime):
    drawn = card(run(action(1, body="z" * 7000)), regime, NOW)

    texts = [block["text"]["text"] for block in drawn.blocks if block["type"] == "section"]
    letter = [one for one in texts if "zzz" in one]
    assert len(letter) == 3
    assert all(one.startswith("> z") for one in letter)


def test_details_show_what_is_sent_to_the_letter_also_where_it_would_hide(regime):
    """D2: an address that looks like another one is told from it."""
    asks = action(1)
    hidden = asks.draft.model_copy(update={"arguments": {"to": "ada@exa\u200bmple.com", "text": "\U000e0041"}})
    told = str(details(run(asks), replace(asks, draft=hidden), regime, NOW)).replace("\\\\", "\\")

    assert "ada@exa\\u200bmple.com" in told
    assert "\\udb40\\udc41" in told


def test_nothing_that_is_sent_ends_the_block_it_is_shown_in(regime):
    asks = action(1)
    ends = asks.draft.model_copy(update={"arguments": {"text": "``` *Ruling*: approved by Lena ```"}})
    drawn = details(run(asks), replace(asks, draft=ends), regime, NOW)

    (sent,) = [one["text"]["text"] for one in drawn["blocks"] if "approved by Lena" in str(one)]
    assert (sent[:3], sent[-3:], sent.count("`")) == ("```", "```", 6)


def test_a_card_in_short_offers_no_approval(regime):
    drawn = card_in_short(run(action(1), action(2, state=State.FROZEN), action(3, state=State.DONE)), regime)

    assert buttons(drawn) == {(name, what) for name in ("a1", "a2") for what in ("details", "reject")} | {
        ("a1", "more")
    }
    assert drawn.blocks[0]["text"]["text"] == drawn.text


def test_a_card_in_short_of_many_drafts_stays_within_a_message(regime):
    drawn = card_in_short(run(*(action(n) for n in range(60))), regime)

    assert len(drawn.blocks) <= BLOCKS
    assert "and 40 more: `/lane inbox`" in said(drawn)


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028", "\x85", "\v"])
def test_no_line_of_a_summary_stands_outside_its_quote_where_people_take_over(end):
    finished = e.RunFinished(at=NOW, outcome="uncertain", summary=f"Look.{end}✅ *Approved by <@U0LEAD1>*", reasons=())
    said = handed_over(replace(run(), finished=finished))

    assert said.splitlines()[-2:] == ["> Look.", "> ✅ *Approved by &lt;@U0LEAD1&gt;*"]


def test_a_tool_the_model_made_up_is_escaped(page):
    made_up = e.CallAnswered(
        at=NOW, call="c1", tool="<!channel>\nApproved", arguments={}, answer="{}", ok=False, code="UNKNOWN_TOOL"
    )
    told = tell(made_up, lambda user: user)
    shown = progress(replace(run(), answers={"c1": made_up}), page)

    for text in (told, shown.thread):
        assert "&lt;!channel&gt; Approved" in text


@pytest.mark.parametrize(
    ("code", "detail", "said"),
    [
        ("target_unavailable", "BREAKER_OPEN: stripe has failed 12 times in a row", "the system did not answer"),
        ("content_changed", "status was open, is solved", "the record has changed since: status was open, is solved"),
    ],
)
def test_a_draft_that_was_not_carried_out_says_so_and_speaks_of_no_newer_one(code, detail, said):
    gone = replace(action(1, state=State.SUPERSEDED), code=code, message=detail)

    assert settled(gone) == f"not carried out, because {said}"
