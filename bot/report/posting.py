"""Posts the weekly reports: one message a lane and a week, its cases as a file in the thread; and one for all lanes.

A job's work, so it may be performed again after a kill: the message is found by its tag and the file by its name. Where
Slack refuses its own chart and table blocks, the same is said in plain blocks, and a picture of the trend hangs below.
Where nothing can be said in its channel, it hangs where the lane's cards would, and says so; where it was going to hang
is kept before it is said, so that performed again it is looked for there, though its channel may be open by then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError

from bot.notifier import Notifier
from bot.report.attaching import Attaching
from bot.report.details import csv_of
from bot.report.links import url_of
from bot.report.message import Message, all_lanes, message
from bot.report.picture import picture
from bot.report.sheet import Chart, Sheet, overview, sheet
from bot.slack.client import code
from bot.slack.pace import unhurried
from bot.slack.rooms import first_open
from bot.words import moved as words_moved
from bot.words import report as words
from lanes.core.page import Lane
from lanes.core.periods import Period
from lanes.core.values import Place
from lanes.engine import Clock
from lanes.jobs import Job, Progress
from lanes.report.gathering import Gathering
from lanes.report.measuring import Measuring
from lanes.report.weekly import WeeklyReport

log = structlog.get_logger("report")
REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_arguments"})


@dataclass(frozen=True)
class _Put:
    """Where it hangs, whether Slack took its own blocks, and why it is not where it belongs."""

    place: Place
    native: bool
    elsewhere: str


@dataclass(frozen=True)
class Reports:
    """`web` is where people open each system, `channel` where those who run Lanekeeper read."""

    gathering: Gathering
    measuring: Measuring
    notifier: Notifier
    attaching: Attaching
    clock: Clock
    web: Mapping[str, str]
    channel: str = ""
    note: str = ""  # said below each report

    def post_lane(self, job: Job, period: Period, progress: Progress) -> str:
        """The report of the week before the period, in the lane's own channel."""
        self.measuring.measure(self.clock())
        week = self.gathering.last_week(period.begin)
        page = self.gathering.lanes[job.lane].page
        drawn = self.sheet(job.lane, week)
        with unhurried():
            put = self._put_up(self.rooms_of(page), message(drawn), f"report/{job.lane}/{week.name}", progress)
            content = csv_of(self.gathering.cases(job.lane, week)).encode()
            name = f"{job.lane}-{week.name}"
            self.attaching.attach(put.place, f"{name}.csv", content, title=f"{name}.csv", said=words.FILE)
            if not put.native and drawn.trend:
                self._picture(put.place, f"{name}.png", drawn.trend)
        return words.posted(job.lane, week.name, put.elsewhere)

    def post_overview(self, job: Job, period: Period, progress: Progress) -> str:
        """All lanes on one message, for those who run Lanekeeper, else where the first lane is reported."""
        self.measuring.measure(self.clock())
        week = self.gathering.last_week(period.begin)
        pages = [ready.page for ready in self.gathering.lanes.values()]
        with unhurried():
            tag = f"report/all/{week.name}"
            rooms = [*filter(None, [self.channel]), *self.rooms_of(pages[0])]
            put = self._put_up(rooms, self.overview(week), tag, progress)
        return words.posted("", week.name, put.elsewhere)

    def latest(self, lane: str) -> Message:
        """The report of the newest week that is over, as it stands now."""
        return message(self.sheet(lane, self.gathering.last_week(self.clock())))

    def latest_overview(self) -> Message:
        """The same of all lanes."""
        return self.overview(self.gathering.last_week(self.clock()))

    def overview(self, week: Period) -> Message:
        pages = [ready.page for ready in self.gathering.lanes.values()]
        rows = overview([(self.of(page.lane, week), page) for page in pages])
        return all_lanes(f"{words.ALL_LANES}: {words.week_of(week.name)}", rows)

    def of(self, lane: str, week: Period) -> WeeklyReport:
        return self.gathering.report(lane, week)

    def sheet(self, lane: str, week: Period) -> Sheet:
        page = self.gathering.lanes[lane].page
        return sheet(self.of(lane, week), page, url_of(page, self.web, self.gathering.fact), self.note)

    @staticmethod
    def rooms_of(page: Lane) -> list[str]:
        """Where its report belongs, and where else it hangs, as its cards do."""
        named = (page.channels.reports, page.channels.approvals, page.fallback.to, page.owner.person)
        return [*dict.fromkeys(filter(None, named))]

    def _put_up(self, rooms: Sequence[str], told: Message, tag: str, progress: Progress) -> _Put:
        """In the first of these rooms that is there, from where an attempt before has put it. Raises what the last one
        was refused with.
        """
        before = str(progress.before.get("room", ""))
        known = str(progress.before.get("moved", "")) if before in rooms else ""

        def post(room: str, closed: str) -> _Put:
            moved = known or closed
            if moved:
                progress(room=room, moved=moved)
            shown = told.noted(words_moved.report(rooms[0], moved)) if moved else told
            place, native = self._post(room, shown, tag)
            return _Put(place, native, words_moved.reason(moved) if moved else "")

        return first_open(rooms[rooms.index(before) :] if known else rooms, post)

    def _post(self, room: str, told: Message, tag: str) -> tuple[Place, bool]:
        """Where it hangs, and whether Slack took its own blocks."""
        try:
            return self.notifier.say(room, told.text, told.native, tag=tag, again=True), True
        except SlackApiError as error:
            if code(error) not in REFUSED:
                raise
            log.warning("report_in_plain_blocks", error=code(error))
        return self.notifier.say(room, told.text, told.blocks, tag=tag, again=True), False

    def _picture(self, place: Place, name: str, chart: Chart) -> None:
        said = words.numbers(chart.title, chart.points)
        self.attaching.attach(place, name, picture(chart), title=chart.title, said=said, alt=said)
