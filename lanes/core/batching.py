"""Which drafts lie on one card with others, and what of such a card a person has read.

A sweep or a webhook brings many small drafts of one kind, and opens a card for them. What a person asks for has a card
of its own, unless such a card hangs there at that moment. Everything that needs more than a glance has its own card.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from lanes.core.page import Batch, Lane
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Draft
from tools.money import Money

_BRINGS_MANY = frozenset({"schedule", "webhook"})  # ways in


@dataclass(frozen=True)
class OpenBatch:
    """The newest card of this lane, tool and audience that others may join."""

    id: str
    opened: datetime
    count: int  # runs on it
    waits: bool  # something on it waits for people


@dataclass(frozen=True)
class Joining:
    """Whether a run's draft lies on a card with others, and why (not)."""

    how: Literal["joins", "opens", "alone"]
    why: str


def joins(run: Run, action: Action, page: Lane, newest: OpenBatch | None, now: datetime) -> Joining:
    """The rule. Who sees the card (record owner or group) has been settled by the choice of `newest`."""
    if page.batch is None or action.draft.tool not in page.batch.tools:
        return Joining("alone", "NOT_OF_A_KIND_THAT_LIES_TOGETHER")
    if more := _more_than_a_glance(run, action, page.batch):
        return Joining("alone", more)
    if newest and newest.waits and newest.count < page.batch.most and now - newest.opened <= page.batch.gather:
        return Joining("joins", "OPEN_NOW")
    if run.started.via in _BRINGS_MANY:
        return Joining("opens", "CAME_BY_ITSELF")
    return Joining("alone", "ASKED_FOR_BY_A_PERSON")


def doubtful(draft: Draft) -> bool:
    """Is there anything a person should know before they say yes, beside what will happen?"""
    sure = all(origin.trust == "trusted" for origin in draft.origins)
    return not sure or bool(draft.prior or draft.target.already or draft.precedents or draft.undoes)


def current(run: Run) -> Action | None:
    """The draft a run's line speaks of: what waits for people, else what is under way, else the newest."""
    shown = [a for a in run.actions.values() if a.state not in {State.DRAFTED, State.SHADOWED}]
    under_way = [a for a in shown if a.open]
    return next(iter((*run.waiting, *reversed(under_way), *reversed(shown))), None)


def _more_than_a_glance(run: Run, action: Action, batch: Batch) -> str:
    """Why the draft needs a card of its own; empty when it does not."""
    if len(run.actions) != 1 or action.state is not State.HELD:
        return "NOT_THE_ONLY_DRAFT"
    if action.ruling is None or action.ruling.quorum != 1:
        return "NEEDS_SEVERAL_PEOPLE"
    if doubtful(action.draft):
        return "IN_DOUBT"
    return "MOVES_MONEY" if _moves_more(action.draft.stake.amount, batch.up_to) else ""


def _moves_more(amount: Money | None, up_to: Money | None) -> bool:
    if amount is None or amount.minor == 0:
        return False
    return up_to is None or amount.currency != up_to.currency or amount.minor > up_to.minor
