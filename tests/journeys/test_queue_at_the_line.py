"""The queue from the command line, beside a running Lanekeeper: read it, reject, take over; nothing else."""

import os
import subprocess
import sys

from house import REP


def line(house, *words):
    """`lanekeeper …` as another process runs it, on the same ledger."""
    environment = {**os.environ, "LANEKEEPER_DATABASE_URL": house.settings.database_url}
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *words], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_what_waits_is_listed_and_rejected_and_every_surface_settles(house):
    assert line(house, "inbox") == (0, "Nothing waits for anybody.\n")
    case = house.held("ZD-4821")
    status, said = line(house, "inbox")
    assert status == 0
    assert said.startswith(f"{case.id} a1  support-refunds  ZD-4821  until ")
    assert "Refund $38.00 of charge ch_3AdaPark02" in said
    status, said = line(house, "decide", case.id[:6], "a1", "reject")
    assert (status, "--reason, one of: wrong_amount" in said) == (1, True)
    status, said = line(
        house, "decide", case.id[:6], "a1", "reject", "--reason", "not_due", "--note", "refunded <!here>"
    )
    assert (status, said) == (0, f"{case.id} a1 is rejected\n")
    case.ends("rejected")
    case.shows("(at the command line)")
    assert "rejected: not due — “refunded &lt;!here&gt;”" in case.card
    assert not case.buttons
    assert "rejected" in case.thread
    (recorded,) = case.events("decision.recorded")
    assert (recorded.surface, recorded.by.user.startswith("cli:"), recorded.by.team) == ("command_line", True, "")
    assert house.refunds == []
    assert house.library.verify()[0] == []


def test_what_is_taken_over_or_decided_already_says_so(house):
    case = house.held("ZD-4821")
    assert line(house, "decide", case.id, "a1", "take_over", "--note", "in Stripe")[0] == 0
    case.ends("taken_over")
    status, said = line(house, "decide", case.id, "a1", "reject", "--reason", "other")
    assert status == 1
    assert "was first: this is decided already" in said
    status, said = line(house, "decide", case.id, "a7", "take_over")
    assert (status, f"run {case.id} has no action a7; it has a1" in said) == (1, True)


def test_nothing_is_approved_from_the_command_line(house):
    case = house.held("ZD-4821", who=REP)
    for decision in ("approve", "release", "break_glass"):
        status, said = line(house, "decide", case.id, "a1", decision)
        assert status == 2, said
    assert case.state() == "held"
