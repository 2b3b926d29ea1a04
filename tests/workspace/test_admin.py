"""What an administrator changes: the app is told, asked methods answer accordingly, and a restart forgets nothing."""

import pytest
from slack_sdk.errors import SlackApiError

from bot.workspace.server import serve

from .conftest import Desk, actions, bolt, button, connect


def refused(call, **wanted):
    with pytest.raises(SlackApiError) as caught:
        call(**wanted)
    return caught.value.response["error"]


def test_a_group_changes_and_the_app_is_told(tmp_path):
    manifest = tmp_path / "manifest.yml"
    manifest.write_text(
        "settings: {event_subscriptions: {bot_events: [subteam_members_changed, subteam_updated]}}", encoding="utf-8"
    )
    with serve(manifest=manifest) as handle:
        desk, told = Desk(handle), []
        app = bolt(desk)

        @app.event("subteam_members_changed")
        def changed(event):
            told.append(event)

        app.event("subteam_updated")(lambda: None)
        with connect(app, desk):
            assert desk.tell("group", group="S0LEADS", users=["U0LEAD1", "U0REP"])["ok"]
            desk.eventually(lambda: told)
    (event,) = told
    assert (event["added_users"], sorted(event["removed_users"])) == (["U0REP"], ["U0LEAD2", "U0OWNER"])


def test_a_free_plan_has_no_groups(desk):
    assert desk.client.usergroups_users_list(usergroup="S0LEADS")["users"]
    desk.tell("plan", free=True)
    assert refused(desk.client.usergroups_users_list, usergroup="S0LEADS") == "plan_upgrade_required"
    assert refused(desk.client.usergroups_list) == "plan_upgrade_required"
    desk.tell("plan", free=False)
    assert desk.client.usergroups_list()["usergroups"]


@pytest.mark.parametrize(
    ("kind", "flags"), [("guest", (True, False)), ("single_channel_guest", (True, True)), ("member", (False, False))]
)
def test_somebody_becomes_a_guest_and_a_member_again(desk, kind, flags):
    assert desk.tell("person", user="U0LEAD2", kind=kind)["ok"]
    user = desk.client.users_info(user="U0LEAD2")["user"]
    assert (user["is_restricted"], user["is_ultra_restricted"]) == flags


def test_somebody_deactivated_is_there_but_not_to_be_written_to(desk):
    assert desk.tell("person", user="U0LEAD2", deleted=True)["ok"]
    assert desk.client.users_info(user="U0LEAD2")["user"]["deleted"]
    assert refused(desk.client.conversations_open, users="U0LEAD2") == "user_disabled"


def test_people_have_an_address_and_a_time_zone(desk):
    rita = desk.client.users_lookupByEmail(email="rita@northwind.example")["user"]
    assert (rita["id"], rita["tz"], rita["tz_offset"]) == ("U0REVOPS", "Europe/Berlin", 3600)
    desk.tell("person", user="U0REVOPS", tz="Asia/Tokyo")
    assert desk.client.users_info(user="U0REVOPS")["user"]["tz_offset"] == 32_400
    assert refused(desk.client.users_lookupByEmail, email="nobody@northwind.example") == "users_not_found"


@pytest.mark.parametrize(
    ("lever", "wanted", "error"),
    [
        ("person", {"user": "U1"}, "user_not_found"),
        ("person", {"user": "U0REP", "kind": "king"}, "invalid_arguments"),
        ("person", {"user": "U0REP", "tz": "Mars/North"}, "invalid_arguments"),
        ("group", {"group": "S1"}, "no_such_subteam"),
        ("group", {"group": "S0LEADS", "users": ["U1"]}, "user_not_found"),
        ("channel", {"channel": "#nowhere"}, "channel_not_found"),
        ("channel", {"channel": "#support", "members": ["U1"]}, "user_not_found"),
    ],
)
def test_what_there_is_not_cannot_be_changed(desk, lever, wanted, error):
    assert desk.tell(lever, **wanted)["error"] == error


def test_an_archived_channel_takes_nothing_new(desk):
    client, where = desk.client, {"channel": "C0SUPPORT"}
    card = client.chat_postMessage(**where, text="card")
    desk.tell("channel", channel="#support", archived=True)
    assert refused(client.chat_postMessage, **where, text="x") == "is_archived"
    assert refused(client.chat_postEphemeral, **where, text="x", user="U0REP") == "is_archived"
    assert refused(client.reactions_add, **where, timestamp=card["ts"], name="eyes") == "is_archived"
    assert refused(client.chat_update, **where, ts=card["ts"], text="x") == "is_inactive"
    assert refused(client.conversations_join, **where) == "is_archived"
    assert desk.act("message", "U0REP", **where, text="x")["error"] == "is_archived"
    assert client.conversations_info(**where)["channel"]["is_archived"]
    desk.tell("channel", channel="#support", archived=False)
    assert client.chat_update(**where, ts=card["ts"], text="x")["ok"]


