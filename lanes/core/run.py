"""A run, folded from its events. `evolve` is the only place that makes the next state from the last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.page import Mode
from lanes.core.replace import replace
from lanes.core.states import FINAL, MOVES, WAITING, Impossible, State, step
from lanes.core.values import Draft, Person, Place, Ruling


@dataclass(frozen=True)
class Action:
    """One proposed change, at its newest version."""

    id: str
    version: int
    call: str
    draft: Draft
    drafted_at: datetime
    state: State = State.DRAFTED
    ruling: Ruling | None = None
    until: datetime | None = None
    alone: bool = False  # cleared by policy, without a person
    broke_glass: bool = False
    reminded: int = 0  # reminders sent
    released: bool = False  # cleared, frozen, and cleared again: nobody knows from here what happened meanwhile
    decided: tuple[e.DecisionRecorded, ...] = ()
    result: Mapping[str, object] | None = None
    code: str = ""  # of a rejection, a failure, a replacement
    message: str = ""
    began_at: datetime | None = None  # the intent was committed
    lost_at: datetime | None = None  # it became uncertain: nothing is sent from then on
    unsettled: bool = False  # uncertain, and only a person can tell
    undoable: bool = False  # unsettled, and its tool knows a way back
    undo_until: datetime | None = None
    finished_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.state not in FINAL

    @property
    def yes(self) -> tuple[e.DecisionRecorded, ...]:
        return tuple(one for one in self.decided if one.decision == "approve")

    @property
    def approvals(self) -> tuple[Person, ...]:
        return tuple(one.by for one in self.yes)

    @property
    def broke(self) -> tuple[e.DecisionRecorded, ...]:
        """Who let it through by breaking the glass."""
        return tuple(one for one in self.decided if one.decision == "break_glass")

    @property
    def stage(self) -> str:
        """The group whose yes is asked for now; empty: the lane's approvers."""
        stages = self.ruling.stages if self.ruling else ()
        return stages[len(self.yes)] if len(self.yes) < len(stages) else ""


@dataclass(frozen=True)
class Run:
    """Everything known of one run. `version` counts the events of its stream."""

    id: str
    version: int
    started: e.RunStarted
    turns: tuple[e.TurnTaken, ...] = ()
    answers: Mapping[str, e.CallAnswered] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)
    card: Place | None = None
    moved: str = ""  # Slack's word for why the card does not hang where the lane's cards hang
    left: tuple[Place, ...] = ()  # where it hung before, in rooms that may come back
    thread: e.ThreadOpened | None = None
    batch: str = ""  # the card of several runs that it is one line of
    handled: frozenset[str] = frozenset()  # deliveries already decided on
    claim: e.CardClaimed | None = None
    snoozed: Mapping[str, datetime] = field(default_factory=dict)  # by Slack id, until when
    questions: Mapping[str, e.QuestionAsked] = field(default_factory=dict)  # by the delivery they were asked with
    replies: Mapping[str, e.QuestionAnswered] = field(default_factory=dict)  # by the same
    seen_by: frozenset[tuple[str, int, str]] = frozenset()  # (action, version, Slack id) of who opened Details
    cancelled: e.CancelAsked | None = None
    practised: e.PracticeEnded | None = None
    finished: e.RunFinished | None = None

    @property
    def lane(self) -> str:
        return self.started.lane

    @property
    def practice(self) -> bool:
        """Is its draft wrong on purpose?"""
        return self.started.practice is not None

    @property
    def cost(self) -> int:
        """Millionths of a dollar spent on models so far; a turn without a price never gets here (it ends the run)."""
        return sum(turn.cost or 0 for turn in self.turns)

    @property
    def worked(self) -> timedelta:
        """Time spent working; waiting for people does not count."""
        turns = sum(turn.ms for turn in self.turns)
        return timedelta(milliseconds=turns + sum(answer.ms for answer in self.answers.values()))

    @property
    def done(self) -> frozenset[str]:
        """The write tools that have been carried out in this run, and not taken back."""
        undone = {a.draft.undoes for a in self.actions.values() if a.state is State.DONE}
        done = (a for a in self.actions.values() if a.state is State.DONE and a.id not in undone)
        return frozenset(a.draft.tool for a in done if not a.draft.undoes)

    def taken_back(self, which: str) -> Action | None:
        """The newest action that takes another back, or tries to."""
        return next((a for a in reversed([*self.actions.values()]) if a.draft.undoes == which), None)

    @property
    def waiting(self) -> tuple[Action, ...]:
        """What waits for people, oldest first."""
        return tuple(a for a in self.actions.values() if a.state in WAITING)

    @property
    def held(self) -> tuple[Action, ...]:
        """What waits for a yes or a no, oldest first."""
        return tuple(a for a in self.actions.values() if a.state is State.HELD)

    def claimed(self, now: datetime) -> e.CardClaimed | None:
        """Who works on the card right now."""
        return self.claim if self.claim and now < self.claim.until else None

    @property
    def at_rest(self) -> bool:
        """Nothing is open: the agent may go on."""
        return self.finished is None and not any(a.open for a in self.actions.values())

    @property
    def silent(self) -> bool:
        """A shadow run says nothing that could be taken for an offer."""
        return self.started.mode is Mode.SHADOW


