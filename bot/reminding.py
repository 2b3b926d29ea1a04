"""Calls people back: to what still waits, to what they put off, to a question, to glass that was broken."""

from dataclasses import dataclass
from datetime import datetime

from bot import words
from bot.blocks import Block, actions, button, section
from bot.mrkdwn import plain, quoted
from bot.notifier import Notifier
from bot.people import People, record_owner
from bot.words_home import IN_THEIR_QUIET_HOURS, IN_YOUR_QUIET_HOURS
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.events import DecisionRecorded
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.engine import Engine
from lanes.preferences import Preferences


@dataclass(frozen=True)
class Reminding:
    """Performs `remind`, `tell_waiting`, `tell_awake`, `tell_question` and `tell_break_glass`. Thread-safe."""

    engine: Engine
    people: People
    notifier: Notifier
    preferences: Preferences

    def remind(self, effect: f.RemindHeld, again: bool) -> None:
        self.engine.handle(c.Remind(effect.run, effect.action, effect.version, effect.step))

    def tell_waiting(self, effect: f.TellWaiting, again: bool) -> None:
        """In the card's thread, by name of the groups, so that their members are called."""
        found = self._waiting(effect.run, effect.action)
        if found is None or found[0].card is None or found[1].version != effect.version:
            return
        run, action = found
        page = self.engine.lanes[run.lane].page
        owner = record_owner(page, run, action)
        group, _ = page.approvers.asked(action.stage)
        called = [f"<@{owner}>"] if owner else [self.people.mention(group)]
        alone = owner if effect.step < len(page.approvers.remind) or not page.approvers.escalate_to else ""
        quiet = self.preferences.quiet_until(alone) if alone else None
        if self._waits_for(quiet, action.until, effect):
            return
        if effect.step >= len(page.approvers.remind) and page.approvers.escalate_to:
            called += [self.people.mention(group), self.people.mention(page.approvers.escalate_to)]
        assert run.card
        tag = f"{run.id}/{action.id}/{action.version}/reminder/{effect.step}"
        text = words.still_waiting(action, " ".join(dict.fromkeys(called)), run.claimed(self.engine.clock()))
        text += f" {IN_THEIR_QUIET_HOURS}" if quiet else ""
        self.notifier.say(run.card.channel, text, tag=tag, again=again, thread=run.card.ts)

    def tell_awake(self, effect: f.TellAwake, again: bool) -> None:
        """Not in their quiet hours, unless it would expire before they end: then it says so."""
        run, put_off = self.engine.run(effect.run), effect.put_off or effect.due
        if run is None or not run.waiting or run.snoozed.get(effect.user) != put_off:
            return
        quiet = self.preferences.quiet_until(effect.user)
        first = min((one.until for one in run.waiting if one.until), default=None)
        if self._waits_for(quiet, first, effect.model_copy(update={"put_off": put_off})):
            return
        where = self.notifier.permalink(run.card) if run.card else ""
        said = words.awake(run, where) + (f" {IN_YOUR_QUIET_HOURS}" if quiet else "")
        self.notifier.whisper("", effect.user, said)

    def tell_question(self, effect: f.TellQuestion, again: bool) -> None:
        """Ask in the run's thread; once it is answered, say so in the same message."""
        run = self.engine.run(effect.run)
        question = run.questions.get(effect.question) if run else None
        if run is None or question is None:
            return
        asked = words.question(run, question)
        tag = f"{run.id}/question/{question.delivery}"
        reply = run.replies.get(question.delivery)
        if reply:
            self.notifier.reword(run, f"{asked}\n{quoted(reply.text)}", tag=tag)
            return
        carried = {"r": run.id, "a": question.action, "q": question.delivery}
        blocks: list[Block] = [section(asked), actions(tag[:255], button("answer", "Answer…", carried, "primary"))]
        self.notifier.tell_asker(run, asked, blocks, tag=tag, again=again)

    def tell_break_glass(self, effect: f.TellBreakGlass, again: bool) -> None:
        """Everyone: the approvers' channel, the fallback people, the lane's owner."""
        run = self.engine.run(effect.run)
        action = run.actions.get(effect.action) if run else None
        broke = next((one for one in action.decided if one.decision == "break_glass"), None) if action else None
        if run is None or action is None or broke is None:
            return
        page, text = self.engine.lanes[run.lane].page, _glass(run, action, broke)
        for channel in dict.fromkeys((page.channels.approvals, page.fallback.to)):
            self.notifier.say(channel, text, tag=f"{run.id}/{action.id}/glass/{channel}", again=again)
        self.notifier.whisper("", page.owner.person, text)

    def _waits_for(self, quiet: datetime | None, expires: datetime | None, effect: f.TellAwake | f.TellWaiting) -> bool:
        """Have it told when the quiet hours are over; False where there are none, or it would expire in them."""
        if quiet is None or (expires and expires <= quiet):
            return False
        self.preferences.owe(effect.model_copy(update={"due": quiet}))
        return True

    def _waiting(self, name: str, which: str) -> tuple[Run, Action] | None:
        run = self.engine.run(name)
        action = run.actions.get(which) if run else None
        return (run, action) if run and action and action.state is State.HELD else None


def _glass(run: Run, action: Action, broke: DecisionRecorded) -> str:
    what = plain(action.draft.preview.sentence)
    return f"🔨 {words.broke_the_glass(run, what, broke.by.user)}\n{quoted(broke.note)}"
