"""The room a card hangs in is gone: it hangs elsewhere, those on the hook hear why, once; no vote is lost. S2, S4."""

import json
import urllib.error
import urllib.request

import pytest
from eyes import wait_until, words
from house import APPROVALS, LEADS, LENA, OWNER, REP, REVOPS_APPROVALS, RITA, SUPPORT
from sweep import sweep

from bot.workspace import seed

OWNERS_OWN, OWN_LENA = seed.dm_of(OWNER), seed.dm_of(LENA)
MOVED = "cannot hang in #support-approvals"
GONE = {  # what an administrator does, and what people read of it
    "archived": ({"archived": True}, "the channel is archived"),
    "deleted": ({"deleted": True}, "the channel is not there any more"),
    "without the app": ({"members": [LENA, OWNER]}, "the app is not in the channel any more"),
}
gone_in_every_way = pytest.mark.parametrize(("change", "why"), GONE.values(), ids=GONE)


def told(house, channel, part=MOVED):
    return [words(m) for m in house.messages(channel) if part in words(m)]


def cards(house, channel):
    return [m for m in house.messages(channel) if any(b["type"] == "header" for b in m.get("blocks", []))]


def moves(house, case, to):
    wait_until(lambda: case.run.card and case.run.card.channel == to, what=lambda: f"it hangs at {case.run.card}")
    house.quiet()


def admin(house, channel=APPROVALS, **change):
    """What an administrator does; Slack tells the app of it, but not that a channel is archived or open again."""
    assert house.tell("channel", channel=channel, **change)["ok"]


def looks(house):
    """A quarter of an hour passes, and the rooms are looked at."""
    house.later(minutes=15)


@gone_in_every_way
def test_s2_a_card_whose_room_goes_hangs_with_the_fallback_people_and_is_decided_there(house, change, why):
    case = house.held("ZD-4821")
    house.quiet()
    admin(house, **change)
    if "archived" in change:
        looks(house)
    moves(house, case, LEADS)
    (card,) = cards(house, LEADS)
    assert ("a1", "approve") in case.buttons
    for channel in (LEADS, OWNERS_OWN):
        (said,) = told(house, channel)
        assert why in said
        assert "Nothing was decided by this" in said
        assert "ZD-4821" in said
    house.reads(SUPPORT, f"waiting in <#{LEADS}>")
    assert case.state() == "held"
    case.click(LENA)
    case.becomes("done")
    house.quiet()
    assert case.run.card.ts == card["ts"]
    assert len(cards(house, LEADS)) == 1
    assert [len(told(house, channel)) for channel in (LEADS, OWNERS_OWN)] == [1, 1]


@gone_in_every_way
def test_s2_a_card_that_comes_to_a_room_that_is_gone_is_posted_elsewhere(house, change, why):
    admin(house, **change)
    case = house.held("ZD-4821")
    house.quiet()
    assert case.run.card.channel == LEADS
    assert why in told(house, OWNERS_OWN)[0]
    case.click(LENA, "reject")
    house.modal(LENA)
    house.submit(LENA, reason="not_due")
    case.ends("rejected")
    assert "rejected" in case.card


def test_s2_a_card_hangs_elsewhere_where_the_app_may_not_post(house):
    house.fails("stripe", "timeout_before", "/v1/customers", delay=0.3)
    case = house.begin("ZD-4821")
    wait_until(lambda: case.run.thread)
    house.slack_fails("chat.postMessage", error="restricted_action_read_only_channel")
    wait_until(lambda: case.run.card)
    house.quiet()
    assert case.run.card.channel == LEADS
    assert "who may post in the channel is restricted. " in told(house, OWNERS_OWN)[0]


def test_s2_who_asked_in_a_room_that_is_gone_hears_what_came_of_it_directly(house):
    case = house.held("ZD-4821")
    house.quiet()
    admin(house, SUPPORT, archived=True)
    case.click(LENA, "reject")
    house.modal(LENA)
    house.submit(LENA, reason="not_due")
    case.ends("rejected")
    wait_until(lambda: told(house, seed.dm_of(REP), "ZD-4821"), what="nobody tells who asked")
    house.quiet()
    (said,) = told(house, seed.dm_of(REP), "ZD-4821")
    assert f"rejected by <@{LENA}>" in said


def test_s4_a_room_that_comes_back_shows_no_second_card_and_no_live_button(house):
    first, second = house.held("ZD-4821"), house.held("ZD-4822")
    house.quiet()
    admin(house, archived=True)
    looks(house)
    for case in (first, second):
        moves(house, case, LEADS)
    first.click(LENA, "reject")
    house.modal(LENA)
    house.submit(LENA, reason="not_due")
    first.ends("rejected")
    admin(house, archived=False)
    looks(house)
    wait_until(lambda: len(told(house, APPROVALS, "hangs elsewhere now")) == 2, what="the old cards stay as they were")
    house.quiet()
    assert cards(house, APPROVALS) == []
    assert len(cards(house, LEADS)) == 2
    assert len(told(house, LEADS)) == 1, "two cards are one piece of news"
    second.click(LENA)
    second.becomes("done")
    house.later(minutes=2)
    later = house.held("ZD-4842")
    assert later.run.card.channel == APPROVALS, "what comes now hangs where it belongs"
    assert second.run.card.channel == LEADS


