"""The card that asks people about a case, and the form behind its buttons. Drawn from the case as it stands.

Until it is answered nothing on it says whose side is whose: the sides' values come in the same form and order, empty
ones are left out on both, every id on it is made of the case's handle, and of its time only the day is there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError

from bot import words
from bot.cards.card import Card
from bot.cards.lines import changes
from bot.slack.blocks import Block, actions, button, choice, context, divider, header, modal, section, text_input
from bot.slack.mrkdwn import TEXT, clamp, link, plain, quoted, when
from bot.words import adjudication as words_here
from lanes.adjudicating import Looked
from lanes.core.proving import Verdict
from lanes.ready import ReadyLane
from tools.contract import Evidence, WriteTool
from tools.fields import values
from tools.money import Money

PREFIX = "look_"  # of every button and the form here
_CELL = 1900  # characters of one field of a section; Slack takes 2,000
_SHORT = 280  # a longer value stands on lines of its own
_PAIRS = 5  # rows of two fields in a section; Slack takes ten fields
_MOST = 20  # fields of a call that are shown, longest lists last
_LONG = 6  # long ones among them: two blocks each
_LINKS = 6
_SHOWN_AGAIN = 100_000  # characters of what the card shows that its form shows as well; Slack takes a view of 250 KB
_AT_ONCE: Mapping[str, tuple[str, str]] = {  # what an answer calls A and B, where no form asks for more
    "both": ("correct", "correct"), "right": ("correct", ""), "unsure": ("", ""),
    "tone": ("tone", ""), "rework": ("rework", ""), "wrong": ("wrong", ""),
}  # fmt: skip

Values = Mapping[str, str]


def case_card(looked: Looked, ready: ReadyLane) -> Card:
    """The card of a case that was asked about."""
    state, page = looked.state, ready.page
    asked, labelled = state.asked, state.labelled
    assert asked is not None, "there is no card before somebody is asked"
    case, comparison = looked.case, asked.about == "comparison"
    where = f"*{plain(page.lane)}* · {_subject(looked)} · {words.TOOL.get(case.tool, plain(case.tool))}"
    top: list[Block] = [
        header(words_here.title(asked.about, case.subject, answered=not state.open)),
        context(f"{where} · {when(case.at.replace(hour=12, minute=0, second=0), '{date_short_pretty}')}"),
    ]
    told = [] if not state.open else [section(f"{words_here.NOTHING_HAPPENS} {words_here.ABOUT[asked.about]}")]
    shown = _sides(looked, ready) if comparison else _done(looked)
    text = words_here.in_short(asked.about, case.subject)
    passed = words_here.passed([one.by.user for one in state.passed], given_up=not state.open) if state.passed else ""
    if state.open:
        below = [*_evidence(looked), _buttons(looked, ready), *([context(passed)] if passed else [])]
        return Card(text, [*top, *told, divider(), *shown, *below, context(words_here.who_may(page))])
    answer = words_here.said(labelled, comparison=comparison) if labelled else passed
    revealed = [section(words_here.whose(asked.agent_is))] if comparison else []
    return Card(text, [*top, divider(), *shown, *revealed, context(answer)])


def form(looked: Looked, ready: ReadyLane, answer: str, channel: str) -> dict[str, Any]:
    """Ask how bad the wrong side is, and why. `answer`: which button."""
    asked = looked.state.asked
    assert asked is not None
    same = _same(looked, ready)
    shown = _sides(looked, ready) if asked.about == "comparison" else _done(looked)  # the form lies over the card
    fits = len(json.dumps(shown)) <= _SHOWN_AGAIN
    blocks: list[Block] = [section(words_here.NOTHING_HAPPENS), *(shown if fits else [])]
    blocks += [
        choice(side, words_here.how_bad("" if same else side), words_here.SEVERITY)
        for side in graded_sides(answer, same=same)
    ]
    why = words_here.WHY_WRONG if asked.about == "audit" else words_here.WHY_APART
    blocks.append(choice("reason", why, words_here.REASONS))
    blocks.append(text_input("note", "A sentence", lines=True, optional=True))
    carried = {"h": asked.handle, "x": answer, "c": channel}
    return modal(f"{PREFIX}answer", "Your answer", carried, blocks, submit="Send")


def graded_sides(answer: str, *, same: bool = False) -> tuple[str, ...]:
    """Of which sides the form asks how bad they are; where both are the same, once."""
    sides = {"a": ("b",), "b": ("a",), "neither": ("a",) if same else ("a", "b")}
    return sides.get(answer, ())


def verdicts(answer: str, given: Mapping[str, str]) -> tuple[Any, Any]:
    """What an answer calls A and B. `given`: what the form asked. Raises `KeyError` for what no form of ours sends."""
    match answer:
        case "a":
            found = "correct", _grade(given["b"])
        case "b":
            found = _grade(given["a"]), "correct"
        case "neither":
            found = _grade(given["a"]), _grade(given.get("b") or given["a"])
        case _:
            found = _AT_ONCE[answer]
    return found


def opens_form(answer: str) -> bool:
    """Does an answer need more than its click?"""
    return answer in {"a", "b", "neither", "tone", "rework", "wrong"}


def _grade(said: str) -> str:
    if said not in get_args(Verdict):
        raise KeyError(said)
    return said


def _buttons(looked: Looked, ready: ReadyLane) -> Block:
    asked = looked.state.asked
    assert asked is not None
    kind = "same" if asked.about == "comparison" and _same(looked, ready) else asked.about
    offered = [button(f"{PREFIX}{x}", text, {"h": asked.handle}) for x, text in words_here.ANSWERS[kind].items()]
    return actions(f"look/{asked.handle}", *offered)


def _subject(looked: Looked) -> str:
    """The subject, with the way to it where the run has read it."""
    name = looked.case.subject
    read = (e for a in looked.run.answers.values() for e in a.evidence if e.url) if looked.run else iter(())
    url = next((one.url for one in read if name in one.label), "")
    return link(url, name) if url else plain(name)


def _evidence(looked: Looked) -> list[Block]:
    """What was read about it, in the order of names: nothing about it says who found it worth reading."""
    read = {e for a in looked.run.answers.values() for e in a.evidence} if looked.run else set[Evidence]()
    shown = sorted((e.label, e.url) for e in read if e.url)[:_LINKS]
    return (
        [context("To look at: " + " · ".join(link(url, label) for label, url in dict.fromkeys(shown)))] if shown else []
    )


def _done(looked: Looked) -> list[Block]:
    """What was carried out alone."""
    action = looked.action
    if action is None:
        return _alone("", _of(looked.case.suggested or {}))
    draft = action.draft
    said = clamp(f"*{plain(draft.preview.sentence)}*{changes(draft)}", TEXT)
    body = [section(clamp(quoted(draft.preview.body), TEXT))] if draft.preview.body else []
    why = [section(f"*Why*, in the agent's words\n{quoted(clamp(draft.why, 600))}")] if draft.why else []
    return [section(said), *body, *why]


def _sides(looked: Looked, ready: ReadyLane) -> list[Block]:
    """A and B, field beside field."""
    a, b = _a_and_b(looked, ready)
    if a is None or b is None:
        return [*_alone("*A*", a), *_alone("*B*", b)]
    differ = [name for name in dict.fromkeys((*a, *b)) if a.get(name) != b.get(name)]
    same = {name: value for name, value in a.items() if b.get(name) == value}
    if not differ:
        return _alone(words_here.THE_SAME, a)
    return [*_pairs(differ[:_MOST], a, b), *(_alone(words_here.BOTH_SAY, same) if same else [])]


def _pairs(names: Sequence[str], a: Values, b: Values) -> Iterator[Block]:
    short = [name for name in names if max(len(side.get(name, "")) for side in (a, b)) <= _SHORT]
    for start in range(0, len(short), _PAIRS):
        cells = [_cell(side, name, values.get(name, "")) for name in short[start : start + _PAIRS]
                 for side, values in (("A", a), ("B", b))]  # fmt: skip
        yield {"type": "section", "fields": cells}
    long = [name for name in names if name not in short]
    for name in long[:_LONG]:
        for side, told in (("A", a), ("B", b)):
            yield section(clamp(f"*{side}* · {_label(name)}\n{quoted(told.get(name) or '(empty)')}", TEXT))
    if len(long) > _LONG:
        yield context(words_here.more_fields(len(long) - _LONG))


def _cell(side: str, name: str, value: str) -> Block:
    text = clamp(f"*{side}* · {_label(name)}\n{plain(value) or '(empty)'}", _CELL)
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _alone(head: str, side: Values | None) -> list[Block]:
    """One side's fields, a line each."""
    if side is None:
        return [section(f"{head}\n{words_here.DID_NOTHING}")]
    lines = [f"• {_label(name)}: {plain(clamp(value, _SHORT * 3))}" for name, value in list(side.items())[:_MOST]]
    return [section(clamp("\n".join([head, *lines]).strip() or words_here.DID_NOTHING, TEXT))]


