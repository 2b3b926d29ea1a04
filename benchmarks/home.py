"""How long App Home takes a lead with five hundred cases open, beside fifteen.

    python benchmarks/home.py [--cases 500] [--rounds 30]

Slack answers in process and at once; all else is real: the ledger, its rows, who may decide, the drawing. The first
page is drawn by a process that has just started and has folded no run yet; a refresh is what follows a change. Medians
of the rounds, in milliseconds; compare the ratios, since absolute figures drift with the machine.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bot.home.homes import Homes
from bot.home.mine import Mine
from bot.notifier import Notifier
from bot.people.standing import People
from bot.record.inquiry import Inquiry
from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.page import Mode
from lanes.core.values import Draft, Person, Place, Ruling
from lanes.engine import Engine
from lanes.library import Library
from lanes.loading import load_lanes
from lanes.preferences import Preferences
from lanes.projection import project
from lanes.queue import Queue
from storage import ledger
from storage.database import connect, migrate
from storage.ledger import GENESIS, New
from storage.writer import Writer
from tools.contract import Change, Preview, Stake, Target
from tools.money import Money
from tools.registry import TOOLS

TEAM, LEAD, LANE = "T0BENCH", "U0LEAD1", "support-refunds"
ASKERS = 20  # different people ask: who may decide differs by who asked
FEW = 15
CATALOG = Path(__file__).parents[1] / "lanes" / "catalog"


class Slack:
    """Answers what Home asks of it, at once."""

    def users_info(self, user: str) -> dict[str, Any]:
        return {"user": {"id": user, "team_id": TEAM, "tz": "Europe/Berlin"}}

    def usergroups_list(self) -> dict[str, Any]:
        return {"usergroups": [{"handle": "support-leads", "id": "S1"}]}

    def usergroups_users_list(self, usergroup: str) -> dict[str, Any]:
        return {"users": [LEAD]}

    def chat_getPermalink(self, channel: str, message_ts: str) -> dict[str, Any]:  # noqa: N802 - Slack's own name
        return {"permalink": f"https://slack.test/archives/{channel}/p{message_ts}"}

    def views_publish(self, user_id: str, view: Any) -> None:
        """Whatever it is."""


class House:
    """A ledger with so many cases open, and the Homes of a process that has just started beside it."""

    def __init__(self, file: Path, cases: int) -> None:
        self._database = connect(f"sqlite:///{file}")
        migrate(self._database)
        self._writer = Writer(self._database)
        now = datetime.now(UTC)
        engine = self.start()
        for n in range(cases):
            run = self._writer.write(lambda connection, n=n: _open(connection, n, now), durable=False)
            engine.handle(c.HangCard(run, Place(channel="C0APPROVALS", ts=f"1.{n}")))

    def start(self) -> Engine:
        """A new process, as far as its memory goes."""
        lanes = load_lanes(CATALOG, TOOLS)
        engine = Engine(self._database, self._writer, lanes, team=TEAM, model="none")
        slack: Any = Slack()
        people, notifier = People(slack, TEAM, engine.stands_in_for), Notifier.of(slack, engine)
        mine = Mine(engine, people, Queue(self._database, engine.run))
        inquiry = Inquiry(engine, Library(self._database), people, notifier, mine)
        preferences = Preferences(self._database, self._writer, engine.clock, people.time_zone)
        self.homes = Homes(slack, engine, inquiry, self._database, self._writer, preferences, lambda _: ())
        return engine

    def first(self) -> None:
        """Somebody opens Home right after the start."""
        self.homes.opened(LEAD)

    def again(self) -> None:
        """What follows a change, for one person: every case was last moved by this process."""
        self.homes.publish(LEAD, self.homes.read(), time.monotonic())

    def close(self) -> None:
        self._writer.close()
        self._database.dispose()


def _open(connection: Connection, n: int, now: datetime) -> str:
    """One case: asked for, drafted, held."""
    run, asked = f"r{n:09x}", now - timedelta(minutes=n % 300)
    draft = Draft(
        tool="stripe.create_refund", tool_version=1, arguments={"charge": f"ch_{n}"},
        target=Target(ref=f"stripe.charge ch_{n}", pinned={"refunded": 0}), risk="high", why="It was charged twice.",
        preview=Preview(sentence=f"Refund ${n}.00 of charge ch_{n} to a customer", changes=(
            Change(field="Refunded", before="$0.00", after=f"${n}.00"),
        )),
        stake=Stake(amount=Money(minor=100 * n, currency="USD"), customer=f"cus_{n}"), key=f"key{n}", digest="d" * 64,
    )  # fmt: skip
    ruling = Ruling(verdict="approve", reasons=("AMOUNT_OVER_AUTO",), quorum=1, rule="stripe.create_refund when …")
    events: list[RunEvent] = [
        e.RunStarted(
            at=asked, run=run, lane=LANE, subject=f"ZD-{n}", by=Person(user=f"U0ASKER{n % ASKERS}", team=TEAM),
            channel="C0SUPPORT", mode=Mode.APPROVAL, configuration="c" * 64, model="none",
        ),
        e.ActionDrafted(at=asked, action="a1", version=1, call="c1", draft=draft),
        e.ActionHeld(at=asked, action="a1", version=1, ruling=ruling, until=asked + timedelta(hours=6)),
    ]  # fmt: skip
    ledger.append(connection, f"run:{run}", (0, GENESIS), [New(one.kind, one.at, e.body(one)) for one in events])
    project(connection, None, events)
    return run


def _median(work: Callable[[], None], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return _middle(took)


def _middle(took: list[float]) -> float:
    return sorted(took)[len(took) // 2]


def measure(cases: int, rounds: int) -> tuple[float, float]:
    """Milliseconds of the first page after a start, and of a refresh."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder) / "home.sqlite", cases)
        again = _median(house.again, rounds)
        firsts = []
        for _ in range(rounds):
            house.start()
            firsts.append(_median(house.first, 1))
        house.close()
    return _middle(firsts), again


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=500, help="that wait for the lead")
    parser.add_argument("--rounds", type=int, default=30)
    wanted = parser.parse_args()
    few, many = measure(FEW, wanted.rounds), measure(wanted.cases, wanted.rounds)
    print(f"{'':28}{FEW:>6} cases{wanted.cases:>8} cases   ratio")
    for name, one, other in zip(("first page after a start", "a refresh"), few, many, strict=True):
        print(f"{name:28}{one:>9.1f} ms{other:>11.1f} ms{other / one:>8.1f}")


if __name__ == "__main__":
    main()
