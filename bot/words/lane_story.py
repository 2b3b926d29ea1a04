"""What people read when they ask what has happened to a lane: one line an event, the newest first."""

from collections.abc import Sequence
from typing import assert_never

from bot.slack.mrkdwn import person, plain, quoted, when
from bot.words.bar import segment
from bot.words.lease import REASON, WITHDRAWN, lease
from lanes.core import lane_events as le
from lanes.core.lane_events import LaneEvent


def about(lane: str, count: int) -> str:
    if not count:
        return f"Nothing has ever been changed about *{plain(lane)}*: it is as its page says."
    return f"*What has happened to {plain(lane)}*, the newest first"


def story(lane: str, events: Sequence[LaneEvent]) -> list[str]:
    """`events` in their order."""
    told = [
        f"• {when(one.at, '{date_short_pretty} {time}')}: {_said(one)}"
        for one in reversed(events)
        if not isinstance(one, le.LeasePosted)  # the card says for itself where it hangs
    ]
    return [about(lane, len(told)), *told]


def _said(event: LaneEvent) -> str:  # noqa: PLR0911 - one line an event
    match event:
        case le.LaneModeChanged():
            why = f" Their reason:\n{quoted(event.why)}" if event.why else ""
            under = f", {lease(event.lease)}" if event.lease else ""
            return f"{person(event.by.user)} set its mode to `{event.mode}`{under}{why}"
        case le.LaneStopped():
            return f"🛑 {person(event.by.user)} stopped it{f': {plain(event.why)}' if event.why else ''}"
        case le.LaneResumed():
            return f"{person(event.by.user)} let it go on"
        case le.LaneDemoted():
            return _demoted(event)
        case le.DrillHeld():
            came_of_it = "it works" if event.passed else "it does not work"
            return f"{person(event.by.user)} tried its kill switch: {came_of_it}"
        case le.CanariesAnnounced():
            return "its approvers were told that practice drafts will come"
        case _:
            return _of_lease(event)


def _of_lease(
    event: le.LeaseProposed | le.LeasePosted | le.LeaseSigned | le.LeaseDeclined | le.LeaseWithdrawn | le.LeaseEnded,
) -> str:
    match event:
        case le.LeaseProposed():
            what = ", ".join(segment(one) for one in event.lease.segments)
            return f"its evidence sufficed for {what}; a lease was put before people"
        case le.LeasePosted():
            return "the card of its lease was hung up"
        case le.LeaseSigned():
            return f"{person(event.by.user)} signed its lease"
        case le.LeaseDeclined():
            return f"{person(event.by.user)} declined its lease. Their reason:\n{quoted(event.why)}"
        case le.LeaseWithdrawn():
            return f"its lease was withdrawn before enough had signed: {WITHDRAWN.get(event.why, plain(event.why))}"
        case le.LeaseEnded():
            return f"⌛ its lease ended; its mode is `{event.mode}` since"
        case _:
            assert_never(event)


def _demoted(event: le.LaneDemoted) -> str:
    why = "; ".join(REASON.get(code, plain(code)) for code in event.reasons)
    told = "".join(f"\n    ↳ {plain(one)}" for one in event.told[:5])
    rests = ", ".join(f"`{plain(one)}`" for one in event.evidence[:5])
    return f"⛔ it lost its lease, and its mode is `{event.mode}` since: {why} ({rests}){told}"
