"""Asks people about cases: puts the cards up, opens the form, takes the answers, and settles the cards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import words
from bot.deciding.decisions import Said
from bot.deciding.modals import Modals
from bot.looking.cards import PREFIX, case_card, form, opens_form, verdicts
from bot.notifier import Notifier
from bot.people.standing import People
from bot.words import adjudication as words_here
from lanes.adjudicating import Adjudicating, Looked
from lanes.core import case_commands as cc
from lanes.core import proof_effects as pf
from lanes.core.commands import Standing
from lanes.core.values import Place
from lanes.engine import Engine
from lanes.ready import ReadyLane

FORM = f"{PREFIX}answer"
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Looking:
    """Performs `show_case` and `tell_case_refused`; answers the clicks and the form. Thread-safe."""

    engine: Engine
    people: People
    notifier: Notifier
    modals: Modals
    adjudicating: Adjudicating

    def ask(self, effect: pf.AskCases) -> None:
        self.adjudicating.ask(effect.lane)

    def show(self, effect: pf.ShowCase, again: bool) -> None:
        """In the channel of the lane's reports, where nothing hangs that could be approved; else with the approvals."""
        looked = self.adjudicating.look(effect.case)
        ready = self._ready(looked)
        if looked is None or ready is None or looked.state.asked is None:
            return
        drawn, place = case_card(looked, ready), looked.state.place
        if place and self.notifier.redraw(place, drawn):
            return
        if place and not looked.state.open:
            return  # it hangs no more, and what it asked is answered
        page = ready.page
        rooms = [page.channels.reports or page.channels.approvals, page.fallback.to, page.owner.person]
        hung = self.notifier.say_in(
            rooms, drawn.text, drawn.blocks, tag=f"case/{looked.state.asked.handle}", again=again
        )
        self._hang(effect.case, hung.place)

    def tell_refused(self, effect: pf.TellCaseRefused, again: bool) -> None:
        self.notifier.whisper(effect.channel, effect.user, words_here.not_recorded(effect.code, effect.winner))

    def click(self, which: str, carried: Mapping[str, Any], said: Said) -> None:
        """A button of a case's card."""
        answer = which.removeprefix(PREFIX)
        looked = self.adjudicating.called(str(carried["h"]))
        ready = self._ready(looked)
        if looked is None or ready is None:
            self.notifier.whisper(said.channel, said.by.user, words_here.not_recorded("UNKNOWN_CASE", ""))
        elif opens_form(answer) and self._may(looked, ready, said):
            if self.modals.show(said.body, form(looked, ready, answer, said.channel)) is None:
                self.notifier.whisper(said.channel, said.by.user, words.TOO_LATE_TO_OPEN)
        else:
            self._label(looked, ready, verdicts(answer, {}) if not opens_form(answer) else ("", ""), said)

    def submitted(self, carried: Mapping[str, Any], given: Mapping[str, str], said: Said) -> None:
        """The form behind a button."""
        looked = self.adjudicating.called(str(carried["h"]))
        ready = self._ready(looked)
        if looked is None or ready is None:
            self.notifier.whisper(said.channel, said.by.user, words_here.not_recorded("UNKNOWN_CASE", ""))
            return
        self._label(looked, ready, verdicts(str(carried["x"]), given), said, given)

    def _may(self, looked: Looked, ready: ReadyLane, said: Said) -> bool:
        """Would an answer of theirs count? Nobody fills in a form in vain."""
        barred, unknown = self.adjudicating.barred(looked)
        member = self.people.standing(said.by, ready.page.approvers) is Standing.MEMBER
        return member and not unknown and said.by.user not in barred and looked.state.open

    def _label(
        self, looked: Looked, ready: ReadyLane, found: tuple[Any, Any], said: Said, given: Mapping[str, str] = NOTHING
    ) -> None:
        barred, unknown = self.adjudicating.barred(looked)
        self.engine.handle_case(cc.LabelCase(
            looked.case.id, said.by, self.people.standing(said.by, ready.page.approvers), found[0], found[1],
            said.delivery, given.get("reason", ""), given.get("note", ""), said.channel, barred, unknown,
        ))  # fmt: skip

    def _ready(self, looked: Looked | None) -> ReadyLane | None:
        return self.engine.lanes.get(looked.case.lane) if looked else None

    def _hang(self, case: str, place: Place) -> None:
        self.engine.handle_case(cc.HangCase(case, place))
