"""Puts proposed leases before people, and takes what they say: sign, decline, look. Tells everyone of a demotion."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bot import words
from bot.cards.lines import subject
from bot.deciding.decisions import Said
from bot.deciding.modals import Modals
from bot.lease.card import decline, details, lease_card
from bot.notifier import Notifier
from bot.people.standing import People
from bot.slack.rooms import Closed
from bot.words import bar as words_bar
from bot.words import lease as words_lease
from lanes.core import commands as c
from lanes.core import lane_commands as lc
from lanes.core import lane_events as le
from lanes.core import proof_effects as pf
from lanes.core.lane_state import Proposal
from lanes.core.page import Lane
from lanes.engine import Engine
from lanes.promotion.drill import Drill
from lanes.promotion.review import Review, no_more
from tools.contract import Refused

CLICKS = frozenset({"lease_sign", "lease_decline", "lease_details"})
FORM = "lease_decline"


@dataclass(frozen=True)
class Leases:
    """Performs `show_lease` and `tell_demotion`. Thread-safe."""

    engine: Engine
    people: People
    notifier: Notifier
    modals: Modals
    review: Review
    drill: Drill

    def show(self, effect: pf.ShowLease, again: bool) -> None:
        """Post the card, or draw it where it hangs."""
        one, page = self.engine.lane_state(effect.lane).proposal, self.engine.lanes[effect.lane].page
        if one is None or one.id != effect.proposal:
            self._settle(effect, page)
            return
        drawn = lease_card(page, one)
        if one.place is None or not self.notifier.redraw(one.place, drawn):
            tag = f"{page.lane}/lease/{one.id}"
            hung = self.notifier.put_up(page, drawn, tag=tag, again=again)
            self.engine.handle_lane(lc.HangLease(page.lane, one.id, hung.place))

    def tell_demotion(self, effect: pf.TellDemotion, again: bool) -> None:
        """The approvers' channel and the owner; whoever is on call, where it is severe. Its proposal is settled."""
        event, page = self.engine.lane_event(effect.lane, effect.version), self.engine.lanes[effect.lane].page
        if not isinstance(event, le.LaneDemoted):
            return
        tag = f"{page.lane}/demoted/{effect.version}"
        told = words_lease.demoted(event, self._named(event))
        with suppress(Closed):  # what the owner hears is said in any case
            self.notifier.say(page.channels.approvals, told, tag=f"{tag}/channel", again=again)
        self.notifier.say(page.owner.person, told, tag=f"{tag}/owner", again=again)
        if event.severe and page.owner.on_call:
            called = words_lease.called(told)
            self.notifier.say_in([page.owner.on_call, page.owner.person], called, tag=f"{tag}/on_call", again=again)
        one = self.engine.lane_state(page.lane).proposal
        if one and one.ended == "demoted" and one.place:
            self.notifier.redraw(one.place, lease_card(page, one))

    def click(self, which: str, carried: Mapping[str, Any], said: Said) -> None:
        """A button of the card."""
        found = self._find(carried, said)
        if found is None:
            return
        page, one = found
        if barred := self.people.may_start(said.by):
            self._tell(said, words.barred(barred))
            return
        match which:
            case "lease_sign":
                self._sign(page, one, said)
            case "lease_decline":
                self._open(decline(page, one), said)
            case _:
                bar = self.review.readiness.bar(page.lane)
                if bar:
                    self._open(details(page, one, bar), said)

    def submitted(self, carried: Mapping[str, Any], given: Mapping[str, str], said: Said) -> None:
        """Somebody declines, with their reason."""
        found = self._find(carried, said)
        if found is None:
            return
        page, one = found
        voice = c.Voice(said.by, self.people.standing(said.by, page.approvers))
        self._tell(said, self._handled(lc.DeclineLease(page.lane, one.id, voice, given.get("why", ""), said.delivery)))

    def promote(self, page: Lane, *, asked: bool) -> str:
        """What is missing, or where the lease waits. `asked`: by somebody who speaks for the lane, and so may put what
        was declined before people again.
        """
        bar = self.review.look(page.lane, asked=asked)
        if bar is None:
            return words_lease.nothing_earned(page)
        state = self.engine.lane_state(page.lane)
        lines = [words_lease.running(state.lease)] if state.lease else []
        open_now = state.proposal is not None and not state.proposal.ended
        after = words_lease.proposed(page) if open_now else words_lease.cannot_be_forced(page)
        return "\n".join([*lines, words_bar.bar(page, bar), *([] if state.lease and not open_now else [after])])

    def _sign(self, page: Lane, one: Proposal, said: Said) -> None:
        """A signature stands on what is true now, not on what was true when the card was drawn."""
        bar = self.review.readiness.bar(page.lane)
        state = self.engine.lane_state(page.lane)
        why = no_more(one, bar, state, self.engine.clock()) if bar else "EVIDENCE_CHANGED"
        if why:
            self.engine.handle_lane(lc.WithdrawLease(page.lane, one.id, why))
            self._tell(said, words_lease.stands_no_more(why))
            return
        voice = c.Voice(said.by, self.people.standing(said.by, page.approvers))
        self._tell(said, self._handled(lc.SignLease(page.lane, one.id, voice, said.delivery)))

    def _handled(self, command: lc.SignLease | lc.DeclineLease) -> str:
        try:
            self.engine.handle_lane(command)
        except Refused as refused:
            return words_lease.not_taken(refused.message)
        return words_lease.SIGNED if isinstance(command, lc.SignLease) else words_lease.DECLINED

    def _find(self, carried: Mapping[str, Any], said: Said) -> tuple[Lane, Proposal] | None:
        ready = self.engine.lanes.get(str(carried.get("l", "")))
        one = self.engine.lane_state(ready.page.lane).proposal if ready else None
        if ready is None or one is None or one.id != carried.get("p"):
            self._tell(said, words_lease.GONE)
            return None
        return ready.page, one

    def _named(self, event: le.LaneDemoted) -> dict[str, str]:
        """The subjects of the runs that it rests on, each as people read it."""
        runs = (self.engine.run(name) for name in event.runs)
        return {run.started.subject: subject(run) for run in runs if run}

    def _settle(self, effect: pf.ShowLease, page: Lane) -> None:
        """An earlier proposal, which another has replaced: its card says so."""
        before = self.engine.proposal(effect.lane, effect.proposal)
        if before and before.place:
            self.notifier.redraw(before.place, lease_card(page, before))

    def _open(self, view: Mapping[str, Any], said: Said) -> None:
        if not self.modals.show(said.body, view):
            self._tell(said, words.TOO_LATE_TO_OPEN)

    def _tell(self, said: Said, text: str) -> None:
        self.notifier.whisper(said.channel, said.by.user, text)