def test_s4_an_old_card_in_a_room_that_comes_back_decides_nothing_twice(house):
    """Whoever presses the button that still stands there is told what they would be told on the card."""
    case = house.held("ZD-4821")
    house.quiet()
    pressed = case.glance(LENA)
    admin(house, archived=True)
    looks(house)
    moves(house, case, LEADS)
    case.click(LENA)
    case.becomes("done")
    house.deliver(
        pressed | {"trigger_id": "1.1.late", "actions": [{**pressed["actions"][0], "action_id": "lane:approve"}]}
    )
    wait_until(lambda: told(house, OWN_LENA, "decided already"), what="nobody tells her")
    assert len(case.events("execution.started")) == len({e.action for e in case.events("execution.started")})


def test_s2_with_no_room_left_it_hangs_with_the_owner_of_the_lane(house):
    case = house.held("ZD-4821")
    house.quiet()
    admin(house, LEADS, archived=True)
    admin(house, deleted=True)
    moves(house, case, OWNERS_OWN)
    assert ("a1", "approve") in case.buttons
    assert len(told(house, OWNERS_OWN)) == 1
    assert case.click(OWNER)["ok"]
    case.becomes("done")


def test_s2_news_of_a_lane_whose_room_is_gone_goes_to_its_owner(house):
    admin(house, archived=True)
    house.type("/lane stop refunds", LENA, LEADS)
    wait_until(lambda: told(house, OWNERS_OWN, "support-refunds"), what="nobody but the log hears that it stopped")
    house.quiet()
    (said,) = told(house, OWNERS_OWN, "support-refunds")
    assert f"<@{LENA}>" in said


def test_s2_a_batch_moves_as_one_card_with_all_its_lines(house):
    found = sweep(house, [f"Client{n:02d}" for n in range(4)])
    first = found.cases[0].run.card
    admin(house, REVOPS_APPROVALS, archived=True)
    looks(house)
    wait_until(lambda: all(case.run.card.channel != REVOPS_APPROVALS for case in found.cases), what="it stays")
    house.quiet()
    places = {case.run.card for case in found.cases}
    assert len(places) == 1
    assert first not in places
    owner = seed.dm_of(house.engine.lanes["crm-hygiene"].page.owner.person)
    assert len(told(house, owner, "Cards of *crm-hygiene* cannot hang")) == 1
    found.press_rest(RITA)
    for case in found.cases:
        case.ends("succeeded")
    admin(house, REVOPS_APPROVALS, archived=False)
    looks(house)
    wait_until(lambda: told(house, REVOPS_APPROVALS, "hangs elsewhere now"), what="the old card looks live")


def test_s2_what_happened_while_nobody_listened_is_found_at_the_start(house):
    """Events that Slack sent to nobody are not sent again."""
    case = house.held("ZD-4821")
    house.quiet()
    house.stop()
    admin(house, archived=True)
    house.start()
    moves(house, case, LEADS)
    assert len(told(house, OWNERS_OWN)) == 1


def test_s2_what_slack_refuses_moves_every_card_of_the_lane(house):
    """No time passes in which the rooms would be looked at; one card is drawn, and others hang beside it."""
    first, second = house.held("ZD-4821"), house.held("ZD-4822")
    house.quiet()
    admin(house, archived=True)
    first.choose(LENA, "claim", "a1")
    moves(house, first, LEADS)
    moves(house, second, LEADS)


def test_s2_a_reminder_that_finds_no_room_moves_the_card_first(house):
    case = house.held("ZD-4821")
    house.quiet()
    admin(house, archived=True)
    house.later(hours=1, seconds=1)
    moves(house, case, LEADS)
    wait_until(lambda: any("⏰" in said for said in case.below), what=lambda: f"no reminder below: {case.below}")


class TestTheAppItselfIsRemoved:
    """Nobody can be told in Slack, so whoever looks at /health is."""

    @pytest.fixture
    def transport(self):
        return "http"

    def test_s2_what_is_owed_waits_until_it_is_installed_again(self, house):
        health = f"{house.lanekeeper.reach.door.url}/health"
        case = house.held("ZD-4821")
        house.quiet()
        before = case.message
        house.tell("app", installed=False)
        trouble = wait_until(lambda: fetch_troubles(health), what="/health says nothing")
        assert "Slack does not take the app's token any more (account_inactive)" in trouble[0]
        assert case.click(LENA)["ok"], "a click that was under way"
        for _ in range(3):
            house.later(seconds=60)
        assert case.state() == "held", "whether she may decide, nobody can say now; her click stays owed"
        assert case.message == before, "nothing can be shown"
        house.tell("app", installed=True)
        wait_until(lambda: house.later(seconds=60) or f"approved by <@{LENA}>" in case.card, what=lambda: case.card)
        house.quiet()
        wait_until(lambda: not fetch_troubles(health), what=lambda: fetch_troubles(health))


def fetch_troubles(url):
    try:
        with urllib.request.urlopen(url):
            return None
    except urllib.error.HTTPError as refused:
        with refused:
            return json.load(refused)["troubles"]
