"""The page in a real browser: what a person reads, types and clicks, on a desk and on a phone."""

import time

from playwright.sync_api import expect

from .browsing import PHONE, visit
from .conftest import actions, button, field, modal, plain

CARD = [
    {"type": "header", "text": plain("Refund $42.50")},
    {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "*Bold* &lt;b&gt; <@U0LEAD1> <https://x.example|doc> `code`"},
    },
    actions(button("go", style="primary"), button("stop", style="danger")),
]


def post(desk, channel="C0SUPPORT", **more):
    return desk.client.chat_postMessage(channel=channel, text="card", blocks=CARD, **more)


def test_a_command_is_offered_sent_and_answered(page, desk, app):
    app.command("/lane")(lambda ack, body: ack(f"on it: {body['text']}"))
    visit(page, desk)
    page.get_by_test_id("composer").press_sequentially("/lane refunds ZD-4821")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("ephemeral")).to_contain_text("Only visible to you")
    expect(page.get_by_test_id("ephemeral")).to_contain_text("on it: refunds ZD-4821")


def test_a_card_is_read_and_a_click_settles_it_for_everybody(page, desk, app):
    @app.action("go")
    def go(ack, body, client):
        ack()
        client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="Approved")

    post(desk)
    visit(page, desk, "U0LEAD1")
    card = page.get_by_test_id("message")
    expect(card).to_contain_text("Bold <b> @Lena Ortiz doc code")
    card.locator("[data-action-id=go]").click()
    expect(card).to_contain_text("Approved")
    expect(page.get_by_test_id("block-actions")).to_have_count(0)


def test_foreign_text_stays_text(page, desk):
    evil = '<img src=x onerror="document.title=1"><script>alert(1)</script> <javascript:alert(1)|click>'
    desk.client.chat_postMessage(channel="C0SUPPORT", text=evil)
    visit(page, desk)
    message = page.get_by_test_id("message")
    expect(message).to_contain_text("click")
    assert message.locator(".message-content img, .message-content script, .message-content a").count() == 0


def test_a_button_waits_for_its_acknowledgement(page, desk, app):
    app.action("go")(lambda ack: (time.sleep(0.5), ack()))
    post(desk)
    visit(page, desk, "U0LEAD1")
    button_ = page.locator("[data-action-id=go]")
    button_.click()
    expect(button_).to_have_attribute("aria-busy", "true")
    expect(button_).not_to_have_attribute("aria-busy", "true")


def test_a_modal_is_filled_in_by_keyboard_and_shows_its_errors(page, desk, app):
    amount = field("amount", "number_input", element={"is_decimal_allowed": False})
    kind = field("kind", "static_select", element={"options": [{"text": plain("Bug"), "value": "bug"}]})
    app.action("go")(
        lambda ack, body, client: (ack(), client.views_open(trigger_id=body["trigger_id"], view=modal(amount, kind)))
    )
    sent = []

    @app.view("form")
    def form(ack, view):
        sent.append({b: v["entry"] for b, v in view["state"]["values"].items()})
        ack(response_action="errors", errors={"amount": "Too much."}) if len(sent) == 1 else ack()

    post(desk)
    visit(page, desk, "U0LEAD1")
    page.locator("[data-action-id=go]").click()
    dialog = page.get_by_test_id("modal")
    expect(dialog.locator("[data-block-id=amount] input")).to_be_focused()
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    expect(dialog.get_by_test_id("field-error")).to_have_text("Please complete this required field.")
    dialog.locator("select").select_option("bug")
    dialog.get_by_test_id("modal-submit").click()
    expect(dialog.get_by_test_id("field-error")).to_have_text("Too much.")
    dialog.get_by_test_id("modal-submit").click()
    expect(dialog).not_to_be_visible()
    assert sent[0]["amount"]["value"] == "99"
    assert sent[0]["kind"]["selected_option"]["value"] == "bug"


def test_esc_closes_the_modal(page, desk, app):
    app.action("go")(
        lambda ack, body, client: (ack(), client.views_open(trigger_id=body["trigger_id"], view=modal(field("a"))))
    )
    post(desk)
    visit(page, desk, "U0LEAD1")
    page.locator("[data-action-id=go]").click()
    expect(page.get_by_test_id("modal")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("modal")).not_to_be_visible()
    desk.eventually(lambda: desk.stack("U0LEAD1") == [])


def test_a_thread_opens_beside_the_channel_and_takes_a_reply(page, desk):
    root = post(desk)
    desk.client.chat_postMessage(channel="C0SUPPORT", thread_ts=root["ts"], text="detail")
    visit(page, desk, "U0LEAD1")
    page.get_by_test_id("thread-link").click()
    page.get_by_test_id("thread-composer").fill("noted")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("thread")).to_contain_text("noted")
    expect(page.get_by_test_id("thread-link")).to_contain_text("2 replies")


def test_the_switcher_makes_you_somebody_else(page, desk):
    visit(page, desk)
    page.get_by_test_id("person-switcher").click()
    page.get_by_test_id("person-U0REVOPS").click()
    expect(page.get_by_test_id("person-switcher")).to_contain_text("Rita Novak")
    expect(page.get_by_test_id("channel-C0REVOPS")).to_be_visible()
    expect(page.get_by_test_id("channel-C0SUPPORT")).to_have_count(0)
    assert "as=U0REVOPS" in page.url


def test_home_is_shown_and_clicked(page, desk, app):
    view = {"type": "home", "blocks": CARD}
    app.event("app_home_opened")(lambda event, client: client.views_publish(user_id=event["user"], view=view))
    clicked = []
    app.action("go")(lambda ack, body: (ack(), clicked.append(body["view"]["type"])))
    visit(page, desk, "U0OWNER", "app/home")
    page.get_by_test_id("home").locator("[data-action-id=go]").click()
    desk.eventually(lambda: clicked == ["home"])


def test_the_page_comes_back_after_the_server_was_away(page, desk):
    """The line to the server is cut from the page's side; it opens another one and misses nothing."""
    page.add_init_script(
        "window.lines = []; const Plain = WebSocket;"
        "window.WebSocket = class extends Plain { constructor(url) { super(url); lines.push(this); } };"
    )
    visit(page, desk)
    expect(page.get_by_test_id("composer")).to_be_visible()
    page.evaluate("lines.at(-1).close()")
    desk.client.chat_postMessage(channel="C0SUPPORT", text="while you were away")
    expect(page.get_by_test_id("message")).to_contain_text("while you were away")


def test_everything_is_within_reach_on_a_phone(page, desk):
    root = post(desk)
    desk.client.chat_postMessage(channel="C0SUPPORT", thread_ts=root["ts"], text="x" * 300)
    page.set_viewport_size(PHONE)
    visit(page, desk, "U0LEAD1")
    expect(page.get_by_test_id("local-badge")).to_be_visible()
    page.get_by_test_id("thread-link").click()
    expect(page.get_by_test_id("thread-composer")).to_be_in_viewport()
    page.get_by_test_id("thread-close").click()
    page.get_by_role("button", name="Channels and people").click()
    page.get_by_test_id("channel-C0SUPPORTLEADS").click()
    expect(page.get_by_test_id("composer")).to_have_attribute("aria-label", "Message #support-leads")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
