"""One click keeps a run as a replay case; whoever is on the hook hears when a case fails that passed before."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot.deciding.decisions import Said
from bot.notifier import Notifier
from bot.people.standing import People
from bot.slack.rooms import Closed
from bot.words import barred
from bot.words import replay as words
from bot.words.refused import refused
from lanes.core import proof_effects as pf
from lanes.core.commands import Standing
from lanes.core.page import Lane
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.library import Library
from lanes.replay.nightly import Nightly
from lanes.replay.shelf import case_of, put
from storage.writer import Writer
from tools.contract import Refused

CLICK = "keep_case"


@dataclass(frozen=True)
class Keeping:
    """Keeps runs as cases. Thread-safe; whoever clicks is answered, and only they."""

    engine: Engine
    people: People
    notifier: Notifier
    library: Library
    writer: Writer

    def click(self, carried: Mapping[str, Any], said: Said) -> None:
        self.notifier.whisper(said.channel, said.by.user, self._kept(str(carried["r"]), said.by))

    def _kept(self, name: str, by: Person) -> str:
        run = self.engine.run(name)
        ready = self.engine.lanes.get(run.lane) if run else None
        if ready is None:
            return refused("UNKNOWN_ACTION")
        if no := self._may_not(by, ready.page):
            return no
        try:
            case = case_of(self.library.database, self.library.events(name), ready)
        except Refused as cannot:
            return words.not_kept(cannot.message)
        new = put(self.writer, case, by.user, self.engine.clock())
        return words.kept(case, new=new)

    def _may_not(self, by: Person, page: Lane) -> str:
        """What a lane is held against is for its owner and those who decide in it to say."""
        if no := self.people.may_start(by):
            return barred(no)
        member = self.people.standing(by, page.approvers) is Standing.MEMBER
        return "" if member or by.user == page.owner.person else words.NOT_YOURS_TO_KEEP


@dataclass(frozen=True)
class Replaying:
    """Performs `tell_replay_drop`: to the lane's owner, and to where its reports go."""

    nightly: Nightly
    notifier: Notifier

    def tell_drop(self, effect: pf.TellReplayDrop, again: bool) -> None:
        ready = self.nightly.engine.lanes.get(effect.lane)
        result = self.nightly.result(effect.lane, effect.period)
        if ready is None or result is None or not result.dropped:
            return  # a newer night has said something else
        channels = ready.page.channels
        tag = f"replay/{effect.lane}/{effect.period}"
        text, owner, channel = words.dropped(result), ready.page.owner.person, channels.reports or channels.approvals
        self.notifier.say(owner, text, tag=f"{tag}/{owner}", again=again)
        with suppress(Closed):  # the owner has heard it in any case
            self.notifier.say(channel, text, tag=f"{tag}/{channel}", again=again)
