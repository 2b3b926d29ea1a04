"""Puts practice drafts among a lane's cards: a recent draft that people were asked about, with one thing wrong.

When: a lane's page says at which share (`canaries.share`). After each one, a number of cards is drawn by a hash, evenly
between half and one and a half of 1/share; when as many real cards have come, the next one follows. So nobody can count
on when it comes, and anybody can compute it again.

What: the run is taken as it went, up to its draft. One value of the draft is changed, by the type of its field: another
amount, or the record of another draft. Preview and stake are the tool's own, made from the changed arguments and what
is on record of the target; no system is asked. Where the changed values stand is not said on the card: nothing on it is
made up, but for what is wrong on purpose.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import Engine as Database

from lanes.core import commands as c
from lanes.core import gate
from lanes.core import lane_commands as lc
from lanes.core import proof_effects as pf
from lanes.core.events import TurnTaken
from lanes.core.page import Lane, Mode
from lanes.core.practice import VIA, shown_as
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Practice
from lanes.engine import Engine
from lanes.ready import ReadyLane
from lanes.shadow.adjudication import lot
from storage import canaries, views
from tools.contract import PRACTICE, Frozen, Target, WriteTool
from tools.fields import Found, values
from tools.money import Money

log = structlog.get_logger("practising")
_RECENT = timedelta(days=30)  # prices, people and policies change; older work looks old
_LOOKED_AT = 80  # of the newest runs: enough to find two drafts of one tool
_NOT_WRONG = frozenset({State.DONE, State.EXPIRED})  # what people said no to may have been wrong as it was
_CARDS = frozenset({Mode.APPROVAL, Mode.AUTONOMOUS})


@dataclass(frozen=True)
class Source:
    """A draft that people were asked about."""

    run: Run
    action: Action


@dataclass(frozen=True)
class Flawed:
    """A draft with one thing wrong."""

    source: Source
    tool: WriteTool[Any, Any]
    arguments: Frozen
    target: Target
    practice: Practice


@dataclass(frozen=True)
class Practising:
    """The work of the jobs `announce_canaries` and `canaries`, and `post_canary`. Thread-safe."""

    engine: Engine
    database: Database

    def announce(self) -> int:
        """Let each lane's people know that practice drafts will come, once; how many lanes ask for them."""
        lanes = [name for name, ready in self.engine.lanes.items() if ready.page.canaries]
        for name in lanes:
            self.engine.handle_lane(lc.AnnounceCanaries(name))
        return len(lanes)

    def look(self, period: str) -> int:
        """Owe each lane the practice draft that is due; how many."""
        due = [name for name, ready in self.engine.lanes.items() if self.due(ready.page)]
        for name in due:
            self.engine.owe(f"post_canary:{name}", pf.PostCanary(lane=name, period=period))
        return len(due)

    def due(self, page: Lane) -> bool:
        """Have enough cards come since the last one, or since it was announced?"""
        regime, announced = self.engine.regime(page.lane), self.engine.lane_state(page.lane).announced
        if page.canaries is None or announced is None or regime.stopped or regime.mode not in _CARDS:
            return False
        with self.database.connect() as connection:
            last = canaries.last(connection, page.lane)
            if last and last.decided is None:
                return False
            cards = canaries.cards_since(connection, page.lane, last.shown if last else announced)
        return cards >= wait(page.canaries.share, last.run if last else page.lane)

    def post(self, effect: pf.PostCanary) -> None:
        """Put one up. Begun before a kill, it is gone on with."""
        ready = self.engine.lanes.get(effect.lane)
        name = "r" + hashlib.sha256(f"canary {effect.lane} {effect.period}".encode()).hexdigest()[:10]
        known = self.engine.run(name)
        if ready is None or ready.page.canaries is None or (known and (known.actions or known.finished)):
            return
        if known is None and not self.due(ready.page):
            return
        flawed = self._flawed(ready, name, known.started.practice if known else None)
        if flawed:
            self._begin(ready.page, name, flawed)
        elif known:
            self.engine.handle(c.Finish(name, "practice"))
        else:
            log.info("no_practice", lane=effect.lane, why="people would be asked about no recent draft made wrong")

    def _begin(self, page: Lane, name: str, flawed: Flawed) -> None:
        origin = flawed.source.run.started
        self.engine.handle(c.StartRun(
            name, page.lane, origin.subject, shown_as(origin.by), origin.channel, "", via=VIA, inputs=origin.inputs,
            message=origin.message, anew=True, practice=flawed.practice,
        ))  # fmt: skip
        for turn in _turns(flawed.source):
            self.engine.handle(_replayed(name, turn, flawed))
        run = self.engine.run(name)
        if run and not run.held and not run.finished:
            self.engine.handle(c.Finish(name, "practice"))  # the gate would ask nobody about it

    def _flawed(self, ready: ReadyLane, name: str, begun: Practice | None) -> Flawed | None:
        """The first way to make one of the recent drafts wrong that people would be asked about; drawn by the name.
        `begun`: the one that was chosen before a kill.
        """
        sources = self._sources(ready)
        ways = [way for one in sources for way in _ways(ready, one, sources)]
        ways.sort(key=lambda way: lot(name, f"{way.source.run.id} {way.practice.flaw} {way.practice.shown}"))
        fitting = (way for way in ways if begun in {None, way.practice})
        return next((way for way in fitting if self._asks_people(ready, way)), None)

    def _sources(self, ready: ReadyLane) -> list[Source]:
        with self.database.connect() as connection:
            rows, practice = (
                views.runs(connection, lane=ready.page.lane, limit=_LOOKED_AT),
                canaries.runs(connection, ready.page.lane),
            )
        since = self.engine.clock() - _RECENT
        runs = (self.engine.run(row.run) for row in rows if row.run not in practice and row.started >= since)
        return [Source(run, action) for run in runs if run and run.finished for action in run.actions.values()
                if _was_asked_about(action) and isinstance(ready.tools.get(action.draft.tool), WriteTool)]  # fmt: skip

    def _asks_people(self, ready: ReadyLane, way: Flawed) -> bool:
        """Would the gate hold it for people, as it stands now?"""
        asked = gate.Question(
            tool=way.tool.name, arguments=way.arguments.model_dump(mode="json"),
            stake=way.tool.stake(way.arguments, way.target), needs=way.tool.needs(way.arguments),
            retry=way.tool.retry, has=ready.identity.scopes, done=frozenset(), elsewhere=False, spent=gate.NOTHING,
            now=self.engine.clock(),
        )  # fmt: skip
        return gate.rule(asked, self.engine.regime(ready.page.lane)).verdict == "approve"


