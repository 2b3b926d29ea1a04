"""Kill -9 around every decision that is no single yes: a no with its reason, a silence, one voice of two.

What is played begins when the card hangs; how it came there is killed elsewhere.
"""

import pytest
from test_kill_anywhere import never_wrong, that_change
from walks import (
    all_is_well,
    ended_without_a_write,
    expired_walk,
    rejected_walk,
    two_voices_walk,
    world,
)

HUNG, CLICKED = "commit-after:HangCard#1", "commit-before:receive#2"  # the command was the first to be received
LARGE = {"ticket": 4823, "charge": "ch_3MeiChen02", "amount": 129_000, "voices": 2}
WALKS = {  # the walk, what must have been killed around every day
    "rejected": (rejected_walk, ("commit-before:Decide#1", "commit-after:Decide#1", "effect-before:advance#2")),
    "expired": (expired_walk, ("commit-before:Expire#1", "commit-after:Expire#1", "effect-before:advance#2")),
}


def from_the_card_on(points):
    """Where something is stored, performed or changed after the card hangs."""
    return [point for point in that_change(points[points.index(HUNG) :]) if ":GET" not in point]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", WALKS)
def test_killed_around_a_no_or_a_silence_it_counts_once_and_nothing_is_written(towns, empty, how):
    """The reservation is free once, the card settles, the model hears of it once."""
    walk, always = WALKS[how]
    with towns.one() as town:
        town.fresh(f"{how} undisturbed", empty)
        untouched = world(town)
        walk(town)
        ended_without_a_write(town, how)
        assert world(town) == untouched
        points = town.points()
    missed = []

    def case(town, point):
        town.fresh(f"{how} {point}", empty, point)
        walk(town)
        ended_without_a_write(town, how)
        assert world(town) == untouched
        if not town.struck:
            missed.append(point)

    points = from_the_card_on(points)
    never_wrong(towns.play(case, points))
    assert set(always) <= set(points) - set(missed)
    assert len(missed) <= len(points) // 5, f"threads passed other points this time: {missed}"


@pytest.mark.timeout(300)
def test_killed_between_two_voices_both_count_and_each_once(towns, empty):
    with towns.one() as town:
        town.fresh("two voices", empty)
        two_voices_walk(town)
        all_is_well(town, **LARGE)
        points = town.points()
    missed = []

    def case(town, point):
        town.fresh(f"two voices {point}", empty, point)
        two_voices_walk(town)
        all_is_well(town, **LARGE)
        if not town.struck:
            missed.append(point)

    points = that_change(points[points.index(CLICKED) : points.index("commit-after:Decide#2") + 1])
    never_wrong(towns.play(case, points))
    assert len(missed) <= len(points) // 5, f"threads passed other points this time: {missed}"
