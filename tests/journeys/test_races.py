"""Two at the same instant: one wins, the other is told, and nothing is ever written after a lost race. D12, S5.

Most races are run between two engines on one file, as two processes would be; some go over the wire, click by click.
"""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from eyes import TEAM, wait_until
from house import LENA, OWNER, REP, SAM, Clock
from sqlalchemy import select

from bot.settings import Settings
from lanes.core import commands as c
from lanes.core import lane_commands as lc
from lanes.core.commands import Standing
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.library import Library
from lanes.loading import load_lanes
from storage.database import connect
from storage.tables import Event
from storage.writer import Writer
from tools.contract import Preview, Stake, Target
from tools.registry import TOOLS

LANE, PINNED = "support-refunds", {"status": "open"}
SCOPES = frozenset({"zendesk:tickets.read", "zendesk:tickets.reply"})


@dataclass
class Two:
    """Two engines, `here` and `there`, as two processes would hold them; and what both have written."""

    here: Engine
    there: Engine
    library: Library
    pool: ThreadPoolExecutor

    def held(self, number):
        """A run with one reply that waits."""
        name = f"r{number}"
        self.here.handle(c.StartRun(name, LANE, f"ZD-{number}", Person(user=REP, team=TEAM), "C0", f"start{number}"))
        proposal = c.Proposal(
            call="c1", tool="zendesk.reply", tool_version=1, scopes=SCOPES, risk="medium", retry="check_first",
            arguments={"ticket": f"ZD-{number}", "template": "free_text", "amount": None, "text": "Hi"},
            target=Target(ref=f"zendesk.ticket ZD-{number}", url="http://localhost/", pinned=PINNED, seen={}),
            preview=Preview(sentence="Reply"), stake=Stake(customer="ada@parkstudio.example"), why="", evidence=(),
        )  # fmt: skip
        turn = c.TakeTurn(name, 1, "rules", "tool_use", (), {}, 0, 1, "", proposals=(proposal,))
        return self.here.handle(turn).run

    def decide(self, run, who, decision="approve", reason=""):
        return c.Decide(
            run=run.id, action="a1", version=1, digest=run.actions["a1"].draft.digest, decision=decision,
            voice=c.Voice(Person(user=who, team=TEAM), Standing.MEMBER), surface="card", delivery=f"{run.id}{who}",
            reason=reason,
        )  # fmt: skip

    def begin(self, run):
        return self.here.handle(c.Begin(run.id, "a1", 1, SCOPES, "check_first", PINNED))

    def race(self, one, other):
        """Both at once; which of the two is handed over first changes from race to race by itself."""
        line = threading.Barrier(2)

        def go(wish):
            line.wait()
            return wish()

        return [future.result() for future in [self.pool.submit(go, wish) for wish in (one, other)]]

    def newest(self, *kinds):
        """The kinds of the last two of these events, over all streams, the newest first."""
        rows = select(Event.kind).where(Event.kind.in_(kinds)).order_by(Event.id.desc()).limit(2)
        with self.library.database.connect() as connection:
            return tuple(connection.execute(rows).scalars())

    def events(self, run, kind):
        return [event for event in self.library.events(run.id) if event.kind == kind]


@pytest.fixture
def two(empty_ledger, tmp_path):
    file = tmp_path / "races.sqlite"
    shutil.copy(empty_ledger, file)
    lanes = load_lanes(Settings.model_fields["catalog"].default, TOOLS)
    bases = [connect(f"sqlite:///{file}") for _ in range(2)]
    writers = [Writer(base) for base in bases]
    here, there = (
        Engine(base, writer, lanes, team=TEAM, model="", clock=Clock())
        for base, writer in zip(bases, writers, strict=True)
    )
    with ThreadPoolExecutor(2) as pool:
        yield Two(here, there, Library(bases[0]), pool)
    for writer in writers:
        writer.close()
    for base in bases:
        base.dispose()


def test_of_two_leads_who_click_at_once_one_wins_and_the_other_learns_who(two):
    for number in range(200):
        run = two.held(number)
        two.race(
            lambda run=run: two.here.handle(two.decide(run, LENA)),
            lambda run=run: two.there.handle(two.decide(run, SAM)),
        )
        (won,) = two.events(run, "decision.recorded")
        (lost,) = two.events(run, "decision.refused")
        assert {won.by.user, lost.by.user} == {LENA, SAM}
        assert (lost.code, lost.winner) == ("ALREADY_DECIDED", won.by)
        assert len(two.events(run, "action.cleared")) == 1
    assert two.library.verify()[0] == []


