"""The page's levers: the clock that is turned, people and groups that change, channels that close, Slack that fails."""

from playwright.sync_api import expect

from .browsing import PHONE, visit
from .conftest import actions, button


def manage(page, tab):
    page.get_by_test_id("manage-open").click()
    page.get_by_test_id(f"manage-{tab}").click()
    return page.get_by_test_id("manage")


def test_an_hour_is_let_pass_and_messages_follow(page, desk):
    desk.client.chat_postMessage(channel="C0SUPPORT", text="before")
    visit(page, desk)
    page.get_by_test_id("clock").click()
    page.get_by_test_id("advance-86400").click()
    expect(page.get_by_test_id("clock")).to_contain_text("+1 d")
    expect(page.get_by_test_id("clock")).to_be_focused()
    desk.client.chat_postMessage(channel="C0SUPPORT", text="after")
    expect(page.get_by_role("separator")).to_have_text(["Yesterday", "Today"])


def test_a_lead_leaves_the_group_and_comes_back_as_a_guest(page, desk):
    visit(page, desk)
    panel = manage(page, "groups")
    panel.get_by_test_id("group-S0LEADS").get_by_label("Sam Whitfield").uncheck()
    expect(page.get_by_test_id("manage-said")).to_contain_text("no longer in @support-leads")
    assert desk.client.usergroups_users_list(usergroup="S0LEADS")["users"] == ["U0LEAD1", "U0OWNER"]
    page.get_by_test_id("manage-people").click()
    panel.get_by_label("What Sam Whitfield is").select_option("guest")
    expect(page.get_by_test_id("manage-said")).to_contain_text("guest from now on")
    assert desk.client.users_info(user="U0LEAD2")["user"]["is_restricted"]
    panel.get_by_label("What Sam Whitfield is").select_option("deleted")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("manage-open")).to_be_focused()
    page.get_by_test_id("person-switcher").click()
    expect(page.get_by_test_id("person-U0LEAD2")).to_contain_text("Deactivated")


def test_a_channel_is_archived_and_the_app_is_shown_out(page, desk):
    visit(page, desk, "U0LEAD1")
    room = manage(page, "channels").get_by_test_id("room-C0SUPPORT")
    room.get_by_label("Lanekeeper is in it").uncheck()
    room.get_by_label("Archived").check()
    expect(page.get_by_test_id("manage-said")).to_contain_text("#support is archived")
    page.get_by_test_id("manage-close").click()
    expect(page.get_by_role("main")).to_contain_text("Lanekeeper is not here")
    expect(page.get_by_role("main")).to_contain_text("nobody writes here any more")
    expect(page.get_by_test_id("composer")).to_have_count(0)


def test_trouble_is_made_and_mended_on_a_phone(page, desk):
    page.set_viewport_size(PHONE)
    visit(page, desk)
    panel = manage(page, "trouble")
    page.get_by_test_id("trouble-seconds").fill("7")
    page.get_by_test_id("trouble-plan").click()
    expect(page.get_by_test_id("planned")).to_contain_text("1 × chat.postMessage: 429, Retry-After 7 s")
    (planned,) = desk.ask("status")["planned"]
    assert (planned["method"], planned["status"], planned["retry_after"]) == ("chat.postMessage", 429, 7)
    page.get_by_test_id("trouble-down").click()
    expect(panel).to_contain_text("Slack is down for")
    page.get_by_test_id("trouble-mend").click()
    expect(page.get_by_test_id("planned")).to_have_count(0)
    assert desk.ask("status")["down"] == 0
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_an_administrator_deletes_what_the_app_posted(page, desk):
    desk.client.chat_postMessage(channel="C0SUPPORT", text="card", blocks=[actions(button("go"))])
    for who, may in (("U0LEAD1", False), ("U0OWNER", True)):
        visit(page, desk, who)
        page.get_by_test_id("message").hover()
        page.get_by_test_id("message-more").click()
        expect(page.get_by_test_id("delete-message")).to_have_count(int(may))
    page.get_by_test_id("delete-message").click()
    expect(page.get_by_test_id("message")).to_have_count(0)


def test_somebody_from_outside_has_neither_the_app_nor_its_menu(page, desk):
    desk.act("message", "U0REP", channel="#support", text="hello Nadia")
    visit(page, desk, "U0CONNECT")
    expect(page.get_by_test_id("channel-C0SUPPORT")).to_be_visible()
    expect(page.get_by_test_id("app-lanekeeper")).to_have_count(0)
    page.get_by_test_id("message").hover()
    page.get_by_test_id("message-more").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Copy link"])
