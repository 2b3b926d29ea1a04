"""App Home as a lead's queue: decided there, kept up to date, paged, and the lanes' switch for their owners."""

import time

import pytest
from crowd import Crowd
from eyes import clicked_by, wait_until, words
from house import APPROVALS, LENA, OWNER, REP, SAM

from bot.home.view import PAGE


@pytest.fixture
def at_home(house):
    """Somebody's Home, open."""

    def opened(who):
        house.act("open_home", who)
        wait_until(lambda: "Lanes" in house.home(who), what=lambda: house.home(who))
        return lambda: house.home(who)

    return opened


def view(house, who):
    return house.ask(f"view?user={who}")["home"]


def buttons(house, who):
    """(block, which button) of all that can be clicked on somebody's Home."""
    rows = [one for one in view(house, who)["blocks"] if one["type"] == "actions"]
    beside = [one["accessory"] for one in view(house, who)["blocks"] if "accessory" in one]
    said = {(row["block_id"], one["action_id"].removeprefix("lane:")) for row in rows for one in row["elements"]}
    return said | {("", one["action_id"].removeprefix("lane:")) for one in beside}


def elements(block):
    return [*block.get("elements", ()), *filter(None, [block.get("accessory")])]


def press(house, who, which, block=None):
    """Click a button of Home."""
    shown = view(house, who)
    found = [one for one in shown["blocks"] if block in {None, one.get("block_id")}]
    row = next(one for one in found if f"lane:{which}" in {e.get("action_id") for e in elements(one)})
    return house.act("click", who, view_id=shown["id"], action_id=f"lane:{which}", block_id=row["block_id"])


def test_a_draft_is_approved_on_home_and_every_surface_settles(house, at_home):
    at_home(LENA)
    at_home(SAM)
    case = house.held("ZD-4821")
    for who in (LENA, SAM):
        wait_until(lambda who=who: "Waiting for you: 1" in house.home(who), what=lambda: house.home(LENA))
    said = house.home(LENA)
    for part in (
        "Refund $38.00 of charge ch_3AdaPark02",
        f"asked by <@{REP}>",
        "moves *$38.00*",
        "until *",
        "Held because",
    ):
        assert part in said, part
    assert press(house, LENA, "approve", f"{case.id}/home")["ok"]
    case.becomes("done")
    decided = case.events("decision.recorded")[0]
    assert (decided.by.user, decided.surface) == (LENA, "home")
    case.shows("done")
    wait_until(lambda: "Refund $38.00" not in house.home(SAM), what=lambda: house.home(SAM))


def test_a_decision_on_home_that_may_not_be_is_refused_in_words(house, at_home):
    """S6: the button is never the authorisation."""
    at_home(LENA)
    case = house.held("ZD-4821")
    wait_until(lambda: "Waiting for you: 1" in house.home(LENA))
    shown = view(house, LENA)
    case.click(SAM)
    case.becomes("done")
    house.act("click", LENA, view_id=shown["id"], action_id="lane:approve", block_id=f"{case.id}/home")
    assert [one.by.user for one in case.events("decision.recorded") if one.action == "a1"] == [SAM]


def test_what_a_lead_asked_for_themself_waits_for_another(house, at_home):
    for who in (LENA, SAM):
        at_home(who)
    house.held("ZD-4821", who=LENA)
    wait_until(lambda: "Waiting for you: 1" in house.home(SAM), what=lambda: house.home(SAM))
    house.quiet()
    assert "Nothing waits for you" in house.home(LENA)


def test_details_opens_over_home_and_decides_there(house, at_home):
    at_home(LENA)
    case = house.held("ZD-4821")
    wait_until(lambda: "Waiting for you: 1" in house.home(LENA))
    assert press(house, LENA, "details", f"{case.id}/home")["ok"]
    assert "Exactly what is sent" in words(house.modal(LENA))
    (opened,) = wait_until(lambda: case.events("details.opened"))  # it is on record after it is seen
    assert opened.by.user == LENA


def test_what_home_cannot_show_whole_cannot_be_approved_there(house, at_home):
    """After the refund, the reply and the solving wait together: both whole, so one click; a claim takes it away."""
    at_home(LENA)
    at_home(SAM)
    case = house.held("ZD-4821")
    case.click(SAM)
    wait_until(lambda: case.state("a3") == "held")
    wait_until(lambda: (f"{case.id}/home", "approve_all") in buttons(house, LENA), what=lambda: house.home(LENA))
    case.choose(SAM, "claim", "a2")
    wait_until(lambda: f"<@{SAM}> is on it" in house.home(LENA))
    assert {which for block, which in buttons(house, LENA) if block == f"{case.id}/home"} == {"details", "open"}
    assert (f"{case.id}/home", "approve_all") in buttons(house, SAM), "who claimed it decides"


