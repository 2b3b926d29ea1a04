"""Kill -9 at every commit, every effect and every request of a walk: started again, the work ends, and only once.

The points are found by a walk that nobody interrupts; `launcher.py` plants them. By default a few hundred are taken,
others each day and the hand-overs always; LANEKEEPER_CRASH_POINTS=1000 takes all there are, 50 at most 50 of each walk.
"""

import os
import random
from datetime import UTC, datetime, time, timedelta

import pytest
from outside import LENA, REP
from walks import TICKET_ALONE, all_is_well, leased_walk, refund_walk, rest, stopped_walk

from bot.app import TOOLS, load_lanes
from bot.settings import Settings
from lanes.core import lane_commands as lc
from lanes.core.page import Mode
from lanes.core.values import Lease, Person
from lanes.engine import Engine
from storage.database import connect
from storage.writer import Writer
from tools.money import Money

CLICK, INTENT, WIRE = "commit-after:receive#2", "commit-after:Begin#1", "wire-after:POST /v*/refunds#1"
HAND_OVERS = (CLICK, INTENT, WIRE)
SLOW = "wire-before:POST /v*/refunds#1"
AFTER_THE_WIRE = "effect-after:execute#1"
ALONE = {"ticket": int(TICKET_ALONE), "charge": "ch_3DaveQuinn02", "amount": 1900}


def chosen(points, always=(), *, most):
    """As many of them as were asked for, or `most`; others each day."""
    wanted = min(int(os.environ.get("LANEKEEPER_CRASH_POINTS", most)), len(points))
    today = random.Random(datetime.now(UTC).date().toordinal())
    some = {*today.sample(points, wanted), *always}
    return [point for point in points if point in some]


def that_change(points):
    """Points at which something is stored, performed or sent; drawing a card again is left out."""
    return [p for p in points if not p.startswith(("slack-", "ack-", "commit-before:sweep", "commit-after:sweep"))]


def never_wrong(wrong):
    assert not wrong, "\n\n".join(f"{point}: {what[:3000]}" for point, what in wrong.items())


@pytest.fixture(scope="module")
def walked(towns, empty):
    """The points of the walk, in their order."""
    with towns.one() as town:
        town.fresh("recorded", empty)
        refund_walk(town)
        all_is_well(town)
        assert town.repeats == 0
        return town.points()


@pytest.mark.timeout(600)
def test_killed_anywhere_the_walk_ends_and_nothing_happens_twice(towns, walked, empty):
    missed = []

    def case(town, point):
        town.fresh(point, empty, point)
        refund_walk(town)
        all_is_well(town)
        if not town.struck:
            missed.append(point)

    points = chosen(walked, HAND_OVERS, most=120)
    never_wrong(towns.play(case, points))
    assert set(HAND_OVERS) <= set(points) - set(missed)
    assert len(missed) <= len(points) // 10, f"threads passed other points this time: {missed}"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", HAND_OVERS, ids=("click stored", "intent committed", "wire done"))
def test_killed_again_while_it_recovers(towns, empty, first):
    with towns.one() as town:
        town.fresh(f"recovery {first}", empty, first)
        refund_walk(town)
        assert town.struck == 1
        recovery = town.points(2)
    missed = []

    def case(town, point):
        town.fresh(f"{first} then {point}", empty, first, point)
        refund_walk(town)
        all_is_well(town)
        if town.struck < 2:
            missed.append(point)

    points = chosen(that_change(recovery[: recovery.index(AFTER_THE_WIRE) + 1]), most=30)
    never_wrong(towns.play(case, points))
    assert len(missed) <= len(points) // 5, f"threads passed other points this time: {missed}"


@pytest.fixture(scope="module")
def leased(tmp_path_factory, empty):
    """A ledger whose refunds lane may act alone, up to 25 USD."""
    file = tmp_path_factory.mktemp("leased") / "lanekeeper.sqlite"
    file.write_bytes(empty.read_bytes())
    database = connect(f"sqlite:///{file}")
    writer = Writer(database)
    lanes = load_lanes(Settings(_env_file=None).catalog, TOOLS)
    end = datetime.combine(datetime.now(UTC).date() + timedelta(days=7), time.max, UTC).replace(microsecond=0)
    tools = ("stripe.create_refund", "zendesk.reply", "zendesk.set_status")
    lease = Lease(tools=tools, per_action=Money.parse("25.00 USD"), per_day=10, until=end)
    engine = Engine(database, writer, lanes, team="T0", model="")
    why = "The crash suite needs a lane that acts alone"
    engine.handle_lane(lc.SetMode("support-refunds", Mode.AUTONOMOUS, Person(user="U0OWNER", team="T0"), lease, why))
    writer.close()
    database.dispose()
    return file


@pytest.mark.timeout(600)
def test_killed_while_a_leased_run_goes_alone(towns, leased):
    with towns.one() as town:
        town.fresh("alone", leased)
        leased_walk(town)
        all_is_well(town, **ALONE)
        points = chosen([p for p in that_change(town.points()) if ":GET" not in p], most=40)

    def case(town, point):
        town.fresh(f"alone {point}", leased, point)
        leased_walk(town)
        all_is_well(town, **ALONE)

    never_wrong(towns.play(case, points))


