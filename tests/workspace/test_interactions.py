"""Clicks, modals and response_urls: what the app may do with them, how often, and for how long."""

import threading

import pytest
from slack_sdk.errors import SlackApiError

from bot.workspace.server import serve

from .conftest import Desk, actions, bolt, button, connect, field, modal, plain

TRIAGE = [{"text": plain("Billing"), "value": "billing"}, {"text": plain("Bug"), "value": "bug"}]


@pytest.fixture
def card(desk):
    """A message with two buttons and a select."""
    chosen = {"type": "static_select", "action_id": "kind", "options": TRIAGE, "initial_option": TRIAGE[0]}
    elements = [button("go", value="a1", style="primary"), button("stop", value="a1"), chosen]
    return desk.client.chat_postMessage(channel="C0SUPPORT", text="card", blocks=[actions(*elements)])


@pytest.fixture
def opened(desk, app, card):
    """Clicking "go" opens a modal of these blocks for whoever clicks; answers the view."""

    def open_for(who, view):
        @app.action("go")
        def go(ack, body, client):
            ack()
            client.views_open(trigger_id=body["trigger_id"], view=view)

        assert desk.click(card, "go", who)["ok"]
        return desk.eventually(lambda: desk.stack(who))[-1]

    return open_for


def refused(call, **wanted):
    with pytest.raises(SlackApiError) as caught:
        call(**wanted)
    return caught.value.response["error"]


def trigger(desk, card, app):
    app.action("stop")(lambda ack: ack())
    assert desk.click(card, "stop")["ok"]
    return desk.payload("block_actions")["trigger_id"]


# buttons


def test_a_click_settles_the_card(desk, app, card):
    @app.action("go")
    def go(ack, body, client):
        ack()
        client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text=f"by {body['user']['id']}")

    assert desk.click(card, "go")["ok"]
    desk.eventually(lambda: desk.messages()[0]["text"] == "by U0LEAD1")
    assert desk.click(card, "go")["error"] == "action_not_found"


def test_a_stranger_to_the_channel_cannot_click(desk, app, card):
    assert desk.click(card, "go", who="U0REVOPS")["error"] == "not_in_channel"


def test_a_choice_in_a_message_reaches_the_app_with_its_state(desk, app, card):
    app.action("kind")(lambda ack: ack())
    assert desk.click(card, "kind", value="bug")["ok"]
    payload = desk.payload("block_actions")
    assert payload["actions"][0]["selected_option"]["value"] == "bug"
    state = {"type": "static_select", "selected_option": TRIAGE[1]}
    assert payload["state"]["values"] == {"decide": {"kind": state}}


# triggers


def test_a_trigger_works_once(desk, app, card):
    given = trigger(desk, card, app)
    desk.client.views_open(trigger_id=given, view=modal(field("b")))
    assert refused(desk.client.views_open, trigger_id=given, view=modal(field("b"))) == "exchanged_trigger_id"


def test_a_trigger_is_gone_after_three_seconds(desk, app, card):
    given = trigger(desk, card, app)
    desk.tell("clock", advance=3.1)
    assert refused(desk.client.views_open, trigger_id=given, view=modal(field("b"))) == "expired_trigger_id"
    assert refused(desk.client.views_open, trigger_id="1.2.x", view=modal(field("b"))) == "invalid_trigger_id"


def test_a_broken_view_does_not_use_the_trigger_up(desk, app, card):
    given = trigger(desk, card, app)
    too_long = modal(field("b"), title=plain("x" * 25))
    assert refused(desk.client.views_open, trigger_id=given, view=too_long) == "invalid_arguments"
    assert desk.client.views_open(trigger_id=given, view=modal(field("b")))["ok"]


# modals


def test_a_modal_is_filled_in_corrected_and_closed(desk, app, opened):
    @app.view("form")
    def form(ack, view):
        entry = view["state"]["values"]["amount"]["entry"]["value"]
        ack(response_action="errors", errors={"amount": "Too much."}) if entry == "99" else ack()

    opened("U0LEAD1", modal(field("amount", "number_input", element={"is_decimal_allowed": True}), field("note")))
    missing = desk.act("submit", "U0LEAD1", values={"amount": "many"})
    assert missing["errors"] == {
        "amount": "Please enter a valid number.",
        "note": "Please complete this required field.",
    }
    assert desk.act("submit", "U0LEAD1", values={"amount": "99", "note": "x"})["errors"] == {"amount": "Too much."}
    assert desk.stack("U0LEAD1")
    assert desk.act("submit", "U0LEAD1", values={"amount": {"entry": "42.50"}})["ok"]
    assert desk.stack("U0LEAD1") == []


