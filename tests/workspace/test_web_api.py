"""The Web API answers the real WebClient as Slack does: its shapes, its tokens, its errors."""

import urllib.request
from urllib.error import HTTPError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.workspace.server import APP_TOKEN, BOT_TOKEN, PAGE, serve

from .conftest import actions, button, connect, plain


def refused(call, *args, **wanted):
    with pytest.raises(SlackApiError) as caught:
        call(*args, **wanted)
    return caught.value.response["error"]


def test_it_says_who_the_bot_is(desk):
    answer = desk.client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0LOCAL", "U0LANEKEEPER", "B0LANEKEEPER")


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        (BOT_TOKEN, "chat.postPigeon", "unknown_method"),
        (None, "auth.test", "not_authed"),
        ("xoxb-somebody-else", "auth.test", "invalid_auth"),
        (APP_TOKEN, "chat.postMessage", "not_allowed_token_type"),
        (BOT_TOKEN, "apps.connections.open", "not_allowed_token_type"),
    ],
)
def test_a_wrong_method_or_token_is_named(desk, token, method, error):
    client = WebClient(token=token, base_url=desk.handle.api_url)
    assert refused(client.api_call, method) == error


def test_a_token_that_looks_real_is_turned_away_at_the_door(desk):
    client = WebClient(token="xoxb-" + "123456789012-abcdef", base_url=desk.handle.api_url)
    with pytest.raises(SlackApiError) as caught:
        client.auth_test()
    assert caught.value.response.status_code == 403
    assert desk.ask("calls")["calls"] == []


@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_other_hosts_and_other_sites_pages_are_refused(desk, header):
    request = urllib.request.Request(desk.handle.url, headers=header)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    with caught.value as answer:
        assert answer.code == 403


def test_it_listens_on_no_address_but_this_machines():
    with pytest.raises(ValueError, match="this machine only"):
        serve(host="0.0.0.0")


def test_a_taken_port_is_replaced(desk):
    taken = int(desk.handle.url.rpartition(":")[2])
    with serve(port=taken, manifest=None) as other:
        assert other.url != desk.handle.url
        assert WebClient(token=BOT_TOKEN, base_url=other.api_url).auth_test()["ok"]


def test_arguments_come_in_the_query_the_form_or_json(desk):
    api = desk.handle.api_url
    for url, body, kind in (
        (f"{api}users.info?user=U0REP&token={BOT_TOKEN}", None, ""),
        (f"{api}users.info", f"user=U0REP&token={BOT_TOKEN}".encode(), "application/x-www-form-urlencoded"),
        (f"{api}users.info", f'{{"user": "U0REP", "token": "{BOT_TOKEN}"}}'.encode(), "application/json"),
    ):
        with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": kind})) as answer:
            assert b'"Riley Chen"' in answer.read()
    assert all("token" not in call["args"] for call in desk.ask("calls")["calls"])


def test_a_message_keeps_its_blocks_metadata_and_thread(desk):
    meta = {"event_type": "draft", "event_payload": {"id": "a1"}}
    sent = desk.client.chat_postMessage(channel="#support", text="hi", blocks=[actions(button("go"))], metadata=meta)
    desk.client.chat_postMessage(channel=sent["channel"], text="more", thread_ts=sent["ts"])
    desk.client.chat_postMessage(channel=sent["channel"], text="all", thread_ts=sent["ts"], reply_broadcast=True)
    newest = desk.client.conversations_history(channel="C0SUPPORT", include_all_metadata=True)["messages"]
    assert [m["text"] for m in newest] == ["all", "hi"]
    assert newest[1]["metadata"] == meta
    assert (newest[1]["reply_count"], newest[1]["reply_users"]) == (2, ["U0LANEKEEPER"])
    without = desk.client.conversations_history(channel="C0SUPPORT")["messages"]
    assert without[1]["metadata"] == {"event_type": "draft"}
    thread = desk.client.conversations_replies(channel="C0SUPPORT", ts=sent["ts"])["messages"]
    assert [m["text"] for m in thread] == ["hi", "more", "all"]


def test_text_without_blocks_removes_the_blocks(desk):
    sent = desk.client.chat_postMessage(channel="C0SUPPORT", text="hi", blocks=[actions(button("go"))])
    desk.client.chat_update(channel="C0SUPPORT", ts=sent["ts"], text="ho", blocks=[actions(button("on"))])
    (message,) = desk.messages()
    assert "edited" not in message
    desk.client.chat_update(channel="C0SUPPORT", ts=sent["ts"], text="plain")
    (message,) = desk.messages()
    assert message["text"] == "plain"
    assert "blocks" not in message
    assert "edited" in message


