"""A person edits a draft: the form opens, comes back, and becomes a new version that is ruled on again.

Nothing typed is lost. A version that was not taken (the system said no or did not answer, the rules forbid it, somebody
was quicker) is still in the delivery that brought it: a button opens the form again with the same words in it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.cards.buttons import value
from bot.deciding import edit_form
from bot.deciding.edit_form import View
from bot.deciding.edit_inputs import Entered
from bot.deciding.forms import carried
from bot.deciding.refusals import once_more
from bot.notifier import Notifier
from bot.people.standing import People
from bot.slack import by_url
from bot.words import edit as words_edit
from bot.words.refused import refused
from lanes.core import commands as c
from lanes.core.commands import Revision, Standing, Voice
from lanes.core.events import ActionDrafted, DecisionRefused
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Person
from lanes.editing import Editing
from lanes.engine import Engine
from lanes.library import Library
from storage.deliveries import Deliveries
from tools.contract import Refused, Unavailable, WriteTool


def errors(engine: Engine, view: View) -> dict[str, str]:
    """What is wrong with a form that came back, by block id. Changes nothing and asks no system.

    A form of a draft that has moved on has no errors: whoever sent it is told that, not what they mistyped.
    """
    if view["callback_id"] != edit_form.CALLBACK:
        return {}
    found = _current(engine, carried(view))
    tool = _tool(engine, *found) if found else None
    if found is None or tool is None:
        return {}
    try:
        edit_form.read(view, tool, found[1].draft)
    except ValueError as error:
        return dict(error.args[0])
    return {}


@dataclass(frozen=True)
class Edits:
    """Opens the form, and works on what comes back. Thread-safe."""

    engine: Engine
    people: People
    notifier: Notifier
    editing: Editing
    library: Library
    deliveries: Deliveries

    def view(self, run: Run, action: Action, seen: Mapping[str, Any], by: Person, channel: str) -> View | str:
        """The form for what somebody clicked on, or a sentence why there is none.

        Rights are looked at when it comes back. Only who asked for the run is told at once: they could never save it.
        """
        tool = _tool(self.engine, run, action)
        if by == (action.draft.asked_by or run.started.by):
            return refused("REQUESTER")
        if action.state is not State.HELD:
            return refused("NOT_WAITING")
        if seen["v"] != action.version and "s" not in seen:
            return refused("STALE_VERSION")
        if tool is None:
            return words_edit.NO_SUCH_TOOL
        typed = self._typed(seen, tool) if "s" in seen else None
        offer = {"o": seen["o"]} if seen.get("o") else {}
        return edit_form.form(run, action, tool, {**value(run, action), "c": channel, **offer}, typed)

    def submitted(self, view: View, by: Person, delivery: str) -> None:
        """Make the new version, or say why there is none. Twice for one delivery is once."""
        seen = carried(view)
        run = self.engine.run(seen["r"])
        if run is None:
            self.notifier.whisper(seen["c"], by.user, refused("UNKNOWN_ACTION"))
            return
        action, page = run.actions.get(seen["a"]), self.engine.lanes[run.lane].page
        voice = self.people.voice(by, page, run, action)
        try:
            revision = self._revision(view, seen, voice)
        except (Refused, Unavailable) as error:
            self._offer(action, seen, by, delivery, words_edit.could_not(error.message))
            return
        except ValidationError as error:
            said = "; ".join(one["msg"] for one in error.errors(include_url=False))
            self._offer(action, seen, by, delivery, words_edit.could_not(said))
            return
        outcome = self.engine.handle(c.Decide(
            run=run.id, action=seen["a"], version=seen["v"], digest=seen["d"], decision="edit", voice=voice,
            surface="modal", delivery=delivery, channel=seen["c"], revision=revision,
        ))  # fmt: skip
        no = any(isinstance(one, DecisionRefused) for one in outcome.events)  # they are told why, with another offer
        by_url.settle(seen.get("o", ""), "" if no else words_edit.TAKEN)

    def _revision(self, view: View, seen: Mapping[str, Any], voice: Voice) -> Revision | None:
        """What they made of it; None where they may not, or are too late: then no system is asked."""
        found = _current(self.engine, seen)
        tool = _tool(self.engine, *found) if found else None
        if found is None or tool is None or voice.standing is not Standing.MEMBER:
            return None
        run, action = found
        if voice.by == (action.draft.asked_by or run.started.by):
            return None
        return self.editing.revise(run, action, edit_form.read(view, tool, action.draft))

    def _offer(self, action: Action | None, seen: Mapping[str, Any], by: Person, delivery: str, why: str) -> None:
        """Why no system took it, and another go with the same words while the draft still waits."""
        by_url.settle(seen.get("o", ""))
        waits = action is not None and action.state is State.HELD
        said = f"{why} {words_edit.KEPT}" if waits else why
        carried = {name: seen[name] for name in ("r", "a", "v", "c")} | {"s": delivery}
        self.notifier.whisper(seen["c"], by.user, said, blocks=once_more(said, carried) if waits else ())

    def _typed(self, seen: Mapping[str, Any], tool: WriteTool[Any, Any]) -> Mapping[str, Entered]:
        """What they had typed over the version they saw; nothing where the delivery is no longer kept."""
        stored = self.deliveries.get(seen["s"])
        drafted = (one for one in self.library.events(seen["r"]) if isinstance(one, ActionDrafted))
        over = next((one.draft for one in drafted if (one.action, one.version) == (seen["a"], seen["v"])), None)
        return edit_form.entered(json.loads(stored)["view"], tool, over) if stored and over else {}


def _current(engine: Engine, seen: Mapping[str, Any]) -> tuple[Run, Action] | None:
    """The draft that a form shows, while it is the newest version and waits."""
    run = engine.run(seen["r"])
    action = run.actions.get(seen["a"]) if run else None
    if run is None or action is None or action.version != seen["v"] or action.state is not State.HELD:
        return None
    return run, action


def _tool(engine: Engine, run: Run, action: Action) -> WriteTool[Any, Any] | None:
    """The tool of a draft; None where the lane has it no more."""
    tool = engine.lanes[run.lane].tools.get(action.draft.tool)
    return tool if isinstance(tool, WriteTool) else None
