"""What stands first in a lead's queue: the formula, in dollars and hours, and the three ranks."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.home.urgency import AGAIN_USD, DELAY_USD_PER_HOUR, chance, in_order, loss
from lanes.core.waiting import Asks, Taken, WaitingDraft, Waits
from lanes.queue import Waiting
from tools.money import Money

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LENA, SAM = "U0LEAD1", "U0LEAD2"


def case(name, *, money="", left=4.0, waited=0.0, frozen=False, **more):
    """A case whose deadline is `left` hours ahead, asked for `waited` hours ago."""
    until = NOW + left * HOUR if left is not None else None
    draft = WaitingDraft(
        action="a1", asks=Asks(asker="U0REP", frozen=frozen), until=until, amount=Money.parse(money) if money else None
    )
    return Waiting(name, "support-refunds", "ZD-1", NOW - waited * HOUR, Waits(drafts=(draft,), **more))


def order(*cases, user=LENA):
    return [one.run for one in in_order(cases, user, NOW)]


def worth(one):
    return loss(one.waits, one.started, NOW)


def test_the_chance_rises_to_certainty_at_the_deadline():
    assert chance(NOW, NOW) == 1.0
    assert chance(NOW - HOUR, NOW) == 1.0
    assert chance(NOW + HOUR, NOW) == pytest.approx(0.36788, abs=1e-5)
    assert chance(NOW + 4 * HOUR, NOW) == pytest.approx(0.01832, abs=1e-5)
    assert chance(None, NOW) == 0.0


def test_the_loss_is_dollars_at_stake_by_chance_and_hours_by_their_price():
    assert worth(case("r1", money="100.00 USD", left=1.0, waited=2.0)) == pytest.approx(
        (100 + AGAIN_USD) * 0.367879 + 2 * DELAY_USD_PER_HOUR, abs=1e-3
    )
    assert worth(case("r2", left=0.0)) == pytest.approx(AGAIN_USD)


def test_another_currency_counts_by_its_order_of_magnitude():
    yen, dollars = case("r1", money="5000 JPY", left=1.0), case("r2", money="500.00 USD", left=1.0)
    assert worth(yen) < worth(dollars)
    assert worth(case("r3", money="500.00 EUR", left=1.0)) > worth(dollars)


def test_a_deadline_beats_money_and_waiting_beats_nothing():
    soon, large, old, fresh = (
        case("soon", money="20.00 USD", left=0.1), case("large", money="400.00 USD", left=4.0),
        case("old", left=20.0, waited=10.0), case("fresh", left=20.0),
    )  # fmt: skip
    assert order(fresh, old, large, soon) == ["soon", "large", "old", "fresh"]


def test_what_is_put_off_comes_last_and_what_somebody_else_has_below_ones_own():
    mine, theirs, later = (
        case("mine"), case("theirs", money="900.00 USD", taken=Taken(user=SAM, until=NOW + HOUR)),
        case("later", money="5000.00 USD", left=0.0, snoozed={LENA: NOW + HOUR}),
    )  # fmt: skip
    assert order(later, theirs, mine) == ["mine", "theirs", "later"]
    assert order(later, theirs, mine, user=SAM) == ["later", "theirs", "mine"]


def test_a_claim_and_a_snooze_end_by_themselves():
    over = case("over", money="900.00 USD", taken=Taken(user=SAM, until=NOW), snoozed={LENA: NOW})
    assert order(case("mine"), over) == ["over", "mine"]


def test_what_is_frozen_does_not_expire():
    assert worth(case("r1", money="900.00 USD", left=0.0, frozen=True)) == 0.0


def test_two_looks_show_one_order():
    same = [case(f"r{n}") for n in range(9)]
    assert order(*same) == order(*reversed(same))
