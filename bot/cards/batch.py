"""A card that several runs share, drawn from their states and nothing else: a line a run, decided one by one.

A line is short, and either whole or marked as cut. The button below approves, for whoever presses it, what stands whole
on its line or was opened by them in Details; it carries the versions that this drawing shows, and nothing else.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from bot import words
from bot.cards.buttons import value, yes
from bot.cards.card import Card
from bot.cards.lines import asked, changes, settled, taken, voices
from bot.slack.blocks import Block, actions, button, context, header, overflow, row, section, select
from bot.slack.mrkdwn import DAY, clamp, link, person, pieces, plain, when
from bot.words import batch as words_batch
from bot.words import edit as words_edit
from lanes.batches import Batch
from lanes.core.batching import current, doubtful
from lanes.core.gate import Regime
from lanes.core.refuse import SAME_DIGEST
from lanes.core.run import Action, Run
from lanes.core.states import FINAL, WAITING, State
from lanes.undo import undoable

_SENTENCE = 250  # characters of a sentence on a line, escaped; a longer one is cut
_CHANGES = 500  # characters of before → after on a line
_SIDE_BY_SIDE = 240  # characters of before → after that stand side by side; more stand a line each
_BRIEF = 80  # characters of a sentence that is no longer waited for
_SETTLED = 400  # characters of what became of it
_SUBJECT = 80  # characters of a subject, and of a sentence that stands for its draft
_URL = 500  # a longer address would fill the line
_VALUE = 2000  # characters Slack takes of a button's value


@dataclass(frozen=True)
class Line:
    """One run on the card."""

    run: Run
    action: Action
    now: datetime

    @cached_property
    def _said(self) -> tuple[str, bool]:
        """What will happen, and whether that is all of it."""
        sentence = plain(self.action.draft.preview.sentence)
        aside = changes(self.action.draft)  # begins with a line break
        if len(aside) <= _SIDE_BY_SIDE:
            aside = aside[:1] + aside[1:].replace("\n", " · ")
        cut = len(sentence) > _SENTENCE or len(aside) > _CHANGES
        return f"*{clamp(sentence, _SENTENCE)}*{self.subject}{clamp(aside, _CHANGES)}", not cut

    @property
    def subject(self) -> str:
        """What it is about, leading to the record; no word of it that the sentence has said already."""
        url, said = self.action.draft.target.url, _says(self.action, self.run)
        if url and len(url) <= _URL:
            return f" · {link(url, words_batch.RECORD if said else self.run.started.subject[:_SUBJECT])}"
        return "" if said else f" · {plain(self.run.started.subject[:_SUBJECT])}"

    @property
    def held(self) -> bool:
        return self.action.state is State.HELD

    @property
    def whole(self) -> bool:
        """Does all that a person has to know before a yes stand on the line?"""
        draft = self.action.draft
        return self._said[1] and not draft.preview.body and not doubtful(draft) and not self._left_out

    @property
    def _left_out(self) -> int:
        """Drafts of the run that wait as well."""
        return len([a for a in self.run.waiting if a is not self.action])

    @property
    def text(self) -> str:
        sign = words.SIGN.get(self.action.state, "•")
        if not self.held:
            short = clamp(plain(self.action.draft.preview.sentence), _BRIEF)
            return f"{sign} {short}{self.subject}\n{clamp(settled(self.action), _SETTLED)}{self._to_say}"
        aside = [*self._history, *taken(self.run, self.now), *voices(self.action), *asked(self.run, self.action)]
        small = "".join(f"\n{clamp(one, _SETTLED)}" for one in aside)
        return f"{sign} {self._said[0]}{small}{self._to_say}"

    @property
    def _history(self) -> list[str]:
        """How it came to be another draft than the first, and whose yes it needs besides."""
        draft, ruling = self.action.draft, self.action.ruling
        replaced = [a for a in self.run.actions.values() if a.state is State.SUPERSEDED and a is not self.action]
        said = [words_batch.anew(replaced[-1])] if replaced and not draft.undoes else []
        if draft.undoes and draft.asked_by:
            said.append(words.takes_back(self.run.actions[draft.undoes].draft.preview.sentence, draft.asked_by.user))
        if draft.edit:
            said.append(f"✏️ {words_edit.edited_by(draft.edit)}")
        return [*said, words_batch.several(ruling.quorum)] if ruling and ruling.quorum > 1 else said

    @property
    def _to_say(self) -> str:
        """Why it has to be opened."""
        if self.action.unsettled:
            return f"\n{words_batch.UNSETTLED}"
        if not self.held or self.whole:
            return ""
        return f"\n{words_batch.to_open(self._left_out, cut=not self._said[1], doubt=doubtful(self.action.draft))}"


def batch_card(batch: Batch, regime: Regime, now: datetime) -> Card:
    """The card as it stands at `now`. Once nothing is open any more it folds to a summary."""
    lines = _lines(batch, now)
    text = fallback(lines, regime)
    top = [header(words_batch.title(_states(lines), batch.lane, stopped=regime.stopped)), _about(batch, lines, regime)]
    if all(line.action.state in FINAL for line in lines):
        return Card(text, [*top, *_folded(batch, lines)])
    rows = [row(_id(line), line.text, _beside(line, regime)) for line in lines]
    return Card(text, [*top, *rows, *_rest(batch, lines, regime)])


def batch_in_short(batch: Batch, regime: Regime, now: datetime) -> Card:
    """A card Slack takes whatever the drafts hold. Nobody approves from it; each line leads to Details."""
    lines = _lines(batch, now)
    rows = [
        row(_id(line), f"{words.SIGN[line.action.state]} {_name(line)}", _open(line))
        for line in lines if line.action.state in WAITING or line.action.unsettled
    ]  # fmt: skip
    text = fallback(lines, regime)
    return Card(text, [section(text), *rows])


def named(run: Run, action: Action) -> str:
    """A draft by name, for a sentence about it."""
    sentence = clamp(plain(action.draft.preview.sentence), _SUBJECT)
    return sentence if _says(action, run) else f"{plain(run.started.subject[:_SUBJECT])}: {sentence}"


def fallback(lines: Sequence[Line], regime: Regime) -> str:
    """A lock screen's line: how many, which, until when."""
    held = [line for line in lines if line.held]
    shown = "; ".join(clamp(plain(line.action.draft.preview.sentence), _BRIEF) for line in held or lines)
    until = min((line.action.until for line in held if line.action.until), default=None)
    end = f" · until {when(until, DAY)}" if until and not regime.stopped else ""
    return clamp(f"{words_batch.title(_states(lines), regime.lane.lane, stopped=regime.stopped)}: {shown}", 2800) + end


