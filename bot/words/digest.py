"""What people read in their daily digest."""

from collections.abc import Mapping
from datetime import datetime

from bot import words
from bot.slack.mrkdwn import plain, when
from lanes.core.page import Lane
from lanes.core.run import Run

HEAD = "☀️ *Your day in Lanekeeper*"
YESTERDAY = "*Yesterday*"
WRONG = "*What needs a look*"
END = "_App Home has all of it; your settings there say when this comes._"


def waiting(total: int) -> str:
    return f"*{total} waiting for you*, what costs most to leave for later first"


def case(run: Run, link: str, until: datetime | None) -> str:
    end = f" · until {when(until, '{date_short_pretty} {time}')}" if until else ""
    return f"• {link} {plain(run.waiting[0].draft.preview.sentence)}{end}"


def lane(name: str, ended: Mapping[str, int]) -> str:
    said = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in sorted(ended.items()))
    return f"• {plain(name)}: {said}"


def wrong(subject: str, lane_name: str, outcome: str, run: str) -> str:
    return f"• ⚠️ {plain(subject)} in {plain(lane_name)}: {words.OUTCOME.get(outcome, outcome)} · `/lane audit {run}`"


def more_wrong(count: int) -> str:
    return f"and {count} more: App Home shows the newest"


def stopped(page: Lane) -> str:
    return f"• 🛑 {plain(page.lane)} is stopped: `/lane resume {page.command}` lets it work again"
