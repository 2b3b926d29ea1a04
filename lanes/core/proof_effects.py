"""What the shell must now do for evidence's sake: cases, practices, replays, leases, and what takes a lease away."""

from typing import Literal

from lanes.core.wanted import OfAction, OfLane, OfRun, Wanted


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