def _lines(batch: Batch, now: datetime) -> list[Line]:
    """In the order in which they joined, whatever becomes of them: nothing moves under a finger."""
    found = ((run, current(run)) for run in batch.runs)
    return [Line(run, action, now) for run, action in found if action]


def _states(lines: Sequence[Line]) -> list[State]:
    return [line.action.state for line in lines]


def _about(batch: Batch, lines: Sequence[Line], regime: Regime) -> Block:
    by = dict.fromkeys(line.run.started.by.user for line in lines)
    untils = [line.action.until for line in lines if line.held and line.action.until]
    tools = dict.fromkeys(line.action.draft.tool for line in lines)
    parts = [
        ", ".join(plain(words.TOOL.get(tool, tool)) for tool in tools),
        words_batch.audience(batch.audience),
        f"asked by {', '.join(person(user) for user in list(by)[:5])}",
        f"the first until {when(min(untils), '{date_short_pretty} {time}')}" if untils else "",
        words.nothing_can_be_approved(batch.lane) if regime.stopped and untils else "",
    ]
    return context(" · ".join(filter(None, parts)))


def _says(action: Action, run: Run) -> bool:
    """Does the sentence name the subject as it begins, where a cut leaves it?"""
    return run.started.subject.casefold() in action.draft.preview.sentence[:_SUBJECT].casefold()


def _id(line: Line) -> str:
    return f"{line.run.id}/{line.action.id}/{line.action.version}"


def _name(line: Line) -> str:
    return named(line.run, line.action)


def _open(line: Line) -> Block:
    return button("details", "Open", value(line.run, line.action))


def _beside(line: Line, regime: Regime) -> Block | None:
    """A line that stands whole can be decided where it is; any other has to be opened."""
    action = line.action
    if action in undoable(line.run) and action.undo_until and line.now < action.undo_until:
        return _menu(line, {"details": "Open", "undo": "Undo…"})
    if line.held and regime.stopped:
        return _menu(line, {"details": "Open", "reject": "Reject…", "take_over": "Do it by hand…"})
    if line.held and line.whole:
        wishes = {"approve": yes(action), "details": "Open", "edit": "Edit…", "reject": "Reject…"}
        return _menu(line, {**wishes, "ask": "Ask something first…"})
    return _open(line) if action.state in WAITING or action.unsettled else None


def _menu(line: Line, wishes: dict[str, str]) -> Block:
    return overflow("more", {_wish(line, wish): label for wish, label in wishes.items()})


def _wish(line: Line, wish: str) -> str:
    carried = {**value(line.run, line.action), "d": line.action.draft.digest[:SAME_DIGEST]}
    return json.dumps({"w": wish, **carried}, separators=(",", ":"))


def _rest(batch: Batch, lines: Sequence[Line], regime: Regime) -> list[Block]:
    """One press for all that a person has read. What it carries, `TheRest` reads."""
    held = [line for line in lines if line.held]
    if not held or regime.stopped:
        return []
    carried = [
        (line.run.id, line.action.id, line.action.version, line.action.draft.digest[:SAME_DIGEST], int(line.whole))
        for line in held
    ]
    while len(json.dumps(carried, separators=(",", ":"))) > _VALUE:
        carried.pop()  # it comes with the next drawing, when some are decided
    whole = len([line for line in held if line.whole])
    unread = [_name(line) for line in held if not line.whole]
    press = button("approve_rest", words_batch.approve_rest(whole, len(lines)), carried, "primary")
    if len(lines) == whole == 1:
        return [actions(f"{batch.id}/rest", press)]
    return [actions(f"{batch.id}/rest", press), context(words_batch.what_the_rest_is(whole, unread))]


def _folded(batch: Batch, lines: Sequence[Line]) -> list[Block]:
    """What became of each, in a line; Details of all of them behind one list."""
    ends = [line.text.replace("\n", " · ") for line in lines]
    choose = select("more", "Open one…", {_wish(line, "details"): line.run.started.subject for line in lines})
    return [*(section(part) for part in pieces("\n".join(ends))), actions(f"{batch.id}/all", choose)]
