"""The detector: the specification's table, the plain detector as a special case, storage, the share of audits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulations import watched

from lanes.evidence.demotion import Watch, audit_probability

SEED = 20_261_122
LOSSES = st.lists(st.sampled_from([0.0, 0.1, 0.3, 1.0]), max_size=80)


def plain(losses, tolerance):
    """The e-detector without audits, as the paper writes it: sums of products, no logarithms."""
    sums = [0.0] * 5
    for loss in losses:
        sums = [
            (m + 1) * (1 + stake / tolerance * (loss - tolerance))
            for m, stake in zip(sums, (0.05, 0.1, 0.2, 0.4, 0.8), strict=True)
        ]
    return sum(sums) / 5


@given(LOSSES, st.sampled_from([0.005, 0.02, 0.1]))
def test_where_everything_is_audited_it_is_the_plain_detector(losses, tolerance):
    watch = Watch(tolerance=tolerance)
    for loss in losses:
        watch = watch.after(loss, 1.0)

    assert watch.value == pytest.approx(plain(losses, tolerance))


@given(LOSSES, st.lists(st.booleans(), min_size=80, max_size=80))
def test_an_audit_counts_for_those_that_were_not_drawn(losses, drawn):
    watch = Watch(tolerance=0.02)
    for loss, audited in zip(losses, drawn, strict=False):
        watch = watch.after(loss if audited else None, 0.25)

    assert watch.value == pytest.approx(plain([loss * 4 * a for loss, a in zip(losses, drawn, strict=False)], 0.02))
    assert (watch.actions, watch.audited) == (len(losses), sum(drawn[: len(losses)]))


def test_a_lane_that_goes_on_after_the_alarm_overflows_nothing():
    watch = Watch(tolerance=0.02)
    for _ in range(3_000):
        watch = watch.after(1.0, 0.1)

    assert watch.alarmed
    assert math.isfinite(watch.value)
    assert Watch.model_validate_json(watch.model_dump_json()) == watch


def test_before_the_first_action_there_is_nothing_to_demote_for():
    assert Watch(tolerance=0.02).value == 0
    assert Watch.model_validate_json(Watch(tolerance=0.02).model_dump_json()) == Watch(tolerance=0.02)


@pytest.mark.parametrize(("loss", "chance"), [(1.5, 1.0), (math.nan, 1.0), (0.0, 0.0), (0.0, 1.2), (None, -1.0)])
def test_what_is_no_loss_or_no_chance_is_rejected(loss, chance):
    with pytest.raises(ValueError, match=r"from 0 to 1|more than 0"):
        Watch(tolerance=0.02).after(loss, chance)


def test_the_simulated_detector_is_the_one_that_ships():
    alarm, _ = watched(0.1, 1.0, lanes=1, seed=SEED, actions=500)
    watch, chance = Watch(tolerance=0.02), np.random.default_rng(SEED)
    for bad in chance.random(500) < 0.1:
        watch = watch.after(float(bad), 1.0)
        if watch.alarmed:
            break

    assert watch.actions == alarm[0]


@pytest.mark.parametrize(
    ("share", "median", "ninetieth", "bad"), [(1.0, 53, 113, 6), (0.25, 153, 434, 16), (0.1, 379, 1_111, 38)]
)
def test_a_lane_that_breaks_is_demoted_in_the_time_of_the_specification(share, median, ninetieth, bad):
    """Loss of 10 % at a tolerance of 2 %, limit 2,000."""
    alarm, done = watched(0.1, share, lanes=2_000, seed=SEED, actions=2_000)
    found = np.where(alarm == 0, 2_000, alarm)

    assert np.median(found) == pytest.approx(median, rel=0.12)
    assert np.percentile(found, 90) == pytest.approx(ninetieth, rel=0.15)
    assert np.median(done) == pytest.approx(bad, abs=3)


def test_a_healthy_lane_is_rarely_demoted():
    alarm, _ = watched(0.01, 1.0, lanes=2_000, seed=SEED, actions=2_000)

    assert np.count_nonzero(alarm) / 2_000 == pytest.approx(0.04, abs=0.015)


def test_every_one_of_the_first_actions_is_audited_and_never_too_few_later():
    assert [audit_probability(n) for n in (0, 49, 50)] == [1.0, 1.0, 0.25]
    assert audit_probability(50, share=0.01) == 0.10
    assert audit_probability(50, share=3) == 1.0
