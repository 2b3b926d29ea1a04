"""Details: everything about one draft, what people ask first on top. What a card cannot show whole is decided here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import words
from bot.cards.buttons import buttons, keep_case, way_back, what_happened
from bot.cards.doubts import before, precedents, provenance
from bot.cards.lines import changes, state
from bot.deciding.forms import VIEW_BLOCKS
from bot.slack.blocks import Block, actions, context, divider, modal, section
from bot.slack.mrkdwn import TEXT, clamp, escaped, link, person, pieces, plain, quoted, quotes, spelled, when
from bot.words import edit as words_edit
from lanes.core.gate import Regime
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Draft

_PIECES = 30  # sections of payload or of words to a customer: 90,000 characters; a view takes 100 blocks
_DIFFERENCE = 600  # characters of a value before or after an edit; the payloads hold them whole


@dataclass(frozen=True)
class Whole:
    """A part of the view, and whether it shows all there is."""

    blocks: Sequence[Block]
    whole: bool


def details(run: Run, action: Action, regime: Regime, now: datetime) -> Block:
    """The view. Its buttons are those of the card; approving needs that nothing was left out."""
    draft = action.draft
    body, payload = _body(action), _payload(action)
    sign = words.SIGN.get(action.state, "•")
    blocks = [
        section(f"*{plain(draft.preview.sentence)}*{changes(draft)}\n{sign} {state(action)}"),
        *_decide(run, action, regime, whole=body.whole and payload.whole),
        *way_back(run, action, now),
        *body.blocks,
        *_edit(draft),
        section(f"*Why*, in the agent's words{', before the edit' if draft.edit else ''}\n{quoted(draft.why[:1500])}"),
        *_evidence(action),
        *_provenance(action),
        section(_ruling(action)),
        section(_history(run, action)),
        divider(),
        section(
            f"*Exactly what is sent* to `{plain(draft.tool)}`, version {draft.tool_version}, {plain(draft.risk)} risk"
        ),
        *payload.blocks,
        section(
            f"*Must still be so when it runs:* {link(draft.target.url, draft.target.ref)}\n"
            f"```{clamp(escaped(_json(dict(draft.target.pinned))), 2000)}```"
        ),
        context(f"key `{draft.key}`", f"digest `{draft.digest}`"),
        *_cost(run),
        *([actions(f"{run.id}/keep", keep_case(run))] if run.finished else []),
    ]
    return modal("details", "Details", {}, blocks[:VIEW_BLOCKS])


def shown_whole(action: Action) -> bool:
    """Can a person read everything that would be sent?"""
    return _body(action).whole and _payload(action).whole


def _decide(run: Run, action: Action, regime: Regime, *, whole: bool) -> list[Block]:
    if action.unsettled:
        return [section(words.RECONCILE), what_happened(run, action, looks=False)]
    if action.state not in {State.HELD, State.FROZEN}:
        return []
    row = buttons(run, action, regime, place="details", whole=whole)
    return [row] if whole else [context(words.TOO_LARGE_ANYWHERE), row]


def _body(action: Action) -> Whole:
    parts = quotes(action.draft.preview.body) if action.draft.preview.body else []
    kept = [section(part) for part in parts[:_PIECES]]
    head = [section("*What will be sent, word for word*")] if kept else []
    return Whole([*head, *kept], len(parts) <= _PIECES)


def _payload(action: Action) -> Whole:
    parts = pieces(escaped(_json(action.draft.arguments)), TEXT - len("``````"))
    return Whole([section(f"```{part}```") for part in parts[:_PIECES]], len(parts) <= _PIECES)


def _edit(draft: Draft) -> list[Block]:
    """Who edited it, what they changed, and what the agent had written, exactly."""
    if draft.edit is None:
        return []
    written = pieces(escaped(_json(dict(draft.edit.arguments))), TEXT - len("``````"))
    return [
        section(words_edit.edited(draft.edit, _DIFFERENCE)),
        section("*What the agent had written*"),
        *(section(f"```{part}```") for part in written[:2]),
    ]


def _json(value: object) -> str:
    """To stand between three backticks, which nothing inside ends: a backtick is written as JSON may write it."""
    return spelled(json.dumps(value, indent=2, ensure_ascii=False, default=dict)).replace("`", "\\u0060")


def _evidence(action: Action) -> list[Block]:
    said = [
        f"• {link(e.url, e.label)}" + (f"\n{quoted(e.quote[:600])}" if e.quote else "") for e in action.draft.evidence
    ]
    return [section("*The agent read*"), *(section(one) for one in said)] if said else []


def _provenance(action: Action) -> list[Block]:
    said = [*before(action.draft), *precedents(action.draft), *provenance(action.draft)]
    return [section(clamp("*Where it comes from*\n" + "\n".join(said), TEXT))] if said else []


def _ruling(action: Action) -> str:
    ruling = action.ruling
    if ruling is None:
        return "Not ruled on yet."
    codes = ", ".join(f"`{plain(code)}`" for code in ruling.reasons)
    line = f"\nRule: `{plain(ruling.rule)}`" if ruling.rule else ""
    return f"*Ruling*: {ruling.verdict}, because {words.reasons(ruling.reasons)} ({codes}){line}"


def _cost(run: Run) -> list[Block]:
    tokens = sum(sum(turn.usage.values()) for turn in run.turns)
    said = f"{len(run.turns)} model turns, {tokens} tokens, {words.money(run.cost)}, {run.worked.total_seconds():.1f} s"
    return [context(f"run `{run.id}` · {said} · {plain(run.started.model)} · rules `{run.started.configuration[:12]}`")]


def _history(run: Run, action: Action) -> str:
    edited = action.draft.edit
    lines = [(action.drafted_at, words_edit.edited_by(edited) if edited else "drafted")]
    lines += [
        (q.at, f"{person(q.by.user)} asked the {q.to}: “{plain(clamp(q.text, 300))}”")
        for q in run.questions.values() if q.action == action.id
    ]  # fmt: skip
    lines += [
        (r.at, f"{person(r.by.user)} answered: “{plain(clamp(r.text, 300))}”")
        for r in run.replies.values() if r.action == action.id
    ]  # fmt: skip
    lines += [(d.at, f"{words.VERB[d.decision]} by {words.voice(d)}") for d in action.decided]
    if action.finished_at:
        lines.append((action.finished_at, words.STATE[action.state]))
    said = [f"• {text} {when(at, '{date_short_pretty} {time_secs}')}" for at, text in sorted(lines)]
    return clamp("*History*\n" + "\n".join(said), TEXT)