def wait(share: float, last: str) -> int:
    """How many real cards come between the last practice draft and the next."""
    return max(round((0.5 + lot("canary", last)) / share), 1)


def _was_asked_about(action: Action) -> bool:
    draft = action.draft
    asked = action.until is not None and not draft.undoes and draft.edit is None
    return asked and action.state in _NOT_WRONG and not draft.key.startswith(PRACTICE)


def _ways(ready: ReadyLane, source: Source, others: Sequence[Source]) -> Iterator[Flawed]:
    """Every way to make a draft wrong in one thing."""
    draft = source.action.draft
    tool = ready.tools[draft.tool]
    assert isinstance(tool, WriteTool)
    found = [*values(tool.arguments, draft.arguments)]
    for one in found:
        if isinstance(one.value, Money):
            for wrong in _other_amounts(one.value):
                changed = _with(draft.arguments, {one.path: wrong.model_dump()})
                yield from _made(ready, source, changed, draft.target, ("amount", [one.path], wrong, one.value))
    for other in others:
        if _of_somebody_else(source, other):
            theirs = {one.path: one.value for one in values(tool.arguments, other.action.draft.arguments)}
            paths = [one.path for one in found if one.leaf.routes and _moves(one, theirs)]
            changed = _with(draft.arguments, {path: theirs[path] for path in paths})
            target = other.action.draft.target
            if paths:
                yield from _made(ready, source, changed, target, ("record", paths, target.ref, draft.target.ref))


def _of_somebody_else(source: Source, other: Source) -> bool:
    one, two = source.action.draft, other.action.draft
    return (
        one.tool == two.tool and one.target.ref != two.target.ref and one.stake.customer != two.stake.customer
        and source.run.started.subject != other.run.started.subject
    )  # fmt: skip


def _moves(one: Found, theirs: Mapping[str, Any]) -> bool:
    other = theirs.get(one.path)
    return isinstance(one.value, str) and isinstance(other, str) and other != one.value


