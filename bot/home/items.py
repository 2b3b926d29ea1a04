"""One case that waits, as it stands in App Home: what would happen, why it is here, what can be done.

It is approved here under the card's own rule: only where all that the card would show of it stands whole.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from bot import words
from bot.cards.buttons import value, yes, yes_to_all
from bot.cards.doubts import doubts, precedents
from bot.cards.lines import changes
from bot.home.urgency import snoozed, taken
from bot.slack.blocks import Block, actions, button, context, section
from bot.slack.mrkdwn import TEXT, clamp, plain, quotes
from bot.words import home as words_home
from lanes.core.gate import Regime
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.waiting import Waits, waits
from tools.money import Money

SECTIONS = 4  # of one item: with its context, its buttons and a line below it, seven blocks
LETTER = 900  # characters of a letter to a customer; more hides the items below it
_BYTES = 12_000  # of one item: eight of them are less than half of what Slack takes in a view
_SHORT = 300  # characters of a sentence that is not shown whole


@dataclass(frozen=True)
class Item:
    """A run that waits, for one person. `theirs`: the actions they may decide on; `where`: the card's address."""

    run: Run
    regime: Regime
    user: str
    theirs: frozenset[str]
    where: str
    now: datetime


def item(one: Item) -> list[Block]:
    """At most `SECTIONS` + 2 blocks; none when nothing of it waits any more."""
    what = waits(one.run)
    if what is None:
        return []
    whole = _whole(one.run)
    shown = whole if whole is not None else _in_short(one.run)
    return [*shown, context(*_why(one, what, whole=whole is not None)), _buttons(one, what, whole=whole is not None)]


def _whole(run: Run) -> list[Block] | None:
    """Everything that waits, as the card shows it; None where that is more than Home has room for."""
    texts: list[str] = []
    for action in run.waiting:
        draft = action.draft
        body = quotes(draft.preview.body) if draft.preview.body else []
        if sum(map(len, body)) > LETTER:
            return None
        told = "".join(f"\n{line}" for line in (*doubts(draft), *precedents(draft)))
        texts += [f"{_sign(run, action)}*{plain(draft.preview.sentence)}*{changes(draft)}{told}", *body]
    size = sum(len(json.dumps(text)) for text in texts)  # as it travels: an emoji takes twelve bytes
    if len(texts) > SECTIONS or size > _BYTES or any(len(text) > TEXT for text in texts):
        return None
    return [section(text) for text in texts]


def _in_short(run: Run) -> list[Block]:
    shown = run.waiting[: SECTIONS - 1]
    said = [f"{_sign(run, one)}*{clamp(plain(one.draft.preview.sentence), _SHORT)}*" for one in shown]
    more = len(run.waiting) - len(shown)
    return [section("\n".join([*said, *([f"and {more} more on the card"] if more else []), words_home.TOO_LONG_HERE]))]


def _sign(run: Run, action: Action) -> str:
    return f"{words.SIGN[action.state]} " if len(run.waiting) > 1 or action.state is not State.HELD else ""


def _why(one: Item, what: Waits, *, whole: bool) -> list[str]:
    first, money = one.run.waiting[0], Counter[str]()
    for draft in what.drafts:
        if draft.amount:
            money[draft.amount.currency] += draft.amount.minor
    amounts = [Money(minor=minor, currency=currency) for currency, minor in money.items()]
    said = [words_home.why_here(one.run, amounts, what.until)]
    if whole and first.state is State.HELD and first.ruling:
        said.append(words_home.held_because(first.ruling.reasons))
        said.append(words_home.voices(len(first.yes), first.ruling.quorum))
    if any(draft.asks.frozen for draft in what.drafts):
        said.append(words_home.FROZEN)
    if one.regime.stopped:
        said.append(words.nothing_can_be_approved(one.run.lane))
    if until := snoozed(what, one.user, one.now):
        said.append(words_home.put_off(until))
    if who := taken(what, one.user, one.now):
        said.append(words_home.taken(who))
    return said


def _buttons(one: Item, what: Waits, *, whole: bool) -> Block:
    run = one.run
    first = next((action for action in run.waiting if action.id in one.theirs), run.waiting[0])
    row = [button("details", "Details", value(run, first))]
    if one.where:
        row.append({**button("open", "Open the card", []), "url": one.where})
    free = whole and not one.regime.stopped and not taken(what, one.user, one.now)
    if free and all(action.state is State.HELD and action.id in one.theirs for action in run.waiting):
        row.insert(0, _approve(run))
    return actions(f"{run.id}/home", *row)


def _approve(run: Run) -> Block:
    every = [value(run, action) for action in run.waiting]
    if len(every) == 1:
        return button("approve", yes(run.waiting[0]), every[0], "primary")
    how_many = "both" if len(every) == 2 else f"all {len(every)}"
    return button("approve_all", f"{yes_to_all(run.waiting)} {how_many}", every, "primary")
