"""Calls people back: to what still waits, to what they put off, to a question, to glass that was broken."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import words, words_batch
from bot.blocks import Block, actions, button, section
from bot.mrkdwn import plain, quoted
from bot.notifier import Notifier
from bot.people import People
from lanes.batches import Batches
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.events import DecisionRecorded
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.engine import Engine


@dataclass(frozen=True)
class Reminding:
    """Performs `remind`, `tell_waiting`, `tell_batch_waiting`, `tell_awake`, `tell_question` and `tell_break_glass`.

    Thread-safe.
    """

    engine: Engine
    people: People
    notifier: Notifier
    batches: Batches

    def remind(self, effect: f.RemindHeld, again: bool) -> None:
        self.engine.handle(c.Remind(effect.run, effect.action, effect.version, effect.step))

    def tell_waiting(self, effect: f.TellWaiting, again: bool) -> None:
        """In the card's thread, by name of the groups, so that their members are called."""
        found = self._waiting(effect.run, effect.action)
        if found is None or found[0].card is None or found[1].version != effect.version:
            return
        run, action = found
        called = self._called([found], effect.step)
        assert run.card
        tag = f"{run.id}/{action.id}/{action.version}/reminder/{effect.step}"
        text = words.still_waiting(action, called, run.claimed(self.engine.clock()))
        self.notifier.say(run.card.channel, text, tag=tag, again=again, thread=run.card.ts)

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
        self.notifier.say(batch.place.channel, text, tag=tag, again=again, thread=batch.place.ts)
        self.batches.reminded(batch, effect.step)

    def tell_awake(self, effect: f.TellAwake, again: bool) -> None:
        run = self.engine.run(effect.run)
        if run and run.waiting and run.snoozed.get(effect.user) == effect.due:
            where = self.notifier.permalink(run.card) if run.card else ""
            self.notifier.whisper("", effect.user, words.awake(run, where))

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

    def _waiting(self, name: str, which: str) -> tuple[Run, Action] | None:
        run = self.engine.run(name)
        action = run.actions.get(which) if run else None
        return (run, action) if run and action and action.state is State.HELD else None


def _glass(run: Run, action: Action, broke: DecisionRecorded) -> str:
    what = plain(action.draft.preview.sentence)
    return f"🔨 {words.broke_the_glass(run, what, broke.by.user)}\n{quoted(broke.note)}"
