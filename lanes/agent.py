"""The agent's loop: ask for a turn, answer its reads, draft its writes, record it all at once, and go on until
something waits for people or the end is reached.

Nothing is kept between two turns but the ledger: killed anywhere, the loop starts again from what is recorded. A model
has no path to a decision; it proposes, and hears what came of it.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from lanes.conversation import conversation
from lanes.core import commands as c
from lanes.core.commands import Answered, Proposal
from lanes.core.events import TurnTaken
from lanes.core.page import Budget
from lanes.core.run import Run
from lanes.core.states import State
from lanes.engine import Engine
from lanes.models.base import Ask, Model, Turn
from lanes.prompt import own_name
from lanes.proposing import ByEmail, propose
from lanes.ready import ReadyLane
from tools.contract import Evidence, ReadTool, Refused, Unavailable, Uncertain, Wire, WriteTool

Wires = Callable[[str, str], Wire]  # identity, system → its connection
_TALK = frozenset({"asked", "answered"})  # why a draft left the table that nobody was against
_REDRAFTS = 3  # rejected or overtaken drafts after which a person takes over
_UNAVAILABLE = "UNAVAILABLE"  # the code of a call that a system did not answer
_MALFORMED = 3  # calls a model may get wrong in one run
_RECOVERS = timedelta(seconds=10)  # for a system that did not answer, before the model may ask it once more
_CUT = {"refusal": "refusal", "max_tokens": "cut_short"}  # how a model stopped → what the run's end is called
_DRAFTS = 6  # writes of one turn; a card with more could not show them all


@dataclass(frozen=True)
class Agent:
    """Lets a model work on runs. Thread-safe; one run is worked on by one thread at a time."""

    engine: Engine
    model: Model
    wires: Wires
    by_email: ByEmail

    def advance(self, name: str) -> None:
        """Go on with a run until it waits or ends. Raises `Unavailable` when something outside does not answer."""
        while True:
            run = self.engine.run(name)
            if run is None or not run.at_rest:
                return
            ready = self.engine.lanes[run.lane]
            if ended := self._ended(run, ready):
                self.engine.handle(ended)
                return
            self._let_recover(run)
            try:
                self._turn(run, ready)
            except Refused as refused:  # a wrong key, an unknown model: asking again brings the same
                self.engine.handle(c.Finish(name, "model_refused", detail=f"{refused.code}: {refused.message}"))

    def give_up(self, name: str, why: str) -> None:
        """The model, or what it reads, has not answered for too long."""
        self.engine.handle(c.Finish(name, "model_unavailable", detail=why))

    def _ended(self, run: Run, ready: ReadyLane) -> c.Finish | None:
        """Why the run is over before another turn is asked for."""
        broken = _broken(run)
        if broken or not run.turns:
            return broken
        if run.turns[-1].stop == "end_turn":
            return self._said_all(run, ready)
        return _worn_out(run, ready.page.budget)

    def _said_all(self, run: Run, ready: ReadyLane) -> c.Finish:
        """The model's own end. Nothing found is a finding only where the systems that were asked have answered."""
        text, answer = _text(run.turns[-1].content), _answer(run)
        if not run.actions and answer is None and _silent(run, _last_calls(run)):
            return c.Finish(run.id, "model_unavailable", text, detail="VENDOR_UNAVAILABLE")
        return c.Finish(run.id, "end_turn", text, answer, self._readings(run, ready))

    def _let_recover(self, run: Run) -> None:
        """Raises `Unavailable` while a system that gave no answer in the last turn has its moment."""
        if not run.turns or not _unheard(run, run.turns[-1]):
            return
        left = run.turns[-1].at + _RECOVERS - self.engine.clock()
        if left > timedelta():
            systems = _silent(run, _calls(run.turns[-1]))
            raise Unavailable("VENDOR_UNAVAILABLE", f"{systems} did not answer", left.total_seconds())

    def _turn(self, run: Run, ready: ReadyLane) -> None:
        began = time.monotonic()
        left = ready.page.budget.seconds - run.worked.total_seconds()
        turn = self.model.turn(Ask(
            lane=run.lane, model=ready.page.models.plan, system=ready.prompt,
            tools=ready.schemas, messages=conversation(run), patience=max(left, 1.0),
        ))  # fmt: skip
        took = _ms(began)
        answered, proposals = self._calls(run, ready, turn) if _sound(run, turn) else ([], [])
        self.engine.handle(c.TakeTurn(
            run=run.id, turn=len(run.turns) + 1, model=turn.model, stop=turn.stop, content=turn.content,
            usage=turn.usage.model_dump(), cost=turn.cost, ms=took, request=turn.request,
            answered=tuple(answered), proposals=tuple(proposals),
        ))  # fmt: skip

    def _calls(self, run: Run, ready: ReadyLane, turn: Turn) -> tuple[list[Answered], list[Proposal]]:
        answered: list[Answered] = []
        proposals: list[Proposal] = []
        for block in turn.content:
            if block["type"] != "tool_use":
                continue
            call = Call(str(block["id"]), own_name(str(block["name"])), block["input"])
            if len(proposals) == _DRAFTS and isinstance(ready.tools.get(call.tool), WriteTool):
                answered.append(call.error("TOO_MANY", f"draft at most {_DRAFTS} writes in one turn", 0))
                continue
            outcome = self._call(run, ready, call, answered)
            (proposals if isinstance(outcome, Proposal) else answered).append(outcome)  # type: ignore[arg-type]
        return answered, proposals

    def _call(self, run: Run, ready: ReadyLane, call: "Call", answered: list[Answered]) -> Answered | Proposal:
        tool = ready.tools.get(call.tool)
        began = time.monotonic()
        try:
            if call.tool == "answer" and ready.page.answer:
                return call.ok(_checked_answer(ready, call.arguments), 0)
            if tool is None:
                return call.error("MALFORMED", f"there is no tool {call.tool} in this lane", 0)
            wire = self.wires(ready.identity.name, tool.system)
            if isinstance(tool, ReadTool):
                arguments = tool.arguments.model_validate(call.arguments)
                result = tool.read(wire, arguments)
                shown = tool.cite(wire, arguments, result)
                return call.ok(result.model_dump(mode="json"), _ms(began), shown)
            assert isinstance(tool, WriteTool)
            why, given = call.reason()
            return propose(
                tool, wire, given, call=call.id, why=why, run=run, ready=ready, by_email=self.by_email,
                answered=answered,
            )  # fmt: skip
        except ValidationError as error:
            return call.error("MALFORMED", _said(error), _ms(began))
        except (Refused, Uncertain, Unavailable) as error:  # even then: the turn is paid for, so it goes on record
            code = _UNAVAILABLE if isinstance(error, Unavailable) else error.code
            return call.error(code, error.message, _ms(began))

    def _readings(self, run: Run, ready: ReadyLane) -> dict[str, Mapping[str, Any]]:
        """What the systems say now about everything this run has changed, by noun."""
        readings: dict[str, Mapping[str, Any]] = {}
        for action in run.actions.values():
            tool = ready.tools.get(action.draft.tool)
            if action.state is not State.DONE or not isinstance(tool, WriteTool):
                continue
            wire = self.wires(ready.identity.name, tool.system)
            try:
                found = tool.read_back(wire, tool.arguments.model_validate(action.draft.arguments), action.draft.key)
            except Refused:  # gone, or no longer ours to see: nothing can be shown, and asking again changes nothing
                found = None
            readings[tool.noun] = found.model_dump(mode="json") if found else {}
        return readings