def test_errors_for_a_block_that_is_no_input_are_trouble(desk, app, opened):
    app.view("form")(lambda ack: ack(response_action="errors", errors={"elsewhere": "x"}))
    opened("U0LEAD1", modal(field("note")))
    answer = desk.act("submit", "U0LEAD1", values={"note": "x"})
    assert (answer["error"], answer["message"]) == (
        "bad_response_action",
        "We had some trouble connecting. Try again?",
    )
    assert desk.stack("U0LEAD1")


def test_a_submission_may_update_push_and_clear(desk, app, opened):
    answers = [
        {"response_action": "update", "view": modal(field("b"), title=plain("Second"))},
        {"response_action": "push", "view": modal(field("c"), title=plain("Third"))},
        {"response_action": "clear"},
    ]
    app.view("form")(lambda ack: ack(**answers.pop(0)))
    opened("U0LEAD1", modal(field("a")))
    assert desk.act("submit", "U0LEAD1", values={"a": "1"})["ok"]
    assert [v["title"]["text"] for v in desk.stack("U0LEAD1")] == ["Second"]
    assert desk.act("submit", "U0LEAD1", values={"b": "1"})["ok"]
    under, top = desk.stack("U0LEAD1")
    assert (top["title"]["text"], top["previous_view_id"], top["root_view_id"]) == ("Third", under["id"], under["id"])
    assert desk.act("submit", "U0LEAD1", values={"c": "1"})["ok"]
    assert desk.stack("U0LEAD1") == []


def test_at_most_three_modals_lie_on_each_other(desk, app, card, opened):
    opened("U0LEAD1", modal(field("a")))
    for _ in range(2):
        desk.client.views_push(trigger_id=trigger(desk, card, app), view=modal(field("b")))
    given = trigger(desk, card, app)
    assert refused(desk.client.views_push, trigger_id=given, view=modal(field("b"))) == "push_limit_reached"


def test_an_update_by_a_stale_hash_is_a_conflict_and_entries_stay(desk, app, opened):
    view = opened("U0LEAD1", modal(field("a"), actions(button("more"))))
    app.action("more")(lambda ack: ack())
    desk.act("click", "U0LEAD1", view_id=view["id"], action_id="more", values={"a": "typed"})
    again = {"view_id": view["id"], "hash": view["hash"], "view": modal(field("a"), field("new"))}
    desk.client.views_update(**again)
    assert refused(desk.client.views_update, **again) == "hash_conflict"
    assert desk.stack("U0LEAD1")[0]["state"]["values"]["a"]["entry"]["value"] == "typed"
    desk.act("close", "U0LEAD1")
    assert refused(desk.client.views_update, view_id=view["id"], view=modal(field("a"))) == "not_found"


@pytest.mark.parametrize("everything", [False, True])
def test_closing_tells_the_app_that_asked_to_be_told(desk, app, card, opened, everything):
    left = 0 if everything else 1
    closed = []
    app.view_closed("form")(lambda ack, body: (ack(), closed.append(body["is_cleared"])))
    opened("U0LEAD1", modal(field("a"), notify_on_close=True))
    desk.client.views_push(trigger_id=trigger(desk, card, app), view=modal(field("b"), notify_on_close=True))
    desk.act("close", "U0LEAD1", all=everything)
    assert len(desk.stack("U0LEAD1")) == left
    desk.eventually(lambda: len(closed) == 2 - left)
    assert closed == [everything] * (2 - left)


def test_a_lost_submission_leaves_the_modal_open():
    with serve(manifest=None, ack_within=0.3) as handle:
        desk = Desk(handle)
        app = bolt(desk)
        app.command("/lane")(
            lambda ack, body, client: (ack(), client.views_open(trigger_id=body["trigger_id"], view=modal(field("a"))))
        )
        app.view("form")(lambda: None)
        with connect(app, desk):
            desk.command("/lane x", who="U0LEAD1")
            desk.eventually(lambda: desk.stack("U0LEAD1"))
            assert desk.act("submit", "U0LEAD1", values={"a": "x"})["error"] == "operation_timeout"
            assert desk.stack("U0LEAD1")


