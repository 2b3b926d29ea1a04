"""Every surface settles when any decides: whatever ends a draft, wherever somebody looks at it. S4, S9.

One journey for each way a draft ends or stops being open; all surfaces are up before, and all are looked at after.
"""

import os
import subprocess
import sys

import pytest
from eyes import wait_until, words
from house import LENA, OWNER, REP, SAM
from test_edit import edit

from lanes.core import commands as c
from lanes.core.commands import Standing
from lanes.core.values import Person

QUESTION = "Did they pay twice?"


# --- the ways


def on_the_card(house, case):
    case.click(LENA)


def in_details(house, case):
    case.click(LENA, "details")
    approve_in(house, house.modal(LENA))


def from_home(house, case):
    wait_until(lambda: row_of(house, LENA, case), what="Home does not list it")
    home = house.ask(f"view?user={LENA}")["home"]
    house.act(
        "click", LENA, view_id=home["id"], action_id="lane:details", block_id=row_of(house, LENA, case)["block_id"]
    )
    approve_in(house, house.modal(LENA))


def by_a_reason(house, case):
    case.click(LENA, "reject")
    house.modal(LENA)
    house.submit(LENA, reason="not_due")


def by_an_edit(house, case):
    assert edit(house, case, LENA, amount="20.00 USD")["ok"]


def by_silence(house, case):
    house.later(hours=5)


def by_taking_over(house, case):
    case.choose(LENA, "take_over")
    house.modal(LENA)
    house.submit(LENA)


def by_who_asked(house, case):
    house.engine.handle(c.Cancel(case.id, Person(user=REP, team=house.engine.team), Standing.MEMBER, "cancelled"))


def by_the_switch(house, case):
    house.answer("/lane stop refunds", LENA)


def by_the_command_line(house, case):
    environment = {**os.environ, "LANEKEEPER_DATABASE_URL": house.settings.database_url}
    said = subprocess.run(
        [sys.executable, "-m", "bot.cli", "stop", "refunds"], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr


ENDED = (on_the_card, in_details, from_home, by_a_reason, by_silence, by_taking_over, by_who_asked)
STOPPED = (by_the_switch, by_the_command_line)


# --- the surfaces


def row_of(house, who, case):
    """Somebody's Home has buttons for the run."""
    home = house.ask(f"view?user={who}")["home"] or {"blocks": []}
    return next((b for b in home["blocks"] if b.get("block_id") == f"{case.id}/home"), None)


def approve_in(house, view):
    row = next(b for b in view["blocks"] if b["type"] == "actions")
    assert house.act("click", LENA, view_id=view["id"], action_id="lane:approve", block_id=row["block_id"])["ok"]


def offered(surface):
    return {e["action_id"] for block in surface["blocks"] for e in block.get("elements", []) if "action_id" in e}


def question(house, case):
    return next(m for m in house.below(case.run.thread.place) if QUESTION in words(m))


@pytest.fixture
def watched(house):
    """A case on every surface: card, progress, two Homes, an open Details and an open form, an unanswered question."""
    for who in (LENA, SAM):
        house.act("open_home", who)
    case = house.held("ZD-4821")
    case.choose(LENA, "ask")
    house.modal(LENA)
    house.submit(LENA, to="requester", text=QUESTION)
    wait_until(lambda: any(QUESTION in words(m) for m in house.below(case.run.thread.place)), what="not asked")
    case.click(SAM, "details")
    assert "lane:approve" in offered(house.modal(SAM))
    case.choose(OWNER, "take_over")
    assert not moved_on(house.modal(OWNER))
    wait_until(lambda: row_of(house, SAM, case), what="Home does not list it")
    return case


def moved_on(view):
    """Does an open modal say that its draft is not what it was? A form keeps what was typed into it."""
    return "the draft has moved on" in words(view)


def live(house, case):
    """What still offers to decide on the first draft as it was, one line a surface; empty when all is settled."""
    found = [f"card {which}" for which in case.buttons if which[0] == "a1" and which[1] in {"approve", "edit", "all"}]
    found += [f"modal of {who}" for who in (SAM, OWNER) if not moved_on(house.modal(who))]
    found += ["Home"] if "Refund $38.00" in house.home(SAM) else []
    found += ["question"] if "lane:answer" in offered(question(house, case)) else []
    if case.run.waiting:
        return found
    return found + [name for name in ("root", "thread") if "waiting in" in getattr(case, name)]


@pytest.mark.parametrize("way", ENDED, ids=lambda way: way.__name__)
def test_whatever_ends_a_draft_every_surface_shows_the_end(house, watched, way):
    way(house, watched)
    wait_until(lambda: watched.state() != "held", what=watched.story)
    wait_until(lambda: not live(house, watched), what=lambda: f"not settled: {live(house, watched)}\n{watched.card}")
    assert "No answer is needed any more" in words(question(house, watched))
    assert "$38.00" in watched.card, "what it was about stays readable"


def test_an_edit_takes_the_old_version_from_every_surface(house, watched):
    by_an_edit(house, watched)
    wait_until(lambda: watched.run.actions["a1"].version == 2, what=watched.story)

    def old():
        rows = [b["block_id"] for b in watched.message["blocks"] if b["type"] == "actions"]
        stale = [row for row in rows if row == f"{watched.id}/a1/1"]
        stale += [] if "*Refund $20.00" in words(house.modal(SAM)) else ["Details"]
        stale += [] if moved_on(house.modal(OWNER)) else ["form"]
        return stale + (["Home"] if "Refund $38.00" in house.home(SAM) else [])

    wait_until(lambda: not old(), what=lambda: f"still the old version: {old()}")
    assert "Refund $20.00" in watched.card
    assert "Refund $20.00" in house.home(SAM)


@pytest.mark.parametrize("way", STOPPED, ids=lambda way: way.__name__)
def test_a_stop_takes_every_approval_off_every_surface_and_a_resume_gives_it_back(house, watched, way):
    """Nothing is decided by it: what was open stays open, and so does a half-written form."""
    way(house, watched)

    def approvals():
        found = ["card"] if ("a1", "approve") in watched.buttons else []
        found += ["Details"] if "lane:approve" in offered(house.modal(SAM)) else []
        return found + ([] if "🛑 *stopped*" in house.home(SAM) else ["Home"])

    wait_until(lambda: not approvals(), what=lambda: f"still offered: {approvals()}")
    assert watched.state() == "held"
    assert not moved_on(house.modal(OWNER)), "what was being written is not taken away"
    house.answer("/lane resume refunds", LENA)
    wait_until(lambda: approvals() == ["card", "Details", "Home"], what=lambda: f"not given back: {approvals()}")


def test_a_form_whose_acknowledgement_is_lost_stays_open_and_says_what_came_of_it(house, watched):
    """Slack tells its sender that it did not work; it did, and they need not guess."""
    watched.click(LENA, "reject")
    house.modal(LENA)
    house.tell("cut", every=1)
    answered = house.submit(LENA, reason="not_due", note="Not ours")
    house.tell("cut", every=0)
    assert answered["error"] in {"dispatch_failed", "operation_timeout"}, answered
    watched.becomes("rejected", "a1")
    wait_until(lambda: moved_on(house.modal(LENA)), what="it looks as if nothing had come of it")
    assert "Not ours" in str(house.modal(LENA)["state"]), "what was typed is not taken away"
