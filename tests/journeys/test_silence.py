"""Runs that draft in silence beside people or beside another lane: nothing of them shows, counts or can be carried out;
what they drafted is held against what was really done.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from eyes import clicked_by, fetch, wait_until
from house import APPROVALS, LENA, OWNER, SAM, SUPPORT, House
from pydantic import SecretStr
from shapes import complaints
from test_by_itself import SECRET, TICKET, begun, event, sends

from bot.cards.buttons import value
from bot.scheduler import jobs_of
from bot.slack.webhooks import SENDERS
from bot.ways_in.triggers import drawn
from lanes.core import effects as f
from lanes.core import events as e
from lanes.core.values import Ruling
from lanes.shadow.cases import Case
from lanes.timetable import Timetable
from storage import cases, ledger

LANE, SECOND = "support-refunds", "support-priority"
WISHES = (
    "approve", "approve_all", "reject", "edit", "release", "break_glass", "happened", "did_not_happen", "undo", "more",
    "claim", "cancel", "details",
)  # fmt: skip


@pytest.fixture
def catalog(settings, tmp_path):
    """Every event of refunds is one that people work on by hand; another lane shadows it."""
    folder = tmp_path / "lanes"
    shutil.copytree(settings.catalog, folder)
    shutil.copytree(settings.catalog.parent / "suites", tmp_path / "suites")
    for lane, changed in ((LANE, {"sample": 1.0}), (SECOND, {"beside": LANE})):
        file = folder / f"{lane}.yml"
        page = yaml.safe_load(file.read_text(encoding="utf-8"))
        page["shadow"] |= changed
        file.write_text(yaml.safe_dump({**page, "triggers": [TICKET] if lane == LANE else []}), encoding="utf-8")
    return folder


@pytest.fixture
def house(slack, twins, settings, catalog, leaving):
    kept = {f"{name}_webhook_secret": SecretStr(SECRET) for name in SENDERS}
    town = House(slack, twins, settings.model_copy(update={"catalog": catalog, "http_port": 0, **kept}))
    town.tell_twins("reset")
    town.tell("reset")
    town.start()
    try:
        yield town
        town.quiet()
        assert complaints(town.ask("calls")["calls"]) == []
    finally:
        leaving.append(town.leave())


def of_lane(house, lane, many=1):
    found = wait_until(
        lambda: [one for one in house.runs() if one.run.lane == lane][many - 1 :], what=f"no run of {lane}"
    )
    house.quiet()
    return found[0]


def rows(house, question):
    with house.lanekeeper.database.connect() as connection:
        return sorted(map(tuple, connection.exec_driver_sql(question)))


def fired(house, job):
    """A night's job, fired by hand; what came of it."""
    table = Timetable(house.lanekeeper.database, house.lanekeeper.writer, jobs_of(house.settings.zone), house.clock)
    period = table.fire_by_hand(job, "", "cli:ada").firing.period
    return wait_until(
        lambda: (row := table.firing(job, period)) and row.finished and row, 20, what=f"{job} did not end"
    )


def sampled(house):
    """A silent run that an event began, drafted to its end, and the one of the second lane beside it."""
    assert sends(house, event()) == 200
    begun(house, 2)
    case = of_lane(house, LANE)
    case.ends("shadowed")
    return case


def test_a_sampled_event_is_peoples_work_and_nothing_shows_of_the_run_beside_them(house):
    case = sampled(house)
    assert (case.run.started.via, case.run.silent, case.run.started.by.user) == ("webhook", True, "auto:zendesk")
    assert house.engine.regime(LANE).mode == "approval"
    assert {a.state.value for a in case.run.actions.values()} == {"shadowed"}
    for channel in (APPROVALS, SUPPORT, "C0SUPPORTLEADS"):
        assert house.messages(channel) == []
    assert sends(house, event()) == 200
    begun(house, 2)
    live = house.held("ZD-4821")
    assert live.state() == "held", "a silent run is none that a person's request could be taken for"
    assert house.refunds == []


def test_a_share_of_the_events_is_drawn_by_their_ids(house):
    page = house.engine.lanes[LANE].page
    third = page.model_copy(update={"shadow": page.shadow.model_copy(update={"sample": 0.3})})
    found = Counter(drawn(third, f"E{n}") for n in range(2_000))
    assert 540 <= found[True] <= 660
    assert [drawn(third, f"E{n}") for n in range(50)] == [drawn(third, f"E{n}") for n in range(50)]
    assert not drawn(page.model_copy(update={"shadow": None}), "E1")
    assert "100% are left to people, with a silent draft beside them" in house.answer("/lane show refunds")
    assert "It drafts in silence beside each run of support-refunds" in house.answer("/lane show priority")


def test_a_lane_beside_another_drafts_at_once_shows_nothing_and_counts_for_nothing(house):
    live = house.held("ZD-4821")
    second = of_lane(house, SECOND)
    second.ends()
    assert (second.run.started.via, second.run.started.subject) == ("beside", "ZD-4821")
    assert {a.state.value for a in second.run.actions.values()} <= {"shadowed"}
    assert (second.run.silent, second.run.card, second.run.thread) == (True, None, None)
    assert {lane for (lane,) in rows(house, "SELECT lane FROM claim")} == {LANE}
    assert SECOND not in {lane for (lane,) in rows(house, "SELECT lane FROM tally")}
    live.click(SAM)
    live.becomes("done")
    assert len(house.refunds) == 1


