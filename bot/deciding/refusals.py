"""Tells somebody, and only them, why they could not decide: once, with the way on where there is one."""

from dataclasses import dataclass

from bot import words
from bot.notifier import Notifier
from bot.slack.blocks import Block, actions, button, section
from bot.words import canaries as words_canaries
from bot.words import edit as words_edit
from bot.words.refused import refused
from lanes.core import effects as f
from lanes.core.practice import REVEALED
from lanes.core.states import State
from lanes.engine import Engine

_ONCE_MORE = frozenset({"EDIT_BLOCKED", "STALE_VERSION", "CLAIMED", "CANNOT_VERIFY", "KILL_SWITCH"})


@dataclass(frozen=True)
class Refusals:
    """Performs `tell_refusal`. Thread-safe."""

    engine: Engine
    notifier: Notifier

    def tell(self, effect: f.TellRefusal, again: bool) -> None:
        if effect.user.startswith("cli:"):
            return  # they were told at the command line
        said = self._said(effect)
        blocks: tuple[Block, ...] = ()
        if effect.typed and effect.code in _ONCE_MORE and self._waits(effect):
            said = f"{said} {words_edit.KEPT}"
            carried = {"r": effect.run, "a": effect.action, "v": effect.over, "c": effect.channel, "s": effect.typed}
            blocks = once_more(said, carried)
        self.notifier.whisper(effect.channel, effect.user, said, blocks=blocks)

    def _said(self, effect: f.TellRefusal) -> str:
        run = self.engine.run(effect.run) if effect.code == REVEALED else None
        why = words.reasons(effect.reasons) if effect.reasons else ""
        return words_canaries.told(run) if run else refused(effect.code, effect.winner, why)

    def _waits(self, effect: f.TellRefusal) -> bool:
        run = self.engine.run(effect.run)
        action = run.actions.get(effect.action) if run else None
        return action is not None and action.state is State.HELD


def once_more(said: str, carried: dict[str, object]) -> tuple[Block, ...]:
    """A sentence, and the button that opens the form again with the same words in it."""
    again = button("edit_again", words_edit.AGAIN, carried)
    return section(said), actions(f"{carried['r']}/{carried['a']}/again", again)
