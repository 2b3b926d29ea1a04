"""What a person meets in messages and modals on the page: menus, searches, charts, files, focus, what only they see."""

import urllib.request

import pytest
from playwright.sync_api import expect

from .browsing import PHONE, visit
from .conftest import actions, button, field, modal, plain

ACCOUNTS = [{"text": plain(name), "value": name.lower()} for name in ("Acme", "Acorn", "Atlas")]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763b8b27300000421021104d6"
    "d2660000000049454e44ae426082"
)


@pytest.fixture
def accounts(app):
    app.options("account")(
        lambda ack, payload: ack(options=[one for one in ACCOUNTS if one["value"].startswith(payload["value"].lower())])
    )
    return {"type": "external_select", "action_id": "account", "min_query_length": 2}


def opens(app, action_id, view):
    @app.action(action_id)
    def opened(ack, body, client):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=view)


def post(desk, *blocks, who="C0SUPPORT", text="card"):
    return desk.client.chat_postMessage(channel=who, text=text, blocks=list(blocks))


def test_a_message_is_handed_over_from_its_menu_by_keyboard(page, desk, app):
    view = modal(field("subject"), title=plain("Hand to a lane"))
    app.shortcut("lane:hand_over")(
        lambda ack, body, client: (ack(), client.views_open(trigger_id=body["trigger_id"], view=view))
    )
    desk.act("message", "U0CONNECT", channel="#support", text="We were charged twice")
    visit(page, desk, "U0LEAD1")
    message = page.get_by_test_id("message")
    expect(message).to_contain_text("Park Studio")
    message.get_by_test_id("message-more").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("modal")).to_contain_text("Hand to a lane")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("modal")).not_to_be_visible()
    expect(message.get_by_test_id("message-more")).to_be_focused()
    assert desk.payload("message_action")["message"]["text"] == "We were charged twice"


def test_one_searches_while_typing_and_chooses_with_the_arrows(page, desk, app, accounts):
    opens(app, "go", modal(field("who", element=accounts)))
    app.view("form")(lambda ack: ack())
    post(desk, actions(button("go")))
    visit(page, desk, "U0LEAD1")
    page.locator("[data-action-id=go]").click()
    found = page.get_by_test_id("suggestions")
    expect(page.get_by_test_id("modal").get_by_role("combobox")).to_be_focused()
    page.keyboard.type("a")
    expect(found).to_contain_text("Type at least 2 letters")
    page.keyboard.type("c")
    expect(found.get_by_role("option")).to_have_text(["Acme", "Acorn"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("modal").get_by_role("combobox")).to_have_value("Acorn")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).not_to_be_visible()
    chosen = desk.payload("view_submission")["view"]["state"]["values"]["who"]["account"]
    assert chosen["selected_option"]["value"] == "acorn"


def test_a_search_in_a_message_tells_the_app_at_once(page, desk, app, accounts):
    app.action("account")(lambda ack: ack())
    post(desk, actions(accounts))
    visit(page, desk, "U0LEAD1")
    page.get_by_test_id("message").get_by_role("combobox").fill("at")
    page.get_by_role("option", name="Atlas").click()
    desk.eventually(lambda: desk.ask("deliveries?type=block_actions")["deliveries"])
    assert desk.payload("block_actions")["actions"][0]["selected_option"]["value"] == "atlas"