@pytest.mark.timeout(300)
def test_killed_while_the_kill_switch_falls_and_is_lifted(towns, empty):
    """Each change is told once, and the card that hung through it goes on."""
    with towns.one() as town:
        town.fresh("stopped", empty)
        stopped_walk(town)
        all_is_well(town)
        points = town.points()
    begin = points.index("commit-after:HangCard#1")
    points = chosen([p for p in points[begin : points.index("commit-before:Decide#1")] if ":GET" not in p], most=20)

    def case(town, point):
        town.fresh(f"stopped {point}", empty, point)
        stopped_walk(town)
        all_is_well(town)

    never_wrong(towns.play(case, points))


@pytest.mark.parametrize("death", ["", "effect-before:tell_lane#1"])
def test_a_stop_that_is_told_late_is_told_as_it_was(town, empty, death):
    """By then the lane has been resumed: the channel reads both, each once."""
    town.fresh("late", empty, *filter(None, [death]))
    town.start()
    town.tell("faults", method="chat.postMessage", status=500, times=3)
    for word in ("stop", "resume"):
        town.type(f"/lane {word} refunds", LENA)
    town.until(lambda: not town.owed())
    said = [("stopped" if "was stopped by" in m["text"] else "resumed") for m in town.messages()]
    assert sorted(said) == ["resumed", "stopped"]


@pytest.mark.timeout(300)
def test_asked_to_stop_in_the_middle_it_ends_in_order_and_what_is_left_stays_owed(towns, empty, walked):
    begun = (
        "commit-after:receive#1",
        "effect-before:advance#1",
        "effect-before:show_card#1",
        "effect-before:execute#2",
    )
    last = ("commit-before:Finish#1",)

    def case(town, point):
        town.fresh(f"asked {point}", empty, point, by="TERM")
        if point == SLOW:
            town.fails("stripe", kind="timeout_after", path="/v1/refunds", method="POST", delay=12)
        refund_walk(town)
        town.wait(lambda: not town.alive or town.starts > 1)
        rest(town)
        all_is_well(town)
        assert town.ends[0] == 0, f"exit status {town.ends[0]}: {town.said}"

    never_wrong(towns.play(case, [SLOW, *begun, *HAND_OVERS, *last]))


@pytest.mark.timeout(300)
def test_whoever_types_a_lost_command_again_at_once_still_gets_one_refund(towns, empty):
    """The command had been stored; only its acknowledgement was lost. The second one starts nothing, and says so."""

    def case(town, point):
        town.fresh(f"impatient {point}", empty, point, impatient=True)
        town.start()
        town.type("/lane refunds ZD-4821")
        town.until(lambda: town.buttons() and not town.owed())
        approve_everything(town)
        all_is_well(town)
        assert town.repeats == 1
        assert [said for said in town.whispers(REP) if "This was asked for already" in said], town.whispers(REP)

    never_wrong(towns.play(case, ["commit-after:receive#1", "ack-before#1"]))


def approve_everything(town):
    """Press whatever can be approved, each button once, until every run has ended."""
    pressed = set()

    def ended():
        for name, how in town.buttons().items():
            together = f"{how['block_id'].partition('/')[0]}/all"
            key = (how["ts"], how["block_id"])
            if " approve" not in name or key in pressed or together in {k[1] for k in pressed}:
                continue
            if how["block_id"] != together and any(b["block_id"] == together for b in town.buttons().values()):
                continue
            town.press(name)
            pressed.add(key)
        return town.at_rest()

    town.until(ended)


REFUNDS = (4821, 4822, 4826, 4827, 4841, 4842)
NO_CASE = (4824, 4825, 4828, 4829, 4838, 4839)
TRIAGE = (4830, 4831, 4832, 4833, 4834, 4835, 4836, 4837)
TWENTY = [*(f"refunds ZD-{n}" for n in (*REFUNDS, *NO_CASE)), *(f"triage ZD-{n}" for n in TRIAGE)]
ENDED = "run.finished"
DEATHS = (
    "commit-after:TakeTurn#30",
    "commit-after:Begin#2",
    "wire-after:POST /v*/refunds#2",
    "wire-after:PUT /api/v*/tickets/*.json#2",
    "commit-before:Report#3",
)


def twenty_runs(town):
    """What the world looks like when twenty runs have ended."""
    town.start()
    for wanted in TWENTY:
        town.type(f"/lane {wanted}")
    approve_everything(town)
    assert town.verified() == []
    assert not town.buttons()
    histories = town.histories().values()
    assert len(histories) == len(TWENTY)
    for events in histories:
        assert [e.kind for e in events].count(ENDED) == 1
        started = [e.action for e in events if e.kind == "execution.started"]
        assert len(started) == len(set(started))
    return {
        "ends": sorted((run[0].lane, run[0].subject, e.outcome) for run in histories for e in run if e.kind == ENDED),
        "refunds": sorted((r["charge"], r["amount"]) for r in town.refunds()),
        "keys": len(town.state("stripe")["keys"]),
        "letters": {n: len(town.replies(n)) for n in REFUNDS},
        "solved": {n: town.ticket(n)["ticket"]["status"] for n in REFUNDS},
        "cards": len(town.messages()),
        "told": len(town.messages("C0SUPPORT")),
        "handed over": len(town.messages("C0SUPPORTLEADS")),
    }


@pytest.mark.timeout(300)
def test_killed_with_twenty_runs_under_way(town, empty):
    town.fresh("twenty", empty)
    expected = twenty_runs(town)
    assert expected["letters"] == dict.fromkeys(REFUNDS, 1)
    town.fresh("twenty killed", empty, *DEATHS)
    assert twenty_runs(town) == expected
    assert town.struck >= 4, [town.points(n)[-1] for n in range(1, town.starts + 1)]
