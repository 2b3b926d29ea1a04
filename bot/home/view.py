"""App Home, drawn: what waits for one person, the lanes, how the last runs ended, what they have chosen.

Pure: everything it shows is handed to it. A view takes a hundred blocks, so each part has its room.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.home.items import Item, item
from bot.slack.blocks import Block, actions, button, context, divider, header, section
from bot.slack.mrkdwn import TEXT, clamp
from bot.words import home as words_home
from lanes.core.gate import Regime
from lanes.core.page import Lane
from lanes.queue import Waiting
from storage.preferences import Preference
from storage.stand_ins import StandIn

PAGE = 8  # cases on a page, up to seven blocks each
_LANES = 12  # shown, two blocks each; the rest is counted


@dataclass(frozen=True)
class LaneNow:
    """A lane as it stands. `ended`: runs of the last 24 hours by outcome; `failing`: systems that are left alone."""

    page: Lane
    regime: Regime
    waits: int
    ended: dict[str, int]
    failing: tuple[str, ...]


@dataclass(frozen=True)
class Now:
    """What everybody's Home is drawn from, read once for all of them."""

    at: datetime
    waiting: tuple[Waiting, ...]
    lanes: tuple[LaneNow, ...]
    ended: Sequence[Any]  # rows, the newest first
    away: Sequence[StandIn] = ()  # who decides for whom, now or later


@dataclass(frozen=True)
class Theirs:
    """What is one person's: the cases of one page, where in all of them that page is, and what they have chosen."""

    user: str
    items: Sequence[Item]
    page: int  # from 0
    total: int
    chosen: Preference | None
    zone: str


def home(now: Now, theirs: Theirs) -> dict[str, Any]:
    """The view."""
    blocks = [
        *_mine(theirs), divider(), header("Lanes"), *_lanes(now, theirs.user),
        divider(), header("Last outcomes"), section(_outcomes(now.ended)),
        divider(), header("My settings"), _settings(now, theirs),
    ]  # fmt: skip
    return {"type": "home", "private_metadata": json.dumps({"p": theirs.page}), "blocks": blocks}


def pages(total: int) -> int:
    """How many pages there are; one for nothing."""
    return max(-(-total // PAGE), 1)


def _mine(theirs: Theirs) -> list[Block]:
    out = [header(words_home.waiting(theirs.total))]
    last = pages(theirs.total) - 1
    first = theirs.page * PAGE
    if last:
        out.append(context(words_home.span(first + 1, first + len(theirs.items), theirs.total)))
    for n, one in enumerate(theirs.items):
        out += [*([divider()] if n else []), *item(one)]
    turns = []
    if theirs.page:
        turns.append(button("home_previous", words_home.previous(PAGE), {"p": theirs.page - 1}))
    if theirs.page < last:
        left = theirs.total - first - PAGE
        turns.append(button("home_next", words_home.following(min(left, PAGE)), {"p": theirs.page + 1}))
    return [*out, divider(), actions("home/pages", *turns)] if turns else out


def _lanes(now: Now, user: str) -> list[Block]:
    mine_first = sorted(now.lanes, key=lambda one: (one.page.owner.person != user, not one.waits))
    out = [block for one in mine_first[:_LANES] for block in _lane(one, user)]
    more = len(now.lanes) - _LANES
    return [*out, context(words_home.more_lanes(more))] if more > 0 else out


def _lane(one: LaneNow, user: str) -> list[Block]:
    regime, page = one.regime, one.page
    stopped = regime.own.stopped or regime.every.stopped
    sign = words_home.stopped(stopped.by.user, stopped.at, not regime.own.stopped) if stopped else ""
    text = words_home.lane(page, regime.mode, sign, one.waits, one.ended)
    text += words_home.failing(one.failing) if one.failing else ""
    asked = regime.own.proposal
    text += words_home.lease_waits(asked, page) if asked and not asked.ended else ""
    details = button("home_lane", "Details", {"l": page.lane})
    if page.owner.person != user:
        return [{**section(text), "accessory": details}]
    if not stopped:
        switch = [button("home_stop", "Stop…", {"l": page.lane}, "danger")]
    else:
        switch = [button("home_resume", "Resume", {"l": page.lane})] if regime.own.stopped else []
    return [section(text), actions(f"lane/{page.lane}", details, *switch)]


def _outcomes(ended: Sequence[Any]) -> str:
    lines = [words_home.outcome(row.outcome, row.subject, row.lane, row.finished) for row in ended]
    return clamp("\n".join(lines), TEXT) or words_home.NOTHING_ENDED


def _settings(now: Now, theirs: Theirs) -> Block:
    change = button("home_settings", "Change…", {})
    return {**section(words_home.settings(theirs.chosen, theirs.zone, theirs.user, now.away)), "accessory": change}
