"""What the shell must now do. Performing one twice does no harm: each looks first whether anything is left to do."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tools.contract import Frozen


class Wanted(Frozen):
    due: datetime | None = None  # not before; None is at once

    @property
    def queue(self) -> str:
        """Effects of one queue are performed one after the other, in order."""
        raise NotImplementedError

    @property
    def patient(self) -> bool:
        """It may take minutes (a model thinks), and must never keep a person's click waiting."""
        return False


class OfRun(Wanted):
    run: str


class Advance(OfRun):
    """Let the agent go on."""

    kind: Literal["advance"] = "advance"

    @property
    def patient(self) -> bool:
        return True

    @property
    def queue(self) -> str:
        return f"{self.run}/agent"


class Execute(OfRun):
    """Carry a cleared action out."""

    kind: Literal["execute"] = "execute"
    action: str
    version: int

    @property
    def queue(self) -> str:
        return f"{self.run}/world"


class Settle(OfRun):
    """Find out what became of an uncertain action."""

    kind: Literal["settle"] = "settle"
    action: str
    version: int

    @property
    def queue(self) -> str:
        return f"{self.run}/world"


class ExpireHeld(OfRun):
    kind: Literal["expire"] = "expire"
    action: str
    version: int

    @property
    def queue(self) -> str:
        return f"{self.run}/clock"


class ShowCard(OfRun):
    """Post the run's card, or draw it again from the state."""

    kind: Literal["show_card"] = "show_card"

    @property
    def queue(self) -> str:
        return f"{self.run}/card"


class ShowProgress(OfRun):
    """Tell the requester, in the thread, how far it is."""

    kind: Literal["show_progress"] = "show_progress"

    @property
    def queue(self) -> str:
        return f"{self.run}/thread"


class TellRefusal(OfRun):
    """Tell somebody, and only them, why they could not decide."""

    kind: Literal["tell_refusal"] = "tell_refusal"
    action: str
    code: str
    user: str
    channel: str
    winner: str = ""

    @property
    def queue(self) -> str:
        return f"{self.run}/tell/{self.user}"


class HandOver(OfRun):
    """Tell the fallback people that the run is theirs now."""

    kind: Literal["hand_over"] = "hand_over"

    @property
    def queue(self) -> str:
        return f"{self.run}/hand_over"


class FreezeLane(Wanted):
    """The kill switch fell: freeze what is cleared, draw the open cards again."""

    kind: Literal["freeze_lane"] = "freeze_lane"
    lane: str

    @property
    def queue(self) -> str:
        return f"lane/{self.lane}"


class RedrawLane(Wanted):
    """Something about a lane changed: draw its open cards again."""

    kind: Literal["redraw_lane"] = "redraw_lane"
    lane: str

    @property
    def queue(self) -> str:
        return f"lane/{self.lane}"


class TellLane(Wanted):
    """Tell the approvers' channel that mode or kill switch changed."""

    kind: Literal["tell_lane"] = "tell_lane"
    lane: str
    version: int

    @property
    def queue(self) -> str:
        return f"lane/{self.lane}/tell"


class AnswerDelivery(Wanted):
    """Work on something Slack delivered, which is stored under this id."""

    kind: Literal["answer_delivery"] = "answer_delivery"
    delivery: str

    @property
    def queue(self) -> str:
        return f"delivery/{self.delivery}"


Effect = (
    Advance | Execute | Settle | ExpireHeld | ShowCard | ShowProgress | TellRefusal | HandOver | FreezeLane | RedrawLane
    | TellLane | AnswerDelivery
)  # fmt: skip

_read = TypeAdapter[Effect](Annotated[Effect, Field(discriminator="kind")])


def load(stored: str) -> Effect:
    """An effect from its stored form, which is JSON."""
    return _read.validate_json(stored)
