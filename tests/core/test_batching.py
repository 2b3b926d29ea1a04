"""Which drafts lie on a card with others: simple ones of a kind, of one gathering, and never one that needs a look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lanes.core.batching import OpenBatch, current, joins
from lanes.core.page import Batch
from lanes.core.run import fold
from lanes.core.states import State
from lanes.core.values import Origin, Precedent, Ruling
from tools.money import Money

REFUND = "stripe.create_refund"


@pytest.fixture
def page(given):
    return given.page(batch={"tools": [REFUND], "most": 3, "gather": "10m", "up_to": "50.00 USD"})


@pytest.fixture
def run(given):
    """A refund of $38.00 that waits, asked for by a clock."""
    run = given.held().run
    return replace(run, started=run.started.model_copy(update={"via": "schedule"}))


@pytest.fixture
def newest(given):
    return OpenBatch(id="b", opened=given.now, count=1, waits=True)


def with_draft(run, **changes):
    action = run.actions["a1"]
    action = replace(action, draft=action.draft.model_copy(update=changes))
    return replace(run, actions={"a1": action})


def verdict(run, page, newest, now):
    return joins(run, current(run), page, newest, now)


def test_the_first_that_comes_by_itself_opens_a_card_and_the_next_one_joins(given, page, run, newest):
    assert verdict(run, page, None, given.now).how == "opens"
    assert verdict(run, page, newest, given.now).how == "joins"


def test_a_card_that_takes_no_more_is_followed_by_another(given, page, run, newest):
    full, settled, late = replace(newest, count=3), replace(newest, waits=False), timedelta(minutes=10, seconds=1)
    assert verdict(run, page, full, given.now).how == "opens"
    assert verdict(run, page, settled, given.now).how == "opens"
    assert verdict(run, page, newest, given.now + late).how == "opens"


@pytest.mark.parametrize("via", ["command", "shortcut", "mention", "message"])
def test_what_a_person_asks_for_opens_none_and_joins_one_that_hangs(given, page, run, newest, via):
    asked = replace(run, started=run.started.model_copy(update={"via": via}))
    assert verdict(asked, page, None, given.now).why == "ASKED_FOR_BY_A_PERSON"
    assert verdict(asked, page, newest, given.now).how == "joins"


@pytest.mark.parametrize("most", [None, "37.99 USD", "50.00 EUR"])
def test_what_moves_more_than_the_page_says_has_its_own_card(given, page, run, newest, most):
    tight = page.model_copy(update={"batch": Batch(tools=(REFUND,), up_to=most)})
    assert verdict(run, tight, newest, given.now).why == "MOVES_MONEY"
    free = with_draft(run, stake=run.actions["a1"].draft.stake.model_copy(update={"amount": Money.parse("0 USD")}))
    assert verdict(free, tight, newest, given.now).how == "joins"


def test_what_is_in_doubt_has_its_own_card(given, page, run, newest):
    said = Precedent(run="r", action="a1", decision="reject", by="U0", at=given.now, sentence="s")
    for doubt in (
        {"origins": (Origin(field="charge", value="ch_1", trust="untrusted"),)},
        {"precedents": (said,)},
        {"undoes": "a0"},
    ):
        assert verdict(with_draft(run, **doubt), page, newest, given.now).why == "IN_DOUBT"


def test_what_needs_two_people_has_its_own_card(given, page, run, newest):
    two = Ruling(verdict="approve", reasons=("X",), quorum=2)
    held = replace(run, actions={"a1": replace(run.actions["a1"], ruling=two)})
    assert verdict(held, page, newest, given.now).why == "NEEDS_SEVERAL_PEOPLE"


def test_one_of_two_drafts_has_its_own_card(given, page, run, newest):
    two = replace(run, actions={**run.actions, "a2": replace(run.actions["a1"], id="a2")})
    assert verdict(two, page, newest, given.now).why == "NOT_THE_ONLY_DRAFT"


def test_another_tool_and_another_lane_have_cards_of_their_own(given, page, run, newest):
    other = page.model_copy(update={"batch": Batch(tools=("zendesk.reply",))})
    for one in (given.page(), other):
        assert verdict(run, one, newest, given.now).how == "alone"


def test_a_line_speaks_of_what_waits_then_of_what_is_under_way_then_of_the_newest(run):
    first = run.actions["a1"]

    def of(*states):
        made = {f"a{n}": replace(first, id=f"a{n}", state=state) for n, state in enumerate(states, 1)}
        return current(replace(run, actions=made)).id

    assert of(State.DONE, State.HELD, State.EXECUTING) == "a2"
    assert of(State.DONE, State.EXECUTING, State.REJECTED) == "a2"
    assert of(State.SUPERSEDED, State.DONE, State.SHADOWED) == "a2"
    assert current(fold([run.started])) is None


def test_a_page_names_only_tools_of_the_lane_and_twenty_lines_at_most(given):
    for wrong in ({"tools": ["jira.create_issue"]}, {"tools": [REFUND], "most": 21}, {"tools": []}):
        with pytest.raises(ValueError, match="batch"):
            given.page(batch=wrong)