def test_no_hand_and_no_forgery_makes_a_silent_run_write(house):
    case = sampled(house)
    live = house.held("ZD-4822")
    before, cards = live.glance(SAM), len(house.messages(APPROVALS))
    action = case.run.actions["a1"]
    for n, wish in enumerate(WISHES):
        for who in (SAM, LENA, OWNER):
            forged = clicked_by(before, who, action=f"lane:{wish}", value=json.dumps(value(case.run, action)))
            forged["actions"][0]["action_ts"] = str(float(forged["actions"][0]["action_ts"]) + n)
            house.deliver(forged)
    house.quiet()
    for who in (SAM, LENA, OWNER):
        house.act("close", who)
    house.engine.owe("forged", f.Execute(run=case.id, action="a1", version=1))
    house.quiet()
    assert case.state() == "shadowed"

    cleared = e.ActionCleared(
        at=house.clock(), action="a2", version=1, how="approved", ruling=Ruling(verdict="auto", reasons=())
    )
    drafted = e.ActionDrafted(at=house.clock(), action="a2", version=1, call="forged", draft=action.draft)
    started = e.ExecutionStarted(
        at=house.clock(), action="a2", version=1, key=action.draft.key, ruling=Ruling(verdict="auto", reasons=())
    )
    assert "a2" in case.run.actions
    drafted, cleared, started = (one.model_copy(update={"action": "a9"}) for one in (drafted, cleared, started))
    for forged_events in ((drafted, cleared), (started,)):
        news = [ledger.New(one.kind, one.at, e.body(one)) for one in forged_events]
        version = case.run.version

        def write(connection, news=news, version=version):
            last = ledger.read(connection, f"run:{case.id}")[-1]
            ledger.append(connection, f"run:{case.id}", (version, last.hash), news)

        house.lanekeeper.writer.write(write)
        house.restart()
        house.engine.owe(f"forged{version}", f.Execute(run=case.id, action="a9", version=1))
        house.quiet()
    assert case.state("a9") == "executing", "somebody has changed the history"
    assert house.refunds == []
    assert house.replies(4821) == []
    assert house.ticket(4821)["ticket"]["status"] == "open"
    assert len(house.messages(APPROVALS)) == cards
    assert case.run.card is None


def test_what_was_drafted_in_silence_is_held_against_what_a_person_really_did(house):
    """The whole way: an event, a silent run, a person's hands in Stripe and Zendesk, two nights' jobs. The person was a
    little quicker than the event.
    """
    case = sampled(house)
    charge = case.run.actions["a1"].draft.arguments["charge"]
    at = datetime.now(UTC) - timedelta(minutes=5)

    def did(system, **act):
        fetch(f"{house.sandboxes[system]}/_control/person", {"at": at.isoformat(), **act})

    did("stripe", refund={"charge": charge, "amount": 3000, "reason": "duplicate"})
    did("zendesk", by=9001, ticket=4821, update={"status": "solved", "priority": "high"})
    house.later(hours=49)
    for job in ("harvest", "match"):
        assert fired(house, job).outcome == "done"
    with house.lanekeeper.database.connect() as connection:
        found = [Case.of(row) for row in cases.of_lane(connection, LANE)]
    told = {one.tool: one for one in found}
    assert Counter(one.outcome.value for one in found) == {"differ": 1, "agree": 1, "overreach": 1}
    assert str(told["stripe.create_refund"].gap) == "$8.00"
    assert told["zendesk.set_status"].outcome.value == "agree"
    assert told["zendesk.reply"].outcome.value == "overreach"
    assert {one.source for one in found} == {"shadow"}


def test_what_a_lead_took_over_is_held_against_what_they_did_by_hand(house):
    """They say it is theirs, and refund less than was drafted. `shadow status` and the week's report tell it apart."""
    case = house.held("ZD-4821")
    draft = case.run.actions["a1"].draft.arguments
    case.choose(LENA, "take_over")
    house.modal(LENA)
    house.submit(LENA, note="I know them")
    case.becomes("taken_over")
    by_hand = {"charge": draft["charge"], "amount": 3000, "reason": "duplicate"}
    fetch(f"{house.sandboxes['stripe']}/_control/person", {"at": house.clock().isoformat(), "refund": by_hand})
    house.later(hours=49)
    for job in ("harvest", "match"):
        assert fired(house, job).outcome == "done"
    with house.lanekeeper.database.connect() as connection:
        found = [Case.of(row) for row in cases.of_lane(connection, LANE)]
    assert [(one.source, one.outcome.value, str(one.gap)) for one in found] == [("taken_over", "differ", "$8.00")]
    told = subprocess.run(
        [sys.executable, "-m", "bot.cli", "shadow", "status", "refunds"], capture_output=True, text=True, check=True,
        env={**os.environ, "LANEKEEPER_DATABASE_URL": house.settings.database_url},
    )  # fmt: skip
    assert "taken over cases: 1 differ" in told.stdout