def test_chat_update_needs_the_channels_own_id_and_an_own_message(desk):
    sent = desk.client.chat_postMessage(channel="U0REP", text="hi")
    assert sent["channel"] == "D0REP"
    update = desk.client.chat_update
    assert refused(update, channel="U0REP", ts=sent["ts"], text="x") == "channel_not_found"
    theirs = desk.act("message", "U0REP", channel="#support", text="mine")["ts"]
    assert refused(update, channel="C0SUPPORT", ts=theirs, text="x") == "cant_update_message"
    assert refused(update, channel="C0SUPPORT", ts="1.1", text="x") == "message_not_found"
    assert refused(desk.client.chat_delete, channel="C0SUPPORT", ts=theirs) == "cant_delete_message"


def test_ephemeral_messages_are_seen_by_one_person_and_kept_from_history(desk):
    desk.client.chat_postEphemeral(channel="C0SUPPORT", user="U0REP", text="only you")
    assert [m["text"] for m in desk.whispers("U0REP")] == ["only you"]
    assert desk.whispers("U0LEAD1") == []
    assert desk.client.conversations_history(channel="C0SUPPORT")["messages"] == []
    assert (
        refused(desk.client.chat_postEphemeral, channel="C0SUPPORT", user="U0REVOPS", text="x") == "user_not_in_channel"
    )


def test_reactions(desk):
    sent = desk.client.chat_postMessage(channel="C0SUPPORT", text="hi")
    where = {"channel": "C0SUPPORT", "timestamp": sent["ts"], "name": "eyes"}
    desk.client.reactions_add(**where)
    assert refused(desk.client.reactions_add, **where) == "already_reacted"
    desk.act("react", "U0REP", channel="C0SUPPORT", ts=sent["ts"], name="eyes")
    assert desk.messages()[0]["reactions"] == [{"name": "eyes", "users": ["U0LANEKEEPER", "U0REP"], "count": 2}]
    desk.client.reactions_remove(**where)
    assert refused(desk.client.reactions_remove, **where) == "no_reaction"


def test_who_is_who(desk):
    client = desk.client
    assert client.users_info(user="U0GUEST")["user"]["is_ultra_restricted"] is True
    assert client.users_info(user="U0LANEKEEPER")["user"]["is_bot"] is True
    assert client.users_lookupByEmail(email="lena@northwind.example")["user"]["id"] == "U0LEAD1"
    assert refused(client.users_info, user="U0NOBODY") == "user_not_found"
    assert refused(client.users_lookupByEmail, email="x@y.z") == "users_not_found"
    assert client.usergroups_users_list(usergroup="S0LEADS")["users"] == ["U0LEAD1", "U0LEAD2", "U0OWNER"]
    assert refused(client.usergroups_users_list, usergroup="S0NONE") == "no_such_subteam"
    leads, *_ = client.usergroups_list()["usergroups"]
    assert leads["handle"] == "support-leads"
    assert "users" not in leads
    assert "users" in client.usergroups_list(include_users=True)["usergroups"][0]
    assert client.team_info()["team"]["name"] == "Northwind"
    assert client.bots_info(bot="B0LANEKEEPER")["bot"]["user_id"] == "U0LANEKEEPER"


def test_conversations_are_paged_and_carry_no_members(desk):
    client = desk.client
    pages = [page["channels"] for page in client.conversations_list(types="public_channel,im", limit=4)]
    found = [c for page in pages for c in page]
    assert [len(page) for page in pages] == [4, 4, 4, 4, 2]
    assert len({c["id"] for c in found}) == len(found)
    assert all("members" not in c for c in found)
    assert client.conversations_info(channel="C0SUPPORT")["channel"]["is_member"] is True
    assert "U0LANEKEEPER" in client.conversations_members(channel="C0SUPPORTLEADS")["members"]
    assert client.conversations_open(users="U0REP")["channel"]["id"] == "D0REP"
    assert refused(client.conversations_info, channel="#support") == "channel_not_found"
    assert refused(client.conversations_history, channel="C0NONE") == "channel_not_found"


def test_a_file_goes_up_in_three_steps(desk):
    desk.client.files_upload_v2(channel="C0SUPPORT", content="a,b\n1,2\n", filename="gap.csv", initial_comment="Report")
    (message,) = desk.messages()
    assert (message["text"], message["files"][0]["name"]) == ("Report", "gap.csv")
    with urllib.request.urlopen(message["files"][0]["url_private"]) as answer:
        assert answer.read() == b"a,b\n1,2\n"


def test_a_planned_fault_is_met_once_and_recorded(desk):
    desk.tell("faults", method="chat.postMessage", error="fatal_error")
    assert refused(desk.client.chat_postMessage, channel="C0SUPPORT", text="x") == "fatal_error"
    assert desk.client.chat_postMessage(channel="C0SUPPORT", text="x")["ok"]
    assert [(c["ok"], c["error"]) for c in desk.ask("calls?method=chat.postMessage")["calls"]] == [
        (False, "fatal_error"),
        (True, None),
    ]