@dataclass(frozen=True)
class Call:
    """One tool call of a model, as it came."""

    id: str
    tool: str
    arguments: Any

    def ok(self, answer: object, ms: int, evidence: tuple[Evidence, ...] = ()) -> Answered:
        text = json.dumps(answer, ensure_ascii=False)
        return Answered(self.id, self.tool, self._mapping(), text, ok=True, ms=ms, evidence=evidence)

    def error(self, code: str, message: str, ms: int) -> Answered:
        text = json.dumps({"error": code, "message": message}, ensure_ascii=False)
        return Answered(self.id, self.tool, self._mapping(), text, ok=False, code=code, ms=ms)

    def reason(self) -> tuple[str, Any]:
        """The model's reason for a write, told apart from the tool's own arguments."""
        if not isinstance(self.arguments, Mapping):
            return "", self.arguments
        return str(self.arguments.get("why", "")), {k: v for k, v in self.arguments.items() if k != "why"}

    def _mapping(self) -> Mapping[str, Any]:
        return self.arguments if isinstance(self.arguments, Mapping) else {"malformed": repr(self.arguments)[:500]}


def _checked_answer(ready: ReadyLane, given: Any) -> dict[str, str]:
    assert ready.page.answer is not None
    choices: dict[str, tuple[str, ...]] = ready.page.answer.model_dump()
    if not isinstance(given, Mapping) or set(given) != {"summary", *choices}:
        raise Refused("MALFORMED", f"answer takes exactly: summary, {', '.join(choices)}")
    for name, allowed in choices.items():
        if given[name] not in allowed:
            raise Refused("MALFORMED", f"{name} must be one of {', '.join(allowed)}")
    return {name: str(value) for name, value in given.items()}


