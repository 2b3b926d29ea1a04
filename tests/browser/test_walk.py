"""A day in Northwind, by typing and clicking only. The tests are one day: each goes on where the one before ended."""

import os
import re
import socket

from northwind import (
    APPROVALS,
    LENA,
    OMAR,
    REVOPS,
    REVOPS_APPROVALS,
    RILEY,
    RITA,
    SAM,
    SUPPORT,
    THEO,
    Demo,
    wait_until,
)
from playwright.sync_api import expect

SEEDED = re.compile("re_3(?!Sandbox)")  # a refund that was there before


def test_a_ticket_becomes_a_refund_a_letter_and_a_solved_ticket(demo, desk):
    field = desk.page.get_by_test_id("composer")
    field.press_sequentially("/lane ref")
    expect(desk.page.get_by_test_id("composer-offers")).to_contain_text("/lane refunds ZD-4821")
    field.press("Tab")
    expect(field).to_have_value("/lane refunds ZD-4821")
    field.press("Enter")
    expect(desk.message("ZD-4821")).to_contain_text("waiting in #support-approvals")
    thread = desk.thread_of("ZD-4821")
    expect(thread).to_contain_text("✓ Read the ticket: Ticket ZD-4821 · Charged twice for this month")
    expect(thread).to_contain_text("⏳ Refund $38.00 of charge ch_3AdaPark02")
    desk.page.get_by_test_id("thread-close").click()

    desk.open(APPROVALS)
    card = desk.message("ZD-4821")
    for part in (
        "Approve? Refund $38.00 of charge ch_3AdaPark02 to Ada Park (ada@parkstudio.example)",
        "support-refunds · ZD-4821 · asked by @Riley Chen in #support",
        "Refunded: $0.00 of $38.00 → $38.00 of $38.00",
        "Charges ch_3AdaPark01 and ch_3AdaPark02 are both $38.00",
        "Held because the amount is above what may go alone",
        "rule: refund when amount is up to 500.00 USD",
        "needs one approver · until ",
        "cost so far $",
        "Ticket ZD-4821 · Charged twice for this month “Hi, I was charged twice",
    ):
        expect(card).to_contain_text(part)
    assert card.get_by_text("ada@parkstudio.example").count() == 1, "the sentence is said once"
    links = card.locator("a[href^=http]").evaluate_all("all => all.map(one => one.href)")
    assert len(links) >= 3
    assert all(link.startswith(tuple(demo.systems.values())) for link in links)

    desk.press(card, "approve")
    desk.whisper("You asked for this run, so somebody else has to decide on it.")
    assert not fresh_refunds(demo)

    desk.become(LENA)
    card = desk.message("ZD-4821")
    desk.press(card, "details")
    for part in ("The agent read", "Ruling: approve", "History", "Exactly what is sent", '"charge": "ch_3AdaPark02"'):
        expect(desk.modal).to_contain_text(part)
    desk.close()
    desk.press(card, "approve")
    expect(card).to_contain_text("done · approved by @Lena Ortiz")
    expect(card).to_contain_text("Approve? 2 drafts about ZD-4821")
    expect(card).to_contain_text("We have refunded $38.00 to the payment method you used.")
    expect(card.locator("[data-action-id='lane:approve']")).to_have_count(2)
    assert demo.state("zendesk")["tickets"]["4821"]["ticket"]["status"] == "open"

    desk.press(card, "approve")
    expect(card.locator("[data-action-id='lane:approve']")).to_have_count(1)
    expect(card).to_contain_text("Approve? Set ZD-4821 to solved")
    desk.press(card, "approve")
    expect(card).to_contain_text("Done: ZD-4821")
    expect(card).to_contain_text("Done, and checked against the systems")
    expect(card.locator("[data-action-id]")).to_have_count(2)
    for what in ("undo", "keep_case"):
        expect(card.locator(f"[data-action-id='lane:{what}']")).to_have_count(1)
    desk.open(SUPPORT)
    expect(desk.message("ZD-4821")).to_contain_text("done, and checked against the systems")

    (refund,) = fresh_refunds(demo)
    assert (refund["amount"], refund["charge"]) == (3800, "ch_3AdaPark02")
    assert list(demo.state("stripe")["keys"]) == [refund["metadata"]["lanekeeper_key"]]
    ticket = demo.state("zendesk")["tickets"]["4821"]
    assert ticket["ticket"]["status"] == "solved"
    (reply,) = replies(ticket)
    assert reply["body"].startswith("Hi Ada,")

    desk.become(SAM, APPROVALS)
    card = desk.message("ZD-4821")
    desk.press(card, "undo")
    expect(card).to_contain_text("Undo? Set ZD-4821 to open")
    expect(card).to_contain_text("@Sam Whitfield asked to take this back: Set ZD-4821 to solved")
    desk.become(LENA, APPROVALS)
    card = desk.message("ZD-4821")
    desk.press(card, "approve")
    expect(card).to_contain_text("done, and taken back")
    assert demo.state("zendesk")["tickets"]["4821"]["ticket"]["status"] == "open"


