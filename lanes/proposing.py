"""From a call that writes to a proposal: checked, its target looked at, its preview made, its values traced."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lanes.core.commands import Answered, Proposal
from lanes.core.events import CallAnswered
from lanes.core.provenance import EDIT, Source, Value, is_reached, of_answer, of_page, of_request, origins
from lanes.core.run import Run
from lanes.core.states import State
from lanes.core.values import OwnerMissing
from lanes.ready import ReadyLane
from tools.contract import Evidence, Refused, Wire, WriteTool

Said = Answered | CallAnswered
ByEmail = Callable[[str], str | None]  # e-mail → Slack id; "": nobody here who may decide; None: Slack does not say
_NOT_ASKED: OwnerMissing = ""
_EVIDENCE = 6  # what a card can show without scrolling


def propose(
    tool: WriteTool[Any, Any], wire: Wire, arguments: Any, *, call: str, why: str, run: Run, ready: ReadyLane,
    by_email: ByEmail, answered: Iterable[Answered] = (), edited: Iterable[Value] = (),
) -> Proposal:  # fmt: skip
    """A write, looked at before anybody is asked about it. Raises `ValidationError`, `Refused` or `Unavailable`.

    `by_email` finds the record's owner in Slack; `edited`: values that a person who may decide has written into it.
    """
    meant = tool.arguments.model_validate(arguments)
    target = tool.look(wire, meant)
    sent = meant.model_dump(mode="json")
    answers: list[Said] = [*run.answers.values(), *answered]
    owner, missing = _owner(tool, wire, meant, by_email) if ready.page.approvers.record_owner else ("", _NOT_ASKED)
    sources = [*(Source(EDIT, value, "trusted") for value in edited), *_sources(tool, run, ready, answers)]
    return Proposal(
        call=call, tool=tool.name, tool_version=tool.version, scopes=tool.needs(meant), risk=tool.risk,
        retry=tool.retry, arguments=sent, target=target, preview=tool.preview(meant, target),
        stake=tool.stake(meant, target), why=why, evidence=_evidence(answers), change=tool.business_key(meant),
        same_within=tool.same_within, origins=origins(tool.arguments, sent, sources),
        record_owner=owner, owner_missing=missing,
    )  # fmt: skip


def _owner(
    tool: WriteTool[Any, Any], wire: Wire, meant: Any, by_email: ByEmail
) -> tuple[str, OwnerMissing]:  # fmt: skip
    """Who owns the record, in Slack; or why nobody is known to."""
    try:
        email = tool.owner(wire, meant)
    except Refused:  # the record can be read, its owner cannot: the write is no worse for that
        return "", "unanswered"
    if not email:
        return "", "unowned"
    user = by_email(email)
    return (user, "") if user else ("", "unanswered" if user is None else "not_in_slack")


def _evidence(answers: Iterable[Said]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(one for answer in answers for one in answer.evidence))[:_EVIDENCE]


def _sources(tool: WriteTool[Any, Any], run: Run, ready: ReadyLane, answers: Iterable[Said]) -> list[Source]:
    """Everything the model was shown before it proposed this write, in order."""
    known = [*of_request(run.started), *of_page(_equalities(tool.name, ready))]
    for answer in answers:
        reader = ready.tools.get(answer.tool)
        if answer.ok and reader:
            reached = is_reached(reader.arguments, answer.arguments, known)
            known += of_answer(answer.tool, reader.result, json.loads(answer.answer), reached=reached)
    for action in run.actions.values():
        writer = ready.tools.get(action.draft.tool)
        if action.state is State.DONE and writer:
            known += of_answer(action.draft.tool, writer.result, _plain(action.result), reached=False)
    return known


def _equalities(tool: str, ready: ReadyLane) -> Iterator[Any]:
    """What the page's rows for this tool ask to be exactly so."""
    for row in ready.page.policy:
        if row.may == tool:
            yield from row.when.exact.values()


def _plain(result: Mapping[str, object] | None) -> dict[str, object]:
    return dict(result or {})
