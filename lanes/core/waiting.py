"""What waits for people, as a list needs it: who decides on it, until when, what is at stake. Made from a run and kept
beside it, so that five hundred cases are put in order without folding one of them.
"""

from collections.abc import Mapping
from datetime import datetime

from lanes.core.deciders import asker
from lanes.core.run import Action, Run
from lanes.core.states import State
from tools.contract import Frozen
from tools.money import Money


class Asks(Frozen):
    """All that a draft says of who decides on it now: where it is equal for two drafts of a lane, the same people do.

    People are named by their Slack ids.
    """

    asker: str  # who wants it done, and never decides on it
    frozen: bool = False  # it was approved, and the lane was stopped before it ran
    stages: tuple[str, ...] = ()
    yes: tuple[tuple[str, str], ...] = ()  # who said it, and for whom they stood in
    owner: str = ""  # of the record
    reminded: int = 0
    wrote: tuple[str, ...] = ()  # who made it go elsewhere or move more, and whose own yes does not count


class WaitingDraft(Frozen):
    action: str
    asks: Asks
    until: datetime | None = None
    amount: Money | None = None  # that it moves


class Taken(Frozen):
    """Somebody works on the card."""

    user: str
    until: datetime


class Waits(Frozen):
    """Everything of one case that waits for people, oldest first."""

    drafts: tuple[WaitingDraft, ...]
    snoozed: Mapping[str, datetime] = {}  # by Slack id, until when
    taken: Taken | None = None

    @property
    def until(self) -> datetime | None:
        """When the first of it expires; None: it does not."""
        return min((draft.until for draft in self.drafts if draft.until and not draft.asks.frozen), default=None)


def waits(run: Run) -> Waits | None:
    """What of a run waits for people; None when nothing does."""
    if not run.waiting:
        return None
    taken = Taken(user=run.claim.by.user, until=run.claim.until) if run.claim else None
    return Waits(drafts=tuple(_draft(run, one) for one in run.waiting), snoozed=run.snoozed, taken=taken)


def _draft(run: Run, action: Action) -> WaitingDraft:
    asks = Asks(
        asker=asker(run, action).user, frozen=action.state is State.FROZEN,
        stages=action.ruling.stages if action.ruling else (), owner=action.draft.record_owner,
        yes=tuple((one.by.user, one.on_behalf) for one in action.yes), reminded=action.reminded,
        wrote=tuple(one.user for one in action.draft.edit.made_by) if action.draft.edit else (),
    )  # fmt: skip
    return WaitingDraft(action=action.id, asks=asks, until=action.until, amount=action.draft.stake.amount)
