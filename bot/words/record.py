"""What people read when they ask the record."""

from collections.abc import Mapping, Sequence

from bot import words
from bot.slack.mrkdwn import person, plain, when
from lanes.core import events as e
from lanes.core.run import Action, Run
from lanes.core.values import Ruling
from tools.money import Money

WHOM = (
    "Whom or what? `/lane audit ZD-4821`, a customer's id or e-mail, a run, a lane, or a person with @; "
    "`/lane audit why ZD-4821` says why something was held."
)


def nothing(named: str) -> str:
    return (
        f"Nothing is on record about {named}. A ticket, a customer's id or e-mail, a run or a person can be asked for."
    )


def no_why(named: str) -> str:
    return (
        f"Nothing is on record about {named}, so nothing of it was held. `/lane audit why ZD-4821` asks about a ticket."
    )


def about(count: int, named: str, *, more: bool) -> str:
    runs = f"{count} run{'s' if count != 1 else ''}"
    if more:
        return f"*The newest {runs} about {named}*; there are older ones"
    return f"*{runs} about {named}*" + (", the newest first" if count > 1 else "")


def done(moved: Sequence[str]) -> str:
    return f"Done in them and not taken back: {'; '.join(moved)}"


def moved(tool: str, count: int, money: str) -> str:
    return f"{count} × {words.TOOL.get(tool, plain(tool))}" + (f", *{money}* in all" if money else "")


def sums(tool: str, money: Mapping[tuple[str, str], int]) -> str:
    mine = [Money(minor=minor, currency=currency) for (one, currency), minor in money.items() if one == tool]
    return " + ".join(map(str, mine))


def page_of(number: int, pages: int, again: str) -> str:
    following = f"; the next: `/lane audit {plain(again)} page {number + 1}`" if number < pages else ""
    return f"_Page {number} of {pages}{following}_"


def more_in_home(count: int) -> str:
    return f"and {count} more: App Home shows all of them"


def why_about(run: Run) -> str:
    started = run.started
    who = "a practice draft" if run.practice else f"asked by {person(started.by.user)}"
    asked = f"{who} {when(started.at, '{date_short_pretty} {time}')}"
    where = f"run `{run.id}` of {plain(run.lane)}"
    return f"*Why {plain(started.subject)} was held*: {where}, {asked}, in mode `{started.mode}`"


def ruled(event: e.ActionHeld | e.ActionBlocked | e.ActionFrozen | e.ActionCleared, action: Action | None) -> str:
    """`action` None: the version that was ruled on has been replaced since."""
    match event:
        case e.ActionHeld():
            what = "held for people"
        case e.ActionBlocked():
            what = "not allowed"
        case e.ActionFrozen():
            what = "frozen by the kill switch"
        case _:
            what = "not held: it went alone"
    named = (
        f"*{plain(action.draft.preview.sentence)}*"
        if action
        else f"{event.action}, version {event.version}, replaced since"
    )
    return f"• {named}: {what} {when(event.at, '{date_short_pretty} {time}')}"


def needs(ruling: Ruling) -> str:
    if ruling.verdict != "approve":
        return ""
    if ruling.stages:
        return "needed: " + ", then ".join(f"somebody of @{plain(stage)}" for stage in ruling.stages)
    return f"needed: {ruling.quorum} different people" if ruling.quorum > 1 else "needed: one approver"
