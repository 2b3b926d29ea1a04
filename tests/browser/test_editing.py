"""A lead changes a draft by hand, on a desk and on a phone."""

from northwind import APPROVALS, LENA, SAM
from playwright.sync_api import expect


def test_a_lead_changes_an_amount_and_a_letter_by_hand(demo, desk):
    desk.type("/lane refunds ZD-4821")
    expect(desk.message("ZD-4821")).to_contain_text("waiting in #support-approvals")
    desk.become(LENA, APPROVALS)
    card = desk.message("ZD-4821")
    desk.press(card, "edit")
    expect(desk.modal).to_contain_text("Edit this draft")
    expect(desk.modal).to_contain_text("Charge: ch_3AdaPark02")
    amount = desk.modal.locator("[data-block-id=amount] input")
    expect(amount).to_have_value("38.00 USD")
    amount.fill("twenty")
    desk.submit()
    expect(desk.modal.get_by_test_id("field-error")).to_contain_text("Write an amount such as 38.00 USD.")
    amount.fill("20.00 USD")
    desk.submit()
    expect(card).to_contain_text("Edited by @Lena Ortiz")
    expect(card).to_contain_text("Amount: $38.00 → $20.00")
    desk.press(card, "details")
    expect(desk.modal).to_contain_text("What the agent had written")
    desk.close()
    desk.press(card, "approve")
    expect(card).to_contain_text("Approve? 2 drafts about ZD-4821")

    desk.press(card, "edit")
    desk.modal.locator("[data-block-id=template] select").select_option("free_text")
    desk.modal.locator("[data-block-id=amount] input").fill("")
    desk.modal.locator("[data-block-id=text] textarea").fill("Hi Ada,\n\nwe have sent $20.00 back to you.\n\nLena")
    desk.submit()
    expect(card).to_contain_text("we have sent $20.00 back to you.")
    desk.become(SAM, APPROVALS)
    card = desk.message("ZD-4821")
    desk.press(card, "approve")
    expect(card).to_contain_text("Approve? Set ZD-4821 to solved")
    expect(card).to_contain_text("done · edited by @Lena Ortiz · approved by @Sam Whitfield")
    comments = demo.state("zendesk")["tickets"]["4821"]["comments"]
    assert comments[-1]["body"] == "Hi Ada,\n\nwe have sent $20.00 back to you.\n\nLena"

    desk.press(card, "edit")
    desk.modal.locator("[data-block-id=status] select").select_option("pending")
    desk.submit()
    desk.whisper("Your version was not taken")
    desk.whisper("What you typed is kept.")
