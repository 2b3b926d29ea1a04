"""The whole house over the wire: Lanekeeper as a process of its own, sandboxes and a workspace beside it, on loopback.

    python benchmarks/wire.py [--walks 24]

One walk is what the README shows: a command, a ticket and its charges read, a refund drafted and approved on the card,
executed and read back, the reply and the solving drafted, approved with one click and carried out, the end told. Every
step is HTTP or a WebSocket, and Slack's own limits hold. The other side works on the same cores, so the figures are no
bar: they tell how the house behaves, not how fast it could be.
"""

import argparse
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.demo.running import SYSTEMS, end, environment
from bot.workspace import server as workspace
from tools.sandboxes import seed
from tools.sandboxes import server as sandboxes

ROOT = Path(__file__).parents[1]
REP, LEAD, SUPPORT, APPROVALS = "U0REP", "U0LEAD1", "C0SUPPORT", "C0SUPPORTAPPROVALS"
TICKET, CUSTOMER, NAME, EMAIL = "4821", "5001", "AdaPark", "ada@parkstudio.example"  # whom the crowd is made after
FIRST = 100_001  # the number of the crowd's first ticket
AT_ONCE = 16
WALKS = 24  # and a quarter of it singly, and two for a warm-up: all within Zendesk's limit for a minute
LIMITS = (
    "zendesk=700,stripe=6000"  # requests a minute, as the sandboxes grant; a walk asks Zendesk 17 times, so 38 meet it
)
LOOK = 0.02  # seconds between two looks at the cards
PATIENCE = 120.0  # seconds for all walks of a round


class Town:
    """The world around Lanekeeper, and a person who types, reads the cards and approves what is new on them."""

    def __init__(self, slack: str, ledger: Path) -> None:
        self._slack, self._ledger = slack, ledger
        self._pressed: set[tuple[str, str]] = set()
        self._next = FIRST

    def walks(self, count: int, at_once: int) -> tuple[float, list[float]]:
        """Do so many walks; walks a second, and how long each took in seconds."""
        typed: dict[str, float] = {}
        took: dict[str, float] = {}
        began = time.perf_counter()
        with ThreadPoolExecutor(at_once) as hands:
            while len(took) < count:
                for subject in self._ended() & typed.keys() - took.keys():
                    took[subject] = time.perf_counter() - typed[subject]
                for _ in range(min(at_once - len(typed) + len(took), count - len(typed))):
                    subject, self._next = f"ZD-{self._next}", self._next + 1
                    typed[subject] = time.perf_counter()
                    hands.submit(self._act, "command", REP, channel=SUPPORT, text=f"/lane refunds {subject}")
                for button in self._new_buttons():
                    hands.submit(self._act, "click", LEAD, **button)
                if time.perf_counter() - began > PATIENCE:
                    raise RuntimeError(f"{count - len(took)} of {count} walks did not end within {PATIENCE:.0f} s")
                time.sleep(LOOK)
        return count / (time.perf_counter() - began), list(took.values())

    def _new_buttons(self) -> Iterator[dict[str, str]]:
        """What can be approved by now: a card's refund, then everything else of it with one click."""
        for message in self.ask(f"messages?channel={APPROVALS}")["messages"]:
            for block in message.get("blocks", []):
                which = block.get("block_id", "").partition("/")[2]
                wanted = {"a1/1": "lane:approve", "all": "lane:approve_all"}.get(which)
                offered = {element["action_id"] for element in block.get("elements", []) if "action_id" in element}
                if wanted in offered and (message["ts"], which) not in self._pressed:
                    self._pressed.add((message["ts"], which))
                    yield {"channel": APPROVALS, "ts": message["ts"], "action_id": wanted,
                           "block_id": block["block_id"]}  # fmt: skip

    def _ended(self) -> set[str]:
        with closing(sqlite3.connect(self._ledger, timeout=10)) as connection:
            rows = connection.execute("SELECT subject, outcome FROM run WHERE finished IS NOT NULL").fetchall()
        if others := [row for row in rows if row[1] != "succeeded"]:
            raise RuntimeError(f"not every walk ended well: {others}")
        return {subject for subject, _ in rows}

    def ask(self, what: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self._slack}/_control/{what}", data)) as answer:
            return json.load(answer)

    def _act(self, do: str, who: str, **wanted: str) -> None:
        self.ask("act", {"do": do, "as": who, **wanted})


