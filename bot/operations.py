"""Tells whoever is on the hook that a job failed: the lane's owner, else those who run Lanekeeper."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from bot.notifier import Notifier
from bot.slack.rooms import Closed
from bot.words import jobs as words
from lanes.core import effects as f
from lanes.ready import ReadyLane
from lanes.timetable import Timetable


@dataclass(frozen=True)
class Operations:
    """Performs `tell_job_failed`. Without a `channel`, or where nothing can be said in it, what concerns no single lane
    is told to every lane's owner.
    """

    notifier: Notifier
    timetable: Timetable
    lanes: Mapping[str, ReadyLane]
    channel: str = ""

    def tell_job_failed(self, effect: f.TellJobFailed, again: bool) -> None:
        firing = self.timetable.firing(effect.job, effect.period)
        if firing is None or firing.outcome != "failed" or firing.finished is None:
            return  # somebody has fired it again meanwhile
        text, tag = words.failed(firing), f"job/{firing.job}/{firing.period}/{firing.finished:%Y%m%dT%H%M%S%f}"
        job = self.timetable.jobs.get(effect.job)
        if job and job.lane in self.lanes:
            self.notifier.say(self.lanes[job.lane].page.owner.person, text, tag=tag, again=again)
            return
        if self.channel:
            with suppress(Closed):
                self.notifier.say(self.channel, text, tag=tag, again=again)
                return
        for owner in sorted({one.page.owner.person for one in self.lanes.values()}):
            self.notifier.say(owner, text, tag=tag, again=again)
