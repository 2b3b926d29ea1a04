"""What a run did in silence, told from its history: the calls it drafted, and the records it read on the way.

A draft that a person took over is told in the same way, as they were to do by hand what it says. They had seen it, so
it is compared, and never evidence.

What was read says what a run was about beyond its subject's own name: a ticket leads to a customer, the customer to
charges. Any text in an answer that looks like an id or an address counts; what is none finds no deed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson

from lanes.core.canonical import fingerprint
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Draft
from lanes.core.ways_in import BACKFILL

TAKEN_OVER = "taken_over"  # in the place of a way in: of a run that was not silent, what a person took over
_ID = re.compile(r"[A-Za-z0-9][\w.@+-]{2,79}")
_MOST = 100  # ids of one run; what reads more than that has searched, and not looked at its case


@dataclass(frozen=True, slots=True)
class Drafted:
    """A call that was drafted in silence, the first version of it. `ref` is what it would have changed."""

    action: str
    tool: str
    ref: str
    at: datetime
    arguments: dict[str, Any]

    def told(self) -> dict[str, Any]:
        return {"action": self.action, "tool": self.tool, "ref": self.ref, "at": self.at.isoformat(),
                "arguments": self.arguments}  # fmt: skip

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        return cls(told["action"], told["tool"], told["ref"], datetime.fromisoformat(told["at"]), told["arguments"])


@dataclass(frozen=True, slots=True)
class Silent:
    """A run that drafted in silence, as its row tells it. `since`: it began, was set back to, or was taken over."""

    run: str
    subject: str
    via: str
    configuration: str
    since: datetime
    finished: bool
    drafts: tuple[Drafted, ...]
    read: tuple[str, ...]
    state: str

    @classmethod
    def of(cls, row: Any) -> Self:
        drafts = tuple(Drafted.of(one) for one in orjson.loads(row.drafts))
        named = (row.run, row.subject, row.via, row.configuration, row.since)
        return cls(*named, row.finished is not None, drafts, tuple(orjson.loads(row.read)), row.state)

    @property
    def alike(self) -> tuple[str, str, str]:
        """Runs that share it are about the same work."""
        return self.subject, self.configuration, self.via if self.via in {BACKFILL, TAKEN_OVER} else ""


def row(run: Run) -> dict[str, Any]:
    """As `storage.silent_runs` keeps it."""
    started = run.started
    said = State.SHADOWED if run.silent else State.TAKEN_OVER
    acts = [one for one in run.actions.values() if one.state is said]
    drafts = [_drafted(one).told() for one in acts]
    since = started.past or started.at if run.silent else min(one.finished_at or one.drafted_at for one in acts)
    return {
        "run": run.id, "lane": run.lane, "subject": started.subject, "via": started.via if run.silent else TAKEN_OVER,
        "configuration": configuration(started.configuration, started.model), "since": since,
        "finished": run.finished.at if run.finished else None,
        "drafts": orjson.dumps(drafts).decode(), "read": orjson.dumps(_read(run)).decode(),
    }  # fmt: skip


def configuration(rules: str, model: str) -> str:
    """What evidence is gathered under: page, prompt and tools by their hash, and the model that drafts."""
    return fingerprint([rules, model])


def _drafted(action: Action) -> Drafted:
    draft: Draft = action.draft
    return Drafted(action.id, draft.tool, draft.target.ref, action.drafted_at, dict(draft.arguments))


def _read(run: Run) -> list[str]:
    """The ids in everything that was read, each with its system, as `storage.facts.system_ref` spells them."""
    found: dict[str, None] = {}
    for answer in run.answers.values():
        if answer.ok and len(found) < _MOST:
            system = answer.tool.partition(".")[0]
            found |= dict.fromkeys(f"{system} {one}" for one in _ids(orjson.loads(answer.answer)))
    return [*found][:_MOST]


def _ids(value: Any) -> Iterator[str]:
    match value:
        case str() if _ID.fullmatch(value) and ("@" in value or any(sign.isdigit() for sign in value)):
            yield value
        case dict():
            for inner in value.values():
                yield from _ids(inner)
        case list():
            for inner in value:
                yield from _ids(inner)
        case _:
            return