def test_a_command_that_ends_on_a_whole_word_is_sent_as_it_stands(desk):
    """Enter takes up what is offered only where the word is not finished, or where an arrow chose it."""
    desk.type("/lane")
    expect(desk.modal).to_contain_text("What shall be done?")
    desk.close()
    desk.type("/lane refunds")
    expect(desk.modal).to_contain_text("Such as ZD-4821")
    desk.close()
    field = desk.page.get_by_test_id("composer")
    for typed, keys, whole in (
        ("/lane ref", ["Enter"], "/lane refunds ZD-4821"),
        ("/lane refunds", ["ArrowDown", "Enter"], "/lane refunds ZD-4821"),
        ("/lane sho", ["Tab"], "/lane show refunds"),
    ):
        field.press_sequentially(typed)
        for key in keys:
            field.press(key)
        expect(field).to_have_value(whole)
        field.fill("")
    desk.asks("/lane HELP", "Lanekeeper lets agents draft work")


def test_the_second_of_two_leads_is_told_who_was_first(demo, desk, open_desk):
    """Slack is slow to change the card, so that on Sam's screen it still stands open."""
    desk.type("/lane refunds ZD-4841")
    expect(desk.message("ZD-4841")).to_contain_text("waiting in #support-approvals")
    desk.become(LENA, APPROVALS)
    late = open_desk(demo, SAM, APPROVALS)
    expect(late.message("ZD-4841")).to_contain_text("Approve? Refund $24.00")
    demo.slack_is_slow("chat.update", 3.0)
    desk.press(desk.message("ZD-4841"), "approve")
    late.press(late.message("ZD-4841"), "approve")
    late.whisper("@Lena Ortiz was first: this is decided already.")
    expect(late.message("ZD-4841")).to_contain_text("approved by @Lena Ortiz")
    assert len(fresh_refunds(demo)) == 2
    desk.press(desk.message("ZD-4841"), "approve_all")
    expect(desk.message("ZD-4841")).to_contain_text("Done, and checked against the systems")


def test_who_says_no_says_why(demo, desk):
    desk.type("/lane refunds ZD-4822")
    expect(desk.message("ZD-4822")).to_contain_text("waiting in #support-approvals")
    desk.become(LENA, APPROVALS)
    card = desk.message("ZD-4822")
    desk.press(card, "reject")
    expect(desk.modal).to_contain_text("Refund $412.00 of charge ch_3TomasRuiz02")
    desk.submit()
    expect(desk.modal.get_by_test_id("field-error")).to_be_visible()
    desk.modal.locator("[data-block-id=reason] select").select_option("not_due")
    expect(desk.modal.get_by_test_id("field-error")).to_have_count(0)
    desk.modal.locator("[data-block-id=note] textarea").fill("They have two teams, so two plans are right.")
    desk.submit()
    expect(card).to_contain_text("rejected: not due — “They have two teams, so two plans are right.”")
    expect(card.get_by_test_id("block-actions")).to_have_count(0)
    desk.become(RILEY, SUPPORT)
    thread = desk.thread_of("ZD-4822")
    expect(thread).to_contain_text("rejected by @Lena Ortiz: No refund is due — “They have two teams")
    assert len(fresh_refunds(demo)) == 2


