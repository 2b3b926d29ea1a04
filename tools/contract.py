"""What every tool promises. The rules, before the code:

1. A tool is one typed operation on one outside system; its name is `system.operation`.
2. Arguments and results are pydantic models that refuse unknown fields; both are validated at every call.
3. Errors are named by what the caller can do: `Refused`, `Unavailable`, `Uncertain`. A tool raises nothing else.
4. A read changes nothing and may be repeated. It can cite what it found, in our words, with a link.
5. A write looks at its target first (`look`), says what it will do (`preview`), acts under a key (`write`), and can
   find its own mark afterwards (`read_back`). What it says is made from typed values, never from a model's prose.
6. How a write may be repeated is declared (`Retry`), not guessed; `UNSAFE` can never run alone.
7. Every field says what kind of data it is (`Internal[str]`, `Pii[str]` …) and whether it routes a write (`Routes`).
8. A write knows whose record it changes, where its system does (`owner`): a lane may let that person decide.
9. A write names the change it makes (`business_key`) and the call that takes it back (`undo`). What a tool cannot do
   stands in `missing`, with its reason: nothing is left out in silence.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from tools.money import Money


class ToolError(Exception):
    """Something outside did not do what was asked. `code` is stable and machine-readable, `message` is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Refused(ToolError):
    """The other side said no, or would. Asking again unchanged brings the same answer."""


class Unavailable(ToolError):
    """It is known that nothing happened. Ask again later, after `retry_after` seconds where the other side said so."""

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(code, message)
        self.retry_after = retry_after


class NotYet(Unavailable):
    """The other side is at work on it, or may be. No failure: ask again after `retry_after` seconds."""


class Uncertain(ToolError):
    """It was sent and not answered: it may have happened. Only a read-back or a person can tell."""


class Frozen(BaseModel):
    """A value: it never changes, and a field nobody declared is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(StrEnum):
    """What kind of data a field holds. It decides who may see it, and how far its value is believed."""

    PUBLIC = "public"  # anybody may know it
    INTERNAL = "internal"  # our own records: ids, amounts, states
    PII = "pii"  # names, addresses, whatever points at a person
    SECRET = "secret"  # noqa: S105 - a kind of data; never shown, never told to a model
    FREE_TEXT = "free_text"  # prose that others wrote: it may hold anything, and it proves nothing


class Role(StrEnum):
    """What a field does, besides what it holds."""

    ROUTES = "routes"  # it decides whom a write reaches, or how much moves: its value has to come from somewhere sure
    ECHOES = "echoes"  # it repeats what was read of the record, to be compared at the write: nobody chooses it


V = TypeVar("V")
Public = Annotated[V, Data.PUBLIC]
Internal = Annotated[V, Data.INTERNAL]
Pii = Annotated[V, Data.PII]
Secret = Annotated[V, Data.SECRET]
FreeText = Annotated[V, Data.FREE_TEXT]
Routes = Annotated[V, Role.ROUTES]
Echoes = Annotated[V, Role.ECHOES]


class Retry(StrEnum):
    """What may be done after a write was sent and not answered."""

    NATIVE_KEY = "native_key"  # the system honours our idempotency key: send again with the same key
    NATURAL_KEY = "natural_key"  # the write sets a state by id: sending it again changes nothing more
    CHECK_FIRST = "check_first"  # look for our mark; send again only when it is known to be absent
    UNSAFE = "unsafe"  # none of these: a person looks


class Risk(StrEnum):
    LOW = "low"  # internal, easily put right
    MEDIUM = "medium"  # a customer sees it, or a report changes
    HIGH = "high"  # money moves


class Evidence(Frozen):
    """One thing that was read, as the card cites it: our label, the system's own words, where a person can look."""

    label: str
    quote: str = ""
    url: str = ""


class Change(Frozen):
    """One field before and after, both as a person reads them."""

    field: str
    before: str
    after: str


class Target(Frozen):
    """What a write is about, as just read.

    `pinned` holds the values the draft rests on: they are read again right before the wire, and a difference stops the
    write. `seen` holds what the preview needs beside them. `already` tells of the same change made by somebody else's
    hand: a person decides and has to know it; what has come to it by the time of the wire stops the write.
    """

    ref: str  # "stripe.charge ch_1"
    url: str = ""
    pinned: Mapping[str, str | int | bool | None]
    seen: Mapping[str, str | int | bool | None] = {}
    already: tuple[Evidence, ...] = ()


class Preview(Frozen):
    """What will happen, as a person approves it. Every word is the tool's, from typed arguments and the target."""

    sentence: str  # imperative, whole: "Refund $38.00 of charge ch_1 to Ada Park (ada@example.com)"
    changes: tuple[Change, ...] = ()
    body: str = ""  # the full text that will be sent to somebody, where there is one


class Stake(Frozen):
    """What the caps count: the money a write moves and the customer it touches."""

    amount: Money | None = None
    customer: str | None = None  # an id of the system of record, such as a Stripe customer