def test_who_does_not_confirm_has_chosen_nothing(page, desk, app):
    sure = {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
    box = {"type": "checkboxes", "action_id": "box", "options": [ACCOUNTS[0]], "confirm": sure}
    more = {"type": "overflow", "action_id": "more", "options": ACCOUNTS[:2], "confirm": sure}
    app.action("more")(lambda ack: ack())
    post(desk, actions(box, more))
    visit(page, desk, "U0LEAD1")
    page.get_by_label("Acme").click()
    page.get_by_test_id("confirm-no").click()
    expect(page.get_by_label("Acme")).not_to_be_checked()
    page.get_by_role("button", name="More options").click()
    page.get_by_role("menuitem", name="Acorn").click()
    page.get_by_test_id("confirm-yes").click()
    desk.eventually(lambda: desk.ask("deliveries?type=block_actions")["deliveries"])
    (payload,) = [d["payload"] for d in desk.ask("deliveries?type=block_actions")["deliveries"]]
    assert payload["actions"][0]["selected_option"]["value"] == "acorn"


def test_no_more_can_be_chosen_than_the_app_takes(page, desk, app):
    opens(app, "go", modal(field("who", "multi_users_select", element={"max_selected_items": 1})))
    post(desk, actions(button("go")))
    visit(page, desk, "U0LEAD1")
    page.locator("[data-action-id=go]").click()
    page.get_by_test_id("modal").locator("summary").click()
    page.get_by_label("Riley Chen").check()
    expect(page.get_by_role("checkbox", name="Lena Ortiz")).to_be_disabled()
    page.get_by_label("Riley Chen").uncheck()
    expect(page.get_by_role("checkbox", name="Lena Ortiz")).to_be_enabled()


def test_a_modal_on_a_modal_says_how_deep_and_goes_back(page, desk, app):
    first = modal(field("a"), actions(button("deeper")), title=plain("First"), notify_on_close=True)
    opens(app, "go", first)
    second = modal(field("b"), title=plain("Second"), notify_on_close=True)
    app.action("deeper")(
        lambda ack, body, client: (ack(), client.views_push(trigger_id=body["trigger_id"], view=second))
    )
    app.view_closed("form")(lambda ack: ack())
    post(desk, actions(button("go")))
    visit(page, desk, "U0LEAD1")
    page.locator("[data-action-id=go]").click()
    dialog = page.get_by_test_id("modal")
    dialog.locator("[data-block-id=a] input").fill("kept")
    dialog.locator("[data-action-id=deeper]").click()
    expect(dialog).to_contain_text("Second")
    expect(page.get_by_test_id("modal-depth")).to_have_text("2 of 3")
    page.keyboard.press("Escape")
    expect(dialog.locator("[data-block-id=a] input")).to_have_value("kept")
    desk.eventually(lambda: len(desk.ask("deliveries?type=view_closed")["deliveries"]) == 1)
    page.keyboard.press("Escape")
    expect(page.locator("[data-action-id=go]")).to_be_focused()


def test_the_focus_goes_back_to_a_card_that_was_drawn_anew_meanwhile(page, desk, app):
    opens(app, "go", modal(field("a")))
    card = post(desk, actions(button("go")))
    visit(page, desk, "U0LEAD1")
    page.locator("[data-action-id=go]").click()
    expect(page.get_by_test_id("modal")).to_be_visible()
    desk.client.chat_update(channel=card["channel"], ts=card["ts"], text="x", blocks=[actions(button("go", value="2"))])
    desk.eventually(lambda: desk.messages()[0]["text"] == "x")
    page.get_by_test_id("modal-cross").click()
    expect(page.locator("[data-action-id=go]")).to_be_focused()


def test_a_chart_has_its_numbers_as_text(page, desk):
    days, counts = ("Mon", "Tue"), (4, 9)
    data = [{"label": day, "value": count} for day, count in zip(days, counts, strict=True)]
    for kind, shape in (("bar", "rect"), ("line", "polyline")):
        drawn = {"type": kind, "series": [{"name": "Drafts", "data": data}], "axis_config": {"categories": days}}
        post(desk, {"type": "data_visualization", "title": f"A {kind}", "chart": drawn})
        visit(page, desk)
        chart = page.get_by_test_id("chart").last
        expect(chart.locator(shape).first).to_be_attached()
        expect(chart.get_by_role("img")).to_have_attribute("aria-label", f"A {kind}: Drafts Mon 4, Tue 9")
        chart.get_by_text("Numbers").click()
        expect(chart.get_by_role("row")).to_have_text(["Drafts", "Mon4", "Tue9"])


def test_a_file_is_a_link_and_an_image_has_words(page, desk):
    step = desk.client.files_getUploadURLExternal(filename="chart.png", length=len(PNG))
    urllib.request.urlopen(urllib.request.Request(step["upload_url"], PNG)).close()
    files = [{"id": step["file_id"], "title": "The chart"}]
    desk.client.files_completeUploadExternal(files=files, channel_id="C0SUPPORT", initial_comment="Here")
    post(desk, {"type": "image", "slack_file": {"id": step["file_id"]}, "alt_text": "Two bars"})
    visit(page, desk)
    link = page.get_by_role("link", name="The chart")
    with urllib.request.urlopen(link.get_attribute("href")) as answer:
        assert answer.read() == PNG
    image = page.get_by_alt_text("Two bars")
    expect(image).to_be_visible()
    assert image.evaluate("node => node.naturalWidth") == 1


def test_what_only_you_see_goes_when_dismissed_and_when_the_page_is_opened_anew(page, desk):
    visit(page, desk)
    for text in ("first", "second"):
        desk.client.chat_postEphemeral(channel="C0SUPPORT", user="U0REP", text=text)
    whispers = page.get_by_test_id("ephemeral")
    expect(whispers).to_have_count(2)
    whispers.first.get_by_test_id("dismiss").click()
    expect(whispers).to_have_count(1)
    expect(whispers).to_contain_text("second")
    page.reload()
    expect(page.get_by_test_id("composer")).to_be_visible()
    expect(whispers).to_have_count(0)


def test_plain_words_are_written_in_a_channel_and_to_the_app(page, desk, app):
    app.event("app_mention")(lambda: None)
    app.event("message")(lambda: None)
    page.set_viewport_size(PHONE)
    for where, text in (("c/C0SUPPORT", "@lanekeeper refund this"), ("app/messages", "renew acme")):
        visit(page, desk, where=where)
        page.get_by_test_id("composer").fill(text)
        page.get_by_test_id("composer-send").click()
        expect(page.get_by_test_id("message")).to_contain_text(text.rpartition(" ")[2])
    desk.eventually(lambda: len(desk.ask("deliveries?type=events_api")["deliveries"]) == 3)
    kinds = [d["payload"]["event"]["type"] for d in desk.ask("deliveries?type=events_api")["deliveries"]]
    assert sorted(kinds) == ["app_home_opened", "app_mention", "message"]
