"""What the shell must now do. Performing one twice does no harm: each looks first whether anything is left to do.

Those for the sake of evidence stand in `proof_effects.py`.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from lanes.core import proof_effects as pf
from lanes.core.wanted import OfAction, OfBatch, OfLane, OfPerson, OfRun, Wanted


class Advance(OfRun):
    """Let the agent go on."""

    kind: Literal["advance"] = "advance"
    patient = True
    line = "agent"


class Execute(OfAction):
    """Carry a cleared action out."""

    kind: Literal["execute"] = "execute"
    line = "world"


class Settle(OfAction):
    """Find out what became of an uncertain action."""

    kind: Literal["settle"] = "settle"
    line = "world"


class ExpireHeld(OfAction):
    """Nobody has decided in time."""

    kind: Literal["expire"] = "expire"
    line = "clock"


class ShowCard(OfRun):
    """Post the run's card, or draw it again from the state."""

    kind: Literal["show_card"] = "show_card"
    line = "card"


class ShowBatch(OfBatch):
    """Post a card of several runs, or draw it again from their states."""

    kind: Literal["show_batch"] = "show_batch"
    line = "card"


class ShowProgress(OfRun):
    """Tell the requester, in the thread, how far it is."""

    kind: Literal["show_progress"] = "show_progress"
    line = "thread"


class TellRefusal(OfRun):
    """Tell somebody, and only them, why they could not decide."""

    kind: Literal["tell_refusal"] = "tell_refusal"
    line = "refusals"
    action: str
    code: str
    user: str
    channel: str
    winner: str = ""
    reasons: tuple[str, ...] = ()
    typed: str = ""  # the delivery of an edit that was not taken: it holds what was typed
    over: int = 0  # the version it was typed over


class TellBreakGlass(OfAction):
    """Tell everyone that somebody let a draft through against the rules, and why."""

    kind: Literal["tell_break_glass"] = "tell_break_glass"
    line = "alarm"


class TellQuestion(OfRun):
    """Ask the requester, in the run's thread."""

    kind: Literal["tell_question"] = "tell_question"
    line = "questions"
    question: str


class RemindHeld(OfAction):
    """Nobody has decided by now."""

    kind: Literal["remind"] = "remind"
    line = "clock"
    step: int


class TellWaiting(OfAction):
    """Tell the approvers that something still waits."""

    kind: Literal["tell_waiting"] = "tell_waiting"
    line = "reminders"
    step: int


class CallApprovers(OfAction):
    """Something is held: tell the record's owner that it is theirs, and everyone when nobody could decide on it."""

    kind: Literal["call_approvers"] = "call_approvers"
    line = "calls"


class TellBatchWaiting(OfBatch):
    """Tell the approvers that something still waits on a card of several runs."""

    kind: Literal["tell_batch_waiting"] = "tell_batch_waiting"
    line = "reminders"
    step: int


class TellAwake(OfRun):
    """Tell one person that what they put off is back."""

    kind: Literal["tell_awake"] = "tell_awake"
    line = "reminders"
    user: str
    put_off: datetime | None = None  # until when they put it off, where their quiet hours have moved `due` on


class HandOver(OfRun):
    """Tell the fallback people that the run is theirs now."""

    kind: Literal["hand_over"] = "hand_over"
    line = "hand_over"


class FreezeLane(OfLane):
    """The kill switch fell: freeze what is cleared, draw the open cards again."""

    kind: Literal["freeze_lane"] = "freeze_lane"
    line = "cards"


class RedrawLane(OfLane):
    """Something about a lane changed: draw its open cards again."""

    kind: Literal["redraw_lane"] = "redraw_lane"
    line = "cards"


class RecallLane(OfLane):
    """A lane acts alone no more: what was cleared without a person waits for one, and open cards are drawn again."""

    kind: Literal["recall_lane"] = "recall_lane"
    line = "cards"


class TellDigest(Wanted):
    """Tell one person how their day begins: what waits, what came of yesterday."""

    kind: Literal["tell_digest"] = "tell_digest"
    user: str
    day: str  # the date of their own clock, ISO 8601

    @property
    def queue(self) -> str:
        return f"digest/{self.user}"


class TellLane(OfLane):
    """Tell the approvers' channel that mode or kill switch changed."""

    kind: Literal["tell_lane"] = "tell_lane"
    line = "news"
    version: int


class TellMoved(OfLane):
    """Tell the owner and the fallback people that a lane's cards cannot hang where they belong, and where they are.

    The same for every card of a day that it concerns, so that thirty of them are one message.
    """

    kind: Literal["tell_moved"] = "tell_moved"
    line = "moved"
    why: str
    day: str  # 2026-03-02


class LookAtRooms(Wanted):
    """See whether the channels that open cards hang in, or hung in, are there, and do what follows from it."""

    kind: Literal["look_at_rooms"] = "look_at_rooms"
    patient = True

    @property
    def queue(self) -> str:
        return "rooms"


class SweepLane(OfLane):
    """Look for the lane's work of one period, and start its runs."""

    kind: Literal["sweep_lane"] = "sweep_lane"
    patient = True
    line = "sweep"
    period: str  # 2026-03-02


class TellAbsence(OfPerson):
    """Tell everyone who works with somebody that they are away, or back, and who decides for them."""

    kind: Literal["tell_absence"] = "tell_absence"
    line = "news"
    version: int


class RedrawPerson(OfPerson):
    """Who decides for somebody changes about now: draw the cards that name them again."""

    kind: Literal["redraw_person"] = "redraw_person"
    line = "cards"


class AnswerDelivery(Wanted):
    """Work on something Slack delivered, which is stored under this id."""

    kind: Literal["answer_delivery"] = "answer_delivery"
    delivery: str
    content: str = Field("", exclude=True, repr=False)  # at hand where it has just come in; stored with the delivery

    @property
    def queue(self) -> str:
        return f"delivery/{self.delivery}"


class OfJob(Wanted):
    job: str
    period: str

    @property
    def queue(self) -> str:
        return f"job/{self.job}{self.line}"


class RunJob(OfJob):
    """Do a job's work for one of its periods."""

    kind: Literal["run_job"] = "run_job"
    patient = True
    line = ""


class TellJobFailed(OfJob):
    """Tell whoever is on the hook that a job failed, and why."""

    kind: Literal["tell_job_failed"] = "tell_job_failed"
    line = "/news"


Effect = (
    Advance | Execute | Settle | ExpireHeld | RemindHeld | ShowCard | ShowBatch | ShowProgress | TellRefusal
    | TellBreakGlass | TellQuestion | TellWaiting | TellBatchWaiting | TellAwake | TellDigest | CallApprovers | HandOver
    | FreezeLane | RedrawLane | RecallLane | TellLane | TellMoved | LookAtRooms | TellAbsence | RedrawPerson | SweepLane
    | AnswerDelivery | RunJob | TellJobFailed
    | pf.ShowLease | pf.TellDemotion | pf.WatchLane | pf.RemindLane | pf.ShadowBeside | pf.AskCases | pf.DrawAudit
    | pf.ShowCase | pf.TellCaseRefused | pf.PostCanary | pf.TellReplayDrop
)  # fmt: skip

_read = TypeAdapter[Effect](Annotated[Effect, Field(discriminator="kind")])


def load(stored: str) -> Effect:
    """An effect from its stored form, which is JSON."""
    return _read.validate_json(stored)