class Undo(Frozen):
    """The call that takes a write back: a write of a registered tool, which is decided on like any other."""

    tool: str
    arguments: Mapping[str, Any]


class Wire(Protocol):
    """One identity's connection to one system. Credentials live behind it and never pass through it."""

    web: str  # where a person opens records, without a trailing slash

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: object | None = None,
        form: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: timedelta,
        changes: bool = False,
    ) -> Any:
        """One request, its decoded JSON answer (None for 204).

        `changes` says that the request may change something: then a lost answer is `Uncertain`, else `Unavailable`.
        Requests that change nothing are repeated by the wire itself, with backoff and within reason; others never are.
        """


A = TypeVar("A", bound=Frozen)
R = TypeVar("R", bound=Frozen)


class Tool(ABC, Generic[A, R]):
    """What reads and writes have in common. `summary` is told to the model and printed on the lane's page."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    summary: ClassVar[str]
    arguments: type[A]
    result: type[R]
    scopes: ClassVar[frozenset[str]]  # "stripe:charges.read"
    example: ClassVar[Mapping[str, Any]]  # arguments of a good call against the seeded sandbox
    timeout: ClassVar[timedelta] = timedelta(seconds=10)  # longer than any healthy answer, shorter than a person's wait

    @property
    def system(self) -> str:
        return self.name.partition(".")[0]


class ReadTool(Tool[A, R]):
    @abstractmethod
    def read(self, wire: Wire, arguments: A) -> R:
        """Fetch it. Raises `Refused` (no such record, no right) or `Unavailable`."""

    def cite(self, wire: Wire, arguments: A, result: R) -> tuple[Evidence, ...]:
        """What of the result a card should show as evidence: nothing unless the tool says so. No request is made."""
        return ()


PRACTICE = "practice-"  # begins the key of a draft that is wrong on purpose: nothing under such a key is ever written


class WriteTool(Tool[A, R]):
    retry: ClassVar[Retry]
    risk: ClassVar[Risk]
    noun: ClassVar[str]  # the result's name in a lane's success test: "refund" in `refund.status == "succeeded"`
    undo_within: ClassVar[timedelta | None] = None  # how long `undo` is offered; None: never, and `missing` says why
    same_within: ClassVar[timedelta] = timedelta(days=30)  # the same change again within it is most likely a mistake
    settles_within: ClassVar[timedelta] = timedelta()  # how long the system may be at work on it (see `pending`)
    owner_scopes: ClassVar[frozenset[str]] = frozenset()  # what `owner` needs beside `scopes`
    missing: ClassVar[Mapping[str, str]] = {}  # what this tool cannot do ("undo", "key", …) → why

    @abstractmethod
    def look(self, wire: Wire, arguments: A) -> Target:
        """Read the target. Raises `Refused` when the write cannot be meant (no such charge, more than is left)."""

    @abstractmethod
    def preview(self, arguments: A, target: Target) -> Preview:
        """Say what will happen. Pure."""

    def stake(self, arguments: A, target: Target) -> Stake:
        """What the caps must count for this write: nothing unless the tool says so. Pure."""
        return Stake()

    def owner(self, wire: Wire, arguments: A) -> str:
        """The e-mail address of whoever owns the record; empty where nobody does, or the tool cannot know. A read.

        Asked only in a lane that lets owners decide, under the scopes of `owner_scopes`. Raises `Refused`,
        `Unavailable`.
        """
        return ""

    def needs(self, arguments: A) -> frozenset[str]:
        """The scopes of this very call; a tool that sets fields asks for each field's own. Pure.

        A right to "crm:deals.write" holds "crm:deals.write.stage" as well, and not the other way round.
        """
        return self.scopes

    @abstractmethod
    def business_key(self, arguments: A) -> str:
        """The change itself, whoever makes it and however often: "refund ch_1". Two writes with one key are one change
        made twice. Pure.
        """

    @abstractmethod
    def write(self, wire: Wire, arguments: A, key: str) -> R:
        """Do it, once under `key` (64 hex digits). Raises `Refused`, `Unavailable` (known not done) or `Uncertain`."""

    @abstractmethod
    def read_back(self, wire: Wire, arguments: A, key: str) -> R | None:
        """The state this write left, found by its key or mark; None when it is known not to have happened.

        Raises `Unavailable` when that cannot be told now.
        """

    @abstractmethod
    def holds(self, arguments: A, result: R) -> bool:
        """Does the read-back show what was asked for? Pure; the post-condition of the write."""

    def failure(self, result: R) -> str:
        """Why the system says that it came to nothing after all, in its own words; empty when it does not. Pure."""
        return ""

    def pending(self, result: R) -> bool:
        """Has the system taken it and is still at work on it? Then it is asked again, for `settles_within`. Pure."""
        return False

    def undo(self, arguments: A, target: Target, result: R | None) -> Undo | None:
        """The call that takes this write back; `target` is as it was before. `result` is None where the answer was
        lost. None: it cannot be taken back (any more). Pure.
        """
        return None
