"""What the shell must do after an event was written. It runs for new events only, never while folding."""

from datetime import datetime, timedelta
from typing import assert_never

from lanes.core import case_events as ce
from lanes.core import effects as f
from lanes.core import events as e
from lanes.core import lane_events as le
from lanes.core import proof_effects as pf
from lanes.core.case_events import CaseEvent
from lanes.core.case_state import CaseState
from lanes.core.effects import Effect
from lanes.core.events import PersonEvent, RunEvent
from lanes.core.lane_events import LaneEvent
from lanes.core.page import Mode
from lanes.core.run import Run

DRIFT = "SCHEMA_DRIFT"  # the code of an answer that does not have the shape its system promises
_NOT_IN_PRACTICE = (f.Advance, f.Execute, f.Settle, f.HandOver, f.ShowProgress, f.TellQuestion, pf.DrawAudit)
_UNSEEN = (  # nothing that anybody sees changes with them
    e.CallAnswered, e.ActionDrafted, e.ActionBlocked, e.ActionShadowed, e.ThreadOpened, e.DetailsOpened,
)  # fmt: skip
SETTLE_AFTER = timedelta(seconds=5)  # a request that was lost on the way has come to its end by then


def react(run: Run, event: RunEvent, remind: tuple[timedelta, ...] = ()) -> tuple[Effect, ...]:
    """The effects of one new event; `run` is the run after all the events written with it, `remind` says how long
    after it was held the approvers hear of a draft again.
    """
    watched = (pf.WatchLane(lane=run.lane),) if _tells_of_the_lane(run, event) else ()
    wanted = (*_react(run, event, remind), *watched)
    return tuple(one for one in wanted if not isinstance(one, _NOT_IN_PRACTICE)) if run.practice else wanted


def _tells_of_the_lane(run: Run, event: RunEvent) -> bool:
    """May this cost a lane that acts alone its freedom?"""
    if run.started.mode is not Mode.AUTONOMOUS:
        return False
    match event:
        case e.ActionDrafted():
            return bool(event.draft.undoes)
        case e.CallAnswered() | e.ActionFailed():
            return event.code == DRIFT
        case e.RunFinished():
            return event.outcome == "budget"
        case e.PracticeEnded():
            return event.found is False
        case _:
            return isinstance(event, e.ActionBlocked)


def _react(run: Run, event: RunEvent, remind: tuple[timedelta, ...]) -> tuple[Effect, ...]:  # noqa: C901, PLR0911, PLR0912 - one line an event
    if isinstance(event, _UNSEEN):
        return ()
    one = run.id
    show = () if run.silent else (_card(run),)
    match event:
        case e.RunStarted():
            return (f.ShowProgress(run=one), f.Advance(run=one))
        case e.TurnTaken():
            return () if run.silent else (f.ShowProgress(run=one),)
        case e.ActionHeld():
            about = {"run": one, "action": event.action, "version": event.version}
            reminders = (f.RemindHeld(**about, step=n, due=event.at + after) for n, after in enumerate(remind, 1))
            return (*show, f.ExpireHeld(**about, due=event.until), f.CallApprovers(**about), *reminders)
        case e.ActionCleared():
            unasked = _unasked(run, event.action)
            return (*show, *unasked, f.Execute(run=one, action=event.action, version=event.version))
        case e.ActionUncertain():
            due = event.at + SETTLE_AFTER
            return (*show, f.Settle(run=one, action=event.action, version=event.version, due=due))
        case e.ActionDone(undo_until=datetime() as until) if not run.silent:
            closed = (_card(run, due=until), *_audit(run, event))  # the button goes when its time is over
            return (*show, *closed, f.Advance(run=one)) if run.at_rest else (*show, *closed)
        case (
            e.ActionRejected() | e.ActionTakenOver() | e.ActionExpired() | e.ActionSuperseded() | e.ActionDone()
            | e.ActionFailed()
        ):  # fmt: skip
            said = (*show, *_unasked(run, event.action), *_audit(run, event))
            return (*said, f.Advance(run=one)) if run.at_rest else said
        case e.DecisionRefused(surface="batch"):
            return ()  # they are told of all that was left at once
        case e.DecisionRefused():
            told = f.TellRefusal(
                run=one, action=event.action, code=event.code, user=event.by.user, channel=event.channel,
                winner=event.winner.user if event.winner else "", reasons=event.reasons,
                **({"typed": event.delivery, "over": event.version} if event.decision == "edit" else {}),
            )  # fmt: skip
            return (told,)
        case e.DecisionRecorded(decision="break_glass"):
            return (*show, f.TellBreakGlass(run=one, action=event.action, version=event.version))
        case e.DecisionRecorded(decision="edit") if show:
            return (*show, f.ShowProgress(run=one))
        case e.QuestionAsked(to="requester"):
            return (*show, f.TellQuestion(run=one, question=event.delivery))
        case e.Reminded() if run.batch:
            return (*show, f.TellBatchWaiting(batch=run.batch, step=event.step))
        case e.Reminded():
            return (*show, f.TellWaiting(run=one, action=event.action, version=event.version, step=event.step))
        case e.CardClaimed() if show:
            return (*show, _card(run, due=event.until))  # it says so no longer than it is true
        case e.CardSnoozed():
            return (f.TellAwake(run=one, user=event.by.user, due=event.until),)
        case e.QuestionAnswered():
            return (*show, f.TellQuestion(run=one, question=event.question))
        case e.QuestionAsked() | e.CardClaimed() | e.CardLetGo():
            return show
        case e.DecisionRecorded() | e.ActionFrozen() | e.ExecutionStarted() | e.SettlingEnded():
            return show
        case e.RunFinished():
            handed = (f.HandOver(run=one),) if event.handed_over else ()
            return (f.ShowProgress(run=one), *(show if run.card else ()), *handed)
        case e.PracticeEnded():
            return show
        case e.CancelAsked():
            return () if run.silent else (f.ShowProgress(run=one),)
        case e.CardPosted() if event.moved:
            moved = f.TellMoved(lane=run.lane, why=event.moved, day=event.at.date().isoformat())
            return (moved, f.ShowProgress(run=one))
        case e.CardPosted():
            return ()
        case _:
            assert_never(event)


