"""What a report is made from is read from the tables, on SQLite and PostgreSQL alike."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import engine_examples as x
import pytest
import weeks as w
from sqlalchemy import insert

from lanes.promotion.strata import Strata
from lanes.report.gathering import Gathering, evidence
from lanes.shadow.matching import Outcome
from storage import cases, facts, figures
from storage.tables import Canary
from tools.truth import Reaction


def reaction(n, ref, kind="reopened", source="zendesk.ratings", key=""):
    told = Reaction(id=f"re{n}", kind=kind, ref=ref, at=w.MONDAY, value="bad", key=key)
    return facts.Found(told.id, source, kind, ref, (), "", bool(key), told.at, told.model_dump_json())


def row(run):
    return {"run": run.run, "lane": run.lane, "finished": run.finished, "content": run.model_dump_json()}


@pytest.fixture
def gathering(engine, database, clock):
    clock.now = w.WEEK.end + timedelta(days=3)
    today = {"configuration": engine.conducted(w.LANE)}
    late = w.WEEK.end - timedelta(minutes=30)  # it is Monday already in Berlin
    made = [*(w.case(n, **today) for n in range(30)), w.case(50, Outcome.MISSED, at=late, run="", **today)]
    with database.begin() as connection:
        cases.put(connection, [one.row() for one in made])
        figures.put(connection, [row(w.run(n, w.action(n, waited=timedelta(minutes=n)))) for n in range(1, 6)])
        told = [
            reaction(1, "stripe.charge ch_1"), reaction(2, "zendesk.ticket ZD-77", key="k"),
            reaction(3, "stripe.charge ch_2", source="jira.issues"),
        ]  # fmt: skip
        facts.keep(connection, told, w.MONDAY)
        canary = {"run": "r5", "lane": w.LANE, "queue": "support-leads", "flaw": "amount", "shown": w.MONDAY}
        connection.execute(insert(Canary).values(**canary, decided=w.MONDAY, found=True))

    def of(zone="UTC"):
        strata = evidence(Strata(engine, database))
        return Gathering(database, x.LANES, lambda lane: engine.regime(lane).mode, strata, ZoneInfo(zone))

    return of


def test_a_report_is_made_of_what_the_tables_hold(gathering):
    made = gathering()
    told = made.report(w.LANE, made.week(w.WEEK.name))
    assert (told.live.agreement.hits, told.live.agreement.of) == (30, 31)
    assert [one.cases for one in told.strata] == [30, 0, 0]
    assert told.decided.asked == 4, "a run that is wrong on purpose is no work of the lane"
    assert (told.decided.canaries.hits, told.decided.canaries.of) == (1, 1)
    assert told.felt.agent.kinds == {"reopened": 2}, "what a source tells that the lane does not read is not the lane's"
    assert len([*made.cases(w.LANE, made.week(w.WEEK.name))]) == 31


def test_a_week_ends_by_the_clock_of_the_settings(gathering):
    made = gathering("Europe/Berlin")
    assert made.report(w.LANE, made.week(w.WEEK.name)).live.agreement.of == 30
    assert made.last_week(w.WEEK.end - timedelta(minutes=30)).name == w.WEEK.name
    assert gathering().last_week(w.WEEK.end - timedelta(minutes=30)).name == w.NAMES[-2]
