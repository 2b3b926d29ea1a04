"""What was done can be taken back while its window is open, and that is decided on like everything else."""

from eyes import wait_until
from house import APPROVALS, LENA, OWNER, REP, REVOPS, RITA, SAM, THEO

UNDO = {"version": "undo"}


def done(house):
    """The whole refund walk, by one lead."""
    case = house.held("ZD-4821")
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    case.click(LENA, "approve_all")
    case.ends("succeeded")
    return case


def test_a_ticket_is_opened_again_by_two_people_and_the_card_says_so(house):
    case = done(house)
    assert case.buttons == {("a3", "undo")}
    assert case.click(SAM, "undo", "a3", **UNDO)["ok"]
    case.becomes("held", "a4")
    assert ("a3", "undo") not in case.buttons, "it is asked for already"
    assert "(`/lane refunds`): mode `approval` · 1 waiting · 0 working" in house.answer("/lane status", SAM)
    assert f"<@{SAM}> asked to take this back: Set ZD-4821 to solved" in case.card
    case.click(SAM, "approve", "a4")
    house.hears(SAM, "You asked for this")
    case.click(LENA, "approve", "a4")
    case.becomes("done", "a4")
    assert house.ticket(4821)["ticket"]["status"] == "open"
    assert "done, and taken back" in case.card
    assert not case.buttons
    assert len(house.messages(APPROVALS)) == 1
    assert case.run.finished.outcome == "succeeded", "what the run came to stays as it was"


def test_the_command_finds_what_can_be_taken_back(house):
    case = done(house)
    assert "The way back is drafted on its card in #support-approvals" in house.answer("/lane undo ZD-4821", SAM)
    assert "already on the card" in house.answer(f"/lane undo {case.id} a3", OWNER) or case.state("a4") == "held"
    assert "Nothing on record about `ZD-4822`" in house.answer("/lane undo ZD-4822", SAM)
    assert "What?" in house.answer("/lane undo", SAM)


def test_after_its_window_the_button_goes_and_the_command_says_why(house):
    case = done(house)
    house.later(days=3, seconds=1)
    wait_until(lambda: house.later(seconds=1) or not case.buttons)
    assert "the time in which this could be taken back is over" in house.answer(f"/lane undo {case.id}", SAM)
    assert "a4" not in case.run.actions


def test_an_undo_that_is_rejected_can_be_asked_for_again(house):
    case = done(house)
    case.click(SAM, "undo", "a3", **UNDO)
    case.becomes("held", "a4")
    case.click(LENA, "reject", "a4")
    house.modal(LENA)
    house.submit(LENA, reason="other")
    case.becomes("rejected", "a4")
    assert house.ticket(4821)["ticket"]["status"] == "solved"
    assert ("a3", "undo") in case.buttons


def test_a_stopped_lane_takes_nothing_back(house):
    case = done(house)
    house.answer("/lane stop refunds", LENA)
    case.click(SAM, "undo", "a3", **UNDO)
    case.becomes("blocked", "a4")
    assert "the lane is stopped" in house.hears(SAM, "cannot be undone")
    assert house.ticket(4821)["ticket"]["status"] == "solved"


def test_an_opportunity_goes_back_to_what_stood_there(house):
    before = next(o for o in house.state("salesforce")["Opportunity"].values() if o["Name"].startswith("Acme"))
    case = house.held("acme", lane="crm", who=THEO, channel=REVOPS)
    case.click(RITA)
    case.ends("succeeded")
    changed = house.state("salesforce")["Opportunity"][before["Id"]]
    assert changed["NextStep"] != before["NextStep"]
    case.click(THEO, "undo", "a1", **UNDO)
    case.becomes("held", "a2")
    case.click(RITA, "approve", "a2")
    case.becomes("done", "a2")
    after = house.state("salesforce")["Opportunity"][before["Id"]]
    assert {f: after[f] for f in ("StageName", "NextStep", "CloseDate")} == {
        f: before[f] for f in ("StageName", "NextStep", "CloseDate")
    }


def test_a_person_who_may_not_start_anything_may_not_undo_either(house):
    case = done(house)
    house.act("click", "U0GUEST", channel=case.run.card.channel, ts=case.run.card.ts,
              action_id="lane:undo", block_id=f"{case.id}/a3/undo")  # fmt: skip
    house.quiet()
    assert "a4" not in case.run.actions
    assert REP != SAM