def crowd(size: int) -> None:
    """From now on sandboxes begin with a customer, her ticket and her charges `size` times more, under other names."""
    fresh = {name: json.loads(json.dumps(seed.STATES[name](datetime.now(UTC)))) for name in ("zendesk", "stripe")}
    tables = {name: rows for state in fresh.values() for name, rows in state.items() if isinstance(rows, dict)}
    hers = {
        table: {key: record for key, record in rows.items() if key in {TICKET, CUSTOMER} or NAME in key}
        for table, rows in tables.items()
    }
    for n in range(size):
        text = json.dumps(hers).replace(TICKET, str(FIRST + n)).replace(CUSTOMER, str(2 * FIRST + n))
        other = json.loads(text.replace(NAME, f"{NAME}{n}").replace(EMAIL, f"ada{n}@parkstudio.example"))
        for table, rows in tables.items():
            rows.update(other[table])
    seed.STATES = {**seed.STATES, **{name: lambda _, name=name: fresh[name] for name in fresh}}


def catalog(folder: Path) -> Path:
    """The lanes that ship, with room for a day's crowd."""
    copy = shutil.copytree(ROOT / "lanes" / "catalog", folder / "catalog")
    (folder / "suites").symlink_to(ROOT / "lanes" / "suites")
    page = copy / "support-refunds.yml"
    page.write_text(re.sub(r"(money_usd_per(?:_approver)?_day: )\d+", r"\g<1>1000000", page.read_text()))
    return copy


@contextmanager
def town(folder: Path, size: int) -> Iterator[Town]:
    """A crowd of `size`, the sandboxes, the workspace, and Lanekeeper between them."""
    crowd(size)
    with sandboxes.serve({name: sandboxes.create(name) for name in SYSTEMS}) as twins, workspace.serve() as slack:
        environ = environment(folder, twins.urls, slack.api_url)
        environ |= {"LANEKEEPER_CATALOG": str(catalog(folder)), "LANEKEEPER_RATE_LIMITS": LIMITS}
        out = (folder / "out.txt").open("w+")
        command = [sys.executable, "-m", "bot.cli", "run"]
        with out, subprocess.Popen(command, cwd=ROOT, env=environ, stdout=out, stderr=out) as child:
            made = Town(slack.url, folder / "lanekeeper.sqlite")
            try:
                began = time.monotonic()
                while not made.ask("status")["sockets"]:
                    if child.poll() is not None or time.monotonic() - began > PATIENCE:
                        raise RuntimeError(f"Lanekeeper did not start: {(folder / 'out.txt').read_text()[-2000:]}")
                    time.sleep(LOOK)
                yield made
            finally:
                end(child)


def measure(folder: Path, walks: int) -> Mapping[int, tuple[float, list[float]]]:
    """By how many at once: walks a second, and the seconds each took."""
    with town(folder, walks + walks // 4 + 2) as made:
        made.walks(2, 1)  # a warm-up, not counted
        return {1: made.walks(walks // 4, 1), AT_ONCE: made.walks(walks, AT_ONCE)}


def report(walks: int = WALKS, folder: Path | None = None) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as inside:
        found = measure(Path(inside), walks)
    for at_once, (rate, took) in found.items():
        worst, middle = max(took), sorted(took)[len(took) // 2]
        print(f"refund walks over the wire, {at_once:2d} at once    {rate:6.1f} a second   "
              f"a walk p50 {middle * 1000:5.0f} ms   longest {worst * 1000:5.0f} ms")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--walks", type=int, default=WALKS, help="walks at 16 at once; a quarter of it singly")
    report(parser.parse_args().walks)
