"""One write under its key: sent, looked for when its answer is lost, and sent again only as its class allows.

    class          after a lost answer
    native_key     sent again under the same key
    natural_key    sent again: the same state twice is one change
    check_first    looked for by its mark; sent again only when the first request can no longer be under way
    unsafe         looked for, never sent again

`Unavailable` (known not done) is tried again in any class, after the time the system asks for. A refusal says that
nothing was done only of the request it answers: what was sent before it may be the very thing it objects to. So it
leaves open what became of that until it can no longer be under way, and longer unless a native key gives all requests
the answer of the first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import stamina

from tools.contract import Frozen, NotYet, Refused, Retry, ToolError, Unavailable, Uncertain, Wire, WriteTool
from tools.practice import sealed

TRIES = 3  # in one performance; the dispatcher comes again later
PATIENCE = timedelta(seconds=30)  # for all tries of one performance
LONGEST_WAIT = 5.0  # seconds of Retry-After slept through here; a longer one is the dispatcher's to plan
ABSENT_AFTER = timedelta(minutes=2)  # presence proves at once; absence only when no request can be under way any more


class Halted(Exception):
    """The kill switch fell before this request was sent; an earlier one may have been, see `Sending.sent`."""


@dataclass
class Sending:
    """One performance. `sent`: a request may have left under this key, now or in a process that was killed."""

    tool: WriteTool[Any, Any]
    wire: Wire
    arguments: Frozen
    key: str
    sent: bool
    age: Callable[[], timedelta]  # for how long surely nothing has left under this key
    left: Callable[[], None]  # told that something has, just now, and its answer is lost
    halted: Callable[[], bool]

    def carry(self) -> Frozen:
        """The write's result. Raises `Refused`, `Halted`, `Uncertain`, or `Unavailable` when nothing was sent."""
        try:
            for attempt in stamina.retry_context(
                on=self._again, attempts=TRIES, timeout=PATIENCE, wait_initial=0.2, wait_max=2.0, wait_jitter=0.2
            ):
                with attempt:
                    return self._once()
        except Unavailable as error:
            if self.sent and not isinstance(error, NotYet):
                raise Uncertain(error.code, error.message) from error
            raise
        raise AssertionError("a retry loop ends with an answer or an error")

    def found(self) -> Frozen | None:
        """What this key left behind, None when it is known to have left nothing. Raises `Unavailable`.

        A read-back that is refused says nothing about the write: it is taken as "cannot be told now".
        """
        found: Frozen | None
        try:
            found = self.tool.read_back(self.wire, self.arguments, self.key)
        except (Refused, Uncertain) as error:
            raise Unavailable(error.code, error.message) from error
        return found

    def _once(self) -> Frozen:
        found = self.found() if self.sent else None
        if found is not None:
            return found
        if self.halted():
            raise Halted
        if self.sent:
            self._allow_again()
        try:
            result: Frozen = self.tool.write(sealed(self.wire, self.key), self.arguments, self.key)
        except Uncertain:
            self.sent = True
            self.left()
            raise
        except Refused as refused:
            if self.sent and (self.tool.retry is not Retry.NATIVE_KEY or self.age() < ABSENT_AFTER):
                raise Uncertain(refused.code, refused.message) from refused
            raise
        return result

    def _allow_again(self) -> None:
        """Raises unless the class lets an absent write be sent again now."""
        match self.tool.retry:
            case Retry.NATIVE_KEY | Retry.NATURAL_KEY:
                return
            case Retry.CHECK_FIRST if self.age() >= ABSENT_AFTER:
                return
            case Retry.CHECK_FIRST:
                left = (ABSENT_AFTER - self.age()).total_seconds()
                raise NotYet("UNDER_WAY_PERHAPS", "the system was asked and shows no trace of it yet", left)
            case Retry.UNSAFE:
                raise Uncertain("NO_ANSWER", "it may not be repeated, and the system shows no trace of it")

    def _again(self, error: Exception) -> bool | float:
        """Is it tried once more in this performance, and after how many seconds?"""
        if isinstance(error, NotYet) or not isinstance(error, ToolError):
            return False
        if isinstance(error, Unavailable):
            return error.retry_after is None or (error.retry_after if error.retry_after <= LONGEST_WAIT else False)
        return isinstance(error, Uncertain) and self.tool.retry is not Retry.UNSAFE
