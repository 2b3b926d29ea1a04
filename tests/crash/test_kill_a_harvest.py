"""Kill -9 while what people did is read: started again, the reading goes on, and each fact is there once."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from outside import fetch
from test_kill_a_job import by_hand, never_wrong

POINTS = (
    "commit-before:keep_page#1",
    "commit-after:keep_page#8",  # a page is kept with its place, and the next is asked for
    "wire-before:GET /api/v*/tickets/*/audits.json#2",
    "commit-before:keep_page#9",
    "commit-after:keep_page#9",
    "commit-before:RunJob#1",  # everything is read, and nobody has noted it
)
TICKETS = (4821, 4822, 4823, 4830)


def people_work(town):
    """A person solves tickets by hand, a minute apart, within the hour that a first reading looks back."""
    began = datetime.now(UTC) - timedelta(minutes=30)
    acts = [
        {"at": (began + timedelta(minutes=n)).isoformat(), "by": 9001, "ticket": ticket, "update": {"status": "solved"}}
        for n, ticket in enumerate(TICKETS)
    ]
    fetch(f"{town._twins.urls['zendesk']}/_control/person", acts)


def facts(town):
    with closing(sqlite3.connect(town.database_url.removeprefix("sqlite:///"))) as file:
        return file.execute("SELECT id, ref, ours FROM fact WHERE tool = 'zendesk.set_status'").fetchall()


def harvest(town):
    fired = by_hand(town, lambda table: table.fire_by_hand("harvest", "", "cli:ada"))
    town.until(lambda: not town.owed(), "the harvest did not end")
    return by_hand(town, lambda table: table.firing("harvest", fired.firing.period))


@pytest.mark.timeout(300)
def test_killed_anywhere_a_harvest_tells_each_fact_once(towns, empty):
    def case(town, point):
        town.fresh(f"harvest {point}", empty, point)
        people_work(town)
        town.start()
        row = harvest(town)
        assert town.struck == 1, town.points()
        assert (row.outcome, row.attempts) == ("done", 2), row
        solved = facts(town)
        assert sorted(ref for _, ref, _ in solved) == [f"zendesk.ticket ZD-{ticket}" for ticket in TICKETS]
        assert not any(ours for _, _, ours in solved)

    never_wrong(towns.play(case, list(POINTS)))
