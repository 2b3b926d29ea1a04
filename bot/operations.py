"""Tells whoever is on the hook that a job failed: the lane's owner, else those who run Lanekeeper."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.notifier import Notifier
from bot.words import jobs as words
from lanes.core import effects as f
from lanes.ready import ReadyLane
from lanes.timetable import Timetable


@dataclass(frozen=True)
class Operations:
    """Performs `tell_job_failed`. Without a `channel`, what concerns no single lane is told to every lane's owner."""

    notifier: Notifier
    timetable: Timetable
    lanes: Mapping[str, ReadyLane]
    channel: str = ""

    def tell_job_failed(self, effect: f.TellJobFailed, again: bool) -> None:
        firing = self.timetable.firing(effect.job, effect.period)
        if firing is None or firing.outcome != "failed" or firing.finished is None:
            return  # somebody has fired it again meanwhile
        text, tag = words.failed(firing), f"job/{firing.job}/{firing.period}/{firing.finished:%Y%m%dT%H%M%S%f}"
        for to in self._on_the_hook(effect.job):
            self.notifier.say(to, text, tag=tag, again=again)

    def _on_the_hook(self, name: str) -> list[str]:
        job = self.timetable.jobs.get(name)
        if job and job.lane in self.lanes:
            return [self.lanes[job.lane].page.owner.person]
        return [self.channel] if self.channel else sorted({one.page.owner.person for one in self.lanes.values()})
