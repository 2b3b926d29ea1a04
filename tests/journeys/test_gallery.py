"""Every kind of card, modal and Home, seen in a browser as a person sees it: the pictures of docs/gallery.md.

`make pictures` keeps them in docs/pictures. Without it they are taken all the same, and thrown away.
"""

import re
from pathlib import Path

import pytest
from camera import DESK, Camera
from chromium import PICTURES, launched
from eyes import wait_until, words
from house import APPROVALS, LENA, OWNER, REP, REVOPS, REVOPS_APPROVALS, RITA, SAM, SUPPORT, THEO
from sweep import sweep
from test_canaries import approved, posted, practises
from test_digest import choose
from test_earning import press as press_lease
from test_earning import proved
from test_home import press
from test_looking import REPORTS, cards, hung, keep, tag
from test_looking import case as look_at
from test_looking import press as press_look
from test_weekly_report import a_past, fire, reports

from bot.deciding import edit_form
from bot.looking.looking import FORM
from lanes.shadow.adjudication import handle

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def browser():
    with launched() as running:
        yield running


@pytest.fixture(scope="module")
def taken():
    """Every picture of this module, with the kind of modal on it."""
    return {}


@pytest.fixture
def camera(house, browser, taken, tmp_path):
    """A page on which nothing may go wrong unseen."""
    context = browser.new_context(
        viewport=DESK, device_scale_factor=1.5 if PICTURES else 1, timezone_id="UTC", reduced_motion="reduce"
    )
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    yield Camera(page, house, Path(PICTURES) if PICTURES else tmp_path, taken)
    context.close()
    assert wrong == []


def open_form(house, case, who, wish, **where):
    assert case.choose(who, wish, **where)["ok"]
    return house.modal(who)


def found(house, channel, part):
    """The newest message of a channel that says so; its ts."""
    house.reads(channel, part)
    return next(m["ts"] for m in reversed(house.messages(channel)) if part in words(m))


def tuned(house, lane, **changes):
    """Another page for a running lane."""
    ready = house.engine.lanes[lane]
    object.__setattr__(ready, "page", ready.page.model_copy(update=changes))


def test_a_refund_from_its_card_to_its_end(house, camera):
    case = house.held("ZD-4821")
    ts = case.run.card.ts
    camera.card("card", ts, "Approve? Refund $38.00")
    camera.card("phone", ts, "Approve? Refund $38.00", phone=True)
    root = case.run.thread.place.ts
    camera.thread("progress", root, "Read the ticket", "waiting in #support-approvals", who=REP, where=SUPPORT)
    camera.stands(REP, APPROVALS)
    case.click(REP)
    camera.whisper("refused", "You asked for this run", REP)

    camera.form("reject", "Why?", lambda who: case.click(who, "reject"))
    camera.form("details", "Exactly what is sent", lambda who: case.click(who, "details"))
    camera.form("details-phone", "Exactly what is sent", lambda who: case.click(who, "details"), phone=True)
    camera.form("take-over", "You do this yourself", lambda who: case.choose(who, "take_over"))
    camera.form("ask", "Your question", lambda who: case.choose(who, "ask"))
    camera.form("put-off", "See it again", lambda who: case.choose(who, "put_off"))
    camera.form("break-glass", "on your word alone", lambda who: case.choose(who, "break_glass"), OWNER)

    case.choose(LENA, "claim")
    camera.card("card-claimed", ts, "is on it until")
    case.choose(LENA, "let_go")
    case.click(LENA)
    case.becomes("held", "a2")
    camera.card("card-joined", ts, "Approve? 2 drafts about ZD-4821")
    case.click(LENA, "approve_all")
    case.ends("succeeded")
    camera.card("card-done", ts, "Done, and checked against the systems")
    case.click(SAM, "undo", "a3", version="undo")
    camera.card("undo", ts, "Undo?")
    camera.stands(LENA, SUPPORT)
    house.type("/lane audit ZD-4821", LENA)
    camera.whisper("audit", "Refund $38.00", LENA, SUPPORT)


