"""A room is gone, or back: its cards hang elsewhere, people hear why, and nothing is shown twice. S2, S4.

Context: a channel is archived, deleted, or left by the app, and an open card that hangs there is seen by nobody. Slack
tells in an event that it is deleted or left, not that it is archived, and no event is sent twice. Decision: what counts
is what Slack answers. A card whose drawing is refused hangs elsewhere, in the order of `Notifier.put_up`; and at the
start, each quarter of an hour and with each event, Slack is asked after the rooms that open cards hang in, or hung in.
A card stays where it went; the message in the old room says so as soon as anything can be said there. What we gave up:
up to a quarter of an hour until an archived channel is found, where nothing is drawn or said in it before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards.card import Card
from bot.notifier import Notifier
from bot.slack.blocks import section
from bot.slack.pace import unhurried
from bot.slack.rooms import Closed
from bot.words import moved as words
from lanes.core import effects as f
from lanes.core.run import Run
from lanes.engine import Engine
from lanes.library import Library

TOLD = ("channel_deleted", "group_deleted", "channel_left", "group_left", "member_joined_channel")
_LEFT = 500  # runs whose old messages are looked after when a room comes back, the newest first


@dataclass(frozen=True)
class Moving:
    """Performs `tell_moved` and `look_at_rooms`. Thread-safe. `me` is our own user in Slack."""

    engine: Engine
    library: Library
    notifier: Notifier
    me: str

    def heard(self, event: Mapping[str, Any], delivery: str) -> None:
        """Something became of a channel; who else joined one is nothing to us."""
        if event["type"] != "member_joined_channel" or event.get("user") == self.me:
            self.owe(delivery)

    def owe(self, why: str) -> None:
        """Let the rooms be looked at, once for one `why`."""
        self.engine.owe(f"rooms:{why}", f.LookAtRooms())

    def look_again(self, effect: f.LookAtRooms, again: bool) -> None:
        self.look()

    def look(self) -> int:
        """Ask Slack after each room, and let what hangs in a closed one hang elsewhere; how many were asked after."""
        rooms, runs = self.notifier.rooms, self._open()
        hung = {place.channel for run in runs for place in (run.card, *run.left) if place}
        asked = [room for room in sorted(hung | rooms.shut()) if rooms.ask(room) is not None]
        self._leave(runs)
        for run in runs:
            if run.card is None and run.waiting and not run.silent and self._is_there(run):
                self.engine.owe(f"rooms:{run.id}", f.ShowCard(run=run.id))
        self._tidy(runs)
        return len(asked)

    def tell_moved(self, effect: f.TellMoved, again: bool) -> None:
        """The fallback people and the lane's owner, each once a day: cards that follow join the message that is up."""
        page, runs = self.engine.lanes[effect.lane].page, self._open(effect.lane)
        self._leave(runs)
        places = {run.card: run.started.subject for run in runs if run.moved and run.card}
        links = [(subject, self.notifier.permalink(place)) for place, subject in places.items()]
        text = words.moved(page, effect.why, links)
        tag = f"{effect.lane}/moved/{effect.why}/{effect.day}"
        self.notifier.to_fallback(page, text, tag=tag, again=True)
        self.notifier.say(page.owner.person, text, tag=tag, again=True)

    def _leave(self, runs: list[Run]) -> None:
        """No card stays in a room that is closed."""
        for lane in {run.lane for run in runs if run.card and self.notifier.rooms.closed(run.card.channel)}:
            self.engine.owe(f"rooms:{lane}", f.RedrawLane(lane=lane))

    def _is_there(self, run: Run) -> bool:
        """May a card that hangs nowhere hang where the lane's cards hang?"""
        try:
            self.notifier.rooms.open(self.engine.lanes[run.lane].page.channels.approvals)
        except Closed:
            return False
        return True

    def _tidy(self, runs: list[Run]) -> None:
        """Nothing in a room that is back offers to decide on what hangs elsewhere."""
        rooms = self.notifier.rooms
        with unhurried():
            for run in runs:
                self._say_elsewhere(run)
            for room in rooms.back():
                for run in self.library.about(room, _LEFT):
                    self._say_elsewhere(run)
                rooms.tidied(room)

    def _say_elsewhere(self, run: Run) -> None:
        for place in run.left:
            if run.card and place != run.card and not self.notifier.rooms.closed(place.channel):
                said = words.elsewhere(self.notifier.permalink(run.card))
                self.notifier.redraw(place, Card(said, [section(said)]))

    def _open(self, lane: str | None = None) -> list[Run]:
        runs = (self.engine.run(row.run) for row in self.library.unfinished(lane))
        return [run for run in runs if run]
