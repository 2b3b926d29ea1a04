"""Slack's rate limits, where a test wants them: 429 with Retry-After for one method, the others go on."""

import pytest
from slack_sdk.errors import SlackApiError

from bot.workspace.tiers import Tiers


def passed(tiers, method, now, channel="C1"):
    count = 0
    while not tiers.closed(method, channel, now):
        count += 1
    return count


def test_a_method_is_closed_until_a_minute_has_passed():
    tiers = Tiers(on=True)
    assert passed(tiers, "chat.update", 0.0) == 75
    assert tiers.closed("chat.update", "C1", 20.0) == 40
    assert passed(tiers, "users.info", 20.0) == 150
    assert passed(tiers, "chat.update", 60.0) == 75


def test_posting_counts_by_channel():
    tiers = Tiers(on=True)
    assert passed(tiers, "chat.postMessage", 0.0, "C1") == 12
    assert passed(tiers, "chat.postMessage", 0.0, "C2") == 12
    assert sum(passed(tiers, "chat.postMessage", float(second), "C1") for second in range(1, 60)) == 90 - 12


def test_over_the_wire_it_is_429_with_how_long(desk):
    desk.tell("tiers", on=True)
    sent = desk.client.chat_postMessage(channel="C0SUPPORT", text="x")
    for n in range(75):
        desk.client.chat_update(channel="C0SUPPORT", ts=sent["ts"], text=f"x {n}")
    with pytest.raises(SlackApiError) as limited:
        desk.client.chat_update(channel="C0SUPPORT", ts=sent["ts"], text="one too many")
    assert limited.value.response.status_code == 429
    assert 0 < int(limited.value.response.headers["Retry-After"]) <= 60
    assert desk.client.users_info(user="U0REP")["ok"]
    desk.tell("clock", advance=60)
    assert desk.client.chat_update(channel="C0SUPPORT", ts=sent["ts"], text="y")["ok"]
    assert desk.ask("calls?method=chat.update")["calls"][-2]["error"] == "ratelimited"


def test_nothing_is_counted_unless_it_is_asked_for(desk):
    for _ in range(30):
        desk.client.usergroups_list()