def test_a_draft_is_edited_and_asked_about(house, camera):
    case = house.held("ZD-4821")
    ts = case.run.card.ts
    camera.stands(LENA, APPROVALS)
    case.click(LENA, "edit")
    house.modal(LENA)
    camera.modal("edit", "Amount")
    camera.page.locator("[data-block-id=amount] input").fill("twenty")
    camera.page.get_by_test_id("modal-submit").click()
    camera.modal("edit-error", "Write an amount such as 38.00 USD.")
    house.submit(LENA, amount="20.00 USD")
    camera.card("card-edited", ts, "Edited by @Lena Ortiz")
    assert case.choose(LENA, "ask", version=2)["ok"]
    house.modal(LENA)
    house.submit(LENA, to="requester", text="Is it both charges, or only the later one?")
    camera.card("card-asked", ts, "@Lena Ortiz asked @Riley Chen")
    root = case.run.thread.place.ts
    camera.thread("question", root, "asks before deciding", who=REP, where=SUPPORT)
    asked = next(m for m in house.below(case.run.thread.place) if "asks before deciding" in words(m))
    block = next(b for b in asked["blocks"] if b["type"] == "actions")["block_id"]
    house.act("click", REP, channel=SUPPORT, ts=asked["ts"], action_id="lane:answer", block_id=block)
    house.modal(REP)
    camera.modal("answer", "Is it both charges", who=REP)
    house.submit(REP, text="Only the later one is the duplicate.")
    case.becomes("held", "a2")
    camera.card("card-answered", ts, "Only the later one is the duplicate.")
    case.click(LENA, "details", "a2")
    house.modal(LENA)
    case.click(SAM, "reject", "a2")
    house.modal(SAM)
    house.submit(SAM, reason="not_due", note="They have two teams, so two plans are right.")
    case.ends("rejected")
    camera.modal("decided-meanwhile", "Decided meanwhile")
    house.act("close", LENA, all=True)
    camera.card("card-rejected", ts, "rejected: not due")
    house.later(minutes=11)
    again = house.held("ZD-4821")
    camera.card("card-precedent", again.run.card.ts, "One like it was rejected")


def test_what_needs_more_than_one_yes_and_what_changed_meanwhile(house, camera):
    case = house.held("ZD-4823")
    case.click(LENA)
    camera.card("card-quorum", case.run.card.ts, "needs 2 different people")
    house.refund_by_hand("ch_3MeiChen02", 100)
    case.click(SAM)
    camera.card("card-changed", case.run.card.ts, "is left to refund")
    said = house.engine.lanes["support-refunds"].page
    rows = tuple(
        row.model_copy(update={"stages": ("support-leads", "support-managers"), "quorum": 1})
        if row.reason == "AMOUNT_OVER_AUTO" else row for row in said.policy
    )  # fmt: skip
    tuned(house, "support-refunds", policy=rows)
    staged = house.held("ZD-4822")
    camera.card("card-stages", staged.run.card.ts, "needs @support-leads, then @support-managers")
    house.answer("/lane stop refunds the totals look wrong", SAM)
    camera.card("card-stopped", staged.run.card.ts, "Nothing can be approved while")
    house.answer("/lane resume refunds", LENA)
    house.later(hours=5)
    staged.ends("expired")
    camera.card("card-expired", staged.run.card.ts, "expired: nobody decided in time")


def test_what_nobody_could_settle_is_settled_by_a_person(house, camera):
    case = house.held("acme", lane="crm", who=THEO, channel=REVOPS)
    camera.card("crm", case.run.card.ts, "Stage: Proposal", where=REVOPS_APPROVALS, who=RITA)
    house.fails("salesforce", "disconnect_after", "*/Opportunity/*", method="PATCH", times=3)
    house.fails("salesforce", "500", "*/Opportunity/*", method="GET", times=1000, skip=2)
    case.click(RITA)
    case.nobody_can_tell()
    camera.card("card-uncertain", case.run.card.ts, "Did it happen?", where=REVOPS_APPROVALS, who=RITA)


