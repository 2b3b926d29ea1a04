"""A model that needs no key and no network: rules that read the same conversation and answer in the same blocks.

It is for trying the product and testing it, and says so: no lane should be promoted on what rules did. It has no state:
the next step follows from the messages alone, so a run may be resumed anywhere.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lanes.models.base import Ask, Stop, Turn, Usage
from lanes.models.rules import crm, incident, priority, refunds, renewals, triage
from lanes.models.rules.seen import Seen, Step, Use, blocks, see

MODEL = "offline-rules-1"

PLANS: Mapping[str, Callable[[Seen], Step]] = {
    "support-priority": priority.plan,
    "support-refunds": refunds.plan,
    "support-triage": triage.plan,
    "crm-hygiene": crm.plan,
    "incident-first-look": incident.plan,
    "renewals": renewals.plan,
}


class OfflineModel:
    """`Model` by rules, one set a lane. Free, deterministic, and without an answer for lanes it has no rules for."""

    label = "offline rules (no model)"

    def prices(self, model: str) -> bool:
        """Always: whatever a lane names, here it costs nothing."""
        return True

    def turn(self, ask: Ask) -> Turn:
        """The next step of the lane's rules."""
        step = _step(ask)
        if isinstance(step, str):
            return _turn("end_turn", {"type": "text", "text": step})
        said = (block for message in ask.messages for block in blocks(message.get("content")))
        made = sum(block.get("type") == "tool_use" for block in said)
        return _turn("tool_use", *(_block(use, made + place) for place, use in enumerate(step, 1)))


def _step(ask: Ask) -> Step:
    if (plan := PLANS.get(ask.lane)) is None:
        return f"The offline rules do not know the lane {ask.lane}. Connect a model to run it."
    seen = see(ask.messages)
    if not seen.subject:
        return "No evidence: the task names no subject."
    step = plan(seen)
    if isinstance(step, str):
        return step
    offered = {tool["name"] for tool in ask.tools}
    missing = [use.tool for use in step if _wire(use.tool) not in offered]
    if missing:
        return f"The offline rules need {', '.join(missing)}, which this lane does not offer."
    return tuple(_answering(use, seen) for use in step)


def _answering(use: Use, seen: Seen) -> Use:
    """A draft made anew because of a question says so, and that rules read records and no questions."""
    asked = [call.question for call in seen.calls if call.tool == use.tool and call.question]
    if not asked or "why" not in use.input:
        return use
    why = f"{use.input['why']} Asked “{asked[-1]}”: these rules go by the records, and the records say the same."
    return Use(use.tool, {**use.input, "why": why})


def _wire(tool: str) -> str:
    return tool.replace(".", "__")


def _block(use: Use, number: int) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_offline_{number}", "name": _wire(use.tool), "input": dict(use.input)}


def _turn(stop: Stop, *content: dict[str, Any]) -> Turn:
    return Turn(content=content, stop=stop, usage=Usage(), cost=0, model=MODEL)