# Home


def test_home_is_published_when_it_is_opened(desk, app):
    @app.event("app_home_opened")
    def home(event, client):
        view = {"type": "home", "blocks": [actions(button("refresh"))]}
        client.views_publish(user_id=event["user"], view=view)

    app.action("refresh")(lambda ack: ack())
    desk.act("open_home", "U0OWNER")
    view = desk.eventually(lambda: desk.ask("view?user=U0OWNER")["home"])
    assert desk.act("click", "U0OWNER", view_id=view["id"], action_id="refresh")["ok"]
    assert desk.act("click", "U0REP", view_id=view["id"], action_id="refresh")["error"] == "view_not_found"
    stale = {"user_id": "U0OWNER", "view": {"type": "home", "blocks": []}}
    assert refused(desk.client.views_publish, **stale, hash="1.old") == "hash_conflict"


# response_url


def test_a_response_url_works_five_times_within_half_an_hour(desk, app):
    app.command("/lane")(lambda ack: ack())
    for _ in range(2):
        desk.command("/lane status")
    once, late = (d["payload"]["response_url"] for d in desk.ask("deliveries")["deliveries"])
    answers = [desk.post(once, {"text": str(n)}) for n in range(6)]
    assert [status for status, _ in answers] == [200] * 5 + [404]
    assert "used_url" in answers[5][1]
    desk.tell("clock", advance=30 * 60 + 1)
    assert "expired_url" in desk.post(late, {"text": "late"})[1]


def test_a_response_url_replaces_and_deletes_what_was_clicked(desk, app):
    desk.client.chat_postEphemeral(channel="C0SUPPORT", user="U0REP", text="sure?", blocks=[actions(button("yes"))])
    (whisper,) = desk.whispers("U0REP")
    app.action("yes")(lambda ack: ack())
    assert desk.click(whisper, "yes", who="U0REP")["ok"]
    url = desk.payload("block_actions")["response_url"]
    desk.post(url, {"text": "done", "replace_original": True})
    assert [(m["text"], "blocks" in m) for m in desk.whispers("U0REP")] == [("done", False)]
    assert desk.post(url, {"text": "x", "blocks": [{"type": "confetti"}]})[0] == 400
    desk.post(url, {"delete_original": True})
    assert desk.whispers("U0REP") == []


def test_an_ephemeral_message_is_nobody_elses_to_click(desk, app):
    desk.client.chat_postEphemeral(channel="C0SUPPORT", user="U0REP", text="sure?", blocks=[actions(button("yes"))])
    (whisper,) = desk.whispers("U0REP")
    assert desk.click(whisper, "yes", who="U0LEAD1")["error"] == "message_not_found"


# persistence


def test_what_was_said_survives_a_restart(tmp_path):
    with serve(manifest=None, data=tmp_path) as handle:
        desk = Desk(handle)
        desk.client.chat_postMessage(channel="C0SUPPORT", text="before", blocks=[actions(button("go"))])
        desk.client.views_publish(user_id="U0REP", view={"type": "home", "blocks": [{"type": "divider"}]})
    with serve(manifest=None, data=tmp_path) as handle:
        again = Desk(handle)
        assert [m["text"] for m in again.messages()] == ["before"]
        assert again.ask("view?user=U0REP")["home"]["blocks"][0]["type"] == "divider"
        again.tell("reset")
        assert again.messages() == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["workspace.json"]


def test_the_file_is_written_while_it_runs(tmp_path):
    with serve(manifest=None, data=tmp_path) as handle:
        desk = Desk(handle)
        desk.client.chat_postMessage(channel="C0SUPPORT", text="kept")
        file = tmp_path / "workspace.json"
        desk.eventually(lambda: file.exists() and "kept" in file.read_text(encoding="utf-8"))


def test_many_people_at_once(desk, app):
    """Fifty clicks in parallel are fifty acknowledgements."""
    app.action("go")(lambda ack: ack())
    sent = desk.client.chat_postMessage(channel="C0SUPPORT", text="x", blocks=[actions(button("go"))])
    answers = []
    clicks = [threading.Thread(target=lambda: answers.append(desk.click(sent, "go"))) for _ in range(50)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert [a["ok"] for a in answers] == [True] * 50