def test_many_small_drafts_are_one_card(house, camera):
    batch = sweep(house, ["Bluebird", "Corvo", "Delta Foods", "Sons " + "of the Northern Coast " * 14])
    ts = batch.message["ts"]
    camera.card("batch", ts, "4 changes wait", where=REVOPS_APPROVALS, who=RITA)
    camera.card("batch-phone", ts, "4 changes wait", where=REVOPS_APPROVALS, who=RITA, phone=True)
    batch.reject(batch.cases[0], RITA)
    batch.press_rest(RITA)
    camera.whisper("batch-rest", "Approved 2 of 3", RITA, REVOPS_APPROVALS)
    for case in batch.cases[1:3]:
        case.ends("succeeded")
    camera.card("batch-later", ts, "1 change waits", where=REVOPS_APPROVALS, who=RITA)


def test_ways_in(house, camera):
    camera.form("start-which", "Start a run", lambda who: house.type("/lane", who), REP, SUPPORT)
    typed = "/lane refunds amount=lots reason=duplicate"
    camera.form("start", "Name a Zendesk ticket", lambda who: house.type(typed, who), REP, SUPPORT)
    said = house.act("message", LENA, channel=SUPPORT, text="A customer was charged twice: ZD-4821. Can somebody look?")
    menu = {"callback_id": "lane:hand_over", "channel": SUPPORT, "ts": said["ts"]}
    camera.form("hand-over", "Hand to a lane", lambda who: house.act("shortcut", who, **menu), REP, SUPPORT)
    camera.stands(REP, f"c/{SUPPORT}/{said['ts']}")
    house.act("message", REP, channel=SUPPORT, text="@lanekeeper ZD-4821", thread_ts=said["ts"])
    camera.whisper("offer", "What shall be done with", REP, f"c/{SUPPORT}/{said['ts']}")
    case = house.ended("ZD-4825")
    camera.thread("blocked", case.run.thread.place.ts, "too large", who=REP, where=SUPPORT)


@pytest.fixture
def before_eight(house):
    """Lena lives where it is between seven and eight in the morning."""
    with house.somebody_is(LENA, tz=house.settings.time_zone):
        yield


@pytest.mark.usefixtures("before_eight")
def test_home_digest_and_settings(house, camera):
    first, second = house.held("ZD-4822"), house.held("ZD-4821")
    done = house.held("ZD-4827")
    done.click(LENA, "reject")
    house.modal(LENA)
    house.submit(LENA, reason="not_due")
    done.ends("rejected")
    assert first.state() == second.state() == "held"
    for who in (LENA, OWNER):
        house.act("open_home", who)
        wait_until(lambda who=who: "Lanes" in house.home(who))
    camera.home("home", "Waiting for you: 2", "ZD-4827", who=LENA)
    camera.home("home-phone", "Waiting for you: 2", who=LENA, phone=True)
    camera.form("settings", "Daily digest", lambda who: press(house, who, "home_settings"), LENA, "app/home")
    camera.form("lane-page", "Who decides", lambda who: press(house, who, "home_lane"), LENA, "app/home")
    refunds = "lane/support-refunds"
    camera.form("stop", "writes nothing", lambda who: press(house, who, "home_stop", refunds), OWNER, "app/home")
    choose(house, LENA, digest="8")
    house.later(minutes=61)
    camera.card("digest", found(house, "D0LEAD1", "Your day"), "waiting for you", where="app/messages")


def test_a_lane_earns_a_lease_and_loses_it(house, camera):
    camera.form("mode", "has not earned", lambda who: house.type("/lane mode refunds autonomous", who), OWNER)
    proved(house)
    house.answer("/lane drill refunds", LENA)
    house.answer("/lane promote refunds", LENA)
    press_lease(house, LENA, "lease_sign")
    house.hears(LENA, "You have signed")
    ts = found(house, APPROVALS, "May support-refunds do this alone?")
    camera.card("lease", ts, "May support-refunds do this alone?", "Lena Ortiz")
    camera.form("lease-details", "What it rests on", lambda who: press_lease(house, who, "lease_details"))
    camera.form("lease-decline", "Why not?", lambda who: press_lease(house, who, "lease_decline"))
    press_lease(house, OWNER, "lease_sign")
    wait_until(lambda: house.engine.regime("support-refunds").mode == "autonomous")
    case = house.ended("ZD-4827")
    camera.card("card-alone", case.run.card.ts, "went alone, under the lease")
    name = f"audit/{case.run.id}/a1"
    wait_until(lambda: [one for one in cards(house) if f"case/{handle(name)}" == tag(one)])
    camera.card("audit-card", hung(house, name)["ts"], "It was done alone. Was it right?", where=REPORTS, who=SAM)
    house.answer("/lane undo ZD-4827", LENA)
    camera.card("demoted", found(house, APPROVALS, "acts alone no more"), "acts alone no more")


