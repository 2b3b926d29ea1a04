"""Cards of several runs, made of values: a line for each state and each size there is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from lanes.batches import Batch
from lanes.core import events as e
from lanes.core import lane_events as le
from lanes.core.gate import Regime
from lanes.core.lane_state import LaneState
from lanes.core.page import Mode
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Draft, Person, Place, Ruling
from lanes.loading import load_lanes
from tools.contract import Change, Preview, Target
from tools.registry import TOOLS

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
THEO = Person(user="U0SALES", team="T0")
PAGE = load_lanes(Path(__file__).parents[1] / "lanes" / "catalog", TOOLS)["crm-hygiene"].page


def regime(*, stopped=False):
    stop = le.LaneStopped(at=NOW, lane="crm-hygiene", by=THEO)
    return Regime(PAGE, LaneState(stopped=stop if stopped else None), LaneState())


def draft(sentence="Update Acme: stage", changes=(("Stage", "Proposal", "Negotiation"),), body="", **more):
    shown = tuple(Change(field=f, before=b, after=a) for f, b, a in changes)
    about = {"target": Target(ref="salesforce.opportunity 1", url="https://sf.example/1", pinned={})} | more
    return Draft(
        tool="salesforce.update_opportunity", tool_version=1, arguments={},
        preview=Preview(sentence=sentence, changes=shown, body=body), risk="medium", why="w", key="k", digest="d" * 64,
        **about,
    )  # fmt: skip


def action(name="a1", state=State.HELD, made=None, *, version=1, **more):
    ruling = Ruling(verdict="approve", reasons=("FORECAST_CHANGE",), quorum=1)
    about = {"ruling": ruling, "until": NOW + timedelta(hours=24)} | more
    return Action(name, version, "call", made or draft(), NOW, state, **about)


def run(n, *actions, subject=""):
    started = e.RunStarted(
        at=NOW, run=f"r{n:010x}", lane="crm-hygiene", subject=subject or f"acme{n}", by=THEO, channel="C0",
        mode=Mode.APPROVAL, configuration="c" * 64, model="m",
    )  # fmt: skip
    return Run(f"r{n:010x}", 1, started, actions={a.id: a for a in actions})


def batch(*runs):
    return Batch("b-r0", "crm-hygiene", "", NOW, Place(channel="C0", ts="1.1"), runs, (0, None))
