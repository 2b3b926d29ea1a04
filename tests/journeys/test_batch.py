"""Many small drafts of one kind lie on one card. Each is decided by itself; nobody approves what they have not read.

D13: every item has its own decision; approving the rest skips what was not read, by name.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from eyes import TEAM, clicked_by, wait_until
from house import OWNER, REVOPS, REVOPS_APPROVALS, RITA, THEO
from sweep import in_salesforce, somebody_changes, sweep

from lanes.core import commands as c
from lanes.core.commands import Standing
from lanes.core.values import Person

CATALOG = Path(__file__).parents[2] / "lanes" / "catalog"
TWELVE = [f"Client{n:02d}" for n in range(12)]
LONG = "Sons " + "of the Northern Coast " * 14


@pytest.fixture
def settings(settings):
    """Salesforce lets a dozen runs through in a second."""
    return settings.model_copy(update={"rate_limits": {"salesforce": 6000}})


def ask_for(house, account, who=THEO):
    return house.held(account, lane="crm", who=who, channel=REVOPS)


def states(found):
    return [case.state() for case in found.cases]


def voice(who):
    return c.Voice(Person(user=who, team=TEAM), Standing.MEMBER)


def test_what_a_sweep_brings_is_one_message_with_a_line_each(house):
    found = sweep(house, TWELVE)
    (message,) = found.cards
    assert found.title == "12 changes wait · crm-hygiene"
    assert {case.run.card.ts for case in found.cases} == {message["ts"]}
    assert len({case.run.batch for case in found.cases}) == 1
    for case, name in zip(found.cases, TWELVE, strict=True):
        line = found.line(case)["text"]["text"]
        assert f"*Update {name} — Security package: stage, next step, close date*" in line
        assert "Stage: Needs Analysis → *Proposal* · Next step: Technical deep dive → *send proposal" in line
        assert found.wishes(case)[0] == "Approve & run"
    assert "Update Client" in message["text"]
    assert "until <!date" in message["text"], "a lock screen says until when"


def test_what_a_person_asks_for_has_its_own_card_unless_one_of_its_kind_takes_more(house):
    own = ask_for(house, "acme")
    assert not own.run.batch
    found = sweep(house, TWELVE[:2], beside=["Early", "Late"])
    joined = ask_for(house, "early")
    assert joined.run.batch == found.batch
    house.later(minutes=11)
    late = ask_for(house, "late")
    assert not late.run.batch
    assert len(found.cards) == 3


def test_the_rest_is_approved_and_what_was_not_read_is_left_by_name(house):
    """D13."""
    found = sweep(house, [*TWELVE[:5], LONG])
    unread, first = found.cases[5], found.cases[0]
    assert not found.wishes(unread), "what is cut cannot be approved on its line"
    found.reject(first, RITA)
    found.press_rest(RITA)
    said = house.hears(RITA, "Approved 4 of 5", REVOPS_APPROVALS)
    assert "Update Sons of the Northern Coast" in said
    assert "you have not read it whole" in said
    for case in found.cases[1:5]:
        case.ends("succeeded")
    assert (first.state(), unread.state()) == ("rejected", "held")
    assert [e.surface for e in found.cases[1].events("decision.recorded")] == ["batch"]
    assert not unread.events("decision.refused"), "nobody decided on it"

    found.open(unread, RITA)
    found.press_rest(THEO)
    house.hears(THEO, "you have not read it whole", REVOPS_APPROVALS)  # Rita has
    found.press_rest(RITA)
    unread.ends("succeeded")
    assert in_salesforce(house, unread)["StageName"] == "Proposal"


def test_two_leads_press_at_once_and_each_draft_is_decided_once(house):
    found = sweep(house, TWELVE[:6], by="U0LEAD1")
    with ThreadPoolExecutor(2) as both:
        list(both.map(found.press_rest, [RITA, THEO]))
    for case in found.cases:
        case.ends("succeeded")
        assert len(case.events("decision.recorded")) == 1
        assert len(case.events("execution.started")) == 1
    for who in {e.by.user for case in found.cases for e in case.events("decision.refused")}:
        house.hears(who, "was first: this is decided already", REVOPS_APPROVALS)


def test_one_press_told_twice_is_one(house):
    found = sweep(house, TWELVE[:3])
    found.press_rest(RITA)
    for case in found.cases:
        case.ends("succeeded")
    house.deliver(house.delivered("block_actions"))
    house.quiet()
    assert [len(case.events("decision.recorded")) for case in found.cases] == [1, 1, 1]
    assert not [w for w in house.whispers(RITA, REVOPS_APPROVALS) if "Approved" in w]


def test_one_that_changes_meanwhile_stops_none_of_the_others(house):
    """D15."""
    found = sweep(house, TWELVE[:4])
    moved = found.cases[2]
    somebody_changes(house, moved, NextStep="Call their lawyer")
    found.press_rest(RITA)
    for case in (found.cases[0], found.cases[1], found.cases[3]):
        case.ends("succeeded")
    moved.becomes("superseded")
    wait_until(lambda: moved.state("a2") == "held", what=moved.story)
    house.quiet()
    assert "↩️ Drafted anew:" in found.line(moved)["text"]["text"]
    assert "Call their lawyer → *send proposal" in found.line(moved)["text"]["text"]
    assert in_salesforce(house, moved)["NextStep"] == "Call their lawyer"
    found.press_rest(RITA)
    moved.becomes("done", "a2")


def test_while_the_lane_is_stopped_nothing_on_the_card_can_be_approved(house):
    found = sweep(house, TWELVE[:3])
    pressed = found.message
    house.type("/lane stop crm", RITA, REVOPS)
    found.shows("On hold · 3 changes wait")
    assert "lane:approve_rest" not in str(found.message["blocks"])
    assert "Approve & run" not in str(found.message["blocks"])
    late = next(b for b in pressed["blocks"] if b.get("block_id", "").endswith("/rest"))["elements"][0]
    found.choose(found.cases[0], RITA, "details")
    clicked = house.delivered("block_actions")
    house.deliver(clicked_by(clicked, RITA, action="lane:approve_rest", value=late["value"]))
    house.hears(RITA, "The lane is stopped, so nothing can be approved", REVOPS_APPROVALS)
    assert set(states(found)) == {"held"}
    house.type("/lane resume crm", RITA, REVOPS)
    found.shows("Approve & run all 3")
    found.press_rest(RITA)
    for case in found.cases:
        case.ends("succeeded")


def test_each_expires_in_its_own_time_and_a_settled_card_folds(house):
    found = sweep(house, TWELVE[:2], beside=["Late"])
    house.later(minutes=9)
    late = ask_for(house, "late")
    assert late.run.batch == found.batch
    house.later(hours=23, minutes=52)
    for case in found.cases:
        case.ends("expired")
    assert late.state() == "held"
    assert found.title == "1 change waits · 2 expired · crm-hygiene"
    found.press_rest(RITA)
    late.ends("succeeded")
    assert found.title == "3 changes: 1 done · 2 expired · crm-hygiene"
    assert found.line(late) is None, "the card has folded"
    assert f"done · approved by <@{RITA}>" in found.said


def test_what_was_done_is_taken_back_from_the_folded_card(house):
    found = sweep(house, TWELVE[:2])
    found.press_rest(RITA)
    for case in found.cases:
        case.ends("succeeded")
    first = found.cases[0]
    found.choose(first, RITA, "details")
    view = house.modal(RITA)
    row = next(b for b in view["blocks"] if b.get("block_id", "").endswith("/undo"))
    house.act("click", RITA, view_id=view["id"], action_id="lane:undo", block_id=row["block_id"])
    first.becomes("held", "a2")
    found.shows(f"<@{RITA}> asked to take this back")
    assert not found.wishes(first), "whoever approves it reads more than the line"
    found.open(first, THEO)
    found.press_rest(THEO)
    first.becomes("done", "a2")
    assert in_salesforce(house, first)["StageName"] == "Needs Analysis"


def test_a_requester_among_the_approvers_approves_everything_but_their_own(house):
    found = sweep(house, TWELVE[:3], beside=["Own"])
    own = ask_for(house, "own", who=RITA)
    assert own.run.batch == found.batch
    found.press_rest(RITA)
    said = house.hears(RITA, "Approved 3 of 4", REVOPS_APPROVALS)
    assert "Update Own" in said
    assert "You asked for this run, so somebody else has to decide on it" in said
    for case in found.cases:
        case.ends("succeeded")
    assert own.state() == "held"
    (refused,) = own.events("decision.refused")
    assert (refused.code, refused.surface) == ("REQUESTER", "batch")
    assert len(house.whispers(RITA, REVOPS_APPROVALS)) == 1, "one answer to one press"
    found.press_rest(THEO)
    own.ends("succeeded")


def test_what_is_decided_anywhere_settles_on_its_line(house):
    """S9, S12: Details, another surface, the command line; one way of deciding serves them all."""
    found = sweep(house, TWELVE[:3])
    first, second, third = found.cases
    found.choose(first, RITA, "details")
    view = house.modal(RITA)
    row = next(b for b in view["blocks"] if b["type"] == "actions")
    house.act("click", RITA, view_id=view["id"], action_id="lane:approve", block_id=row["block_id"])
    first.ends("succeeded")
    assert "done · approved by" in found.line(first)["text"]["text"]
    elsewhere = c.Decide(
        run=second.id, action="a1", version=1, digest=second.run.actions["a1"].draft.digest, voice=voice(OWNER),
        surface="command_line", delivery="cli-1", decision="reject", reason="wrong_date",
    )  # fmt: skip
    house.engine.handle(elsewhere)
    second.ends("rejected")
    assert "rejected: wrong date" in found.line(second)["text"]["text"]
    found.choose(third, RITA, "edit")
    house.modal(RITA)
    assert house.submit(RITA, next_step="Ask for the security review")["ok"]
    wait_until(lambda: third.run.actions["a1"].version == 2, what=third.story)
    house.quiet()
    assert f"edited by <@{RITA}>" in found.line(third)["text"]["text"]
    assert "*Ask for the security review*" in found.line(third)["text"]["text"]


def test_a_burst_of_decisions_is_one_redraw_or_two(house):
    found = sweep(house, TWELVE[:8])
    house.quiet()
    before = len(house.calls("chat.update"))
    place = found.cases[0].run.card.ts
    house.slack_fails("chat.update", times=1, delay=2.0, ts=place)
    for n, case in enumerate(found.cases):
        draft = case.run.actions["a1"].draft
        wish = c.Decide(
            run=case.id, action="a1", version=1, digest=draft.digest, voice=voice(RITA), surface="home",
            delivery=f"d{n}", decision="reject", reason="other",
        )  # fmt: skip
        house.engine.handle(wish)
    house.quiet()
    found.shows("8 changes: 8 rejected")
    drawn = [call for call in house.calls("chat.update")[before:] if call["args"]["ts"] == place]
    assert len(drawn) < len(found.cases)


def test_a_card_that_was_deleted_is_posted_anew_with_all_its_lines(house):
    """S18."""
    found = sweep(house, TWELVE[:3])
    first = found.cases[0].run.card
    house.lanekeeper.reach.bolt.client.chat_delete(channel=first.channel, ts=first.ts)
    house.type("/lane stop crm", RITA, REVOPS)
    wait_until(lambda: all(case.run.card != first for case in found.cases), what="it was not posted anew")
    house.type("/lane resume crm", RITA, REVOPS)
    found.shows("Approve & run all 3")
    found.press_rest(RITA)
    for case in found.cases:
        case.ends("succeeded")


def test_what_slack_does_not_take_is_shown_in_short_and_approved_after_opening(house):
    house.fails("salesforce", "timeout_before", delay=0.3)
    known = sweep(house, TWELVE[:1], hangs=None)
    (case,) = known.cases
    wait_until(lambda: case.run.thread, what=case.story)
    house.slack_fails("chat.postMessage", error="invalid_blocks")
    wait_until(lambda: case.run.card, what=case.story)
    house.quiet()
    known.shows("1 change waits · crm-hygiene: Update Client00")
    assert "approve" not in str(known.message["blocks"])
    view = known.open(case, RITA)
    row = next(b for b in view["blocks"] if b["type"] == "actions")
    house.act("click", RITA, view_id=view["id"], action_id="lane:approve", block_id=row["block_id"])
    case.ends("succeeded")


def test_a_kill_between_joining_and_posting_posts_one_card(house):
    house.slack_fails("chat.postMessage", times=100, error="internal_error")
    found = sweep(house, TWELVE[:4], hangs=False)
    assert not found.cards
    house.restart()
    house.tell("mend")
    wait_until(lambda: all(case.run.card for case in found.cases), what="nothing was posted")
    house.quiet()
    assert len(found.cards) == 1
    found.press_rest(RITA)
    for case in found.cases:
        case.ends("succeeded")


def test_a_write_that_no_system_can_settle_is_settled_by_a_person_from_its_line(house):
    found = sweep(house, TWELVE[:2])
    lost, other = found.cases
    house.fails("salesforce", "disconnect_after", "*/Opportunity/*", method="PATCH", times=3)
    house.fails("salesforce", "500", "*/Opportunity/*", method="GET", times=1000, skip=2)
    found.choose(lost, RITA, "approve")
    lost.nobody_can_tell()
    house.heals("salesforce")
    assert found.title == "1 change waits · 1 uncertain · crm-hygiene"
    found.press_rest(RITA)
    other.ends("succeeded")
    view = found.open(lost, RITA)
    row = next(b for b in view["blocks"] if b.get("block_id", "").endswith("/said"))
    house.act("click", RITA, view_id=view["id"], action_id="lane:happened", block_id=row["block_id"])
    lost.becomes("done")
    assert found.title == "2 changes: 2 done · crm-hygiene"


def test_a_card_that_was_posted_and_not_remembered_is_found_again(house):
    """The message is up, the answer that says where is lost, and then the process."""
    house.slack_fails("chat.postMessage", times=100, error="internal_error", after=True)
    found = sweep(house, TWELVE[:4], hangs=False)
    wait_until(lambda: found.cards, what="nothing was posted")
    house.restart()
    house.tell("mend")
    wait_until(lambda: all(case.run.card for case in found.cases), what="it was not found")
    house.quiet()
    assert len(found.cards) == 1
    assert found.title == "4 changes wait · crm-hygiene"


class TestReminders:
    """A lane that calls people back to what waits."""

    @pytest.fixture
    def settings(self, settings, tmp_path):
        """The shipped pages, where crm-hygiene reminds sooner, and of somebody above."""
        shutil.copytree(CATALOG, tmp_path / "catalog")
        (tmp_path / "suites").symlink_to(CATALOG.parent / "suites")
        page = tmp_path / "catalog" / "crm-hygiene.yml"
        text, sooner = page.read_text(encoding="utf-8"), "remind: [1h, 3h], escalate_to: '@support-managers'"
        page.write_text(text.replace("remind: [4h, 20h]", sooner), encoding="utf-8")
        return settings.model_copy(update={"catalog": tmp_path / "catalog"})

    def test_one_message_a_step_calls_people_back_to_all_of_them(self, house):
        found = sweep(house, TWELVE[:5])
        found.reject(found.cases[0], RITA)
        house.later(hours=1, minutes=1)
        said = wait_until(lambda: [w for w in found.cases[0].below if "still wait" in w], what="no reminder came")
        house.quiet()
        assert len(found.cases[0].below) == 1
        assert "4 of 5 still wait" in said[0]
        assert "Update Client01" in said[0]
        assert "Update Client00" not in said[0]
        house.restart()
        house.later(hours=2)
        wait_until(lambda: len(found.cases[0].below) == 2, what="no second reminder came")
        house.quiet()
        below = found.cases[0].below
        assert len(below) == 2
        assert "<!subteam^S0MANAGERS>" in below[1]
