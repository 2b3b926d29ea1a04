"""What a wish about oneself comes to: who decides while I am away, from when to when.

1. One decides about oneself alone; the stand-in is a full member of the workspace, and somebody else.
2. It has an end, not further off than `LONGEST`, and ends by itself.
3. It is one hop: who stands in passes on what they decide themselves, never what they decide for others. (Nothing here
   forbids a stand-in to be away as well; the look-up in `bot/people/standing.py` never follows a second hop.)
"""

from datetime import datetime, timedelta

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.commands import Standing
from lanes.core.events import PersonEvent
from lanes.core.person_state import PersonState
from tools.contract import Refused

LONGEST = timedelta(days=90)  # after a quarter somebody else belongs into the group itself

_BARRED = {
    Standing.GUEST: "a guest cannot decide, so none can stand in; name a full member",
    Standing.STRANGER: "only people of this workspace can stand in",
    Standing.BOT: "an app cannot decide, so none can stand in; name a person",
    Standing.DEACTIVATED: "that account is deactivated; name somebody who is here",
}


def decide_person(state: PersonState, command: c.PersonCommand, now: datetime) -> tuple[PersonEvent, ...]:
    """The events of a person's command. Raises `Refused` with a sentence."""
    match command:
        case c.GoAway():
            _check(command, now)
            away = e.PersonWentAway(
                at=now, person=command.person.user, stand_in=command.stand_in, since=max(command.since, now),
                until=command.until, by=command.person,
            )  # fmt: skip
            return () if state.away and _same(state.away, away) else (away,)
        case c.ComeBack():
            back = e.PersonCameBack(at=now, person=command.person.user, by=command.person)
            return (back,) if state.ahead(now) else ()


def _check(command: c.GoAway, now: datetime) -> None:
    if command.stand_in == command.person.user:
        raise Refused("STANDS_IN_FOR_SELF", "you cannot stand in for yourself; name a colleague")
    if command.barred:
        unknown = "Slack did not say who that is, so nothing was changed; try again in a minute"
        raise Refused("CANNOT_STAND_IN", _BARRED.get(command.barred, unknown))
    if command.until <= max(command.since, now):
        raise Refused("ENDS_TOO_EARLY", "that would be over before it begins; name a later end")
    if command.until - max(command.since, now) > LONGEST:
        raise Refused("TOO_LONG", f"somebody can stand in for {LONGEST.days} days at the most; name an earlier end")


def _same(one: e.PersonWentAway, other: e.PersonWentAway) -> bool:
    """The same absence once more, said while it holds."""
    begun = one.since == other.since or one.since <= other.since == other.at
    return begun and (one.stand_in, one.until) == (other.stand_in, other.until)
