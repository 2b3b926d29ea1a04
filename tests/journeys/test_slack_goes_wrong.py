"""Slack does not take what we say, or it went away: people hear of it, nobody decides by it. S1, S3, R2, P1."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
import yaml
from eyes import clicked_by, wait_until, words
from house import APPROVALS, GUEST, LEADS, LENA, MANIFEST, OWNER, REP, SAM, SUPPORT, over_both
from slack_sdk import WebClient
from sqlalchemy import text

from bot.home.homes import Homes
from bot.home.mine import Mine
from bot.notifier import Notifier
from bot.people.standing import People
from bot.record.inquiry import Inquiry
from bot.workspace import seed
from lanes.preferences import Preferences
from lanes.queue import Queue

IN_SHORT = {("a1", "details"), ("a1", "reject"), ("a1", "more")}


@contextmanager
def app_is_not_in(house, channel):
    """Somebody removes the app from a channel."""
    door = next(route for route in house.slack.server.config.app.routes if route.path == "/api/{method}")
    members = door.endpoint.__self__.slack.state.members
    before = members[channel]
    members[channel] = type(before)(user for user in before if user != seed.BOT_USER)
    try:
        yield
    finally:
        members[channel] = before


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_too_long", "msg_blocks_too_long"])
def test_a_card_that_slack_does_not_take_hangs_in_short_and_cannot_be_approved(house, error):
    house.fails("stripe", "timeout_before", "/v1/customers", delay=0.3)
    case = house.begin("ZD-4821")
    wait_until(lambda: case.run.thread)
    house.slack_fails("chat.postMessage", error=error)
    wait_until(lambda: case.run.card)
    assert case.buttons == IN_SHORT
    assert "Open Details to read all of it" in case.card
    assert "$38.00" in case.card
    case.glance(LENA)
    case.click(LENA, "reject")
    house.modal(LENA)
    house.submit(LENA, reason="not_due")
    case.ends("rejected")


def test_a_card_that_has_grown_too_long_is_drawn_in_short(house):
    case = house.held("ZD-4821")
    house.quiet()
    house.slack_fails("chat.update", error="msg_blocks_too_long")
    house.answer("/lane stop refunds")
    wait_until(lambda: case.buttons == IN_SHORT and "Open Details to read all of it" in case.card)


def test_a_card_that_was_deleted_is_posted_anew_and_can_be_decided_on(house):
    case = house.held("ZD-4821")
    house.quiet()
    first = case.run.card
    house.lanekeeper.reach.bolt.client.chat_delete(channel=first.channel, ts=first.ts)
    house.answer("/lane stop refunds")
    wait_until(lambda: case.run.card != first)
    house.answer("/lane resume refunds", LENA)
    wait_until(lambda: ("a1", "approve") in case.buttons)
    assert len([m for m in house.messages(APPROVALS) if "blocks" in m]) == 1
    case.click(LENA)
    case.becomes("done")


def test_a_card_that_cannot_be_shown_anywhere_is_told_to_who_asked(house):
    """Neither where the lane's cards hang, nor with the fallback people, nor with the lane's owner."""
    with app_is_not_in(house, APPROVALS), app_is_not_in(house, LEADS):
        house.slack_fails("conversations.open", error="user_disabled", times=100)
        case = house.begin("ZD-4821")
        lost = "could not be shown in #support-approvals"

        def told():
            house.later(seconds=20)
            house.quiet()  # what is due by then has been tried before more time passes: the card must not expire first
            return any(lost in str(m) for m in house.messages(SUPPORT))

        wait_until(told)
        house.quiet()
    (said,) = [m for m in house.messages(SUPPORT) if lost in m["text"]]
    assert "Nothing was decided by this" in said["text"]
    assert said["thread_ts"] == case.run.thread.place.ts
    assert case.run.card is None
    assert case.state() == "held"


def test_a_card_that_slack_takes_in_no_form_is_told_to_all_who_can_be_told(house):
    house.lanekeeper.scheduler.pause()  # its look at the rooms, each quarter of an hour, tries to post the card as well
    house.fails("stripe", "timeout_before", "/v1/customers", delay=0.3)
    case = house.begin("ZD-4821")
    wait_until(lambda: case.run.thread)
    house.slack_fails("chat.postMessage", error="message_limit_exceeded", times=6)  # as often as a card is tried
    lost, owners = "could not be shown in #support-approvals", seed.dm_of(OWNER)

    def told():
        house.later(seconds=20)
        house.quiet()
        return [sum(lost in m["text"] for m in house.messages(where)) for where in (SUPPORT, LEADS, owners)]

    wait_until(lambda: told() == [1, 1, 1], what=told)
    assert case.run.card is None
    assert case.state() == "held"


def test_a_channel_the_app_cannot_see_is_one_sentence_at_the_start(town):
    with app_is_not_in(town, LEADS):
        environment = {
            name: os.environ[name] for name in os.environ if name.startswith("LANEKEEPER_") or name == "PATH"
        } | {
            "HOME": str(town.database_file.parent), "PYTHONPATH": str(MANIFEST.parent),
            "LANEKEEPER_DATABASE_URL": town.settings.database_url,
            "LANEKEEPER_MODEL": "offline", "SLACK_API_URL": town.settings.slack_api_url,
            "SLACK_BOT_TOKEN": seed.BOT_TOKEN, "SLACK_APP_TOKEN": seed.APP_TOKEN,
            **{
                f"LANEKEEPER_{name.upper()}_{kind}": url
                for name, url in town.sandboxes.items()
                for kind in ("URL", "WEB_URL")
            },
        }  # fmt: skip
        started = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "run"], cwd=town.database_file.parent, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            first = started.stdout.readline()
        finally:
            started.terminate()
            _, said = started.communicate(timeout=60)
    assert "connected" in first, said
    assert "Warning: lane support-refunds speaks in #support-leads, which the app cannot see: create the" in said
    assert "#support-approvals" not in said


def test_a_message_can_be_found_again_wherever_it_was_posted():
    scopes = yaml.safe_load(MANIFEST.read_text())["oauth_config"]["scopes"]["bot"]
    assert {"channels:history", "groups:history", "im:history"} <= set(scopes)


@pytest.mark.parametrize("error", ["invalid_blocks", "view_too_large", "invalid_arguments"])
def test_a_modal_that_slack_does_not_take_opens_in_short_and_counts_as_not_read(house, error):
    """S1, S3: whoever saw only a part has not opened the details."""
    case = house.held("ZD-4821")
    house.slack_fails("views.open", error=error)
    case.click(LENA, "details")
    assert "does not take all of this" in words(house.modal(LENA))
    house.quiet()
    assert case.events("details.opened") == []


def test_a_form_that_slack_does_not_take_keeps_what_is_to_be_filled_in(house):
    case = house.held("ZD-4821")
    house.slack_fails("views.open", error="invalid_blocks")
    case.click(LENA, "reject")
    assert [block["type"] for block in house.modal(LENA)["blocks"]] == ["section", "input", "input"]
    house.submit(LENA, reason="not_due")
    case.ends("rejected")


def test_a_home_that_slack_does_not_take_says_where_the_rest_is(house):
    house.slack_fails("views.publish", error="view_too_large")
    house.act("open_home", LENA)
    assert "`/lane inbox`" in wait_until(lambda: house.home(LENA))


@over_both
def test_an_acknowledgement_waits_for_no_call_to_slack(house):
    """S7: every call to Slack is held up, and command, click, submission and event are acknowledged before any of them
    is answered.
    """
    case = house.held("ZD-4821")
    case.click(LENA, "reject")
    house.modal(LENA)
    house.quiet()
    before = len(house.ask("calls")["calls"])
    house.slack_fails("*", times=100, delay=1.5, error="internal_error")
    house.type("/lane status", OWNER)
    assert house.submit(LENA, reason="not_due")["ok"]
    assert case.click(LENA)["ok"]
    house.act("open_home", LENA)
    wait_until(lambda: house.ask("deliveries?type=events_api")["deliveries"])
    sent = house.ask("deliveries")["deliveries"][-4:]
    assert [call["method"] for call in house.ask("calls")["calls"][before:]] == []
    assert {"slash_commands", "interactive", "events_api"} == {delivery["type"] for delivery in sent}
    wait_until(lambda: all(d["error"] is None for d in house.ask("deliveries")["deliveries"][-4:]))
    house.tell("mend")


def test_a_home_that_cannot_be_published_stops_no_card(house):
    house.act("open_home", LENA)
    wait_until(lambda: house.home(LENA))
    nobody = WebClient(token="xoxb-1", base_url="http://127.0.0.1:9/api/", retry_handlers=[])
    asked = house.lanekeeper.reach.bolt.client
    people = People(asked, house.engine.team, house.engine.stands_in_for)
    notifier = Notifier.of(asked, house.engine)
    keeper, engine = house.lanekeeper, house.engine
    mine = Mine(engine, people, Queue(keeper.database, engine.run))
    inquiry = Inquiry(engine, house.library, people, notifier, mine)
    preferences = Preferences(keeper.database, keeper.writer, engine.clock, people.time_zone)
    homes = Homes(nobody, engine, inquiry, keeper.database, keeper.writer, preferences, lambda _: ())
    homes.refresh()
    assert homes._shown == {}, "what was not published counts as not shown"


def test_a_whisper_that_reaches_nobody_is_no_failure(house):
    Notifier.of(house.lanekeeper.reach.bolt.client, house.engine).whisper(SUPPORT, "U0NOBODY", "You were first.")
    assert [call["method"] for call in house.ask("calls")["calls"]][-2:] == ["chat.postEphemeral", "conversations.open"]


def test_a_message_that_another_app_wrote_under_our_tag_is_not_taken_for_ours(house):
    """What is looked for after a crash is found by metadata, which any app may write."""
    notifier = Notifier.of(house.lanekeeper.reach.bolt.client, house.engine)
    theirs = notifier.say("#support-approvals", "Theirs", tag="r1/card", again=False)
    house.slack_fails("chat.update", error="cant_update_message", times=1)
    ours = notifier.say("#support-approvals", "Ours", tag="r1/card", again=True)
    assert ours != theirs
    assert [words(one) for one in house.messages(APPROVALS)] == ["Theirs", "Ours"]


def test_only_who_speaks_for_every_lane_resumes_them_all(house):
    house.answer("/lane stop all", OWNER)
    said = house.answer("/lane resume all", LENA)
    assert "Only somebody who owns or approves for every lane" in said
    assert "crm-hygiene" in said
    assert "support-refunds" not in said
    assert house.engine.regime("support-refunds").stopped
    assert "Every lane may write again" in house.answer("/lane resume all", OWNER)


def test_a_guest_reads_no_details_and_no_home(house):
    case = house.held("ZD-4821")
    house.deliver(clicked_by(case.glance(SAM), GUEST))
    house.reads("D" + GUEST[1:], "Guests cannot use lanes")
    house.act("open_home", GUEST)
    wait_until(lambda: "Guests cannot use lanes" in house.home(GUEST))
    house.quiet()
    assert house.ask(f"view?user={GUEST}")["top"] is None
    assert "ZD-4821" not in house.home(GUEST)
    assert "refunds" not in house.home(GUEST)
    assert len(case.events("details.opened")) == 1


def test_what_is_stored_of_a_payload_is_what_the_desk_reads(house):
    house.act("open_home", REP)
    case = house.held("ZD-4821")
    case.glance(SAM)
    case.click(SAM, "reject")
    house.modal(SAM)
    house.submit(SAM, reason="not_due")
    case.ends("rejected")
    with house.lanekeeper.database.connect() as connection:
        stored = "\n".join(map(str, connection.execute(text("select * from delivery")).all()))
    for kind in ('"command"', "block_actions", "view_submission", "app_home_opened"):
        assert kind in stored
    for more in ("token", "user_name", '"username"', "api_app_id", '"message"', '"blocks"', '"container"', '"name"'):
        assert more not in stored, more
