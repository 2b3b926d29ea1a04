"""What people really did, read back from the systems of record: the truth that silent drafts are held against.

1. A `Deed` is one change that somebody made, told as the call of our own write tool that would have made it, so that
   both can be compared field by field. What no tool of ours can do is a deed without a tool, in plain words.
2. A `Reaction` is what customers felt afterwards, as far as the system knows it: reopened, rated, disputed …
3. Each fact has the id the vendor gave it (or one made of such ids): however often it is read, it is one fact.
4. A `Truth` is read page by page, one request a page. The cursor of a page is all that is needed to go on after a
   kill; it holds no secret and means something to its own source only.
5. What becomes visible late is covered: every reading looks back by `overlap` before what was asked for.
6. Our own writes are told apart by evidence: the key or the mark they carry, or the account that made them. What a
   rule, an import or another program did is told apart as well: `by.kind` is then "machine".
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, AwareDatetime, Field, ValidationError

from tools.contract import FreeText, Frozen, Internal, Pii, Refused, Wire, WriteTool

Evidence = Literal["", "key", "mark", "account"]
Moment = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]

MOST = 100  # records a page, unless a vendor gives fewer: an answer of a second or two, and little to read again


class By(Frozen):
    """Whose hand it was, as far as the system says: `id` is the vendor's, and all are empty where it says nothing."""

    id: Pii[str] = ""
    name: Pii[str] = ""
    email: Pii[str] = ""
    kind: Internal[Literal["person", "machine"]] = "person"


class Deed(Frozen):
    """One change that was made. `arguments` are JSON-ready; they fit the tool's model, or `unfit` says why not."""

    id: Internal[str]  # "zendesk.audit 700123 700124": the same at every reading
    ref: Internal[str]  # what was changed, as `Target.ref` of the tool names it: "zendesk.ticket ZD-4821"
    also: Pii[tuple[str, ...]] = ()  # what else it is about, in the same spelling: "stripe.customer cus_1"
    tool: Internal[str] = ""  # our write tool that would have made this change; empty: none can
    arguments: FreeText[Mapping[str, Any]] = Field(default_factory=dict)
    unfit: Internal[str] = ""
    did: FreeText[str] = ""  # in plain words where no tool tells it; values of the vendor's stand in it
    by: By = By()
    at: Internal[Moment]
    save: Internal[str] = ""  # what was changed at one stroke shares it: one update, one save
    ours: Internal[Evidence] = ""  # how it is known that the hand was ours; empty: it was not
    key: Internal[str] = ""  # the key of the write of ours, where the change carries it
    url: Internal[str] = ""

    @property
    def system(self) -> str:
        return self.ref.partition(".")[0]


class Reaction(Frozen):
    """Something that came back after the work was done."""

    id: Internal[str]
    kind: Internal[
        Literal["asked", "reopened", "followed_up", "rated", "refund_failed", "disputed", "dispute_won", "dispute_lost"]
    ]
    ref: Internal[str]  # "zendesk.ticket ZD-4821", "stripe.charge ch_1"
    also: Pii[tuple[str, ...]] = ()  # the ticket it follows, the refund that failed, the customer
    by: By = By()
    at: Internal[Moment]
    value: Internal[str] = ""  # the vendor's own word: "good", "bad", a reason
    quote: FreeText[str] = ""
    key: Internal[str] = ""  # the key of the write of ours that it came back on, where that is known
    url: Internal[str] = ""

    @property
    def system(self) -> str:
        return self.ref.partition(".")[0]


