"""A run's events as a person reads them, one line an event. Used in Slack and on the command line alike."""

from collections.abc import Callable

from bot import words
from bot.slack.mrkdwn import plain
from bot.words import canaries as words_canaries
from bot.words.moved import WHY_MOVED
from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.values import Practice, Ruling

Name = Callable[[str], str]  # how a person is written: <@U1> in Slack, @U1 elsewhere


def tell(event: RunEvent, name: Name) -> str:  # noqa: C901, PLR0911, PLR0912 - one line an event
    """One event in one line."""
    match event:
        case e.RunStarted(practice=Practice() as practice):
            return f"a practice draft for {event.lane} was made from run {practice.made_from} (mode {event.mode})"
        case e.RunStarted():
            return f"{name(event.by.user)} asked {event.lane} about {plain(event.subject)} (mode {event.mode})"
        case e.TurnTaken():
            cost = words.money(event.cost) if event.cost is not None else "no known price"
            return f"{event.model} took turn {event.turn}: {event.stop}, {event.ms} ms, {cost}"
        case e.CallAnswered():
            said = words.STEP.get(event.tool, plain(event.tool))
            return f"{said}{'' if event.ok else f': {event.code}'} ({event.ms} ms)"
        case e.ActionDrafted():
            back = f", to take {event.draft.undoes} back" if event.draft.undoes else ""
            by = f" ({name(event.draft.asked_by.user)} asked{back})" if event.draft.asked_by else ""
            return f"drafted {event.action}: {plain(event.draft.preview.sentence)}{by}"
        case e.ActionHeld():
            return f"{event.action} is held: {words.reasons(event.ruling.reasons)}; {_needs(event.ruling)}"
        case e.ActionCleared():
            return f"{event.action} is cleared ({event.how})"
        case e.ActionBlocked() | e.ActionShadowed():
            done = "blocked" if isinstance(event, e.ActionBlocked) else "kept silent"
            return f"{event.action} is {done}: {words.reasons(event.ruling.reasons)}"
        case e.ActionRejected():
            note = f" — “{plain(event.note)}”" if event.note else ""
            return f"{event.action} is rejected by {name(event.by.user)}: {event.reason}{note}"
        case e.ActionExpired():
            return f"{event.action} has expired: nobody decided in time"
        case e.ActionSuperseded():
            return f"{event.action} no longer stands ({event.reason}): {plain(event.detail)}"
        case e.ActionFrozen():
            return f"{event.action} is frozen by the kill switch"
        case e.ExecutionStarted():
            return f"{event.action} goes out under key {event.key[:12]}…"
        case e.ActionDone():
            return f"{event.action} is done ({event.ms} ms)"
        case e.ActionFailed() | e.ActionUncertain():
            done = "failed" if isinstance(event, e.ActionFailed) else "is uncertain"
            return f"{event.action} {done}: {event.code}, {plain(event.message)}"
        case e.SettlingEnded():
            return f"{event.action} cannot be settled by the systems: {plain(event.detail)}; a person has to look"
        case e.DecisionRecorded():
            whom = f" for {name(event.on_behalf)}" if event.on_behalf else ""
            return f"{name(event.by.user)} decided{whom} on {event.action}: {event.decision} ({event.surface})"
        case e.DecisionRefused():
            return f"{name(event.by.user)} could not {event.decision} {event.action}: {event.code}"
        case e.ActionTakenOver():
            note = f" — “{plain(event.note)}”" if event.note else ""
            return f"{name(event.by.user)} does {event.action} by hand{note}"
        case e.QuestionAsked():
            return f"{name(event.by.user)} asked the {event.to} about {event.action}: “{plain(event.text)}”"
        case e.QuestionAnswered():
            return f"{name(event.by.user)} answered: “{plain(event.text)}”"
        case e.Reminded():
            return f"the approvers were reminded of {event.action}" + (", and those above them" * event.escalated)
        case e.CardClaimed():
            return f"{name(event.by.user)} took the card until {event.until:%H:%M}"
        case e.CardLetGo():
            return f"{name(event.by.user)} let the card go"
        case e.CardSnoozed():
            return f"{name(event.by.user)} put it off until {event.until:%Y-%m-%d %H:%M}"
        case e.CancelAsked():
            return f"{name(event.by.user)} cancelled the run"
        case e.CardPosted():
            why = WHY_MOVED.get(event.moved, event.moved)
            return f"the card was posted elsewhere: {why}" if why else "the card was posted"
        case e.ThreadOpened():
            return "progress is told in a thread"
        case e.DetailsOpened():
            return f"{name(event.by.user)} opened the details of {event.action}"
        case e.PracticeEnded():
            return words_canaries.ended(event)
        case e.RunFinished():
            reasons = f" ({plain('; '.join(event.reasons))})" if event.reasons else ""
            handed = "; handed over to people" if event.handed_over else ""
            return f"finished: {words.OUTCOME.get(event.outcome, event.outcome)}{reasons}{handed}"


def story(events: tuple[RunEvent, ...], name: Name) -> list[str]:
    """A whole run, a line an event, with its moment."""
    return [f"{event.at:%Y-%m-%d %H:%M:%S}  {tell(event, name)}" for event in events]


def _needs(ruling: Ruling) -> str:
    return f"needs {ruling.quorum} different people" if ruling.quorum > 1 else "needs one approver"