def test_a_rate_limit_carries_its_pause_and_the_client_heeds_it(desk):
    desk.client.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    desk.tell("faults", method="*", status=429, retry_after=0)
    assert desk.client.auth_test()["ok"]
    assert [c["status"] for c in desk.ask("calls")["calls"]] == [429, 200]


def test_an_answer_can_be_lost_after_the_message_was_posted(desk):
    desk.tell("faults", method="chat.postMessage", status=502, after=True)
    with pytest.raises(SlackApiError):
        desk.client.chat_postMessage(channel="C0SUPPORT", text="posted all the same")
    assert [m["text"] for m in desk.messages()] == ["posted all the same"]


def test_a_misspelt_fault_is_refused(desk):
    assert desk.tell("faults", methods="x")["ok"] is False


def test_an_empty_message_and_broken_metadata_are_refused(desk):
    post = desk.client.chat_postMessage
    empty = {"channel": "C0SUPPORT", "text": ""}
    assert refused(desk.client.api_call, "chat.postMessage", json=empty) == "no_text"
    assert refused(post, channel="C0SUPPORT", text="x", metadata={"event_type": "x"}) == "invalid_metadata_format"
    assert refused(post, channel="C0SUPPORT", text="x", thread_ts="1.1") == "thread_not_found"
    assert (
        refused(post, channel="C0SUPPORT", text="x", blocks=[{"type": "header", "text": plain("")}]) == "invalid_blocks"
    )


def test_a_call_may_be_late_and_still_right(desk):
    desk.tell("faults", method="chat.postMessage", delay=0.05)
    assert desk.client.chat_postMessage(channel="C0SUPPORT", text="x")["ok"]
    assert len(desk.messages()) == 1


def test_when_slack_is_down_nothing_of_it_answers(desk):
    desk.tell("down", seconds=60)
    with pytest.raises(SlackApiError) as caught:
        desk.client.chat_postMessage(channel="C0SUPPORT", text="x")
    assert caught.value.response.status_code == 503
    assert desk.act("message", "U0REP", channel="#support", text="x")["error"] == "service_unavailable"
    desk.tell("mend")
    assert desk.client.chat_postMessage(channel="C0SUPPORT", text="x")["ok"]


def test_an_outage_cuts_the_connection_and_lets_none_in(alone):
    desk, app = alone
    desk.tell("down", seconds=60)
    assert desk.ask("status")["sockets"] == 0
    with pytest.raises(SlackApiError) as caught:
        WebClient(token=APP_TOKEN, base_url=desk.handle.api_url).apps_connections_open(app_token=APP_TOKEN)
    assert caught.value.response.status_code == 503
    desk.tell("mend")
    with connect(app, desk):
        assert desk.ask("status")["sockets"] == 1


def test_an_uploaded_image_is_shown_by_its_name_and_nothing_else_is(desk):
    def uploaded(name, content):
        step = desk.client.files_getUploadURLExternal(filename=name, length=len(content), alt_txt="a chart")
        with urllib.request.urlopen(urllib.request.Request(step["upload_url"], content)) as answer:
            assert answer.status == 200
        return desk.client.files_completeUploadExternal(files=[{"id": step["file_id"]}])["files"][0]

    def image(**file):
        return [{"type": "image", "slack_file": file, "alt_text": "a chart"}]

    picture, note = uploaded("chart.png", b"\x89PNG"), uploaded("note.txt", b"hello")
    assert desk.client.files_info(file=picture["id"])["file"]["alt_txt"] == "a chart"
    for named in ({"id": picture["id"]}, {"url": picture["permalink"]}):
        assert desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=image(**named))["ok"]
    for named in ({"id": note["id"]}, {"id": "F1"}):
        with pytest.raises(SlackApiError) as caught:
            desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=image(**named))
        assert caught.value.response["errors"] == ["[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"]


def fetched(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except HTTPError as answer:
        return answer.code, answer.headers, answer.read()


def test_a_browser_asks_about_each_part_of_the_page_and_gets_again_what_has_changed(desk):
    parts = [*PAGE.iterdir()]
    assert {"app.js", "style.css"} <= {part.name for part in parts}
    for part in parts:
        url = f"{desk.handle.url}/page/{part.name}"
        status, headers, body = fetched(url)
        assert (status, headers["Cache-Control"], body) == (200, "no-cache", part.read_bytes()), part.name
        again, told, nothing = fetched(url, **{"If-None-Match": headers["ETag"]})
        assert (again, told["Cache-Control"], nothing) == (304, "no-cache", b""), part.name
        assert fetched(url, **{"If-None-Match": '"of-the-version-before"'})[0] == 200, part.name
