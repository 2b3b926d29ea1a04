"""A minute in figures: people click at random on many open cards while lines to Slack are cut.

    python benchmarks/crowd.py [--seed 7] [--cards 500] [--people 20] [--seconds 60] [--times 30]

Everything is real and on this machine: Bolt, connectors, dispatcher and SQLite in one process, with the hands;
workspace and sandboxes in another. The workspace holds Lanekeeper to Slack's rates, `--times` of what they grant (1 is
Slack itself). It ends with an error when a click was lost, anything was done twice,
or a surface shows what is not so. Bar: p99 of the acknowledgements under 100 ms.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "journeys"))

from bad_day import house, table
from clicking import Clicking

PATIENCE = 1_800.0  # seconds until all cards hang, and again until all is said
CUT_AFTER = 3.0  # seconds, about, between two lines that are cut
SHARES = {"refunds": 0.2, "crm": 0.4, "renewals": 0.4}  # of the cards; all refunds together stay below the day's cap


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7, help="what the people's choices are made from")
    parser.add_argument("--cards", type=int, default=500, help="open when the clicking begins")
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0, help="of clicking")
    parser.add_argument("--times", type=float, default=30.0, help="what Slack's rates grant; 1 is Slack")
    parser.add_argument("--pause", type=float, default=0.6, help="seconds that a person thinks between two clicks")
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()  # each cut line would be a line of Slack's client
    print(f"load of the machine at the start {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder, house(Path(folder), slack_rate=wanted.times) as built:
        built.tell("tiers", on=True, times=wanted.times)
        day = Clicking(built, wanted.seed, wanted.people, wanted.pause)
        began = time.monotonic()
        day.open(PATIENCE, **{kind: round(wanted.cards * share) for kind, share in SHARES.items()})
        print(f"seed {wanted.seed}   {len(day.cases)} cards hang after {time.monotonic() - began:.0f} s", flush=True)
        each = wanted.people / wanted.pause * CUT_AFTER
        lines = len(built.calls("apps.connections.open"))
        day.click(wanted.seconds, cut_every=max(2, round(each)))
        day.settle(PATIENCE)
        report(day, len(built.calls("apps.connections.open")) - lines)
        wrong = day.findings()
    print("", *wrong or ["no click is lost, nothing was done twice, and what is shown is what is so"], sep="\n")
    sys.exit(bool(wrong))


def report(day: Clicking, reconnected: int) -> None:
    """What happened, one figure a line."""
    took = sorted(one["ack_ms"] for one in day.delivered() if one["ack_ms"] is not None)
    middle, late = took[len(took) // 2], took[int(len(took) * 0.99)]
    print(f"acknowledged {len(took):,}   p50 {middle:.1f} ms   p99 {late:.1f} ms   longest {took[-1]:.1f} ms")
    print(f"connections opened anew {reconnected}   all said {day.drained:.0f} s after the last click")
    limited = [call["method"] for call in day.house.ask("calls")["calls"] if call["error"] == "ratelimited"]
    print(f"calls to Slack {len(day.house.ask('calls')['calls']):,}, too many by its rates {len(limited)}")
    table("what the hands were answered", day.answered)
    table("came of clicks", Counter(f"{kind} {code}".strip() for _, kind, code, _ in day.events()))
    began = sum(len(case.events("execution.started")) for case in day.cases)
    done = sum(len(case.events("action.done")) for case in day.cases)
    print(f"\nwrites begun {began}, done {done}; refunds at Stripe {len(day.house.refunds)}")


if __name__ == "__main__":
    main()
