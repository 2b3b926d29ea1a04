"""Whatever stands in twenty drafts, Slack takes the card they share, and the sentence about those that were left."""

import json
from dataclasses import replace

import pytest
from shapes import ABSENT, checker
from shared_cards import NOW, action, batch, draft, regime, run

from bot.cards.batch import batch_card, batch_in_short, named
from bot.cards.card import BLOCKS
from bot.words.batch import NOT_READ, left
from bot.workspace.limits import message_problems
from lanes.core import events as e
from lanes.core.states import State
from lanes.core.values import Edit, Person, Ruling
from tools.contract import Target

needs_the_checker = pytest.mark.skipif(checker() is None, reason=ABSENT)
RIGHT_TO_LEFT = "\u202eמחיר \u2066<!channel>\u2069 & <@U0LEAD1> :tada: 🎉👩‍👩‍👧"
NAMES = {
    "long": "n" * 4000,
    "escaped": "<&>" * 1300,
    "emoji": "🎉👩‍👩‍👧" * 500,
    "right to left": RIGHT_TO_LEFT * 60,
    "mentions": "<!channel> <@U0LEAD1> " * 180,
    "lines": "a\n" * 2000,
    "markup": "`*_~> " * 650,
}
STATES = [state for state in State if state not in {State.DRAFTED, State.SHADOWED}]
LEAD = Person(user="U0REVOPS", team="T0")


def decided(decision="approve"):
    return e.DecisionRecorded(
        at=NOW, action="a1", version=1, decision=decision, by=LEAD, note="<!here> " * 120, surface="batch",
        standing="member", delivery="d",
    )  # fmt: skip


def full(name, state):
    """A draft with everything on it that a line may say."""
    edit = Edit(by=LEAD, version=1, arguments={}, changes=())
    target = Target(ref=name, url=f"https://sf.example/?q={'p' * 450}", pinned={})
    made = draft(name, [(name, name, name)] * 40, edit=edit, target=target)
    ruling = Ruling(verdict="approve", reasons=("X",), quorum=2)
    more = {"decided": (decided(),), "message": name, "code": name, "result": {"refund": name, "url": target.url}}
    return action(state=state, made=made, ruling=ruling, unsettled=state is State.UNCERTAIN, **more)


def twenty(name, state=None):
    runs = []
    for n in range(20):
        before = replace(full(name, State.SUPERSEDED), id="a0")
        now = full(name, state or STATES[n % len(STATES)])
        runs.append(run(n, before, now, subject=name))
    return batch(*runs)


def complaints(card):
    found = checker().check_message({"channel": "C0", "text": card.text, "blocks": card.blocks})
    return [*found, *message_problems(card.blocks)]


def markup(part):
    """Every text that Slack reads for mentions."""
    if isinstance(part, list):
        return [text for one in part for text in markup(one)]
    if not isinstance(part, dict):
        return []
    return [part["text"]] if part.get("type") == "mrkdwn" else markup([*part.values()])


@needs_the_checker
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("stopped", [False, True])
def test_the_worst_card_is_one_that_slack_takes(name, stopped):
    now = regime(stopped=stopped)
    for state in (None, State.HELD, State.DONE):
        shared = twenty(name, state)
        for card in (batch_card(shared, now, NOW), batch_in_short(shared, now, NOW)):
            assert complaints(card) == []
            assert len(card.blocks) <= BLOCKS
            assert len(card.text) <= 3000
            assert "<!channel>" not in card.text + "".join(markup(card.blocks))


def test_twenty_lines_fit_the_button():
    card = batch_card(batch(*(run(n, action("a10", version=999)) for n in range(20))), regime(), NOW)
    (row,) = [block for block in card.blocks if block.get("block_id", "").endswith("/rest")]
    assert len(row["elements"][0]["value"]) <= 2000
    assert len(json.loads(row["elements"][0]["value"])) == 20


def test_what_was_left_is_said_within_a_message_and_mentions_nobody():
    one = twenty(NAMES["mentions"], State.HELD).runs
    said = left(0, 20, {NOT_READ: [named(each, each.actions["a1"]) for each in one]})
    assert len(said) < 4000
    assert "<" not in said
