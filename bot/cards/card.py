"""A run's card, drawn from its state and nothing else. The same run always makes the same card.

What a lead must see in three seconds stands first: what will happen, to whom, for how much. Then before → after, why,
what was read, which rule held it, until when. Words of the tool are plain; words of a model or a customer are quoted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import words
from bot.cards.buttons import all_at_once, buttons, keep_case, menu, value, way_back, what_happened
from bot.cards.doubts import doubts, precedents, sure
from bot.cards.lines import asked, changes, cited, needs, rule, settled, subject, taken, voices
from bot.slack.blocks import Block, actions, button, context, divider, header, section
from bot.slack.mrkdwn import DAY, TEXT, clamp, person, plain, quoted, quotes, when
from bot.words import canaries as words_canaries
from bot.words.edit import APPROVES_THIS, edited
from lanes.core.gate import Regime
from lanes.core.page import Mode
from lanes.core.run import Action, Run
from lanes.core.states import FINAL, State
from lanes.core.values import Draft
from storage.stand_ins import StandIn

BLOCKS = 50  # Slack takes no more in a message
_MOST_IN_SHORT = 20  # drafts on a card in short, two blocks each
_HEADLINE = 110  # characters of a sentence that the header still carries whole


@dataclass(frozen=True)
class Card:
    """A message: `text` says all that a lock screen must, `blocks` the rest."""

    text: str
    blocks: list[Block]


def card(run: Run, regime: Regime, now: datetime, away: Sequence[StandIn] = ()) -> Card:
    """The card of a run with at least one write that people see, as it stands at `now`; `away`: who stands in."""
    shown = _shown(run)
    if run.practised:
        return _practised(run, shown, regime)
    top = [header(_title(run, shown, regime)), context(_about(run, regime), *taken(run, now))]
    read, end = _read(shown), _end(run, regime)
    every = all_at_once(run, regime)
    room = BLOCKS - len([*top, *read, *every, *end])
    back = [way_back(run, action, now) for action in shown]
    drawn = _Drawn(run, regime, now, away)
    parts = [
        [*_part(drawn, action, full=True, named=_headline(shown) is action), *way]
        for action, way in zip(shown, back, strict=True)
    ]
    if sum(map(len, parts)) > room:
        parts = _fitting(drawn, shown, room)
        every = [] if _hides_a_draft(shown, parts) else every
    still_open = len([action for action in shown if action.open])
    first, then = ([block for part in some for block in part] for some in (parts[:still_open], parts[still_open:]))
    return Card(fallback(run, shown, regime), [*top, *first, *read, *every, *then, *end])


def _practised(run: Run, shown: Sequence[Action], regime: Regime) -> Card:
    """What a practice draft was; nothing of it can be clicked any more."""
    said = words_canaries.revealed(run)
    what = [section(f"~{plain(clamp(action.draft.preview.sentence, 300))}~") for action in shown[-1:]]
    top = [header(words_canaries.TITLE), context(_about(run, regime))]
    return Card(f"{words_canaries.TITLE}. {said}", [*top, *what, section(said)])


def card_in_short(run: Run, regime: Regime) -> Card:
    """A card Slack takes whatever the drafts hold. Nobody approves what does not stand on it; Details shows it."""
    text = fallback(run, _shown(run), regime)
    waiting = [_too_large(run, action, regime) for action in run.waiting]
    more = len(waiting) - len(waiting[:_MOST_IN_SHORT])
    parts = [block for part in waiting[:_MOST_IN_SHORT] for block in part]
    return Card(text, [section(text), *parts, *([context(words.and_more(more))] if more else [])])


def _shown(run: Run) -> list[Action]:
    """What people see: first what is open, then what is settled, each in the order it was drafted."""
    seen = (a for a in run.actions.values() if a.state not in {State.SHADOWED, State.DRAFTED})
    return sorted(seen, key=lambda action: not action.open)


@dataclass(frozen=True)
class _Drawn:
    """What a card is drawn from."""

    run: Run
    regime: Regime
    now: datetime
    away: Sequence[StandIn]


def _fitting(drawn: _Drawn, shown: list[Action], room: int) -> list[list[Block]]:
    """As many parts as there is room for, each whole, what is open first; the rest is counted."""
    run, regime = drawn.run, drawn.regime
    room = most = room - 1  # for the count
    kept: dict[str, list[Block]] = {}
    for action in shown:
        part = _part(drawn, action, full=action.open)
        if len(part) > most and action in run.waiting:
            part = [divider(), *_too_large(run, action, regime)]
        if len(part) <= room:
            kept[action.id] = part
            room -= len(part)
    left_out = len(shown) - len(kept)
    parts = [kept[action.id] for action in shown if action.id in kept]
    return [*parts, [context(words.and_more(left_out))]] if left_out else parts


def _too_large(run: Run, action: Action, regime: Regime) -> list[Block]:
    """A draft that cannot be shown whole: it can be read and decided on in Details, never approved from here."""
    carried = value(run, action)
    said = f"{words.SIGN[action.state]} *{plain(_short(action.draft))}*\n{words.TOO_LARGE}"
    reject, details = button("reject", "Reject…", carried), button("details", "Details", carried)
    rest = menu(run, action, None, regime)
    return [section(said), actions(f"{run.id}/{action.id}/{action.version}", details, reject, *rest)]


def _hides_a_draft(shown: list[Action], parts: list[list[Block]]) -> bool:
    """Does something wait whose approve button stands nowhere among the parts?"""
    buttons = [e for part in parts for block in part if block["type"] == "actions" for e in block["elements"]]
    approvable = [one for one in buttons if one["action_id"] == "lane:approve"]
    return len(approvable) < len([a for a in shown if a.state is State.HELD])


def fallback(run: Run, shown: list[Action], regime: Regime) -> str:
    """One line for a notification: what, to whom, how much, who asked, until when."""
    waiting = [a for a in shown if a.state is State.HELD]
    what = "; ".join(plain(a.draft.preview.sentence) for a in waiting or shown)
    who = f"asked by {person(run.started.by.user)} for {plain(run.started.subject)}"
    if waiting and waiting[0].until and not regime.stopped:
        return clamp(f"Approve? {what} · {who} · until {when(waiting[0].until, DAY)}", 2900)
    return clamp(f"{_title(run, shown, regime)} · {what} · {who}", 2900)


def _title(run: Run, shown: list[Action], regime: Regime) -> str:
    waiting = [a for a in shown if a.state is State.HELD]
    if waiting:
        what = _short(waiting[0].draft) if len(waiting) == 1 else f"{len(waiting)} drafts about {run.started.subject}"
        asks = "Undo?" if all(a.draft.undoes for a in waiting) else "Approve?"
        return f"On hold: {what}" if regime.stopped else f"{asks} {what}"
    if frozen := [a for a in shown if a.state is State.FROZEN]:
        return f"Frozen: {_short(frozen[0].draft) if len(frozen) == 1 else run.started.subject}"
    if unsure := [a for a in shown if a.state is State.UNCERTAIN]:
        asked = all(a.unsettled for a in unsure)
        return f"Did it happen? {_short(unsure[0].draft)}" if asked else f"Uncertain: {run.started.subject}"
    if run.finished:
        return f"{words.ENDED.get(run.finished.outcome, 'Ended')}: {run.started.subject}"
    return f"Working: {run.started.subject}"


def _short(draft: Draft) -> str:
    sentence = draft.preview.sentence
    return sentence if len(sentence) <= _HEADLINE else sentence[: _HEADLINE - 1] + "…"


def _headline(shown: list[Action]) -> Action | None:
    """The one action whose sentence the header has said already."""
    alone = shown[0] if len(shown) == 1 and shown[0].state is State.HELD else None
    return alone if alone and len(alone.draft.preview.sentence) <= _HEADLINE else None


def _about(run: Run, regime: Regime) -> str:
    started = run.started
    where = f" in <#{started.channel}>" if started.channel.startswith("C") else ""
    asked = f"asked by {person(started.by.user)}{where} {when(started.at, '{date_short_pretty} {time}')}"
    said = f"*{plain(run.lane)}* · {subject(run)} · {asked}"
    if regime.stopped:
        said += " · 🛑 *the lane is stopped*"
    elif regime.mode is Mode.AUTONOMOUS:
        said += " · autonomous, under a lease"
    return said


def _part(drawn: _Drawn, action: Action, *, full: bool, named: bool = False) -> list[Block]:
    """One action: what it does (unless the header has `named` it), and what became of it or what it waits for."""
    draft, run, regime = action.draft, drawn.run, drawn.regime
    what = "" if named else f"{words.SIGN.get(action.state, '•')} *{plain(draft.preview.sentence)}*"
    said = f"{what}{changes(draft)}".removeprefix("\n")
    out = [*([] if named else [divider()]), *([section(said)] if said else [])]
    if full and draft.preview.body and action.open:
        out += [section(piece) for piece in quotes(draft.preview.body)]
    if action.state in FINAL or not full:
        back = run.taken_back(action.id)
        return [*out, context(settled(action, taken_back=bool(back and back.state is State.DONE)))]
    if draft.undoes and draft.asked_by:
        out.append(context(words.takes_back(run.actions[draft.undoes].draft.preview.sentence, draft.asked_by.user)))
    if told := [*doubts(draft), *precedents(draft)]:
        out.append(section(clamp("\n".join(told), TEXT)))
    if draft.edit:
        out += [section(edited(draft.edit)), *([context(APPROVES_THIS)] if action.state is State.HELD else [])]
    if draft.why:
        when_said = ", before the edit" if draft.edit else ""
        out.append(section(f"*Why*, in the agent's words{when_said}\n{quoted(clamp(draft.why, 600))}"))
    if action.unsettled:
        return [*out, context(settled(action)), section(words.RECONCILE), what_happened(run, action)]
    decides = needs(run, action, regime.lane, drawn.away)
    held = settled(action) if action.state is State.FROZEN else rule(run, action, decides)
    out.append(context(held, *([believed] if (believed := sure(draft)) else []), *voices(action)))
    out += [context(line) for line in asked(run, action)]
    if regime.stopped:
        out.append(context(words.nothing_can_be_approved(run.lane)))
    if action.state in {State.HELD, State.FROZEN}:
        out.append(buttons(run, action, regime, claimed=run.claimed(drawn.now) is not None))
    else:
        out.append(context(settled(action)))
    return out


def _read(shown: list[Action]) -> list[Block]:
    """What the open drafts rest on, once for the card."""
    evidence = dict.fromkeys(one for action in shown if action.open for one in action.draft.evidence)
    lines = ["*The agent read*", *(f"• {cited(one)}" for one in evidence)]
    while len("\n".join(lines)) > TEXT:  # a line whole or not at all: half a link is no link
        lines.pop()
    return [divider(), context("\n".join(lines))] if evidence else []


def _end(run: Run, regime: Regime) -> list[Block]:
    ended = run.finished
    if ended is None:
        return []
    reasons = words.because(ended.outcome, ended.reasons, regime.lane.rejections)
    because = f": {plain('; '.join(reasons))}" if reasons else ""
    said = f"*{words.OUTCOME.get(ended.outcome, ended.outcome).capitalize()}*{because}"
    small = f"run `{run.id}` · {len(run.turns)} model turns · {words.money(run.cost)} · {plain(run.started.model)}"
    words_of_it = section(f"{said}\n{quoted(ended.summary[:600])}" if ended.summary else said)
    return [divider(), {**words_of_it, "accessory": keep_case(run)}, context(small)]
