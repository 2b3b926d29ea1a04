"""One finished run in figures, measured from its events: its cost, how long it and its approvers took, how it ended.

1. Nothing of it says who decided: a group is named, never a person.
2. Waiting is from when a draft was held until the decision that ended the wait; of several voices, the last.
3. How long somebody looked is from when the details of a draft were first opened until it was decided. What was decided
   on the card alone was not timed.
4. An edit is measured by the fields that a person changed and by how far it moved the money, both against what the
   agent wrote.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Self

from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.page import Mode
from lanes.core.run import Action, Run, fold
from lanes.core.states import State
from tools.contract import Frozen
from tools.money import Money

OWNER = "record owner"  # in place of a group's name, where whoever owns the record decides
_ENDS_A_WAIT = frozenset({"approve", "reject", "take_over", "edit", "break_glass"})


class ActionFigures(Frozen):
    """One proposed change, over all its versions."""

    action: str
    tool: str
    ref: str  # what it changes
    amount: Money | None = None  # of the newest version
    drafted: datetime  # the first version
    held: datetime | None = None  # it began to wait for people
    opened: datetime | None = None  # somebody opened its details
    decided: datetime | None = None  # the last decision on it
    decision: str = ""  # approve, reject, edit, take_over, break_glass; empty: nobody decided
    reason: str = ""  # the code of a rejection
    group: str = ""  # whose queue it lay in
    edited: int = 0  # fields that a person changed
    moved: Money | None = None  # the edited amount less the agent's
    alone: bool = False  # let go by policy, without a person
    undone: bool = False
    undoes: bool = False  # it takes another action back: people's wish, not the agent's
    came_to: str  # done, rejected, expired …
    code: str = ""

    @property
    def waited(self) -> timedelta | None:
        return self.decided - self.held if self.held and self.decided else None

    @property
    def looked(self) -> timedelta | None:
        """How long the details lay open before the decision, at the most."""
        return self.decided - self.opened if self.opened and self.decided and self.opened <= self.decided else None


class Figures(Frozen):
    """One run. Durations are milliseconds, model spend is millionths of a dollar."""

    run: str
    lane: str
    subject: str
    mode: Mode
    via: str
    configuration: str
    model: str
    started: datetime
    finished: datetime
    outcome: str
    reasons: tuple[str, ...] = ()
    handed_over: bool = False
    cost: int = 0
    turns: int = 0
    model_ms: int = 0
    calls: int = 0  # of tools, writes included
    calls_ms: int = 0
    retries: int = 0  # calls that were made again: writes whose answer was lost, drafts whose target had changed
    actions: tuple[ActionFigures, ...] = ()

    @property
    def waited(self) -> timedelta | None:
        """The longest wait of its drafts; None where nothing waited for people."""
        return max((one.waited for one in self.actions if one.waited is not None), default=None)

    @property
    def asked_people(self) -> bool:
        return any(one.held for one in self.actions)

    @classmethod
    def of(cls, events: Sequence[RunEvent], group: str, *, record_owner: bool = False) -> Self | None:
        """A run's figures; None for one that has not ended. `group` is who decides in the lane, unless a stage says
        otherwise or, with `record_owner`, the draft has an owner.
        """
        run = fold(events)
        if run is None or run.finished is None:
            return None
        writes = [one for one in events if isinstance(one, e.ActionDone | e.ActionFailed | e.ActionUncertain)]
        started, ended = run.started, run.finished
        return cls(
            run=run.id, lane=run.lane, subject=started.subject, mode=started.mode, via=started.via,
            configuration=started.configuration, model=started.model, started=started.at, finished=ended.at,
            outcome=ended.outcome, reasons=ended.reasons, handed_over=ended.handed_over, cost=run.cost,
            turns=len(run.turns), model_ms=sum(turn.ms for turn in run.turns),
            calls=len(run.answers) + len(writes),
            calls_ms=sum(one.ms for one in run.answers.values()) + sum(one.ms for one in writes),
            retries=_retries(events),
            actions=tuple(_action(run, one, events, group, record_owner) for one in run.actions.values()),
        )  # fmt: skip


def _retries(events: Iterable[RunEvent]) -> int:
    changed = (one for one in events if isinstance(one, e.ActionSuperseded) and one.reason == "content_changed")
    lost = (one for one in events if isinstance(one, e.ActionUncertain))
    return sum(1 for _ in changed) + sum(1 for _ in lost)


def _action(run: Run, action: Action, events: Sequence[RunEvent], group: str, record_owner: bool) -> ActionFigures:
    drafts = [one for one in events if isinstance(one, e.ActionDrafted) and one.action == action.id]
    mine = [one for one in events if isinstance(one, e.OfAction) and one.action == action.id]
    decisions = [one for one in mine if isinstance(one, e.DecisionRecorded) and one.decision in _ENDS_A_WAIT]
    first, edit = drafts[0].draft, action.draft.edit
    undone = run.taken_back(action.id)
    last = decisions[-1] if decisions else None
    owned = OWNER if record_owner and action.draft.record_owner else ""
    return ActionFigures(
        action=action.id, tool=action.draft.tool, ref=action.draft.target.ref, amount=action.draft.stake.amount,
        drafted=drafts[0].at,
        held=next((one.at for one in mine if isinstance(one, e.ActionHeld)), None),
        opened=next((one.at for one in mine if isinstance(one, e.DetailsOpened)), None),
        decided=last.at if last else None, decision=last.decision if last else "",
        reason=action.code if action.state is State.REJECTED else "",
        group=(last.stage if last else "") or owned or group,
        edited=len(edit.changes) if edit else 0,
        moved=_apart(action.draft.stake.amount, first.stake.amount) if edit else None,
        alone=action.alone, undone=bool(undone and undone.state is State.DONE), undoes=bool(action.draft.undoes),
        came_to=str(action.state), code=action.code,
    )  # fmt: skip


def _apart(after: Money | None, before: Money | None) -> Money | None:
    if after is None or before is None or after.currency != before.currency:
        return None
    return Money(minor=after.minor - before.minor, currency=after.currency)