def test_of_a_yes_and_a_no_one_counts(two):
    for number in range(60):
        run = two.held(number)
        two.race(
            lambda run=run: two.here.handle(two.decide(run, LENA)),
            lambda run=run: two.there.handle(two.decide(run, SAM, "reject", "other")),
        )
        (won,) = two.events(run, "decision.recorded")
        (lost,) = two.events(run, "decision.refused")
        assert lost.code == "ALREADY_DECIDED"
        assert lost.winner == won.by
        started = two.begin(run).events
        assert bool(started) == (won.decision == "approve"), "a rejected draft never begins"


def test_of_a_yes_and_the_end_of_its_time_one_counts(two):
    two.there.clock.ahead = timedelta(hours=5)
    for number in range(60):
        run = two.held(number)
        two.race(
            lambda run=run: two.here.handle(two.decide(run, LENA)),
            lambda run=run: two.there.handle(c.Expire(run.id, "a1", 1)),
        )
        cleared, expired = two.events(run, "action.cleared"), two.events(run, "action.expired")
        assert len(cleared) + len(expired) == 1
        assert [e.code for e in two.events(run, "decision.refused")] == ["EXPIRED"] * len(expired)
        assert bool(two.begin(run).events) == bool(cleared)


def test_a_yes_beside_a_stop_never_leads_to_a_write(two):
    for number in range(60):
        run = two.held(number)
        two.race(
            lambda run=run: two.here.handle(two.decide(run, LENA)),
            lambda: two.there.handle_lane(lc.StopLane(LANE, Person(user=OWNER, team=TEAM))),
        )
        newest = two.newest("decision.recorded", "decision.refused", "lane.stopped")
        assert newest in (("lane.stopped", "decision.recorded"), ("decision.refused", "lane.stopped"))
        two.begin(run)
        state = two.here.run(run.id).actions["a1"].state.value
        refused = [e.code for e in two.events(run, "decision.refused")]
        assert (state, refused) in (("frozen", []), ("held", ["KILL_SWITCH"]))
        assert two.events(run, "execution.started") == []
        two.there.handle_lane(lc.ResumeLane(LANE, Person(user=OWNER, team=TEAM)))


def test_a_write_that_begins_beside_a_stop_began_before_it_or_not_at_all(two):
    """The order of the ledger is the order of the world: no intent stands behind the stop that should have held it."""
    for number in range(60):
        run = two.held(number)
        two.here.handle(two.decide(run, LENA))
        two.race(
            lambda run=run: two.begin(run),
            lambda: two.there.handle_lane(lc.StopLane(LANE, Person(user=OWNER, team=TEAM))),
        )
        newest = two.newest("execution.started", "action.frozen", "lane.stopped")
        assert newest in (("lane.stopped", "execution.started"), ("action.frozen", "lane.stopped"))
        two.there.handle_lane(lc.ResumeLane(LANE, Person(user=OWNER, team=TEAM)))


def test_over_the_wire_one_of_two_clicks_wins_and_one_write_is_made(house):
    """Twelve races: refund, letter and solving of four tickets."""
    losers = 0
    with ThreadPoolExecutor(2) as pool:
        for number, ticket in enumerate(("ZD-4821", "ZD-4822", "ZD-4827", "ZD-4843"), 1):
            case = house.held(ticket)
            for action in ("a1", "a2", "a3"):
                wait_until(lambda case=case, action=action: case.state(action) == "held")
                house.quiet()
                clicks = [pool.submit(case.click, who, "approve", action) for who in (LENA, SAM)]
                assert all(click.result()["ok"] or click.result()["error"] == "action_not_found" for click in clicks)
                case.becomes("done", action)
            case.ends("succeeded")
            recorded, refused = case.events("decision.recorded"), case.events("decision.refused")
            assert [e.action for e in recorded] == ["a1", "a2", "a3"]
            losers += len(refused)
            for lost in refused:
                won = next(e for e in recorded if e.action == lost.action)
                assert lost.winner == won.by != lost.by
                house.hears(lost.by.user, f"<@{won.by.user}> was first")
            assert len(house.refunds) == number
            assert len(house.replies(int(ticket[3:]))) == 1
    assert losers, "not one of the clicks came while the other was decided on"
