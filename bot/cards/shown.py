"""Which card a run stands on: its own, or a line of one that several share. All drawing of cards comes this way."""

from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError

from bot.board import Hung, too_large
from bot.cards.batch import batch_card, batch_in_short
from bot.cards.card import Card
from bot.deciding.modals import Modals
from bot.notifier import Notifier
from bot.words import batch as words_batch
from lanes.batches import Batch, Batches
from lanes.core import effects as f
from lanes.core.batching import current
from lanes.core.deciders import owner_alone
from lanes.core.run import Run
from lanes.engine import Engine

log = structlog.get_logger("cards")


@dataclass(frozen=True)
class ShownCards:
    """Performs `show_card` and `show_batch`. Thread-safe."""

    engine: Engine
    batches: Batches
    notifier: Notifier
    modals: Modals

    def show_card(self, effect: f.ShowCard, again: bool) -> None:
        """Draw the run's own card, or owe the drawing of the one it shares."""
        if not self._shares(effect.run):
            self.notifier.show_card(effect, again)
            self.modals.settle(effect.run)

    def show_card_in_time(self, effect: f.ShowCard, again: bool) -> None:
        """The same for one of a lane's cards, after everything that somebody waits for."""
        if not self._shares(effect.run):
            self.notifier.show_card_in_time(effect, again)
            self.modals.settle(effect.run)

    def show_batch(self, effect: f.ShowBatch, again: bool) -> None:
        batch = self.batches.find(effect.batch)
        if batch is None:
            return
        regime, now = self.engine.regime(batch.lane), self.engine.clock()
        try:
            hung = self._hang(batch, batch_card(batch, regime, now), again=again)
        except SlackApiError as error:
            if not too_large(error):
                raise
            log.warning("batch_in_short", batch=batch.id)
            hung = self._hang(batch, batch_in_short(batch, regime, now), again=again)
        self.batches.hangs(batch, hung.place, hung.moved)
        for run in batch.runs:
            self.modals.settle(run.id)

    def batch_lost(self, effect: f.ShowBatch, why: str) -> None:
        """The card cannot be shown: tell the fallback people. Raises when they could not be told."""
        batch = self.batches.find(effect.batch)
        waiting = [run.started.subject for run in batch.runs if run.waiting] if batch else []
        if batch is None or not waiting:
            return
        log.error("batch_lost", batch=batch.id, why=why)
        page = self.engine.lanes[batch.lane].page
        text = words_batch.lost(waiting, batch.lane, page.channels.approvals)
        self.notifier.to_fallback(page, text, tag=f"{batch.id}/lost", again=True)

    def _shares(self, name: str) -> bool:
        run = self.engine.run(name)
        return run is not None and not run.silent and self.batches.takes(run, self._audience(run))

    def _hang(self, batch: Batch, drawn: Card, *, again: bool) -> Hung:
        """Draw it where it hangs; where it hangs no more, or not yet, post it."""
        if batch.place and self.notifier.redraw(batch.place, drawn):
            moved = next((run.moved for run in batch.runs if run.moved), "")
            return Hung(batch.place, moved)
        page = self.engine.lanes[batch.lane].page
        return self.notifier.put_up(page, drawn, tag=f"{batch.id}/card", again=again)

    def _audience(self, run: Run) -> str:
        """Whose yes it waits for: the owner of its record, the group of a stage, or the lane's approvers (empty)."""
        action = current(run)
        if action is None:
            return ""
        if action.stage:
            return f"@{action.stage}"
        return owner_alone(self.engine.lanes[run.lane].page, run, action)