def _label(path: str) -> str:
    return plain(path.replace("_", " ").replace(".", " · ").capitalize())


def _same(looked: Looked, ready: ReadyLane) -> bool:
    a, b = _a_and_b(looked, ready)
    return a is not None and a == b


def _a_and_b(looked: Looked, ready: ReadyLane) -> tuple[Values | None, Values | None]:
    """Both sides in the form that the tool gives them, so that no spelling tells who wrote which."""
    case, asked = looked.case, looked.state.asked
    tool = ready.known.get(case.tool) or ready.tools.get(case.tool)
    sides = _told((case.suggested, case.actual), tool)
    return (sides[0], sides[1]) if asked and asked.agent_is == "a" else (sides[1], sides[0])


def _told(sides: Sequence[Mapping[str, Any] | None], tool: Any) -> list[Values | None]:
    """Both as the tool would write them; where one of them does not fit it, both as they are."""
    try:
        if isinstance(tool, WriteTool):
            return [None if side is None else _by_tool(side, tool) for side in sides]
    except ValidationError:
        pass
    return [None if side is None else _of(side) for side in sides]


def _by_tool(side: Mapping[str, Any], tool: WriteTool[Any, Any]) -> Values:
    meant = tool.arguments.model_validate(dict(side)).model_dump(mode="json")
    return {one.path: str(one.value) for one in sorted(values(tool.arguments, meant), key=lambda one: one.path)}


def _of(content: Any, path: str = "") -> dict[str, str]:
    """What JSON holds, by path."""
    match content:
        case {"minor": int(), "currency": str(), **rest} if not rest:
            return {path: str(Money.model_validate(content))}
        case Mapping():
            pairs = ((str(name), content[name]) for name in sorted(content))
            return {k: v for name, one in pairs for k, v in _of(one, f"{path}.{name}" if path else name).items()}
        case list() | tuple():
            return {k: v for n, one in enumerate(content) for k, v in _of(one, f"{path}.{n}").items()}
        case None | "":
            return {}
        case _:
            return {path: str(content)}
