"""Drafts in silence, in the running house: nothing makes them a write, and what people did settles them."""

from datetime import timedelta

import pytest
from eyes import wait_until
from house import APPROVALS, LENA, OWNER, SAM, SUPPORT
from typer.testing import CliRunner

from bot.cli import shadowing
from bot.cli.shadow import shadow_app
from bot.workspace.seed import TEAM
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.commands import Standing, Voice
from lanes.core.values import Person
from lanes.shadow.cases import Case as Compared
from storage import cases

LANE = "support-refunds"
AGAINST_THE_RULES = ("approve", "break_glass", "release", "happened", "take_over", "reject")


def compared(house):
    """The lane's cases, by draft or deed."""
    with house.lanekeeper.database.connect() as connection:
        return {row.action or row.fact: Compared.of(row) for row in cases.of_lane(connection, LANE)}


def test_nothing_makes_a_silent_draft_a_write(house):
    """G1: every way to a write is tried, the shell's own among them."""
    house.answer("/lane mode refunds shadow", LENA)
    house.quiet()
    case = house.ended("ZD-4821")
    draft = case.run.actions["a1"].draft
    voice = Voice(Person(user=SAM, team=TEAM["id"]), Standing.MEMBER)
    for n, decision in enumerate(AGAINST_THE_RULES):
        house.engine.handle(c.Decide(
            run=case.id, action="a1", version=1, digest=draft.digest, voice=voice, surface="card",
            delivery=f"forged-{n}", decision=decision, reason="other", note="because",
        ))  # fmt: skip
    tool = house.engine.lanes[LANE].tools[draft.tool]
    begin = c.Begin(case.id, "a1", 1, tool.scopes, tool.retry, dict(draft.target.pinned), tool.version)
    assert house.engine.handle(begin).events == ()
    house.engine.owe("forged", f.Execute(run=case.id, action="a1", version=1))
    house.answer("/lane undo ZD-4821", SAM)
    house.answer("/lane mode refunds approval", OWNER)
    house.engine.owe("forged again", f.Execute(run=case.id, action="a1", version=1))
    house.quiet()
    assert {a.state.value for a in case.run.actions.values()} == {"shadowed"}
    assert {"execution.started", "action.cleared", "action.held", "card.posted"}.isdisjoint(
        event.kind for event in case.events()
    )
    assert house.refunds == []
    assert house.ticket(4821)["ticket"]["status"] == "open"
    offers = [m for channel in (APPROVALS, SUPPORT) for m in house.messages(channel) if "lane:approve" in str(m)]
    assert offers == []


def test_what_a_person_does_by_hand_is_what_a_silent_draft_is_held_against(house):
    house.answer("/lane mode refunds shadow", LENA)
    case = house.ended("ZD-4821")
    charge = case.run.actions["a1"].draft.arguments["charge"]
    house.refund_by_hand(charge, 3000)
    house.later(hours=72)
    found = wait_until(lambda: (made := compared(house)).get("a1") and made["a1"].settled and made, 20)
    assert found["a1"].outcome.value == "differ", "a person gave back less"
    assert {one.field for one in found["a1"].apart} == {"amount", "reason"}
    assert (found["a1"].gap.minor, found["a1"].loss) == (800, 1.0)
    assert {found[name].outcome.value for name in ("a2", "a3")} == {"overreach"}, "nobody told the customer"
    assert house.engine.run(case.id).finished.outcome == "shadowed"


@pytest.mark.usefixtures("house")
def test_a_past_period_is_shadowed_once_and_says_what_it_is(house, monkeypatch):
    monkeypatch.setattr(shadowing, "read_settings", lambda: house.settings)
    monkeypatch.setattr(shadowing, "_LOOK", 0.05)
    today = house.clock().date()
    period = ["--from", f"{today - timedelta(days=20)}", "--to", f"{today - timedelta(days=3)}"]

    def backfill(*more):
        done = CliRunner().invoke(shadow_app, ["backfill", "refunds", *period, *more], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    said = backfill("--limit", "1")
    assert "1 run begun now" in said, said
    said = backfill()
    found = compared(house)
    assert found, said
    assert {case.source for case in found.values()} == {"backfill"}
    runs = {case.run for case in found.values()}
    assert "0 runs begun now" in backfill()
    assert {case.run for case in compared(house).values()} == runs
    told = CliRunner().invoke(shadow_app, ["status", "refunds"], catch_exceptions=False).output
    assert "backfilled run" in told, told
    assert "zendesk.ticket_audits" in told
    assert house.messages(APPROVALS) == []


def test_a_period_that_is_not_settled_is_refused(house, monkeypatch):
    monkeypatch.setattr(shadowing, "read_settings", lambda: house.settings)
    today = house.clock().date()
    done = CliRunner().invoke(
        shadow_app, ["backfill", "refunds", "--from", f"{today - timedelta(days=9)}", "--to", f"{today}"]
    )
    assert "end the period at least 2 days ago" in str(done.exception)