class Page(Frozen):
    """What one request brought; it may be nothing. `cursor` is None on the last page, and then everything that happened
    before `read_until` has been told: the next reading asks for what came since.
    """

    deeds: tuple[Deed, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    cursor: str | None = None
    read_until: Moment | None = None


class Place(Frozen):
    """Where a reading stands: what every source has to know to go on."""

    since: Moment  # of this reading, the overlap included
    began: Moment


P = TypeVar("P", bound=Place)


class Truth(ABC, Generic[P]):
    """One source of what people did. `size` is how many records are asked for at once."""

    name: ClassVar[str]  # as a lane's page names it: "stripe.refunds"
    tells: ClassVar[str]  # for people: what is read there
    scopes: ClassVar[frozenset[str]]
    overlap: ClassVar[timedelta]  # how late something may become visible; each source says why
    reaches: ClassVar[timedelta | None] = None  # how far back the vendor tells it; None: as far as records live
    timeout: ClassVar[timedelta] = timedelta(seconds=20)  # lists that are asked for once a night may take their time
    place: type[P]

    def __init__(self, size: int = MOST) -> None:
        if not 1 <= size <= MOST:
            raise ValueError(f"a page has 1 to {MOST} records")
        self.size = size

    @property
    def system(self) -> str:
        return self.name.partition(".")[0]

    def read(
        self, wire: Wire, since: datetime, cursor: str | None = None, *, ours: frozenset[str] = frozenset(),
        now: datetime | None = None,
    ) -> Page:  # fmt: skip
        """The page after `cursor`, the first without one. `ours` are the vendor's ids of the accounts we write as,
        `now` is when a reading that begins with this page begins: by whose clock `read_until` will be understood.

        Raises `Refused` (CURSOR: it is none of this reading, begin again without one; SCHEMA_DRIFT; no right) and
        `Unavailable`. A page that was not answered is asked for again with the same cursor.
        """
        return self._page(wire, self._placed(since, cursor, now), ours)

    @abstractmethod
    def _page(self, wire: Wire, place: P, ours: frozenset[str]) -> Page:
        """One request, and what it told."""

    def _placed(self, since: datetime, cursor: str | None, now: datetime | None) -> P:
        floor = since.astimezone(UTC) - self.overlap
        if cursor is None:
            return self.place(since=floor, began=now or datetime.now(UTC))
        try:
            place = self.place.model_validate_json(cursor)
        except ValidationError:
            raise Refused("CURSOR", f"{self.name}: this is no cursor of a reading") from None
        if place.since != floor:
            raise Refused("CURSOR", f"{self.name}: this cursor is of another reading, from {place.since.isoformat()}")
        return place

    def _more(self, place: P, deeds: Iterable[Deed] = (), reactions: Iterable[Reaction] = ()) -> Page:
        return Page(deeds=tuple(deeds), reactions=tuple(reactions), cursor=place.model_dump_json())

    def _last(self, place: P, deeds: Iterable[Deed] = (), reactions: Iterable[Reaction] = ()) -> Page:
        return Page(deeds=tuple(deeds), reactions=tuple(reactions), read_until=place.began)


AnyTruth = Truth[Any]


class Walk(Place):
    """A reading in two steps: which records were changed, then each one's history."""

    token: str = ""  # of the list of records, as the vendor gave it; empty: at its beginning
    listed: bool = False  # the list has come to its end
    left: tuple[str, ...] = ()  # records whose history is still to be read
    inner: str = ""  # where in the history of the first of them; empty: at its beginning


W = TypeVar("W", bound=Walk)


class Listed(NamedTuple):
    """A page of the list of records; `token` is empty on its last."""

    records: tuple[str, ...]
    token: str = ""


class Told(NamedTuple):
    """What a request for a history told; `inner` is empty where the history is read to its end."""

    deeds: Iterable[Deed] = ()
    reactions: Iterable[Reaction] = ()
    inner: str = ""


class HistoryTruth(Truth[W]):
    """A source whose vendor has a history for each record, and none for all of them."""

    at_once: ClassVar[int] = 1  # histories of one request

    def _page(self, wire: Wire, place: W, ours: frozenset[str]) -> Page:
        if not place.left:
            found = self._changed(wire, place)
            after = place.model_copy(update={"left": found.records, "token": found.token, "listed": not found.token})
            return self._onward(after, Told())
        records = place.left[: self.at_once]
        told = self._told(wire, records, place, ours)
        left = place.left if told.inner else place.left[len(records) :]
        return self._onward(place.model_copy(update={"left": left, "inner": told.inner}), told)

    def _onward(self, place: W, told: Told) -> Page:
        turn = self._last if place.listed and not place.left else self._more
        return turn(place, told.deeds, told.reactions)

    @abstractmethod
    def _changed(self, wire: Wire, place: W) -> Listed:
        """The next records that were changed since `place.since`."""

    @abstractmethod
    def _told(self, wire: Wire, records: tuple[str, ...], place: W, ours: frozenset[str]) -> Told:
        """The histories of `records`, from `place.inner` on; what is older than `place.since` is left out."""


def fitted(tool: WriteTool[Any, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """`tool`, `arguments` and `unfit` of a deed: the arguments as the tool's model carries them, without what it leaves
    to its defaults, or as they came with the reason why they are no arguments of it.
    """
    try:
        meant = tool.arguments.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "all of it"
        return {"tool": tool.name, "arguments": dict(arguments), "unfit": f"{field}: {first['msg'].lower()}"}
    return {"tool": tool.name, "arguments": meant.model_dump(mode="json", exclude_unset=True)}


def folded(deeds: Iterable[Deed], tools: Mapping[str, WriteTool[Any, Any]]) -> tuple[Deed, ...]:
    """Fields that one hand set at one stroke are one deed, as one call of the tool would have set them.

    Deeds of the same save, tool and record are put together where no field is named twice and the whole is a call of
    the tool; the first of them (by id) lends its id. What a page cut apart comes together once both pages are there.
    """
    together: dict[tuple[str, ...], list[Deed]] = {}
    for deed in deeds:
        apart = () if deed.tool and deed.save and not deed.unfit else (deed.id,)
        together.setdefault((deed.ref, deed.tool, deed.save, deed.ours, *apart), []).append(deed)
    return tuple(one for group in together.values() for one in _one(sorted(group, key=lambda deed: deed.id), tools))


def _one(group: list[Deed], tools: Mapping[str, WriteTool[Any, Any]]) -> Iterable[Deed]:
    if len(group) == 1:
        return group
    united: dict[str, Any] = {}
    for deed in group:
        for name, value in deed.arguments.items():
            if united.setdefault(name, value) != value:
                return group
    whole = fitted(tools[group[0].tool], united)
    return group if "unfit" in whole else [group[0].model_copy(update=whole)]


def onward(cursor: str | None, source: str) -> str:
    """The vendor's cursor of a next page that it says there is. Raises `Refused` where it gives none: to stop there
    would lose what comes after it in silence.
    """
    if not cursor:
        raise Refused("SCHEMA_DRIFT", f"{source}: there is more, and no cursor leads to it")
    return cursor


def happened(text: str, source: str) -> datetime:
    """A moment as a vendor writes it, with its offset, in UTC. Raises `Refused` for what is no moment."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused("SCHEMA_DRIFT", f"{source}: {text!r} is not a moment with its offset") from None
    return at.astimezone(UTC)
