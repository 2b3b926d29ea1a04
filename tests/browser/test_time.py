"""Hours pass in the demo by a click, and a restart does not bring them back."""

import re

from northwind import APPROVALS, LENA, RILEY, SUPPORT, Demo
from playwright.sync_api import expect


def test_a_draft_expires_when_nobody_decides_and_stays_expired_after_a_restart(tmp_path, open_desk):
    with Demo(tmp_path / "data") as first:
        desk = open_desk(first)
        desk.type("/lane refunds ZD-4821")
        expect(desk.message("ZD-4821")).to_contain_text("waiting in #support-approvals")
        desk.become(LENA, APPROVALS)
        card = desk.message("ZD-4821")
        expect(card).to_contain_text("Approve? Refund $38.00")
        clock = desk.page.get_by_test_id("clock")
        clock.click()
        desk.page.get_by_test_id("advance-14400").click()
        clock.click()
        desk.page.get_by_test_id("advance-1800").click()
        expect(clock).to_contain_text("+4 h 30 min")
        expect(card).to_contain_text(re.compile("expired", re.IGNORECASE))
        expect(card.locator("[data-action-id='lane:approve']")).to_have_count(0)
        desk.page.close()
    assert "Traceback" not in first.said
    with Demo(tmp_path / "data") as second:
        desk = open_desk(second, RILEY, SUPPORT)
        expect(desk.page.get_by_test_id("clock")).to_contain_text("+4 h 30 min")
        desk.type("/lane triage ZD-4830")
        expect(desk.message("ZD-4830")).to_contain_text("urgency high")
        desk.page.close()  # before its server goes