def evolve(run: Run | None, event: RunEvent) -> Run:  # noqa: C901, PLR0911, PLR0912 - one line an event
    """The run after one more event. Raises `Impossible` when the event cannot follow."""
    if isinstance(event, e.RunStarted):
        assert run is None, "a run starts once"
        return Run(id=event.run, version=1, started=event)
    assert run is not None, "a run starts with run.started"
    run = replace(run, version=run.version + 1)
    match event:
        case e.TurnTaken():
            return replace(run, turns=(*run.turns, event))
        case e.CallAnswered():
            return replace(run, answers={**run.answers, event.call: event})
        case e.ActionDrafted():
            return _with(run, _drafted(run.actions.get(event.action), event))
        case e.SettlingEnded():
            return _with(run, replace(_meant(run, event), unsettled=True, undoable=event.undoable))
        case e.DecisionRefused():
            return replace(run, handled=run.handled | {event.delivery})
        case e.DetailsOpened():
            seen = run.seen_by | {(event.action, event.version, event.by.user)}
            return replace(run, handled=run.handled | {event.delivery}, seen_by=seen)
        case e.QuestionAsked():
            asked = {**run.questions, event.delivery: event}
            return replace(run, handled=run.handled | {event.delivery}, questions=asked)
        case e.QuestionAnswered():
            replies = {**run.replies, event.question: event}
            return replace(run, handled=run.handled | {event.delivery}, replies=replies)
        case e.Reminded():
            return _with(run, replace(_meant(run, event), reminded=event.step))
        case e.CardClaimed() | e.CardLetGo():
            held = event if isinstance(event, e.CardClaimed) else None
            return replace(run, handled=run.handled | {event.delivery}, claim=held)
        case e.CardSnoozed():
            snoozed = {**run.snoozed, event.by.user: event.until}
            return replace(run, handled=run.handled | {event.delivery}, snoozed=snoozed)
        case e.CancelAsked():
            return replace(run, handled=run.handled | {event.delivery}, cancelled=event)
        case e.CardPosted():
            left = (*run.left, event.instead_of) if event.instead_of else run.left
            return replace(run, card=event.place, batch=event.batch, moved=event.moved, left=left)
        case e.ThreadOpened():
            return replace(run, thread=event)
        case e.PracticeEnded():
            return replace(run, practised=event)
        case e.RunFinished():
            return replace(run, finished=event)
        case e.DecisionRecorded():
            claim = None if run.claim and run.claim.by == event.by else run.claim  # what it was taken for is done
            run, action = replace(run, handled=run.handled | {event.delivery}, claim=claim), _meant(run, event)
            return _with(run, replace(action, decided=(*action.decided, event)))
        case _:
            return _with(run, _moved(_meant(run, event), event))


def _meant(run: Run, event: e.OfAction) -> Action:
    action = run.actions.get(event.action)
    if action is None or action.version != event.version:
        raise Impossible(f"{event.kind} is about {event.action} version {event.version}, which is not there")
    return action


def _drafted(before: Action | None, event: e.ActionDrafted) -> Action:
    """The first version, or the next one of a draft that was superseded: nothing else is ever drafted over."""
    if before and (before.state is not State.SUPERSEDED or event.version != before.version + 1):
        raise Impossible(f"{event.kind} cannot replace version {before.version}, which is {before.state}")
    return Action(event.action, event.version, event.call, event.draft, event.at)


def _moved(action: Action, event: e.OfAction) -> Action:  # noqa: C901 - one line an event
    action = replace(action, state=step(action.state, event.kind))
    if action.state in FINAL:
        action = replace(action, finished_at=event.at)
    match event:
        case e.ActionHeld():
            action = replace(action, ruling=event.ruling, until=event.until)
        case e.ActionCleared():
            action = replace(
                action, ruling=event.ruling, alone=action.alone or event.how == "auto",
                released=event.how == "released", broke_glass=action.broke_glass or event.how == "break_glass",
            )  # fmt: skip
        case e.ActionBlocked() | e.ActionShadowed():
            action = replace(action, ruling=event.ruling)
        case e.ExecutionStarted():
            action = replace(action, ruling=event.ruling, began_at=event.at)
        case e.ActionRejected():
            action = replace(action, code=event.reason, message=event.note)
        case e.ActionTakenOver():
            action = replace(action, message=event.note)
        case e.ActionSuperseded():
            action = replace(action, code=event.reason, message=event.detail)
        case e.ActionFailed() | e.ActionUncertain():
            lost_at = event.at if action.state is State.UNCERTAIN else action.lost_at
            action = replace(action, code=event.code, message=event.message, unsettled=False, lost_at=lost_at)
        case e.ActionDone():
            action = replace(action, result=event.result, undo_until=event.undo_until, unsettled=False)
        case _:  # frozen keeps the ruling that cleared it: a release stands on that one, not on the kill switch
            pass
    return action


def _with(run: Run, action: Action) -> Run:
    return replace(run, actions={**run.actions, action.id: action})


def fold(events: Iterable[RunEvent], run: Run | None = None) -> Run | None:
    """A run from its history, or one that goes on from `run`."""
    for event in events:
        run = evolve(run, event)
    return run


assert set(MOVES.values()) | {State.DRAFTED} == set(State), "every state is reached by an event"
