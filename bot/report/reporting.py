"""`/lane report`: the report of the newest week that is over, for whoever asks, as it stands now."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.report.posting import Reports
from bot.ways_in.replying import Asked, Replies
from lanes.ready import ReadyLane


@dataclass(frozen=True)
class Reporting:
    """Answers the one who asked, in plain blocks, which Slack takes wherever it is asked."""

    lanes: Mapping[str, ReadyLane]
    reports: Reports
    replies: Replies

    def tell(self, asked: Asked, lane: str) -> None:
        """One lane's, all lanes' without a name."""
        told = self.reports.latest(lane) if lane else self.reports.latest_overview()
        self.replies.say(asked, told.text, told.blocks)