def _answer(run: Run) -> dict[str, str] | None:
    given = [a for a in run.answers.values() if a.tool == "answer" and a.ok]
    return {str(k): str(v) for k, v in given[-1].arguments.items()} if given else None


def _broken(run: Run) -> c.Finish | None:
    """A last turn that cannot be gone on from. Of one that is not sound, no call was carried out."""
    last = run.turns[-1] if run.turns else None
    if run.cancelled:
        return c.Finish(run.id, "cancelled")
    if last and last.cost is None:
        return c.Finish(run.id, "budget", detail="PRICE_UNKNOWN")
    if _repeated(_every_call(run)):
        return c.Finish(run.id, "malformed", detail="CALL_ID_REUSED")
    if last and last.stop in _CUT:
        return c.Finish(run.id, _CUT[last.stop], _text(last.content))
    return None


def _worn_out(run: Run, budget: Budget) -> c.Finish | None:
    """Too much of the same, or of anything."""
    if sum(a.code == "MALFORMED" for a in run.answers.values()) >= _MALFORMED:
        return c.Finish(run.id, "malformed", detail="MALFORMED_CALLS")
    if len(run.turns) > 1 and all(_unheard(run, turn) for turn in run.turns[-2:]):
        said = f"{_silent(run, _calls(run.turns[-1]))} did not answer, asked twice."
        return c.Finish(run.id, "model_unavailable", said, detail="VENDOR_UNAVAILABLE")
    fallen = [a for a in run.actions.values() if a.state in {State.REJECTED, State.SUPERSEDED}]
    if sum(a.code not in _TALK for a in fallen) >= _REDRAFTS:
        return c.Finish(run.id, "redrafts", "Three drafts did not stand; a person should take this over.")
    over = _over(run, budget)
    return c.Finish(run.id, "budget", detail=over) if over else None


def _sound(run: Run, turn: Turn) -> bool:
    """May a turn's calls be carried out? Not when nobody knows its price, nor when a call could be taken for another:
    the ledger and the conversation know calls by their id.
    """
    return turn.cost is not None and not _repeated([*_every_call(run), *_calls(turn)])


def _calls(turn: TurnTaken | Turn) -> list[str]:
    return [str(block["id"]) for block in turn.content if block["type"] == "tool_use"]


def _every_call(run: Run) -> list[str]:
    return [call for turn in run.turns for call in _calls(turn)]


def _last_calls(run: Run) -> list[str]:
    return next((calls for turn in reversed(run.turns) if (calls := _calls(turn))), [])


def _repeated(calls: list[str]) -> bool:
    return len(set(calls)) < len(calls)


def _silent(run: Run, calls: list[str]) -> str:
    """The systems among these calls that did not answer: "stripe and zendesk"; empty when all did."""
    given = [run.answers[call] for call in calls if call in run.answers]
    return " and ".join(sorted({a.tool.partition(".")[0] for a in given if a.code == _UNAVAILABLE}))


def _unheard(run: Run, turn: TurnTaken) -> bool:
    """Was none of the turn's calls answered by its system?"""
    calls = _calls(turn)
    return bool(calls) and all(call in run.answers and run.answers[call].code == _UNAVAILABLE for call in calls)


def _over(run: Run, budget: Budget) -> str | None:
    """Which cap of the run is reached, if one is."""
    if len(run.turns) >= budget.steps:
        return "BUDGET_STEPS"
    if run.worked.total_seconds() >= budget.seconds:
        return "BUDGET_SECONDS"
    return "BUDGET_USD" if run.cost >= budget.micro_usd else None


def _text(content: tuple[Mapping[str, Any], ...]) -> str:
    return "\n".join(str(block["text"]) for block in content if block["type"] == "text").strip()


def _said(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors()[:5])


def _ms(since: float) -> int:
    return round((time.monotonic() - since) * 1000)
