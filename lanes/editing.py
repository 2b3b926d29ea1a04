"""From what a person typed over a draft to its next version: checked, looked at and previewed like any proposal."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lanes.core.commands import Revision
from lanes.core.run import Action, Run
from lanes.engine import Engine
from lanes.executor import Wires
from lanes.practising import on_record
from lanes.proposing import ByEmail, propose
from tools.contract import Change
from tools.fields import Found, values
from tools.money import Money


@dataclass(frozen=True)
class Editing:
    """Makes revisions of drafts. Thread-safe."""

    engine: Engine
    wires: Wires
    by_email: ByEmail

    def revise(self, run: Run, action: Action, arguments: Mapping[str, Any]) -> Revision:
        """The draft with these arguments instead. Raises `ValidationError`, `Refused` or `Unavailable`."""
        ready, draft = self.engine.lanes[run.lane], action.draft
        tool = ready.writer(draft)
        meant = tool.arguments.model_validate(arguments).model_dump(mode="json")
        was = draft.edit.arguments if draft.edit else draft.arguments
        typed = [after for _, after in _pairs(tool.arguments, draft.arguments, meant) if after]
        if run.practice:
            changed = {one.path for pair in _pairs(tool.arguments, draft.arguments, meant) for one in pair if one}
            proposal = on_record(action, tool, tool.arguments.model_validate(meant), draft.target, changed)
        else:
            wire, edited = self.wires(ready.identity.name, tool.system), [one.value for one in typed]
            proposal = propose(
                tool, wire, meant, call=action.call, why=draft.why, run=run, ready=ready, by_email=self.by_email,
                edited=edited,
            )  # fmt: skip
        changes = tuple(_change(before, after) for before, after in _pairs(tool.arguments, was, meant))
        made = any(_makes(before, after) for before, after in _pairs(tool.arguments, draft.arguments, meant))
        return Revision(proposal, changes, made)


Pair = tuple[Found | None, Found | None]  # before, after


def _pairs(model: Any, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Pair]:
    """The fields that differ, by path."""
    was = {found.path: found for found in values(model, before)}
    now = {found.path: found for found in values(model, after)}
    for path in dict.fromkeys((*was, *now)):
        one, other = was.get(path), now.get(path)
        if one is None or other is None or one.value != other.value:
            yield one, other


def _change(before: Found | None, after: Found | None) -> Change:
    known = before or after
    assert known, "one of the two is there"
    return Change(field=known.path, before=str(before.value) if before else "", after=str(after.value) if after else "")


def _makes(before: Found | None, after: Found | None) -> bool:
    """Does the write go elsewhere now, or move more? A smaller amount of the same currency does neither."""
    known = before or after
    assert known, "one of the two is there"
    if not known.leaf.routes:
        return False
    was, now = (one.value if one else None for one in (before, after))
    if isinstance(was, Money) and isinstance(now, Money) and was.currency == now.currency:
        return now.minor > was.minor
    return True