def _other_amounts(amount: Money) -> Iterator[Money]:
    """Amounts that somebody might have meant: digits changed about, a digit too few or too many, twice as much."""
    digits = str(amount.minor)
    swapped = digits[1] + digits[0] + digits[2:] if len(digits) > 1 and digits[0] != digits[1] != "0" else digits
    wrong = dict.fromkeys((int(swapped), amount.minor * 2, amount.minor // 2, amount.minor * 10, amount.minor // 10))
    for minor in wrong:
        if minor > 0 and minor != amount.minor:
            yield Money(minor=minor, currency=amount.currency)


Flaw = tuple[Any, list[str], Any, Any]  # kind, fields, what is shown, what would be right


def _made(
    ready: ReadyLane, source: Source, arguments: Mapping[str, Any], target: Target, flaw: Flaw
) -> Iterator[Flawed]:
    """The draft with these arguments instead, where its tool takes them."""
    tool = ready.tools[source.action.draft.tool]
    assert isinstance(tool, WriteTool)
    kind, fields, shown, real = flaw
    practice = Practice(
        flaw=kind, fields=tuple(fields), shown=str(shown), real=str(real), made_from=source.run.id,
        queue=ready.page.approvers.group,
    )  # fmt: skip
    try:
        meant = tool.arguments.model_validate(arguments)
        preview = tool.preview(meant, target)
    except (ValidationError, ValueError, KeyError):
        return
    if preview != source.action.draft.preview:
        yield Flawed(source, tool, meant, target, practice)


def _with(arguments: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with other values at these paths."""
    out: dict[str, Any] = {}
    for name, value in arguments.items():
        inner = {path.partition(".")[2]: v for path, v in changed.items() if path.partition(".")[0] == name}
        if "" in inner:
            out[name] = inner[""]
        elif inner and isinstance(value, Mapping):
            out[name] = _with(value, inner)
        elif inner and isinstance(value, list | tuple):
            out[name] = [*_with({str(n): one for n, one in enumerate(value)}, inner).values()]
        else:
            out[name] = value
    return out


def _turns(source: Source) -> Sequence[TurnTaken]:
    """What the model did up to the draft."""
    turns = source.run.turns
    last = next((n for n, turn in enumerate(turns) if source.action.call in _calls(turn)), len(turns) - 1)
    return turns[: last + 1]


def _calls(turn: TurnTaken) -> list[str]:
    return [str(block["id"]) for block in turn.content if block["type"] == "tool_use"]


def _replayed(name: str, turn: TurnTaken, flawed: Flawed) -> c.TakeTurn:
    """The same turn once more, in the practice run: what was read, and, where it is that turn, the wrong draft."""
    source, sent = flawed.source, flawed.arguments.model_dump(mode="json")
    kept = {call for call in _calls(turn) if call in source.run.answers}
    here = source.action.call in _calls(turn)
    answers = [source.run.answers[call] for call in _calls(turn) if call in kept]
    content = tuple(
        {**block, "input": sent} if block.get("id") == source.action.call else block
        for block in turn.content
        if block["type"] != "tool_use" or block["id"] in kept or block["id"] == source.action.call
    )
    answered = tuple(
        c.Answered(a.call, a.tool, a.arguments, a.answer, ok=a.ok, code=a.code, ms=a.ms, evidence=a.evidence)
        for a in answers
    )
    return c.TakeTurn(
        name, turn.turn, turn.model, turn.stop, content, turn.usage, turn.cost, turn.ms, turn.request, answered,
        (_proposal(flawed),) if here else (),
    )  # fmt: skip


def _proposal(flawed: Flawed) -> c.Proposal:
    source, fields = flawed.source.action, flawed.practice.fields
    return on_record(source, flawed.tool, flawed.arguments, flawed.target, fields)


def on_record(
    action: Action, tool: WriteTool[Any, Any], meant: Frozen, target: Target, changed: Collection[str]
) -> c.Proposal:  # fmt: skip
    """A draft with other arguments, made from what is on record; no system is asked, since nothing is to be done."""
    draft = action.draft
    return c.Proposal(
        call=action.call, tool=tool.name, tool_version=tool.version, scopes=tool.needs(meant), risk=tool.risk,
        retry=tool.retry, arguments=meant.model_dump(mode="json"), target=target, preview=tool.preview(meant, target),
        stake=tool.stake(meant, target), why=draft.why, evidence=draft.evidence,
        origins=tuple(one for one in draft.origins if one.field not in changed), record_owner=draft.record_owner,
        owner_missing=draft.owner_missing,
    )  # fmt: skip
