"""A bad day in figures: every sandbox fails at one request in five while 200 runs are started and approved.

    python benchmarks/bad_day.py [--seed 7] [--share 0.2] [--runs 200] [--times 30] [--kinds stale_read 429]

Everything is real: Bolt, workspace, connectors, dispatcher, SQLite; the model is the offline one, and all of it stays
on this machine. One seed meets the same faults again, as far as the same requests are made again. It ends with an error
when anything was done twice, lost, or said otherwise than the systems show it.

200 runs take about 40 s on two slow processors; where they waited is printed. `--times` is how much oftener Lanekeeper
may speak to Slack than Slack lets it. At 1, which is Slack, all cards and threads share 50 updates a minute: 40 runs
make about 160 and take two minutes and more; that 200 runs take 16 minutes then is reckoned and not measured.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "journeys"))

from day import BadDay
from evening import findings
from house import House
from town import PLENTY, town

from bot.settings import Settings
from bot.workspace import seed as workspace_seed
from tools.sandboxes import seed as sandbox_seed
from tools.sandboxes.faults import STORMY

PATIENCE = 1_800.0  # seconds; at Slack's own rates 200 runs should take half of that
STEPS = (  # from an event to the next of its run or action: what is waited for
    ("run.started", "thread.opened", "until who asked reads of it"),
    ("run.started", "turn.taken", "until the model's first turn"),
    ("action.held", "decision.recorded", "until it is on the card and approved"),
    ("decision.recorded", "execution.started", "until the write begins"),
    ("execution.started", "action.done", "until it is done"),
    ("action.uncertain", "action.done", "of these, in doubt"),
)
SHARES = {  # of all runs; refunds stay below their cap
    "refunds": 0.45,
    "triage": 0.15,
    "crm": 0.20,
    "renewals": 0.15,
    "incidents": 0.05,
}


@contextmanager
def house(folder: Path, slack_rate: float = 1.0) -> Iterator[House]:
    """A whole Lanekeeper with everything around it, on its first day."""
    os.environ.update(sandbox_seed.ENVIRONMENT)
    with town() as (slack, systems):
        settings = Settings(
            _env_file=None, database_url=f"sqlite:///{folder}/lanekeeper.sqlite", model="offline",
            SLACK_BOT_TOKEN=workspace_seed.BOT_TOKEN, SLACK_APP_TOKEN=workspace_seed.APP_TOKEN,
            SLACK_API_URL=slack.api_url, slack_rate=slack_rate, rate_limits=dict.fromkeys(systems, PLENTY),
            **{f"{name}_{kind}": url for name, url in systems.items() for kind in ("url", "web_url")},
        )  # fmt: skip
        built = House(slack, systems, settings).start()
        try:
            yield built
        finally:
            built.stop()


class PutOff:
    """What the log says of work that was put off, counted by why; nothing of the log is printed."""

    def __init__(self) -> None:
        self.why = Counter[str]()

    def __call__(self, _: object, __: str, said: MutableMapping[str, Any]) -> Mapping[str, Any]:
        if said["event"] == "effect_postponed":
            self.why[said["why"]] += 1
        if said["event"] == "effect_failed":  # its error is written Unavailable('CODE: a sentence')
            self.why[said["error"].partition(":")[0].rpartition("'")[2]] += 1
        raise structlog.DropEvent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7, help="what the storms are made from")
    parser.add_argument("--share", type=float, default=0.2, help="of all requests, that meets a fault")
    parser.add_argument("--runs", type=int, default=200, help="started and approved; 220 are the day's cap of refunds")
    parser.add_argument("--times", type=float, default=30.0, help="how much oftener than Slack's rates; 1 is Slack")
    parser.add_argument("--kinds", nargs="+", choices=STORMY, default=STORMY, help="of faults; all unless told")
    arguments = parser.parse_args()
    put_off = PutOff()
    structlog.configure([put_off], wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    logging.disable()  # each fault would be a line of some library
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), arguments.times) as built:
        began = time.monotonic()
        day = BadDay(built, arguments.seed, arguments.share, tuple(arguments.kinds))
        day.live(PATIENCE, **{kind: round(arguments.runs * share) for kind, share in SHARES.items()})
        report(day, time.monotonic() - began)
        table("put off, and why", put_off.why)
        waits(day)
        wrong = findings(day)
    print("", *wrong or ["nothing was done twice, nothing is lost, and what is said is what is so"], sep="\n")
    sys.exit(bool(wrong))


def report(day: BadDay, took: float) -> None:
    """What happened, one figure a line."""
    met = sum(day.met.values(), Counter())
    print(f"seed {day.seed}   {len(day.cases)} runs   {took:.0f} s, {day.turned / 60:.0f} min by the house's clock")
    print(f"requests to the systems {day.requests:,}, of which met a fault {met.total():,}")
    table("faults met", met)
    table("and where", {system: faults.total() for system, faults in day.met.items()})
    table("runs", {" · ".join(ended): n for ended, n in day.outcomes().items()})
    table("actions", {" · ".join(filter(None, state)): n for state, n in day.actions().items()})


def waits(day: BadDay) -> None:
    """Where the time went, by the house's clock."""
    print("\nseconds waited   median   longest   how often")
    for first, then, what in STEPS:
        took = sorted(span for case in day.cases for span in _spans(case.events(), first, then))
        if took:
            print(f"{took[len(took) // 2]:23.1f} {took[-1]:9.1f} {len(took):11}   {what}")


def _spans(events: list[Any], first: str, then: str) -> Iterator[float]:
    """Seconds from each event of a kind to the next of another, of the same action where they have one."""
    since: dict[str, datetime] = {}
    for event in events:
        which = getattr(event, "action", "")
        if event.kind == first:
            since[which] = event.at
        elif event.kind == then and which in since:
            yield (event.at - since.pop(which)).total_seconds()


def table(title: str, figures: dict[str, int]) -> None:
    print(f"\n{title}")
    for what, n in sorted(figures.items()):
        print(f"  {n:5}  {what}")


if __name__ == "__main__":
    main()
