"""Stop means that nothing is written: not what waits, not what is approved already; and nothing thaws by itself."""

import os
import subprocess
import sys

import pytest
from eyes import clicked_by, wait_until
from house import APPROVALS, LENA, OWNER, REP, REVOPS_APPROVALS, SAM, SUPPORT

LOOK = "/v1/charges/ch_3AdaPark02"  # what is read once more before the refund goes out


def test_a_stop_takes_the_buttons_and_a_resume_gives_them_back(house):
    """K1, K2."""
    case = house.held("ZD-4821")
    stale = case.glance(SAM)
    assert "*support-refunds* is stopped" in house.answer("/lane stop refunds the totals look wrong", REP)
    house.reads(APPROVALS, f"🛑 *support-refunds* was stopped by <@{REP}>. Reason: the totals look wrong.")
    case.shows("the lane is stopped")
    assert case.buttons == {("a1", "reject"), ("a1", "details"), ("a1", "more")}
    house.deliver(clicked_by(stale, LENA, action="lane:approve"))
    house.hears(LENA, "The lane is stopped, so nothing can be approved")
    assert case.state() == "held"
    assert house.refunds == []
    assert "🛑 *stopped*" in house.answer("/lane status", REP)
    assert "is stopped, so nothing was started" in house.answer("/lane refunds ZD-4822", REP)

    assert "Only <@U0OWNER>" in house.answer("/lane resume refunds", REP)
    assert "may write again" in house.answer("/lane resume refunds", LENA)
    wait_until(lambda: ("a1", "approve") in case.buttons)
    assert "the lane is stopped" not in case.card
    case.click(LENA)
    case.becomes("done")
    assert len(house.refunds) == 1


def test_what_is_approved_and_not_begun_freezes_and_needs_a_person_to_release_it(house):
    """K2: the refund is approved, its last look at the charge hangs, and the switch falls."""
    case = house.held("ZD-4821")
    house.fails("stripe", "timeout_before", LOOK, method="GET", delay=0.6)
    case.click(LENA)
    wait_until(lambda: case.state() == "cleared")
    stale = house.delivered("block_actions")
    house.answer("/lane stop refunds", SAM)
    case.becomes("frozen")
    case.shows("Frozen: Refund $38.00")
    case.shows(f"frozen: the lane was stopped before this ran · approved by <@{LENA}>")
    assert case.buttons == {("a1", "details")}
    house.deliver(clicked_by(stale, OWNER))
    house.hears(OWNER, "The lane was stopped after this was approved")
    house.quiet()
    assert house.refunds == []
    assert not case.events("execution.started")

    house.answer("/lane resume refunds", OWNER)
    wait_until(lambda: ("a1", "release") in case.buttons)
    house.later(hours=1)
    house.quiet()
    assert case.state() == "frozen", "a resume alone releases nothing"
    case.click(REP, "release")
    house.hears(REP, "You asked for this run")
    case.click(SAM, "release")
    case.becomes("done")
    assert len(house.refunds) == 1
    (released,) = [e for e in case.events("decision.recorded") if e.decision == "release"]
    assert released.by.user == SAM


def test_a_frozen_draft_can_be_rejected_instead(house):
    case = house.held("ZD-4821")
    house.fails("stripe", "timeout_before", LOOK, method="GET", delay=0.6)
    case.click(LENA)
    wait_until(lambda: case.events("decision.recorded"))
    house.answer("/lane stop refunds", SAM)
    case.becomes("frozen")
    house.answer("/lane resume refunds", OWNER)
    wait_until(lambda: ("a1", "reject") in case.buttons)
    case.click(SAM, "reject")
    house.modal(SAM)
    house.submit(SAM, reason="other")
    case.ends("rejected")
    assert house.refunds == []


def test_what_was_sent_already_is_followed_to_its_end(house):
    """K3: the request had left when the switch fell; it ends as confirmed, not as forgotten."""
    case = house.held("ZD-4821")
    house.fails("stripe", "timeout_after", "/v1/refunds", method="POST", delay=0.5)
    case.click(LENA)
    wait_until(lambda: case.state() == "executing")
    house.answer("/lane stop refunds", SAM)
    case.becomes("done")
    case.ends()
    assert len(house.refunds) == 1
    assert {a.state.value for a in case.run.actions.values() if a.id != "a1"} == {"blocked"}
    assert house.replies(4821) == []


def test_a_run_under_way_drafts_into_a_closed_gate(house):
    house.fails("stripe", "timeout_before", "/v1/customers", delay=0.5)
    case = house.begin("ZD-4821")
    house.answer("/lane stop refunds", OWNER)
    case.ends("blocked")
    (blocked,) = case.events("action.blocked")
    assert "KILL_SWITCH" in blocked.ruling.reasons
    assert house.messages(APPROVALS)[-1]["text"].startswith("🛑")
    assert case.run.card is None


def test_stop_all_stops_every_lane_and_says_so_in_each_channel(house):
    refund, deal = house.held("ZD-4821"), house.held("acme", lane="crm", who=SAM)
    assert "Every lane is stopped" in house.answer("/lane stop all", REP)
    for case in (refund, deal):
        case.shows("the lane is stopped")
        assert {which for _, which in case.buttons} == {"reject", "details", "more"}
    for channel in (APPROVALS, REVOPS_APPROVALS):
        house.reads(channel, "🛑 Every lane was stopped")
    assert house.answer("/lane status").count("🛑 *stopped*") == len(house.engine.lanes)
    house.answer("/lane resume all", OWNER)
    wait_until(lambda: ("a1", "approve") in refund.buttons)
    wait_until(lambda: ("a1", "approve") in deal.buttons)


def test_one_lane_stays_stopped_when_all_are_resumed(house):
    """Two switches, each lifted on its own."""
    case = house.held("ZD-4821")
    house.answer("/lane stop refunds", LENA)
    house.answer("/lane stop all", LENA)
    assert "may write again" in house.answer("/lane resume all", OWNER)
    house.quiet()
    assert "the lane is stopped" in case.card
    assert ("a1", "approve") not in case.buttons


def test_the_command_line_stops_a_running_lane_within_two_seconds(house):
    """K1: beside the running app, from a process of its own."""
    case = house.held("ZD-4821")
    _command_line(house, "stop", "refunds", "--why", "a drill")
    wait_until(lambda: "the lane is stopped" in case.card, 2.0, "the card did not notice within two seconds")
    assert ("a1", "approve") not in case.buttons
    said = house.reads(APPROVALS, "🛑 *support-refunds* was stopped by")
    assert "at the command line" in said
    assert "<@cli" not in said
    assert "Reason: a drill." in said
    _command_line(house, "resume", "refunds")
    wait_until(lambda: ("a1", "approve") in case.buttons, 2.0)
    case.click(LENA)
    case.becomes("done")


@pytest.mark.parametrize("words", ["/lane stop", "/lane stop nothing", "/lane resume"])
def test_a_switch_without_a_lane_asks_which(house, words):
    assert "Which lane?" in house.answer(words, LENA, SUPPORT)


def _command_line(house, *words):
    environment = os.environ | {"LANEKEEPER_DATABASE_URL": house.settings.database_url}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
