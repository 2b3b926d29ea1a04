"""Says again, now and then, what a lane's people have left lying that nothing else brings back: a lease that waits for
signatures, cases that wait for somebody who looks at them. Both are asked for once, on a card that scrolls away.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from bot.notifier import Notifier
from bot.slack.rooms import Closed
from bot.words import adjudication as words_adjudication
from bot.words import lease as words_lease
from lanes.adjudicating import Adjudicating
from lanes.core import proof_effects as pf
from lanes.engine import Engine


@dataclass(frozen=True)
class LaneReminding:
    """Performs `remind_lane`. Thread-safe. What was answered meanwhile is not spoken of."""

    engine: Engine
    notifier: Notifier
    adjudicating: Adjudicating

    def remind(self, effect: pf.RemindLane, again: bool) -> None:
        for channel, text, about in (*self._cases(effect.lane), *self._lease(effect.lane)):
            with suppress(Closed):  # it is asked for on a card that has moved, or will
                tag = f"{effect.lane}/{about}/{effect.period}"
                self.notifier.say(channel, text, tag=tag, again=again)

    def _cases(self, lane: str) -> Iterator[tuple[str, str, str]]:
        waiting, oldest = self.adjudicating.waiting(lane)
        if oldest is None or oldest.state.asked is None:
            return
        page = self.engine.lanes[lane].page
        url = self.notifier.permalink(oldest.state.place) if oldest.state.place else ""
        text = words_adjudication.waiting(page, waiting, oldest.state.asked.at, url)
        yield page.channels.reports or page.channels.approvals, text, "cases"

    def _lease(self, lane: str) -> Iterator[tuple[str, str, str]]:
        one, page = self.engine.lane_state(lane).proposal, self.engine.lanes[lane].page
        if one and not one.ended:
            url = self.notifier.permalink(one.place) if one.place else ""
            yield page.channels.approvals, words_lease.unsigned(page, one, url), "unsigned"
