"""What the shell must now do. Performing one twice does no harm: each looks first whether anything is left to do.

Effects of one `queue` are performed one after the other, in order; queues do not wait for each other.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field, TypeAdapter

from tools.contract import Frozen


class Wanted(Frozen):
    due: datetime | None = None  # not before; None is at once
    patient: ClassVar[bool] = False  # it may take minutes (a model thinks), and must never keep a click waiting
    line: ClassVar[str]  # what it queues for, within its run or lane


class OfRun(Wanted):
    run: str

    @property
    def queue(self) -> str:
        return f"{self.run}/{self.line}"


class OfAction(OfRun):
    action: str
    version: int


class OfPerson(Wanted):
    person: str

    @property
    def queue(self) -> str:
        return f"person/{self.person}/{self.line}"


class OfBatch(Wanted):
    batch: str

    @property
    def queue(self) -> str:
        return f"batch/{self.batch}/{self.line}"


class OfLane(Wanted):
    lane: str

    @property
    def queue(self) -> str:
        return f"lane/{self.lane}/{self.line}"


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


class ShowLease(OfLane):
    """Post the card of a proposed lease, or draw it again from the state."""

    kind: Literal["show_lease"] = "show_lease"
    line = "lease"
    proposal: str


class TellDemotion(OfLane):
    """Tell everyone that a lane lost its freedom, by what, and what that means now."""

    kind: Literal["tell_demotion"] = "tell_demotion"
    line = "news"
    version: int


class WatchLane(OfLane):
    """Something has just happened that may cost the lane its freedom: look."""

    kind: Literal["watch_lane"] = "watch_lane"
    patient = True
    line = "watch"


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


class TellReplayDrop(OfLane):
    """Tell the lane's owner and its reports channel that a recorded case fails which passed before."""

    kind: Literal["tell_replay_drop"] = "tell_replay_drop"
    line = "news"
    period: str  # of the nightly replay


class ShadowBeside(OfRun):
    """Let another lane, a second configuration of the same work, draft about the same in silence."""

    kind: Literal["shadow_beside"] = "shadow_beside"
    line = "beside"
    lane: str


class TellAbsence(OfPerson):
    """Tell everyone who works with somebody that they are away, or back, and who decides for them."""

    kind: Literal["tell_absence"] = "tell_absence"
    line = "news"
    version: int


class RedrawPerson(OfPerson):
    """Who decides for somebody changes about now: draw the cards that name them again."""

    kind: Literal["redraw_person"] = "redraw_person"
    line = "cards"


class AskCases(OfLane):
    """See whether people may be asked about more of a lane's cases."""

    kind: Literal["ask_cases"] = "ask_cases"
    patient = True
    line = "cases"


class RemindLane(OfLane):
    """Say again what a lane's people have left lying: a lease to sign, cases to look at."""

    kind: Literal["remind_lane"] = "remind_lane"
    patient = True
    line = "reminders"
    period: str


class PostCanary(OfLane):
    """Put a practice draft among a lane's cards."""

    kind: Literal["post_canary"] = "post_canary"
    patient = True
    line = "canary"
    period: str


class DrawAudit(OfAction):
    """An action has gone alone: draw whether somebody looks at it."""

    kind: Literal["draw_audit"] = "draw_audit"
    line = "audit"


class OfCase(Wanted):
    case: str

    @property
    def queue(self) -> str:
        return f"case/{self.case}/{self.line}"


class ShowCase(OfCase):
    """Post the card that asks about a case, or draw it again from what was said."""

    kind: Literal["show_case"] = "show_case"
    line = "card"


class TellCaseRefused(OfCase):
    """Tell somebody, and only them, why they could not say."""

    kind: Literal["tell_case_refused"] = "tell_case_refused"
    line = "refusals"
    code: str
    user: str
    channel: str
    winner: str = ""


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
    | FreezeLane | RedrawLane | RecallLane | ShowLease | TellDemotion | WatchLane | TellLane
    | TellAbsence | RedrawPerson | SweepLane | ShadowBeside | AnswerDelivery | RunJob
    | AskCases | RemindLane | PostCanary | DrawAudit | ShowCase | TellCaseRefused | TellJobFailed | TellReplayDrop
    | TellMoved | LookAtRooms
)  # fmt: skip

_read = TypeAdapter[Effect](Annotated[Effect, Field(discriminator="kind")])


def load(stored: str) -> Effect:
    """An effect from its stored form, which is JSON."""
    return _read.validate_json(stored)
