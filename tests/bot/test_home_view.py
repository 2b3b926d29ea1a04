"""Home within Slack's limits whatever stands in it, and nothing is approved there that is not shown whole. S1"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from drawing import LENA, NOW, WORST, action, doubtful, run

from bot.home.items import Item, item
from bot.home.view import PAGE, LaneNow, Now, Theirs, home, pages
from bot.workspace.limits import view_problems
from lanes.core.gate import Regime
from lanes.core.lane_state import LaneState
from lanes.core.states import State
from lanes.loading import load_lanes
from tools.registry import TOOLS

sys.path.append(str(Path(__file__).parents[1] / "journeys"))
from shapes import complaints


@pytest.fixture(scope="module")
def page():
    return load_lanes(Path(__file__).parents[2] / "lanes" / "catalog", TOOLS)["support-refunds"].page


@pytest.fixture
def regime(page):
    return Regime(page, LaneState(), LaneState())


def shown(one, regime, *, theirs=None, where="https://slack.example/p1"):
    mine = frozenset(one.actions if theirs is None else theirs)
    return Item(one, regime, LENA.user, mine, where, NOW)


def buttons(blocks):
    rows = [block for block in blocks if block["type"] == "actions"]
    return {e["action_id"].removeprefix("lane:") for row in rows for e in row["elements"]}


def drawn(page, regime, items, *, total=None, lanes=1, subject="ZD-1"):
    others = [page.model_copy(update={"lane": f"{page.lane}-{n}"}) for n in range(lanes)]
    now = Now(NOW, (), tuple(LaneNow(one, regime, 3, {"failed": 2, "open": 4}, ("zendesk",)) for one in others), [
        SimpleNamespace(outcome="succeeded", subject=subject, lane="x", finished=NOW) for _ in range(8)
    ])  # fmt: skip
    return home(now, Theirs(page.owner.person, items, 1, total or len(items), None, "Europe/Berlin"))


@pytest.mark.parametrize("name", WORST)
@pytest.mark.parametrize("many", [1, 2, 3, 100])
def test_the_worst_of_everything_is_still_a_view_slack_takes(page, regime, name, many):
    text = WORST[name]
    actions = [action(n, text, body=text if n % 2 else "", origins=(doubtful(),)) for n in range(many)]
    items = [shown(run(f"r{n}", *actions, subject=text), regime) for n in range(PAGE)]
    view = drawn(page, regime, items, total=500, lanes=40, subject=text)

    assert len(view["blocks"]) <= 100
    assert view_problems(view) == ("", [])
    assert complaints([{"method": "views.publish", "args": {"user_id": "U0OWNER", "view": view}}]) == []
    assert "<!channel>" not in json.dumps(view)
    assert pages(500) == 63


def test_a_short_draft_is_shown_whole_and_approved_in_place(regime):
    blocks = item(shown(run("r1", action(1, origins=(doubtful(),), body="Dear Ada\nit is on its way")), regime))

    said = json.dumps(blocks, ensure_ascii=False)
    assert buttons(blocks) == {"approve", "details", "open"}
    for part in ("Refunded: $0.00 → *$38.00*", "> Dear Ada", "stands only in words that others wrote"):
        assert part in said, part


@pytest.mark.parametrize("text", ["x" * 3000, WORST["markup"]])
def test_what_does_not_stand_whole_has_no_approve(regime, text):
    assert buttons(item(shown(run("r1", action(1, text)), regime))) == {"details", "open"}
    assert buttons(item(shown(run("r1", action(1, body=text)), regime))) == {"details", "open"}


def test_several_drafts_are_approved_together_only_where_all_are_theirs(regime):
    case = run("r1", action(1), action(2))

    assert "approve_all" in buttons(item(shown(case, regime)))
    assert buttons(item(shown(case, regime, theirs={"a1"}))) == {"details", "open"}
    assert buttons(item(shown(run("r1", *(action(n) for n in range(9))), regime))) == {"details", "open"}
    frozen = run("r1", action(1), action(2, state=State.FROZEN))
    assert buttons(item(shown(frozen, regime))) == {"details", "open"}


def test_nothing_is_approved_while_the_lane_is_stopped(page):
    from lanes.core.lane_events import LaneStopped  # noqa: PLC0415

    stopped = LaneStopped(at=NOW, lane=page.lane, by=LENA)
    regime = Regime(page, replace(LaneState(), stopped=stopped), LaneState())
    blocks = item(shown(run("r1", action(1)), regime))
    assert buttons(blocks) == {"details", "open"}
    assert "Nothing can be approved while" in json.dumps(blocks)


def test_a_case_that_has_moved_on_leaves_no_item(regime):
    assert item(shown(run("r1", action(1, state=State.DONE)), regime)) == []
