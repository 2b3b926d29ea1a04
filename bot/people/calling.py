"""When something is held: the owner of the record hears that it is theirs, and nothing waits for nobody in silence."""

from dataclasses import dataclass

from bot.cards.buttons import value
from bot.notifier import Notifier
from bot.people.standing import People
from bot.slack.blocks import actions, button, section
from bot.words import people as words
from lanes.core import effects as f
from lanes.core.deciders import asker, owner
from lanes.core.page import Lane
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.ways_in import source_of
from lanes.engine import Engine


@dataclass(frozen=True)
class Calling:
    """Performs `call_approvers`. Thread-safe."""

    engine: Engine
    people: People
    notifier: Notifier

    def call(self, effect: f.CallApprovers, again: bool) -> None:
        run = self.engine.run(effect.run)
        action = run.actions.get(effect.action) if run else None
        if run is None or action is None or action.state is not State.HELD or action.version != effect.version:
            return
        page = self.engine.lanes[run.lane].page
        alone = self.people.alone(page, run, action)
        if alone:
            self._tell_owner(run, action, alone, again=again)
        group = self._too_few(page, run, action, alone)
        if group:
            self._tell_nobody(page, run, action, group, again=again)

    def _tell_owner(self, run: Run, action: Action, user: str, *, again: bool) -> None:
        """By direct message: the owner of a record need not be in the approvers' channel."""
        where = self.notifier.permalink(run.card) if run.card else ""
        away = next((one for one in self.engine.stand_ins() if one.person == user), None)
        here = away is not None and away.since <= self.engine.clock()
        told = [(user, words.yours(run, action, where))]
        if away and here and away.stand_in != asker(run, action).user:
            told.append((away.stand_in, words.yours(run, action, where, user)))
        for who, text in told:
            tag = f"{run.id}/{action.id}/{action.version}/owner/{who}"
            row = actions(tag[:255], button("details", "Details", value(run, action)))
            self.notifier.say(who, text, [section(text), row], tag=tag, again=again)

    def _tell_nobody(self, page: Lane, run: Run, action: Action, group: str, *, again: bool) -> None:
        text, tag = words.nobody_can_decide(run, action, group), f"{run.id}/{action.id}/{action.version}/nobody"
        if not source_of(run.started.by.user):
            self.notifier.tell_asker(run, text, [section(text)], tag=tag, again=again)
        self.notifier.to_fallback(page, text, tag=tag, again=again)

    def _too_few(self, page: Lane, run: Run, action: Action, alone: str) -> str:
        """The group that has too few people for the voices it is to give; empty when it will do."""
        assert action.ruling is not None
        but = asker(run, action).user
        stages = action.ruling.stages
        if stages:
            lone = (stage for stage in stages if not self._as_many(page, stage, but, 1))
            return next((page.approvers.asked(stage)[0] for stage in lone), "")
        owned = owner(page, run, action) if alone else ""
        wanted = action.ruling.quorum - bool(owned)
        return "" if self._as_many(page, "", but, wanted, owned) else page.approvers.group

    def _as_many(self, page: Lane, stage: str, but: str, wanted: int, owned: str = "") -> bool:
        return len(self.people.could_decide(page, stage) - {but, owned}) >= wanted
