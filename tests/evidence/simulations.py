"""Simulated lanes, whose true error rate is known: what each rule makes of them. Used by tests and by benchmarks.

Whether a rule is met depends on the count of errors only, so each rule is asked once per look for the most errors it
takes, and every simulated lane is held against that: the rules are the product's own, and thousands of lanes are cheap.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from lanes.evidence.demotion import STAKES, Watch
from lanes.evidence.intervals import clopper_pearson, wilson
from lanes.evidence.promotion import Bar, Proof

Rule = Callable[[int, int, float], bool]  # (errors, cases, tolerance) -> promote?
EVERY = 25  # cases between two looks: a week
MOST = 4_000  # cases, then the lane is given up


def by_proof(errors: int, cases: int, tolerance: float) -> bool:
    empty = Proof(bar=Bar(configuration="simulated", tolerance=tolerance))
    return empty.after(0.0, cases - errors).after(1.0, errors).sufficient


def by_peeked_wilson(errors: int, cases: int, tolerance: float) -> bool:
    """The bound that is right for one look at 5 %: one-sided, as the proof is."""
    return wilson(errors, cases, z=1.645).high < tolerance


def by_peeked_clopper_pearson(errors: int, cases: int, tolerance: float) -> bool:
    return clopper_pearson(errors, cases, confidence=0.90).high < tolerance


@cache
def most_errors(rule: Rule, tolerance: float) -> tuple[int, ...]:
    """At each look, with how many errors the rule still promotes; -1: with none."""
    most, found = -1, []
    for cases in range(EVERY, MOST + 1, EVERY):
        while most < cases and rule(most + 1, cases, tolerance):
            most += 1
        found.append(most)
    return tuple(found)


def promoted_after(rule: Rule, rate: float, lanes: int, seed: int, tolerance: float = 0.02) -> np.ndarray:
    """The case at which each lane with this true error rate is promoted; 0 where it never is."""
    looks = MOST // EVERY
    errors = np.random.default_rng(seed).binomial(EVERY, rate, (lanes, looks)).cumsum(axis=1)
    met = errors <= np.array(most_errors(rule, tolerance))
    return np.where(met.any(axis=1), (met.argmax(axis=1) + 1) * EVERY, 0)


def promoted_with_weighted_losses(lanes: int, seed: int, tolerance: float = 0.02) -> float:
    """The share promoted of lanes whose mean loss is exactly 2 %: 10 % tone edits at 0.1, 1 % wrong at 1."""
    looks = MOST // EVERY
    counts = np.random.default_rng(seed).multinomial(EVERY, [0.10, 0.01, 0.89], (lanes, looks)).cumsum(axis=1)
    empty = Proof(bar=Bar(configuration="simulated", tolerance=tolerance))

    @cache
    def met(tone: int, wrong: int, clean: int) -> bool:
        return empty.after(0.1, tone).after(1.0, wrong).after(0.0, clean).sufficient

    return sum(any(met(*map(int, look)) for look in lane) for lane in counts) / lanes


def watched(
    rate: float, audit_share: float, *, lanes: int, seed: int, actions: int, tolerance: float = 0.02
) -> tuple[np.ndarray, np.ndarray]:
    """The product's detector, for all lanes at once; a test holds it against the product's own.

    The action at which each lane is demoted (0: never), and how many bad actions it did until then.
    """
    chance = np.random.default_rng(seed)
    bad = chance.random((actions, lanes)) < rate
    seen = np.where(bad & (chance.random((actions, lanes)) < audit_share), 1 / audit_share, 0.0)
    limit = np.log(Watch(tolerance=tolerance).limit * len(STAKES))
    logs = np.full((len(STAKES), lanes), -np.inf)
    alarm = np.zeros(lanes, dtype=int)
    stakes = np.array(STAKES)[:, None]
    for n in range(actions):
        logs = np.logaddexp(logs, 0) + np.log1p(stakes * (seen[n] / tolerance - 1))
        alarm[(alarm == 0) & (np.logaddexp.reduce(logs, axis=0) >= limit)] = n + 1
        if alarm.all():
            break
    done = bad.cumsum(axis=0)
    return alarm, done[np.where(alarm == 0, actions, alarm) - 1, np.arange(lanes)]
