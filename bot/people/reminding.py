"""Calls people back: to what still waits, to what they put off, to a question, to glass that was broken."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot import words
from bot.cards.lines import settled
from bot.notifier import Notifier
from bot.people.standing import People
from bot.slack.blocks import Block, actions, button, section
from bot.slack.mrkdwn import plain, quoted
from bot.slack.rooms import Closed
from bot.words import batch as words_batch
from bot.words import settled as words_settled
from bot.words.home import IN_THEIR_QUIET_HOURS, IN_YOUR_QUIET_HOURS
from lanes.batches import Batches
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.effects import Effect
from lanes.core.events import DecisionRecorded
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Place
from lanes.engine import Engine
from lanes.preferences import Preferences


@dataclass(frozen=True)
class Reminding:
    """Performs `remind`, `tell_waiting`, `tell_batch_waiting`, `tell_awake`, `tell_question` and `tell_break_glass`.

    Thread-safe.
    """

    engine: Engine
    people: People
    notifier: Notifier
    batches: Batches
    preferences: Preferences

    def remind(self, effect: f.RemindHeld, again: bool) -> None:
        self.engine.handle(c.Remind(effect.run, effect.action, effect.version, effect.step))

    def tell_waiting(self, effect: f.TellWaiting, again: bool) -> None:
        """In the card's thread, by name of the groups, so that their members are called."""
        found = self._waiting(effect.run, effect.action)
        if found is None or found[0].card is None or found[1].version != effect.version:
            return
        run, action = found
        quiet = self._quiet(run, action, effect.step)
        if self._waits_for(quiet, action.until, effect):
            return
        called = self._called([found], effect.step)
        assert run.card
        tag = f"{run.id}/{action.id}/{action.version}/reminder/{effect.step}"
        text = words.still_waiting(action, called, run.claimed(self.engine.clock()))
        text += f" {IN_THEIR_QUIET_HOURS}" if quiet else ""
        self._below(run.card, text, tag, f.ShowCard(run=run.id), again=again)

    def tell_batch_waiting(self, effect: f.TellBatchWaiting, again: bool) -> None:
        """The same for a card that several runs share: once for all that became due within its gathering."""
        batch = self.batches.find(effect.batch)
        page = self.engine.lanes[batch.lane].page if batch else None
        waiting = [(run, action) for run in batch.runs for action in run.held] if batch else []
        if batch is None or page is None or batch.place is None or not waiting:
            return
        step, told = batch.reminded
        lately = page.batch and told and self.engine.clock() - told <= page.batch.gather
        if effect.step <= step and lately:
            return
        called = self._called(waiting, effect.step)
        text = words_batch.waiting([action for _, action in waiting], len(batch.runs), called)
        tag = f"{batch.id}/reminder/{effect.step}/{told.timestamp() if told else 0:.0f}"
        self._below(batch.place, text, tag, f.ShowBatch(batch=batch.id), again=again)
        self.batches.reminded(batch, effect.step)

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
        """Ask in the run's thread; once it is answered, or decided without an answer, say so in the same message."""
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
        action = run.actions[question.action]
        if action.state is not State.HELD:
            self.notifier.reword(run, words_settled.no_answer_needed(asked, settled(action)), tag=tag)
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
            with suppress(Closed):  # what the owner hears is said in any case
                self.notifier.say(channel, text, tag=f"{run.id}/{action.id}/glass/{channel}", again=again)
        self.notifier.whisper("", page.owner.person, text)

    def _below(self, card: Place, text: str, tag: str, show: Effect, *, again: bool) -> None:
        """In a card's thread; where its room is gone, the card is shown elsewhere first, and then it is said there."""
        try:
            self.notifier.say(card.channel, text, tag=tag, again=again, thread=card.ts)
        except Closed:
            self.engine.owe(f"moves:{card.channel}:{card.ts}", show)
            raise

    def _called(self, waiting: Sequence[tuple[Run, Action]], step: int) -> str:
        """Whom a reminder calls: owners and groups, the last time those above them as well."""
        called: list[str] = []
        for run, action in waiting:
            page = self.engine.lanes[run.lane].page
            owner = self.people.alone(page, run, action)
            group, _ = page.approvers.asked(action.stage)
            called += [f"<@{owner}>"] if owner else [self.people.mention(group)]
            if step >= len(page.approvers.remind) and page.approvers.escalate_to:
                called += [self.people.mention(group), self.people.mention(page.approvers.escalate_to)]
        return " ".join(dict.fromkeys(called))

    def _quiet(self, run: Run, action: Action, step: int) -> datetime | None:
        """When the quiet hours of the one person whom a reminder calls are over; None: it calls a group as well."""
        page = self.engine.lanes[run.lane].page
        alone = self.people.alone(page, run, action)
        wider = page.approvers.escalate_to and step >= len(page.approvers.remind)
        return self.preferences.quiet_until(alone) if alone and not wider else None

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
