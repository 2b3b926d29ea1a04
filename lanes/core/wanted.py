"""What every effect has: when it is due, and what it queues for.

Effects of one `queue` are performed one after the other, in order; queues do not wait for each other.
"""

from datetime import datetime
from typing import ClassVar

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