def test_an_app_taken_out_of_a_channel_is_refused_until_it_joins(desk):
    client, where = desk.client, {"channel": "C0SUPPORTLEADS"}
    desk.tell("channel", **where, members=["U0LEAD1"])
    assert refused(client.chat_postMessage, **where, text="x") == "not_in_channel"
    assert not client.conversations_info(**where)["channel"]["is_member"]
    client.conversations_join(**where)
    assert client.chat_postMessage(**where, text="x")["ok"]


def test_a_private_channel_is_not_there_for_an_app_outside(desk):
    client, where = desk.client, {"channel": "C0SUPPORTLEADS"}
    desk.tell("channel", **where, private=True, members=["U0LEAD1"])
    assert refused(client.chat_postMessage, **where, text="x") == "channel_not_found"
    assert refused(client.conversations_info, **where) == "channel_not_found"
    kinds = {"types": "public_channel,private_channel"}
    assert "C0SUPPORTLEADS" not in [c["id"] for c in client.conversations_list(**kinds)["channels"]]
    desk.tell("channel", **where, members=["U0LEAD1", "U0LANEKEEPER"])
    assert "C0SUPPORTLEADS" in [c["id"] for c in client.conversations_list(types="private_channel")["channels"]]


@pytest.mark.parametrize(("who", "team"), [("U0CONNECT", "T0PARTNER"), ("U0LABS", "T0LABS")])
def test_somebody_of_another_workspace_clicks_as_who_they_are(desk, app, who, team):
    app.action("go")(lambda ack: ack())
    app.event("app_mention")(lambda: None)
    card = desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(button("go"))])
    assert desk.click(card, "go", who)["ok"]
    payload = desk.payload("block_actions")
    assert (payload["user"]["team_id"], payload["team"]["id"]) == (team, team)
    user = desk.client.users_info(user=who)["user"]
    assert (user["team_id"], user["is_stranger"]) == (team, True)
    assert desk.act("message", who, channel="#support", text="@lanekeeper hi")["ok"]
    assert desk.eventually(lambda: desk.ask("deliveries?type=event_callback")["deliveries"])[0]["payload"][
        "is_ext_shared_channel"
    ]


def test_an_apps_commands_and_shortcuts_are_its_own_workspaces(desk, app):
    said = desk.act("message", "U0CONNECT", channel="#support", text="help")
    assert desk.command("/lane help", "U0CONNECT")["error"] == "unknown_command"
    handed = {"channel": "#support", "ts": said["ts"], "callback_id": "lane:hand_over"}
    assert desk.act("shortcut", "U0CONNECT", **handed)["error"] == "shortcut_not_found"


def test_a_channel_is_shared_while_somebody_from_outside_is_in_it(desk):
    def shared(channel):
        return desk.client.conversations_info(channel=channel)["channel"]["is_ext_shared"]

    assert shared("C0SUPPORT")
    assert not shared("C0REVOPS")
    desk.tell("channel", channel="#revops", members=["U0REVOPS", "U0LANEKEEPER", "U0CONNECT"])
    assert shared("C0REVOPS")


def test_what_was_changed_survives_a_restart_and_goes_with_a_reset(tmp_path):
    with serve(manifest=None, data=tmp_path) as handle:
        desk = Desk(handle)
        desk.tell("person", user="U0LEAD2", deleted=True)
        desk.tell("group", group="S0LEADS", users=["U0LEAD1"])
        desk.tell("channel", channel="#support", archived=True, members=["U0REP"])
        desk.tell("plan", free=True)
    with serve(manifest=None, data=tmp_path) as handle:
        desk = Desk(handle)
        assert desk.client.users_info(user="U0LEAD2")["user"]["deleted"]
        assert refused(desk.client.usergroups_list) == "plan_upgrade_required"
        channel = desk.client.conversations_info(channel="C0SUPPORT")["channel"]
        assert (channel["is_archived"], channel["is_member"]) == (True, False)
        desk.tell("reset")
        assert desk.client.usergroups_users_list(usergroup="S0LEADS")["users"] == ["U0LEAD1", "U0LEAD2", "U0OWNER"]
        assert not desk.client.users_info(user="U0LEAD2")["user"]["deleted"]
