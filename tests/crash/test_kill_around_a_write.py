"""Kill -9 around every write that a lane of the catalog offers: what it leaves is what an undisturbed run leaves.

The writes are found by walking each lane's own example once, without a kill: no tool is named here, and a lane that is
added is killed as well.
"""

import re
from collections import Counter

import pytest
from outside import APPROVALS
from test_kill_anywhere import never_wrong
from walks import approved_walk, rest, world, written_once

from bot.app import TOOLS, load_lanes
from bot.settings import Settings

CATALOG = load_lanes(Settings(_env_file=None).catalog, TOOLS)
LANES = {name: ready for name, ready in CATALOG.items() if ready.writes}
AROUND = re.compile(r"commit-after:Begin|wire-(before|after):(?!GET)|commit-before:Report")
EACH = 4  # kills around one write: the intent stored, the wire before and after, the outcome about to be stored


def around_writes(points, tools):
    """The points around the intent, the wire and the outcome of each write, with the tool that passes them."""
    found = []
    for number, tool in enumerate(tools, 1):
        begin, end = (points.index(f"effect-{moment}:execute#{number}") for moment in ("before", "after"))
        found += [(point, tool) for point in points[begin:end] if AROUND.match(point)]
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lane", LANES)
def test_killed_around_a_write_it_is_done_once_and_nothing_else_is_different(towns, empty, lane):
    ready = LANES[lane]
    with towns.one() as town:
        town.fresh(f"{lane} undisturbed", empty)
        approved_walk(town, ready.page)
        tools, expected, points = written_once(town), world(town), town.points()
    assert {tool.name for tool in ready.writes} <= set(tools), "the lane's example does not reach all of its writes"
    around = around_writes(points, tools)
    missed = []

    def case(town, point):
        town.fresh(f"{lane} {point}", empty, point)
        approved_walk(town, ready.page)
        assert written_once(town) == tools
        assert world(town) == expected
        if not town.struck:
            missed.append(point)

    never_wrong(towns.play(case, [point for point, _ in around]))
    assert not missed, f"never reached: {missed}"
    kills = Counter(tool for _, tool in around)
    assert all(kills[tool] >= EACH for tool in tools), kills


def test_that_is_twenty_kills_and_more():
    assert EACH * sum(len(ready.writes) for ready in LANES.values()) >= 20


@pytest.mark.timeout(120)
def test_killed_while_it_asks_what_became_of_a_refund_it_says_so_once(towns, empty):
    """Stripe fails three times and has done nothing: uncertain, then known not to have happened."""

    def walk(town):
        town.start()
        town.fails("stripe", kind="500", path="/v1/refunds", method="POST", times=3)
        town.type("/lane refunds ZD-4821")
        town.until(lambda: "a1/1 approve" in town.buttons(), "no card with something to approve")
        town.press("a1/1 approve")
        rest(town)

    def well(town):
        assert town.refunds() == []
        assert town.verified() == []
        (events,) = town.histories().values()
        kinds = Counter(e.kind for e in events)
        assert (kinds["decision.recorded"], kinds["execution.started"]) == (1, 1)
        assert (kinds["action.uncertain"], kinds["action.failed"], kinds["action.done"]) == (1, 1, 0)
        assert not town.buttons()
        assert len([m for m in town.messages(APPROVALS) if m.get("blocks")]) == 1

    with towns.one() as town:
        town.fresh("settling undisturbed", empty)
        walk(town)
        well(town)
        points = town.points()

    def case(town, point):
        town.fresh(f"settling {point}", empty, point)
        walk(town)
        well(town)
        assert town.struck, "never reached"

    settling = points[points.index("effect-before:settle#1") : points.index("effect-after:settle#1") + 1]
    moments = ("effect-before:settle", "wire-after:GET", "commit-before:Report", "commit-after:Report")
    never_wrong(towns.play(case, [next(p for p in settling if p.startswith(moment)) for moment in moments]))
