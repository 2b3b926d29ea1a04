"""How customers rated what was done ("Satisfaction Ratings"; the survey that Zendesk calls legacy CSAT). For admins."""

from datetime import timedelta
from typing import ClassVar

from tools.contract import Wire
from tools.evidence import clamp
from tools.truth import By, Page, Place, Reaction, Truth, happened, onward
from tools.wire import Answer, understand
from tools.zendesk import answers
from tools.zendesk.answers import ticket_link

LATE = timedelta(hours=1)  # for an answer that lay in a mail queue, and for clocks that differ


class _Rating(Answer):
    id: int
    score: str
    comment: str | None = None
    ticket_id: int
    requester_id: int
    created_at: str
    updated_at: str


class _Ratings(answers.Page):
    satisfaction_ratings: list[_Rating]


class _Place(Place):
    token: str = ""


class Ratings(Truth[_Place]):
    """A rating is dated by the day it was asked for, and one that a customer changes is told once more."""

    name = "zendesk.ratings"
    tells = "How customers rated the tickets they were asked about."
    scopes: ClassVar = frozenset({"zendesk:ratings.read"})
    overlap: ClassVar = timedelta(days=28)  # a solved ticket is closed by then, and a closed one is rated no more
    place = _Place

    def _page(self, wire: Wire, place: _Place, ours: frozenset[str]) -> Page:
        query: dict[str, str | int] = {"score": "received", "start_time": int(place.since.timestamp())}
        query |= {"page[size]": self.size, **({"page[after]": place.token} if place.token else {})}
        answer = wire.call("GET", "/api/v2/satisfaction_ratings.json", query=query, timeout=self.timeout)
        page = understand(_Ratings, answer, self.name)
        told = [_reaction(wire, one) for one in page.satisfaction_ratings]
        news = [one for one in told if one.at >= place.since + self.overlap - LATE]
        if not page.meta.has_more:
            return self._last(place, reactions=news)
        return self._more(place.model_copy(update={"token": onward(page.meta.after_cursor, self.name)}), reactions=news)


def _reaction(wire: Wire, found: _Rating) -> Reaction:
    ticket = f"ZD-{found.ticket_id}"
    return Reaction(
        id=f"zendesk.rating {found.id} {found.updated_at}",
        kind="rated",
        ref=f"zendesk.ticket {ticket}",
        also=(f"zendesk.user {found.requester_id}",),
        by=By(id=str(found.requester_id)),
        at=happened(found.updated_at, Ratings.name),
        value=found.score,
        quote=clamp(found.comment or ""),
        url=ticket_link(wire, ticket),
    )
