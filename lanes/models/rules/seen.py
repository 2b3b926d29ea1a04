"""A conversation as a rule looks at it: what was read, and what came of the writes. Made from the messages alone.

A rule answers with a `Step`: calls to make now (`tuple[Use, ...]`), or the text that ends the run (`str`).
What a customer wrote is matched against words and never obeyed: amounts, ids and people come from the systems.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SUBJECT = re.compile(r"Subject: (.+)")
TALKED = frozenset({"asked", "answered"})  # a draft that nobody was against: somebody wanted to know more
ASKED = 2  # a call that a system does not answer is made once more, no oftener
DRAFTS = 3  # a first draft and two more; a record that keeps changing needs a person, not another draft

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Use:
    """A call to make: the tool by its dotted name, and its arguments."""

    tool: str
    input: Mapping[str, Any]


Step = str | tuple[Use, ...]


@dataclass(frozen=True)
class Call:
    """A call that was made, and its answer: JSON where it was JSON, otherwise {"message": the text}."""

    tool: str
    input: Json
    answer: Json
    failed: bool = False

    @property
    def outcome(self) -> str:
        """What came of a write; "" for a read."""
        return str(self.answer.get("outcome", ""))

    @property
    def settled(self) -> bool:
        """Done, or in shadow as good as done: the next thing may be proposed."""
        return self.outcome in ("done", "shadowed")

    @property
    def unheard(self) -> bool:
        return self.failed and self.answer.get("error") == "UNAVAILABLE"

    @property
    def stale(self) -> bool:
        return self.outcome == "superseded" and self.answer.get("reason") in {"content_changed", *TALKED}

    @property
    def question(self) -> str:
        """What a person wanted to know of this draft before deciding; "" when nothing."""
        talked = self.outcome == "superseded" and self.answer.get("reason") in TALKED
        return str(self.answer.get("changed", "")) if talked else ""


@dataclass(frozen=True)
class Seen:
    """The whole conversation, oldest call first. `unheard` calls got no answer from their system: as if never made."""

    subject: str
    calls: tuple[Call, ...] = ()
    unheard: tuple[Call, ...] = ()

    @property
    def fresh(self) -> tuple[Call, ...]:
        """The calls since a draft was last overtaken by a change: only these may carry the next draft."""
        stale = [place for place, call in enumerate(self.calls) if call.stale]
        return self.calls[stale[-1] + 1 :] if stale else self.calls

    @property
    def drafts(self) -> int:
        """How many times the most redrafted write was drafted."""
        overtaken = Counter(call.tool for call in self.calls if call.stale and not call.question)
        return 1 + max(overtaken.values(), default=0)

    def read(self, tool: str) -> Call | None:
        """The latest fresh answer of a reading tool, a failed one included."""
        return next((call for call in reversed(self.fresh) if call.tool == tool), None)

    def since(self, read: Call) -> tuple[Call, ...]:
        """What was called after a call that `read` gave."""
        return self.fresh[self.fresh.index(read) + 1 :]

    def answers(self, *uses: Use) -> tuple[list[Json], tuple[Use, ...]]:
        """The fresh answers to these very calls, in their order, and those of them that are still to be made."""
        made = [next((c for c in self.fresh if (c.tool, c.input) == (use.tool, use.input)), None) for use in uses]
        missing = tuple(use for use, call in zip(uses, made, strict=True) if call is None)
        return [call.answer for call in made if call], missing

    def settled(self, tool: str) -> Call | None:
        """The latest write of this tool that took effect; it stays so whatever changed later."""
        return next((call for call in reversed(self.calls) if call.tool == tool and call.settled), None)

    def trouble(self) -> str:
        """Why this run must stop and what a person should know; "" when nothing is in the way."""
        for call in self.calls:
            if call.outcome and not call.settled and not call.stale:
                return _ended(call) + self._already()
            if call.failed:
                return f"No evidence: {call.tool} gave no result ({_why(call)})." + self._already()
        for tool, asked in Counter(call.tool for call in self.unheard).items():
            if asked >= ASKED:
                return f"{tool.partition('.')[0]} did not answer {tool}, asked {asked} times." + self._already()
        if self.drafts > DRAFTS:
            return (
                f"{self.subject} changed {DRAFTS} times while a draft was open; a person should look." + self._already()
            )
        return ""

    def _already(self) -> str:
        done = [call.tool for call in self.calls if call.outcome == "done"]
        return f" Already done in this run: {', '.join(done)}." if done else " Nothing was changed by this run."


def see(messages: Sequence[Json]) -> Seen:
    """Read a conversation in the shape of the Messages API: the subject is named in its first message."""
    said = [block for message in messages for block in blocks(message.get("content"))]
    task = "\n".join(str(block.get("text", "")) for message in messages[:1] for block in blocks(message.get("content")))
    subject = SUBJECT.search(task)
    results = {block.get("tool_use_id"): block for block in said if block.get("type") == "tool_result"}
    uses = [block for block in said if block.get("type") == "tool_use" and block.get("id") in results]
    calls = [_call(use, results[use["id"]]) for use in uses]
    heard = tuple(call for call in calls if not call.unheard)
    unheard = tuple(call for call in calls if call.unheard)
    return Seen(subject.group(1).strip() if subject else "", heard, unheard)


def blocks(content: object) -> list[Json]:
    """A message's content as blocks: text alone is one block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, Mapping)] if isinstance(content, list | tuple) else []


def _call(use: Json, result: Json) -> Call:
    text = "".join(str(block.get("text", "")) for block in blocks(result.get("content")))
    try:
        answer = json.loads(text)
    except ValueError:
        answer = {"message": text}
    if not isinstance(answer, dict):
        answer = {"message": text}
    failed = bool(result.get("is_error"))
    return Call(str(use["name"]).replace("__", ".", 1), use.get("input") or {}, answer, failed)


def _why(call: Call) -> str:
    answer = call.answer
    reasons = answer.get("reasons") or [
        next((answer[key] for key in ("reason", "code", "error", "message") if answer.get(key)), "no reason")
    ]
    return ", ".join(str(reason) for reason in reasons)


def _ended(call: Call) -> str:  # noqa: PLR0911 - one line an end
    note = call.answer.get("note") or (call.answer.get("message") if call.answer.get("code") else "")
    tail = f' "{note}"' if note else ""
    match call.outcome:
        case "rejected":
            return f"A person rejected {call.tool} ({_why(call)}).{tail}"
        case "taken_over":
            return f"A person does by hand what {call.tool} was to do.{tail}"
        case "expired":
            return f"Nobody decided on {call.tool} in time, so it was not carried out."
        case "blocked":
            return f"The lane's rules block {call.tool} ({_why(call)}), so a person has to take it from here."
        case "failed":
            return f"{call.tool} was approved and failed ({_why(call)}).{tail}"
        case "uncertain":
            return f"{call.tool} was sent and not answered: look whether it happened before anyone repeats it."
        case other:
            return f"{call.tool} came to nothing ({other}: {_why(call)}), so a person has to take it from here."
