"""What can be done with a draft, on its card and in Details. A button carries ids and a digest, never content."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.slack.blocks import Block, actions, button, divider, overflow
from lanes.core.gate import Regime
from lanes.core.refuse import SAME_DIGEST
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.undo import undoable


def value(run: Run, action: Action) -> dict[str, Any]:
    """What a button carries: enough to find the draft and to prove which version was seen."""
    return {"r": run.id, "a": action.id, "v": action.version, "d": action.draft.digest}


def buttons(
    run: Run, action: Action, regime: Regime, *, claimed: bool = False, place: str = "", whole: bool = True
) -> Block:  # fmt: skip
    """What can be done with a draft that waits. `whole`: all of it stands in sight, so that it can be approved here."""
    carried = value(run, action)
    reject, details = button("reject", "Reject…", carried), button("details", "Details", carried)
    rest = menu(run, action, claimed, regime)
    name = "/".join(filter(None, (run.id, action.id, str(action.version), place)))
    looks = [] if place else [details]
    if regime.stopped and action.state is State.HELD:
        return actions(name, reject, *looks, *rest)
    if regime.stopped:
        return actions(name, *(looks or [reject]))
    if action.state is State.FROZEN:
        return actions(name, button("release", "Release & run", carried, "primary"), reject, *looks)
    approve = [button("approve", yes(action), carried, "primary")] if whole else []
    edit = [] if action.draft.undoes else [button("edit", "Edit…", carried)]
    return actions(name, *approve, *edit, reject, *looks, *rest)


def yes(action: Action) -> str:
    """A yes that is not the last one runs nothing yet, and its button says so."""
    nth, wanted = _voices(action)
    return "Approve & run" if nth >= wanted else f"Approve ({nth} of {wanted})"


def yes_to_all(held: Sequence[Action]) -> str:
    """The same for one click on several drafts, which may want different numbers of voices."""
    runs = all(nth >= wanted for nth, wanted in map(_voices, held))
    return "Approve & run" if runs else "Approve"


def _voices(action: Action) -> tuple[int, int]:
    """The how-manieth yes the next one is, and how many it takes."""
    return len(action.approvals) + 1, action.ruling.quorum if action.ruling else 1


def menu(run: Run, action: Action, claimed: bool | None, regime: Regime) -> list[Block]:
    """What is wanted less often, behind three dots. `claimed` None: nothing is offered about claims."""
    if action.state is not State.HELD:
        return []
    wishes = {} if regime.stopped else {"ask": "Ask something first…"}
    wishes["take_over"] = "Do it by hand…"
    if claimed is not None:
        wishes |= {"let_go": "Let the card go"} if claimed else {"claim": "I am on it"}
    wishes["put_off"] = "Put it off…"
    if regime.lane.approvers.break_glass and not regime.stopped:
        wishes["break_glass"] = "Break the glass…"
    carried = {**value(run, action), "d": action.draft.digest[:SAME_DIGEST]}  # a menu's values are short
    return [overflow("more", {json.dumps({"w": w, **carried}, separators=(",", ":")): t for w, t in wishes.items()})]


def what_happened(run: Run, action: Action, *, looks: bool = True) -> Block:
    """A person has looked at the system and says what it shows. `looks`: Details are offered as well."""
    carried = value(run, action)
    undo = [button("undo", "It happened: undo…", carried)] if action.undoable else []
    yes = button("happened", "It happened", carried)  # neither answer is nearer at hand than the other
    no, details = button("did_not_happen", "It did not", carried), button("details", "Details", carried)
    return actions(f"{run.id}/{action.id}/said", yes, no, *undo, *([details] if looks else []))


def way_back(run: Run, action: Action, now: datetime) -> list[Block]:
    """The Undo button, while its time lasts and nobody has asked for it."""
    if action not in undoable(run) or action.undo_until is None or now >= action.undo_until:
        return []
    return [actions(f"{run.id}/{action.id}/undo", button("undo", "Undo…", value(run, action)))]


def keep_case(run: Run) -> Block:
    """One click, and what happened is what every later version of the lane is held against."""
    return button("keep_case", "Keep as a replay case", {"r": run.id})


def all_at_once(run: Run, regime: Regime) -> list[Block]:
    """One click for everything that waits, where all of it stands whole on the card."""
    held = [a for a in run.actions.values() if a.state is State.HELD]
    if len(held) < 2 or regime.stopped:
        return []
    how_many = "both" if len(held) == 2 else f"all {len(held)}"
    every = button("approve_all", f"{yes_to_all(held)} {how_many}", [value(run, a) for a in held])
    return [divider(), actions(f"{run.id}/all", every)]