def test_a_third_person_looks(house, camera):
    keep(house, look_at(house, "k1"))
    ts = hung(house, "k1")["ts"]
    camera.card("look", ts, "Nothing happens by this", where=REPORTS, who=SAM)
    camera.form("look-form", "Your answer", lambda who: press_look(house, who, "k1", "a"), SAM, REPORTS)
    press_look(house, SAM, "k1", "both")
    camera.card("look-told", ts, "was the agent's", where=REPORTS, who=SAM)


def test_a_practice_draft_is_told(house, camera):
    practising = practises(house)
    approved(house)
    practice = posted(house, practising)
    camera.stands(SAM, APPROVALS)
    practice.click(SAM)
    camera.whisper("practice-told", "This was a practice draft", SAM)
    camera.card("practice", practice.run.card.ts, "it counts as missed", who=SAM)


def test_the_weekly_report(house, camera):
    a_past(house)
    assert fire(house).outcome == "done"
    (told,) = reports(house)
    camera.card("report", told["ts"], "Agreed with people in 95.2 %", where=REPORTS)
    camera.card("report-phone", told["ts"], "Agreed with people in 95.2 %", where=REPORTS, phone=True)
    assert fire(house, "weekly_overview").outcome == "done"
    camera.card("report-all", found(house, REVOPS, "All lanes: week"), "support-refunds", where=REVOPS, who=RITA)


def test_what_slack_does_not_take_and_what_a_stop_froze(house, camera):
    house.fails("stripe", "timeout_before", "/v1/customers", delay=0.3)
    short = house.begin("ZD-4822")
    wait_until(lambda: short.run.thread)
    house.slack_fails("chat.postMessage", error="invalid_blocks")
    wait_until(lambda: short.run.card)
    camera.card("card-in-short", short.run.card.ts, "Open Details to read all of it")
    case = house.held("ZD-4821")
    house.fails("stripe", "timeout_before", "/v1/charges/ch_3AdaPark02", method="GET", delay=0.6)
    case.click(LENA)
    wait_until(lambda: case.events("decision.recorded"))
    house.answer("/lane stop refunds", SAM)
    case.becomes("frozen")
    house.answer("/lane resume refunds", LENA)
    camera.card("card-frozen", case.run.card.ts, "Release & run")


@pytest.mark.usefixtures("browser")
def test_the_gallery_shows_them_all(taken, request):
    """Each picture stands on its page and in its folder, small enough for a README; each kind of modal is there."""
    page = (ROOT / "docs" / "gallery.md").read_text()
    shown = set(re.findall(r"pictures/([\w-]+)\.png", page))
    assert set(taken) <= shown
    chosen = {item.originalname for item in request.session.items if item.path == request.node.path}
    if chosen < {name for name in globals() if name.startswith("test_")}:
        return  # somebody wanted a few of the tests, which take a few of the pictures
    assert shown == set(taken)
    kept = {file.stem: file.stat().st_size for file in (ROOT / "docs" / "pictures").iterdir()}
    assert set(kept) == set(taken)
    assert max(kept.values()) < 120_000, max(kept, key=kept.get)
    sources = "".join(file.read_text() for file in (ROOT / "bot").rglob("*.py"))
    kinds = {f"lane:{one}" for one in re.findall(r"\bmodal\(\s*\"(\w+)\"", sources)}
    assert kinds | {edit_form.CALLBACK, f"lane:{FORM}"} <= set(taken.values())
