"""Forty cards, eight people, lines that break: no lost click, no double effect, and every surface settles. S4, S7."""

from clicking import Clicking
from eyes import wait_until


def test_people_who_click_at_random_lose_no_click_and_do_nothing_twice(town, leaving):
    plenty = dict.fromkeys(town.sandboxes, 60_000)
    town.settings = town.settings.model_copy(update={"rate_limits": plenty})
    town.start()
    town.tell("tiers", on=True, times=50)
    try:
        day = Clicking(town, seed=7)
        day.open(refunds=20, crm=20)
        day.click(seconds=6, cut_every=20)
        day.settle()
        assert day.answered["ok"] > 20, day.answered
        assert {kind for _, kind, *_ in day.events()} >= {"decision.recorded", "decision.refused"}
        # a person's Home changes once a second at most, so it may come last; what was lost or doubled stays so
        wait_until(lambda: not day.findings(), what=lambda: "; ".join(day.findings()))
    finally:
        leaving.append(town.leave())
