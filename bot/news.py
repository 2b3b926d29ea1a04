"""Announcements to a channel: a lane's mode or kill switch changed, a run needs people."""

from bot import words
from bot.slack.mrkdwn import clamp, person, plain, quoted
from bot.words import canaries as words_canaries
from bot.words import lease as words_lease
from lanes.core import lane_events as le
from lanes.core.lane_events import LaneNews
from lanes.core.lane_state import EVERY_LANE
from lanes.core.run import Run
from lanes.core.states import State

_MOST = 3900  # characters; Slack recommends 4,000 of a message at the most


def lane_changed(event: LaneNews) -> str:
    """What happened to a lane, who did it, and what that means now."""
    match event:
        case le.LeaseEnded():
            return words_lease.ended(event)
        case le.DrillHeld():
            return words_lease.drilled(event)
        case le.CanariesAnnounced():
            return words_canaries.announced(event.lane)
    name = "Every lane" if event.lane == EVERY_LANE else f"*{plain(event.lane)}*"
    who = person(event.by.user)
    match event:
        case le.LaneStopped():
            why = f" Reason: {plain(event.why)}." if event.why else ""
            command = "all" if event.lane == EVERY_LANE else plain(event.lane)
            return (
                f"🛑 {name} was stopped by {who}.{why} Nothing is written from now on; what was approved and "
                f"had not run is frozen. `/lane resume {command}` lets it write again."
            )
        case le.LaneResumed():
            return f"▶️ {name} was resumed by {who}. Frozen drafts still need a person to release them on their cards."
        case le.LaneModeChanged():
            how = "signed for, at last by" if event.lease and event.lease.segments else "set by"
            return f"{name} is now in mode *{event.mode}*, {how} {who}: {words.MODE[event.mode]}.{_lease(event)}"


def _lease(event: le.LaneModeChanged) -> str:
    if event.lease is None:
        return ""
    glass = words_lease.broke_the_glass(event) if event.why else ""
    return f"\nLease: {words_lease.lease(event.lease)}{glass}"


def handed_over(run: Run) -> str:
    """Why a run is the people's now, and what they need to know to go on."""
    ended = run.finished
    assert ended is not None
    lines = [
        f"🖐 *{plain(run.lane)}* hands over *{plain(run.started.subject)}*, asked for by {person(run.started.by.user)}: "
        f"{words.OUTCOME.get(ended.outcome, ended.outcome)}."
    ]
    lines += [f"• {plain(reason)}" for reason in ended.reasons]
    for action in run.actions.values():
        if action.state in {State.UNCERTAIN, State.FAILED, State.BLOCKED, State.DONE}:
            said = words.STATE[action.state]
            if action.state is State.BLOCKED and action.ruling:
                said += f": {words.reasons(action.ruling.reasons)}"
            elif action.message:
                said += f": {plain(action.message)}"
            lines.append(f"• {plain(action.draft.preview.sentence)} — {said}")
    if ended.summary:
        lines.append(quoted(ended.summary))
    return clamp("\n".join(lines), _MOST)