def test_a_deal_is_changed_once_by_somebody_who_did_not_ask(demo, desk):
    before = demo.state("salesforce")["Opportunity"]
    desk.become(THEO, REVOPS)
    desk.type("/lane crm acme")
    expect(desk.message("acme")).to_contain_text("waiting in #revops-approvals")
    desk.open(REVOPS_APPROVALS)
    card = desk.message("Acme")
    desk.press(card, "approve")
    desk.whisper("You asked for this run, so somebody else has to decide on it.")
    desk.become(RITA)
    for part in (
        "Stage: Proposal → Negotiation",
        "Next step: Send revised pricing → send MSA redlines",
        "Close date: ",
    ):
        expect(card).to_contain_text(part)
    desk.press(card, "approve")
    expect(card).to_contain_text("Done, and checked against the systems")
    after = demo.state("salesforce")["Opportunity"]
    (changed,) = [name for name in after if after[name] != before[name]]
    assert (after[changed]["StageName"], after[changed]["NextStep"]) == ("Negotiation", "send MSA redlines")


def test_a_ticket_is_read_and_routed_and_left_as_it_was(demo, desk):
    before = demo.state("zendesk")["tickets"]["4830"]
    desk.type("/lane triage ZD-4830")
    said = "category outage · urgency high · route engineering"
    expect(desk.message("ZD-4830")).to_contain_text(said)
    expect(desk.thread_of("ZD-4830")).to_contain_text(said)
    assert demo.state("zendesk")["tickets"]["4830"] == before


def test_home_shows_what_waits_what_the_lanes_do_and_how_it_went(desk):
    desk.type("/lane refunds ZD-4843")
    expect(desk.message("ZD-4843")).to_contain_text("waiting in #support-approvals")
    desk.become(LENA)
    desk.page.get_by_test_id("app-lanekeeper").click()
    desk.page.get_by_test_id("app-home-tab").click()
    home = desk.page.get_by_test_id("home")
    for part in (
        "Waiting for you: 1", "Refund $189.00 of charge", "asked by @Riley Chen", "support-refunds", "support-triage",
        "crm-hygiene", "ZD-4821 · support-refunds · done, and checked", "ZD-4822 · support-refunds · ended: a person",
    ):  # fmt: skip
        expect(home).to_contain_text(part)
    desk.press(home, "details")
    expect(desk.modal).to_contain_text("Refund $189.00")
    desk.close()
    desk.press(home, "open")
    expect(desk.page.get_by_test_id(f"channel-{APPROVALS}")).to_have_attribute("aria-current", "page")
    expect(desk.page.get_by_test_id("thread")).to_contain_text("Approve? Refund $189.00")
    expect(desk.page.get_by_test_id("person-switcher")).to_contain_text("Lena Ortiz")
    assert len(desk.page.context.pages) == 1, "it is shown in place, to the same person"


def test_a_stopped_lane_approves_nothing_until_it_is_resumed(demo, desk):
    desk.asks("/lane stop refunds", "support-refunds is stopped: nothing is written any more.")
    desk.become(LENA, APPROVALS)
    card = desk.message("ZD-4843").filter(has_text="asked by")
    expect(card).to_contain_text("On hold: Refund $189.00")
    expect(card).to_contain_text("Nothing can be approved while support-refunds is stopped.")
    expect(card.locator("[data-action-id='lane:approve']")).to_have_count(0)
    expect(desk.message("was stopped by @Riley Chen")).to_be_visible()
    desk.asks("/lane resume refunds", "support-refunds may write again.")
    expect(card).to_contain_text("Approve? Refund $189.00")
    assert len(fresh_refunds(demo)) == 2


