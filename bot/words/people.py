"""What people read about who decides: the owner of a record, who stands in for whom, and that nobody can."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.slack.mrkdwn import link, person, plain, when
from lanes.core import events as e
from lanes.core.events import PersonEvent
from lanes.core.page import Lane
from lanes.core.run import Action, Run
from storage.stand_ins import StandIn

NO_OWNER: Mapping[str, str] = {
    "unowned": "nobody owns its record",
    "not_in_slack": "its owner is not in Slack",
    "unanswered": "who owns its record could not be found out",
}
OWNER_ASKED = "its owner asked for it"
AWAY_HOW = (
    "Who decides for you? `/lane away @sam 3d`, or `2w`, or `until` a day such as `2026-12-01`; `from` such a day lets "
    "it begin later. `/lane back` ends it."
)


def day(moment: datetime) -> str:
    return when(moment, "{date_short_pretty} {time}")


def for_the_owner(user: str, away: StandIn | None) -> str:
    stands_in = f"; {person(away.stand_in)} decides for them until {day(away.until)}" if away else ""
    return f"for {person(user)}, who owns the record{stands_in}"


def yours(run: Run, action: Action, where: str, whose: str = "") -> str:
    """To the owner of a record, or (`whose`) to who stands in for them."""
    what = plain(action.draft.preview.sentence)
    until = f" until {day(action.until)}" if action.until else ""
    why = f"{person(whose)} owns the record and is away" if whose else "you own the record"
    card = f" {link(where, 'The card')}." if where else ""
    return f"👤 This waits for you{until}, because {why}: *{what}* (asked by {person(run.started.by.user)}).{card}"


def nobody_can_decide(run: Run, action: Action, group: str) -> str:
    """To who asked, and to the fallback people."""
    until = f" It waits until {day(action.until)} and then expires; nothing is done by that." if action.until else ""
    return (
        f"⚠️ Too few people can decide on “{plain(action.draft.preview.sentence)}”: whoever asked does not count, and "
        f"there are not enough others in @{plain(group)}.{until} Add somebody to @{plain(group)}, or let somebody else "
        f"start `{plain(run.lane)}` about {plain(run.started.subject)}."
    )


def absence_changed(event: PersonEvent, lanes: Sequence[str]) -> str:
    """To the channels where somebody decides, and to who stands in."""
    who, where = person(event.person), ", ".join(f"*{plain(lane)}*" for lane in lanes)
    match event:
        case e.PersonWentAway(stand_in=stand_in, since=since, until=until):
            begins = "" if since <= event.at else f"from {day(since)} "
            return (
                f"🌴 {who} is away {begins}until {day(until)}. {person(stand_in)} decides for them in {where} "
                "meanwhile, beside everybody else who may; never on what either of them asked for. It ends by itself."
            )
        case e.PersonCameBack():
            return f"👋 {who} is back and decides again in {where}. Nobody stands in for them any more."


def you_stand_in(event: e.PersonWentAway, lanes: Sequence[str]) -> str:
    where = ", ".join(f"*{plain(lane)}*" for lane in lanes) or "the lanes"
    begins = "" if event.since <= event.at else f"from {day(event.since)} "
    return (
        f"🌴 You decide for {person(event.person)} {begins}until {day(event.until)}, in {where}. Your decisions say "
        "so: “you for them”. `/lane inbox` shows what waits."
    )


def went_away(away: StandIn) -> str:
    """To the one who is going."""
    return (
        f"🌴 From {day(away.since)} until {day(away.until)}, {person(away.stand_in)} decides for you. It ends by "
        "itself; `/lane back` ends it sooner. The approvers' channels of your lanes are told."
    )


DID_COME_BACK = "👋 You are back: nobody decides for you any more."
WAS_NOT_AWAY = "You are not away, and nobody decides for you."


def not_changed(why: str) -> str:
    return f"That cannot be: {plain(why)}. Nothing was changed."


def unclear(text: str) -> str:
    typed = re.sub(r"<@\w+\|([^>]*)>", r"@\1", text)  # as Slack passes on a name
    return f"`{plain(typed)}` does not say who, and until when. {AWAY_HOW}"


def absences(mine: Sequence[StandIn], others: Sequence[StandIn]) -> str:
    """Who is away, and who decides for them; one's own first."""
    lines = [f"• You, {spell(one)}: {person(one.stand_in)} decides for you" for one in mine]
    lines += [f"• {person(one.person)}, {spell(one)}: {person(one.stand_in)} decides for them" for one in others]
    return "\n".join(["*Away*", *lines]) if lines else f"Nobody is away. {AWAY_HOW}"


def spell(one: StandIn) -> str:
    """From when to when."""
    return f"from {day(one.since)} until {day(one.until)}"


def only_the_owner(lane: Lane) -> str:
    return f"Only {person(lane.owner.person)}, who owns *{lane.lane}*, can sign a lease. Nothing was changed."


def nothing_to_lease(lane: Lane) -> str:
    return f"No line of *{lane.lane}*'s policy says `auto`, so there is nothing a lease could let go alone."