def _card(run: Run, due: datetime | None = None) -> Effect:
    """Draw the card it stands on."""
    return f.ShowBatch(batch=run.batch, due=due) if run.batch else f.ShowCard(run=run.id, due=due)


def _unasked(run: Run, action: str) -> tuple[Effect, ...]:
    """What was asked about a draft before it was decided, and never answered: nobody needs to answer it now."""
    if run.silent:
        return ()
    mine = (asked for asked in run.questions.values() if (asked.action, asked.to) == (action, "requester"))
    return tuple(f.TellQuestion(run=run.id, question=q.delivery) for q in mine if q.delivery not in run.replies)


def _audit(run: Run, event: e.OfAction) -> tuple[Effect, ...]:
    """What went alone may be looked at afterwards."""
    action = run.actions.get(event.action)
    if not isinstance(event, e.ActionDone) or action is None or not action.alone:
        return ()
    return (pf.DrawAudit(run=run.id, action=event.action, version=event.version),)


def react_lane(lane: str, event: LaneEvent, version: int) -> tuple[Effect, ...]:  # noqa: PLR0911 - one line an event
    """The effects of a change of mode or kill switch."""
    told = f.TellLane(lane=lane, version=version)
    match event:
        case le.LaneStopped():
            return (f.FreezeLane(lane=lane), told)
        case le.LaneModeChanged(mode=Mode.APPROVAL):
            return (f.RecallLane(lane=lane), told)
        case le.LaneResumed() | le.LaneModeChanged():
            return (f.RedrawLane(lane=lane), told)
        case le.LaneDemoted():
            return (f.RecallLane(lane=lane), pf.TellDemotion(lane=lane, version=version))
        case le.LeaseEnded():
            return (f.RecallLane(lane=lane), told)
        case le.LeaseProposed() | le.LeaseSigned() | le.LeaseDeclined() | le.LeaseWithdrawn():
            return (pf.ShowLease(lane=lane, proposal=event.proposal),)
        case le.DrillHeld() | le.CanariesAnnounced():
            return (told,)
        case le.LeasePosted():
            return ()
        case _:
            assert_never(event)


def react_person(event: PersonEvent, version: int) -> tuple[Effect, ...]:
    """The effects of somebody's going away or coming back; what a date begins or ends shows by itself."""
    told = f.TellAbsence(person=event.person, version=version)
    match event:
        case e.PersonWentAway():
            return (
                told, f.RedrawPerson(person=event.person, due=max(event.since, event.at)),
                f.RedrawPerson(person=event.person, due=event.until),
            )  # fmt: skip
        case e.PersonCameBack():
            return (told, f.RedrawPerson(person=event.person))
        case _:
            assert_never(event)


def react_case(case: str, state: CaseState, event: CaseEvent) -> tuple[Effect, ...]:
    """The effects of what happens to a case: its card shows it, and the next one follows."""
    match event:
        case ce.AuditDrawn():
            return (pf.AskCases(lane=event.lane),) if event.drawn else ()
        case ce.CaseAsked():
            return (pf.ShowCase(case=case),)
        case ce.CaseLabelled() | ce.CaseGivenUp():
            assert state.asked is not None, "nobody answers what was not asked"
            lane = state.asked.lane
            watch = (pf.WatchLane(lane=lane),) if state.asked.about == "audit" else ()
            return (pf.ShowCase(case=case), pf.AskCases(lane=lane), *watch)
        case ce.CasePassed():
            return (pf.ShowCase(case=case),) if state.open else ()
        case ce.CaseRefused():
            winner = event.winner.user if event.winner else ""
            told = pf.TellCaseRefused(
                case=case, code=event.code, user=event.by.user, channel=event.channel, winner=winner
            )
            return (told,)
        case ce.CasePosted():
            return ()
        case _:
            assert_never(event)