def test_a_small_refund_goes_alone_once_its_owner_has_signed_in_writing(demo, desk):
    desk.become(LENA)
    desk.asks("/lane mode refunds autonomous", "Only @Omar Haddad, who owns support-refunds, can sign a lease.")
    desk.become(OMAR)
    desk.type("/lane mode refunds autonomous")
    amount = desk.modal.locator("[data-block-id=amount] input")
    amount.fill("a lot")
    desk.modal.locator("[data-block-id=why] textarea").fill("Quarter's end, and half of the team is ill.")
    desk.submit()
    expect(desk.modal.get_by_test_id("field-error")).to_have_text("Write an amount such as 25.00 USD.")
    amount.fill("25.00 USD")
    desk.submit()
    expect(desk.modal).not_to_be_visible()
    desk.open(APPROVALS)
    expect(desk.message("is now in mode autonomous")).to_contain_text("set by @Omar Haddad")
    expect(desk.message("is now in mode autonomous")).to_contain_text("It had not earned this.")
    desk.become(RILEY, SUPPORT)
    desk.type("/lane refunds ZD-4827")
    expect(desk.message("ZD-4827")).to_contain_text("done, and checked against the systems")
    desk.open(APPROVALS)
    card = desk.message("ZD-4827")
    expect(card).to_contain_text("Refund $19.00")
    expect(card).to_contain_text("went alone, under the lease")
    desk.become(OMAR)
    desk.asks("/lane mode refunds approval", "support-refunds is now in mode approval")
    assert len(fresh_refunds(demo)) == 3


def test_a_lead_asks_and_is_told(desk):
    desk.become(LENA)
    status = desk.asks("/lane status", "support-refunds", "1 waiting", "3 succeeded", "crm-hygiene", "support-triage")
    expect(status).to_be_visible()
    desk.asks(
        "/lane show refunds", "a person commits every write", "refund when amount is up to 500.00 USD",
        "never: refund when amount is over 2000.00 USD", "@support-leads",
    )  # fmt: skip
    for term in ("ZD-4821", "ada@parkstudio.example"):
        desk.asks(f"/lane audit {term}", "Refund $38.00", "@Lena Ortiz", "done, and checked against the systems")
    desk.asks("/lane help", "Lanekeeper lets agents draft work that people approve.", "/lane refunds ZD-4821")
    desk.asks("/lane fly", "is neither a lane nor a command")


def test_the_history_says_all_of_it_and_nobody_changed_it(demo):
    assert "streams verified" in demo.lanekeeper("audit", "verify")
    listed = demo.lanekeeper("audit", "find", "ZD-4821")
    (run,) = re.findall(r"^(r\w+) .* ZD-4821  succeeded$", listed, re.MULTILINE)
    key = fresh_refunds(demo)[0]["metadata"]["lanekeeper_key"]
    told = demo.lanekeeper("audit", "show", run)
    for part in (
        f"@{RILEY} asked support-refunds",
        f"@{RILEY} could not approve a1: REQUESTER",
        f"under key {key[:12]}",
    ):
        assert part in told
    assert told.count(f"@{LENA} decided on") == 4, "three drafts, and one taken back"
    assert run in demo.lanekeeper("trace", run)


def test_ctrl_c_ends_everything_and_the_next_start_finds_it_again(tmp_path, open_desk):
    with socket.create_server(("127.0.0.1", 0)) as taken, Demo(tmp_path / "data", taken.getsockname()[1]) as first:
        assert f"Port {taken.getsockname()[1]} is taken, so the workspace took another one." in first.said
        desk = open_desk(first)
        desk.type("/lane refunds ZD-4821")
        expect(desk.message("ZD-4821")).to_contain_text("waiting in #support-approvals")
        desk.page.close()
        children = first.children
        assert children
        assert first.interrupt() == 0, first.said
        assert "did not stop" not in first.said, "it stops by itself, and is not ended"
        wait_until(lambda: not any(map(alive, children)), "a process was left behind")
    assert "Traceback" not in first.said
    assert "Your data is kept" in first.said
    with Demo(tmp_path / "data") as second:
        desk = open_desk(second, LENA, APPROVALS)
        card = desk.message("ZD-4821")
        desk.press(card, "approve")
        expect(card).to_contain_text("Approve? 2 drafts about ZD-4821")
        desk.page.close()  # before its server goes


def fresh_refunds(demo):
    """Refunds that were not there at the start, oldest first."""
    refunds = demo.state("stripe")["refunds"]
    return sorted((one for name, one in refunds.items() if not SEEDED.match(name)), key=lambda one: one["id"])


def replies(ticket):
    """What our own identity wrote to the customer."""
    return [one for one in ticket["comments"] if one["author_id"] == 9003 and one["public"]]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
