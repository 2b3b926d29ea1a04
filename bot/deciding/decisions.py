"""What people do with a draft, from whatever surface: each click or form becomes one command, and says who speaks.

One path for the card, Details, a modal and a card of several runs: a surface only says where it was.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot import words
from bot.cards.details import details
from bot.deciding import forms
from bot.deciding.edits import Edits
from bot.deciding.modals import Modals
from bot.deciding.taking_back import TakingBack
from bot.deciding.the_rest import TheRest
from bot.notifier import Notifier
from bot.people.standing import People
from bot.words import settled as words_settled
from bot.words.refused import refused
from lanes.core import commands as c
from lanes.core.run import Action, Run
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.undo import window

_AT_ONCE = frozenset({"approve", "release", "happened", "did_not_happen"})  # a click says it all
_IN_WORDS = frozenset({"reject", "take_over", "ask", "put_off", "break_glass"})  # a modal asks for more
_OPENS = frozenset({"details", "answer", "edit", "edit_again"})
ON_DRAFTS = _AT_ONCE | _IN_WORDS | _OPENS | {"approve_all", "approve_rest", "undo", "claim", "let_go", "more"}


@dataclass(frozen=True)
class Said:
    """A click or a form that was sent: by whom, where, under which delivery."""

    by: Person
    channel: str
    surface: str
    delivery: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Decisions:
    """Thread-safe. Whoever may not is told why, and only they."""

    engine: Engine
    people: People
    notifier: Notifier
    modals: Modals
    taking_back: TakingBack
    edits: Edits
    the_rest: TheRest

    def click(self, which: str, carried: Any, said: Said) -> None:
        """A button, or an entry of a menu."""
        if which == "more":
            which = carried["w"]
        if which in {"approve_all", "approve_rest"}:
            self._several(which, carried, said)
            return
        found = self._find(carried)
        if found is None:
            self._tell(said, refused("UNKNOWN_ACTION"))
            return
        run, action = found
        match which:
            case _ if which in _AT_ONCE:
                within = window(self.engine.lanes[run.lane], action) if which == "happened" else None
                self._decide(carried, which, said, undo_within=within)
            case "undo":
                self._undo(carried, said)
            case "claim":
                self.engine.handle(c.Claim(run.id, self._voice(said.by, run, action), said.delivery, said.channel))
            case "let_go":
                self._or_tell(c.LetGo(run.id, said.by, said.delivery), said, words_settled.NOT_YOURS_TO_LET_GO)
            case _:
                self._open(which, run, action, carried, said)

    def submitted(self, callback: str, carried: Mapping[str, Any], given: Mapping[str, str], said: Said) -> None:
        """A form about a draft."""
        if callback == "edit":
            self.edits.submitted(said.body["view"], said.by, said.delivery)
            return
        found = self._find(carried)
        if found is None:
            self._tell(said, refused("UNKNOWN_ACTION"))
            return
        run, action = found
        note = given.get("note", "")
        match callback:
            case "reject":
                self._decide(carried, "reject", said, reason=given["reason"], note=note)
            case "take_over" | "break_glass":
                self._decide(carried, callback, said, note=note)
            case "ask":
                self.engine.handle(
                    c.Ask(**self._on_draft(carried, run, action, said), to=_to(given), text=given["text"])
                )
            case "put_off":
                until = self.engine.clock() + timedelta(minutes=int(given["for"]))
                if self._or_tell(c.Snooze(run.id, said.by, until, said.delivery), said, words_settled.NOT_PUT_OFF):
                    self._tell(said, words_settled.put_off(run.started.subject, until))
            case "answer":
                self.engine.handle(c.AnswerQuestion(run.id, carried["q"], said.by, given["text"], said.delivery))

    def _several(self, which: str, carried: Any, said: Said) -> None:
        """All that stands whole on a run's card, or what they have read of a card of several runs."""
        if which == "approve_rest":
            if left := self.the_rest.approve(carried, said.by, said.channel, said.delivery):
                self._tell(said, left)
            return
        for n, one in enumerate(carried):
            self._decide(one, "approve", said, delivery=f"{said.delivery}/{n}")

    def _decide(
        self, carried: Mapping[str, Any], decision: str, said: Said, *, delivery: str = "", **more: Any
    ) -> None:
        found = self._find(carried)
        if found is None:
            self._tell(said, refused("UNKNOWN_ACTION"))
            return
        about = self._on_draft(carried, *found, said)
        about["delivery"] = delivery or said.delivery
        self.engine.handle(c.Decide(**about, decision=decision, **more))  # type: ignore[arg-type]  # one of ours

    def _on_draft(self, carried: Mapping[str, Any], run: Run, action: Action, said: Said) -> dict[str, Any]:
        return {
            "run": run.id, "action": action.id, "version": carried["v"], "digest": carried["d"],
            "voice": self._voice(said.by, run, action), "surface": said.surface, "delivery": said.delivery,
            "channel": said.channel,
        }  # fmt: skip

    def _voice(self, by: Person, run: Run, action: Action) -> c.Voice:
        return self.people.voice(by, self.engine.lanes[run.lane].page, run, action)

    def _undo(self, carried: Mapping[str, Any], said: Said) -> None:
        """Draft the way back. Of what no system could settle, it is said first that it happened."""
        found = self._find(carried)
        if found and found[1].unsettled:
            within = window(self.engine.lanes[found[0].lane], found[1])
            self._decide(carried, "happened", said, delivery=f"{said.delivery}/happened", undo_within=within)
            found = self._find(carried)
            if found and found[1].unsettled:
                return  # refused, and they were told why
        told = self.taking_back.of(*found, said.by, said.delivery) if found else refused("UNKNOWN_ACTION")
        if told:
            self._tell(said, told)

    def _open(self, which: str, run: Run, action: Action, carried: Mapping[str, Any], said: Said) -> None:
        barred = self.people.may_start(said.by)
        if barred:
            self._tell(said, words.barred(barred))
            return
        if which == "answer" and said.by != run.started.by:
            self._tell(said, words.NOT_ASKED_OF_YOU)
            return
        offer = {"o": said.body.get("response_url") or ""} if which == "edit_again" else {}
        view = self._view(which, run, action, {**carried, "c": said.channel, **offer}, said)
        if isinstance(view, str):
            self._tell(said, view)
            return
        shown = self.modals.show(said.body, view, (run, action))
        if shown is None:
            self._tell(said, words.TOO_LATE_TO_OPEN)
        elif which == "details" and shown.whole:
            self.engine.handle(c.OpenDetails(run.id, action.id, action.version, said.by, said.delivery))

    def _view(self, which: str, run: Run, action: Action, carried: Mapping[str, Any], said: Said) -> forms.View | str:
        """The modal, or a sentence why there is none."""
        if which in {"edit", "edit_again"}:
            return self.edits.view(run, action, carried, said.by, said.channel)
        if which in forms.ON_DRAFTS:
            return forms.ON_DRAFTS[which](forms.About(run, action, self.engine.lanes[run.lane].page, carried))
        return details(run, action, self.engine.regime(run.lane), self.engine.clock())

    def _find(self, carried: Mapping[str, Any]) -> tuple[Run, Action] | None:
        run = self.engine.run(carried["r"])
        action = run.actions.get(carried["a"]) if run else None
        return (run, action) if run and action else None

    def _or_tell(self, wish: c.LetGo | c.Snooze, said: Said, otherwise: str) -> bool:
        """Did it change anything? Nobody clicks in vain and hears nothing."""
        outcome = self.engine.handle(wish)
        if not outcome.events and outcome.run and said.delivery not in outcome.run.handled:
            self._tell(said, otherwise)
        return bool(outcome.events)

    def _tell(self, said: Said, text: str) -> None:
        self.notifier.whisper(said.channel, said.by.user, text)


def _to(given: Mapping[str, str]) -> Any:
    return "requester" if given["to"] == "requester" else "agent"


def carried_by(action: Mapping[str, Any]) -> Any:
    """What a button carries, or the chosen entry of a menu; None: nothing, as a button that opens a link."""
    said = action.get("value") or (action.get("selected_option") or {}).get("value")
    return json.loads(said) if said else None