def test_what_is_put_off_goes_to_the_end_and_says_until_when(house, at_home):
    first, second = house.held("ZD-4822"), house.held("ZD-4821")
    at_home(LENA)
    said = house.home(LENA)
    assert said.index("ZD-4822") < said.index("ZD-4821"), "more money waits first"
    first.choose(LENA, "put_off")
    house.modal(LENA)
    house.submit(LENA, **{"for": "60"})
    wait_until(lambda: "you put it off until" in house.home(LENA))
    said = house.home(LENA)
    assert said.index("ZD-4821") < said.index("ZD-4822")
    assert second.state() == "held"


def test_the_owner_stops_a_lane_from_home_with_a_reason_and_resumes_it(house, at_home):
    at_home(OWNER)
    at_home(LENA)
    case = house.held("ZD-4821")
    assert ("lane/support-refunds", "home_stop") in buttons(house, OWNER)
    assert not {which for _, which in buttons(house, LENA)} & {"home_stop", "home_resume"}, "she owns no lane"
    assert press(house, OWNER, "home_stop", "lane/support-refunds")["ok"]
    assert "writes nothing from then on" in words(house.modal(OWNER))
    house.submit(OWNER, why="Double refunds <!channel>")
    wait_until(lambda: house.engine.regime("support-refunds").stopped)
    house.reads(APPROVALS, "Reason: Double refunds &lt;!channel&gt;")
    for who in (OWNER, LENA):
        wait_until(lambda who=who: "🛑 *stopped*" in house.home(who))
    wait_until(lambda: (f"{case.id}/home", "approve") not in buttons(house, LENA))
    press(house, OWNER, "home_resume", "lane/support-refunds")
    wait_until(lambda: not house.engine.regime("support-refunds").stopped)
    wait_until(lambda: (f"{case.id}/home", "approve") in buttons(house, LENA), what=lambda: house.home(LENA))


def test_somebody_who_does_not_own_a_lane_cannot_stop_it_from_home(house, at_home):
    at_home(OWNER)
    at_home(LENA)
    press(house, OWNER, "home_lane", "lane/support-refunds")
    house.modal(OWNER)
    payload = house.delivered("block_actions")
    forged = clicked_by(payload, LENA, action="lane:home_stop")
    house.deliver(forged)
    house.reads("D0LEAD1", "Only the lane's owner")
    assert not house.engine.regime("support-refunds").stopped


def test_who_decides_for_whom_stands_on_both_homes_and_goes_with_it(house, at_home):
    at_home(LENA)
    at_home(SAM)
    house.answer("/lane away @sam 3d", LENA)
    wait_until(lambda: f"<@{SAM}> decides for you" in house.home(LENA), what=lambda: house.home(LENA))
    wait_until(lambda: f"*You decide for* <@{LENA}> from" in house.home(SAM), what=lambda: house.home(SAM))
    house.answer("/lane back", LENA)
    wait_until(lambda: "*Away?*" in house.home(LENA) and "decide for*" not in house.home(SAM))


def test_the_lanes_page_opens_from_home(house, at_home):
    at_home(LENA)
    assert press(house, LENA, "home_lane")["ok"]
    assert "Who decides" in words(house.modal(LENA))


def test_a_long_queue_has_pages_that_stay_where_they_are(house, at_home):
    crowd = Crowd(house)
    wishes = crowd.refunds(PAGE + 3)
    crowd.move_in()
    cases = [house.begin(one.subject, who=one.who, channel=one.channel) for one in wishes]
    for case in cases:
        wait_until(lambda case=case: case.run.card and case.run.waiting, 20)
    house.quiet()
    at_home(LENA)
    wait_until(lambda: f"1 to {PAGE} of {PAGE + 3}" in house.home(LENA), what=lambda: house.home(LENA))
    press(house, LENA, "home_next", "home/pages")
    wait_until(lambda: f"{PAGE + 1} to {PAGE + 3} of {PAGE + 3}" in house.home(LENA))
    last = next(case for case in cases if case.run.started.subject in house.home(LENA))
    house.restart()
    press(house, LENA, "approve", f"{last.id}/home")
    last.becomes("done")
    wait_until(lambda: f"{PAGE + 1} to {PAGE + 3} of {PAGE + 3}" in house.home(LENA), what=lambda: house.home(LENA))
    press(house, LENA, "home_previous", "home/pages")
    wait_until(lambda: f"1 to {PAGE} of" in house.home(LENA))


def test_home_is_published_at_most_once_a_second_for_one_person_however_much_changes(house, at_home):
    at_home(LENA)
    crowd = Crowd(house)
    wishes = crowd.refunds(12)
    crowd.move_in()
    before, began = len(house.calls("views.publish")), time.monotonic()
    cases = [house.begin(one.subject, who=one.who, channel=one.channel) for one in wishes]
    for case in cases:
        wait_until(lambda case=case: case.run.card and case.run.waiting, 20)
    house.quiet()
    took = time.monotonic() - began
    assert "Waiting for you: 12" in house.home(LENA)
    assert len(house.calls("views.publish")) - before <= took + 2


def test_a_guest_reads_nothing_of_the_lanes_on_home(house):
    house.held("ZD-4821")
    house.act("open_home", "U0GUEST")
    wait_until(lambda: "Guests cannot use lanes" in house.home("U0GUEST"))
    assert "ZD-4821" not in house.home("U0GUEST")
