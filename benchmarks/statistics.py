"""What the rules for promotion and demotion do to lanes whose true error rate is known.

    python benchmarks/statistics.py [--lanes 2000] [--seed 20261122]

Four tables: how many cases a promotion needs; how often lanes are promoted by the proof and by two confidence
intervals that are looked at as often; how long a promotion takes; how long a demotion takes and what is done until
then. The first is exact. The others are simulated: `--lanes` lanes a cell, a look every 25 cases up to 4,000, or an
action at a time up to 2,000, with a tolerance of 2 %.
"""

import sys

sys.path.pop(0)  # this folder: it would hide the standard library's module of this name from whoever imports it

import argparse
import math
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "tests" / "evidence"))

from simulations import (
    EVERY,
    MOST,
    by_peeked_clopper_pearson,
    by_peeked_wilson,
    by_proof,
    promoted_after,
    promoted_with_weighted_losses,
    watched,
)

from lanes.evidence.promotion import Bar, Proof, fixed_sample

TOLERANCE = 0.02
ACTIONS = 2_000


def cases_needed() -> None:
    print("Cases needed for a promotion (exact); 0 to 3 of them errors")
    print("  tolerance   one look   alpha 0.05:   0      1      2      3   alpha 0.01:   0      1      2      3")
    for tolerance in (0.05, 0.02, 0.01, 0.005):
        rows = []
        for alpha in (0.05, 0.01):
            empty = Proof(bar=Bar(configuration="", tolerance=tolerance, alpha=alpha))
            rows.append([errors + empty.after(1.0, errors).clean_cases_missing for errors in range(4)])
        first, second = ("".join(f"{cases:7}" for cases in row) for row in rows)
        print(f"  {tolerance:9.1%}   {fixed_sample(tolerance):8}       {first}           {second}")


def peeking(lanes: int, seed: int) -> None:
    error = math.sqrt(0.05 * 0.95 / lanes)
    print(f"\nPromoted, of {lanes:,} lanes, looked at every {EVERY} cases up to {MOST:,} (standard error {error:.1%})")
    print("  true error rate    the proof    peeked Clopper-Pearson    peeked Wilson    median cases (proof)")
    for rate in (0.02, 0.015, 0.01, 0.005, 0.002, 0.0):
        found = [promoted_after(rule, rate, lanes, seed) for rule in
                 (by_proof, by_peeked_clopper_pearson, by_peeked_wilson)]  # fmt: skip
        ours, exact, score = (np.count_nonzero(one) / lanes for one in found)
        median = f"{np.median(found[0][found[0] > 0]):,.0f}" if ours > 0.5 else "-"
        print(f"  {rate:15.1%}    {ours:9.1%}    {exact:22.1%}    {score:13.1%}    {median:>20}")
    weighted = promoted_with_weighted_losses(lanes // 3, seed)
    print(f"  mean loss exactly 2 %, of 10 % tone edits and 1 % wrong: {weighted:.1%} of {lanes // 3:,} by the proof")


def demotion(lanes: int, seed: int) -> None:
    print(f"\nDemoted within {ACTIONS:,} actions, of {lanes:,} lanes, limit 2,000")
    print("  true loss    audited    demoted    median action (90th pct)    bad actions until then")
    for rate in (0.01, 0.02, 0.10, 0.30):
        for share in (1.0, 0.25, 0.10):
            alarm, done = watched(rate, share, lanes=lanes, seed=seed, actions=ACTIONS)
            reached = np.where(alarm == 0, ACTIONS, alarm)
            when = f"{np.median(reached):,.0f} ({np.percentile(reached, 90):,.0f})" if rate > TOLERANCE else "-"
            bad = f"{np.median(done):,.0f}" if rate > TOLERANCE else "-"
            print(f"  {rate:9.0%}    {share:7.0%}    {np.count_nonzero(alarm) / lanes:7.1%}    {when:>24}    {bad:>22}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lanes", type=int, default=2_000, help="simulated lanes a cell")
    parser.add_argument("--seed", type=int, default=20_261_122)
    arguments = parser.parse_args()
    cases_needed()
    peeking(arguments.lanes, arguments.seed)
    demotion(arguments.lanes, arguments.seed)


if __name__ == "__main__":
    main()
