"""A held draft of any tool, as the edit form sees it, and a person's entries in the form."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from pydantic import create_model

from bot.deciding.edit_form import form
from bot.workspace.inputs import values
from lanes.core import events as e
from lanes.core.page import Mode
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Draft, Person, Ruling
from tools.contract import Frozen, Preview, Target

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REP = Person(user="U0REP", team="T0")
CARRIED = {"r": "r0123456789", "a": "a1", "v": 1, "d": "d" * 64, "c": "C0"}


def tool_of(**fields):
    """A tool that takes these arguments; of a tool the form looks at its arguments alone."""
    return SimpleNamespace(arguments=create_model("Arguments", __base__=Frozen, **fields))


def held(tool, arguments, ref="", sentence="Do it", subject="ZD-4821"):
    """A run with one draft that waits; the arguments stand in it as the tool writes them."""
    draft = Draft(
        tool="zendesk.reply", tool_version=1, target=Target(ref=ref or "zendesk.ticket -", pinned={}),
        arguments=tool.arguments.model_validate(arguments).model_dump(mode="json"),
        preview=Preview(sentence=sentence), risk="high", why="It was asked for", key="k", digest="d" * 64,
    )  # fmt: skip
    ruling = Ruling(verdict="approve", reasons=("CUSTOMER_FACING",), quorum=1)
    action = Action("a1", 1, "call", draft, NOW, State.HELD, ruling, NOW + timedelta(hours=4))
    started = e.RunStarted(
        at=NOW, run="r0123456789", lane="support-refunds", subject=subject, by=REP, channel="C0", mode=Mode.APPROVAL,
        configuration="c" * 64, model="m",
    )  # fmt: skip
    return Run("r0123456789", 1, started, actions={"a1": action}), action


def opened(tool, arguments, **more):
    """The form, and the draft it is of."""
    run, action = held(tool, arguments, **more)
    return form(run, action, tool, CARRIED), action.draft


def filled(view, **entries):
    """The form as it comes back, with these entries and everything else untouched."""
    given = {block: {"value": entry} for block, entry in entries.items()}
    return {**view, "state": {"values": values(view["blocks"], given)}}


def inputs(view):
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def said(view):
    """What stands on the form beside the inputs."""
    shown = [block for block in view["blocks"] if block["type"] in {"section", "context"}]
    return "\n".join(part["text"] for b in shown for part in b.get("elements", [b.get("text")]))
