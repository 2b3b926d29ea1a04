"""What people read in App Home and in their digest."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot import words
from bot.slack.mrkdwn import clamp, person, plain, when
from bot.words.people import spell
from lanes.core.lane_state import Proposal
from lanes.core.page import Lane
from lanes.core.run import Run
from storage.preferences import Preference
from storage.stand_ins import StandIn
from tools.money import Money

_SUBJECT = 90  # characters; no page takes a longer one
_HOW_TO_BE_AWAY = "*Away?* `/lane away @sam until 2026-12-01` lets somebody decide for you"
_MOST_AWAY = 10  # for whom somebody decides, shown; `/lane away` lists all
NEVER = "off"  # the choice of no digest, and of no quiet hours
TOO_LONG_HERE = "This is longer than Home can show whole, so it cannot be approved here. Details shows all of it."
FROZEN = "🧊 frozen when the lane was stopped; once it is resumed, its card lets it run or rejects it"
SETTINGS_HINT = "Hours are those of your own clock, as your Slack profile has it."
ONE_OF_TWO = "Choose both hours of the quiet time, or neither."
SAME_HOURS = "Choose two different hours."
NOT_YOURS_HERE = "Only the lane's owner stops and resumes it from here. `/lane stop` is open to everybody."

IN_YOUR_QUIET_HOURS = "This reaches you in your quiet hours because it would expire before they end."
IN_THEIR_QUIET_HOURS = "It comes in their quiet hours because it would expire before those end."


def waiting(total: int) -> str:
    return f"Waiting for you: {total}" if total else "Nothing waits for you"


def span(first: int, last: int, total: int) -> str:
    return f"{first} to {last} of {total}, what costs most to leave for later first"


def previous(count: int) -> str:
    return f"← Previous {count}"


def following(count: int) -> str:
    return f"Next {count} →"


def why_here(run: Run, amounts: Iterable[Money], until: datetime | None) -> str:
    """Which lane and case, who asked and since when it waits, what it moves, until when."""
    started = run.started
    money = ", ".join(map(str, amounts))
    parts = [
        f"*{plain(run.lane)}*", subject(started.subject), f"asked by {person(started.by.user)} {_moment(started.at)}",
        f"moves *{money}*" if money else "", f"until *{_moment(until)}*" if until else "",
    ]  # fmt: skip
    return " · ".join(part for part in parts if part)


def held_because(reasons: Sequence[str]) -> str:
    """Empty where it is held like everything else: thirty cards need not say so thirty times."""
    usual = not reasons or reasons[0] == "MODE_APPROVAL"
    return "" if usual else f"Held because {words.reasons(tuple(reasons[:1]))}"


def put_off(until: datetime) -> str:
    return f"💤 you put it off until {_moment(until)}"


def taken(user: str) -> str:
    return f"🖐 {person(user)} is on it"


def voices(said: int, needed: int) -> str:
    return f"{said} of {needed} said yes" if needed > 1 else ""


def lease_waits(one: Proposal, page: Lane) -> str:
    """Below a lane: people are asked whether it may act alone."""
    signed = len(one.signed)
    return f"\n▶️ It asks to do more alone: {signed} of {one.proposed.quorum} have signed, in {page.channels.approvals}"


def lane(page: Lane, mode: str, stopped: str, waits: int, ended: Mapping[str, int]) -> str:
    """A lane in two lines. `ended`: how its runs of the last 24 hours ended, "open" those that have not."""
    open_now = max(ended.get("open", 0) - waits, 0)
    fine = {one: n for one, n in sorted(ended.items()) if one != "open" and one in words.OUTCOME_SIGN}
    bad = {one: n for one, n in sorted(ended.items()) if one != "open" and one not in words.OUTCOME_SIGN}
    day = ", ".join(f"{n} {words.counted(one)}" for one, n in fine.items()) or "nothing ended"
    if bad:
        day = (
            ("" if not fine else f"{day} · ") + "⚠️ " + ", ".join(f"{n} {words.counted(one)}" for one, n in bad.items())
        )
    return (
        f"*{plain(page.lane)}* · `{mode}`{stopped}\n{waits} waiting · {open_now} working · last 24 h: {day}\n"
        f"`/lane {page.command} {plain(page.subject.example)}` · owner {person(page.owner.person)}"
    )


def stopped(by: str, at: datetime, every: bool) -> str:
    which = " (all lanes)" if every else ""
    return f" · 🛑 *stopped*{which} by {person(by)} {_moment(at)}"


def failing(systems: Sequence[str]) -> str:
    return f"\n⚠️ {', '.join(plain(words.system(one)) for one in systems)} keeps failing and is left alone for now"


def resume_all(page: Lane) -> str:
    return f"*{plain(page.lane)}* stands still because all lanes were stopped: `/lane resume all`."


def stop_asks(page: Lane) -> str:
    return (
        f"*{plain(page.lane)}* writes nothing from then on, what is approved and has not run is frozen, and every card "
        f"says so. {plain(page.channels.approvals)} is told, with your name and your reason."
    )


def settings(chosen: Preference | None, zone: str, user: str, away: Sequence[StandIn]) -> str:
    """What `user` has chosen, and who is away. `zone` is empty where Slack does not say."""
    digest, quiet = "off", "none"
    if chosen and chosen.digest_hour is not None:
        digest = f"every day at {hour(chosen.digest_hour)}, by direct message"
    if chosen and chosen.quiet_from is not None and chosen.quiet_to is not None:
        quiet = f"{hour(chosen.quiet_from)} to {hour(chosen.quiet_to)}; what would expire meanwhile still reaches you"
    return (
        f"*Daily digest*: {digest}\n*Quiet hours*: {quiet}\n*Your clock*: {plain(zone or 'not known just now')}\n"
        f"{_away(user, away)}"
    )


def _away(user: str, away: Sequence[StandIn]) -> str:
    """Who decides for somebody, and for whom they decide, now or later."""
    mine = [
        f"*Away* {spell(one)}: {person(one.stand_in)} decides for you. `/lane back` ends it."
        for one in away if one.person == user
    ]  # fmt: skip
    theirs = [f"*You decide for* {person(one.person)} {spell(one)}." for one in away if one.stand_in == user]
    return "\n".join([*(mine or [_HOW_TO_BE_AWAY]), *theirs[:_MOST_AWAY]])


def hour(of_day: int) -> str:
    return f"{of_day:02}:00"


def more_lanes(count: int) -> str:
    return f"and {count} more: `/lane status`"


def subject(text: str) -> str:
    """What a case is about, within a line."""
    return clamp(plain(text), _SUBJECT)


def outcome(sign_of: str, about: str, lane_name: str, finished: datetime) -> str:
    sign = words.OUTCOME_SIGN.get(sign_of, "⚠️")
    return (
        f"{sign} *{subject(about)}* · {plain(lane_name)} · {words.OUTCOME.get(sign_of, sign_of)} · {_moment(finished)}"
    )


NOTHING_ENDED = "No run has ended yet. Start one with `/lane help`."


def _moment(at: datetime) -> str:
    return when(at, "{date_short_pretty} {time}")
