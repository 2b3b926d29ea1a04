"""How people start a run: by a command with inputs, a modal, a message's menu, a mention, a direct message."""

import pytest
from eyes import wait_until, words
from house import APPROVALS, GUEST, LENA, REP, SAM, SUPPORT

from bot.workspace import seed

DM = seed.dm_of(REP)
ME = "@lanekeeper"
CUSTOMER = (
    "A customer asks: <!channel> charged twice? https://acme.zendesk.com/agent/tickets/4821 \u202eand *bold* & ZD-4822"
)


def one(house):
    """The only run there is, once it is on record."""
    wait_until(house.runs, what="no run began")
    (case,) = house.runs()
    return case


def fields(modal):
    return {block["block_id"]: block["element"] for block in modal["blocks"] if block["type"] == "input"}


def says(house, text, who=REP, channel=SUPPORT, **more):
    """Somebody writes a message; its ts."""
    said = house.act("message", who, channel=channel, text=text, **more)
    assert said["ok"], said
    return said["ts"]


def hands(house, ts, who=REP, channel=SUPPORT):
    """The menu of a message: Hand to a lane…"""
    assert house.act("shortcut", who, callback_id="lane:hand_over", channel=channel, ts=ts)["ok"]
    return house.modal(who)


def whispered(house, who=REP, channel=SUPPORT):
    """The newest message that only they see, whole."""
    found = wait_until(lambda: house.ask(f"messages?channel={channel}&user={who}")["ephemeral"], what="no whisper")
    return found[-1]["message"]


def takes_up(house, message, label, who=REP, channel=SUPPORT):
    """Click the button of that label."""
    (block,) = [block for block in message["blocks"] if block["type"] == "actions"]
    (found,) = [e for e in block["elements"] if e["text"]["text"] == label]
    assert house.act("click", who, channel=channel, ts=message["ts"], action_id=found["action_id"])["ok"]


def settled(house, lane, subject):
    """What was offered says what came of it, and has no buttons any more."""
    wait_until(lambda: f"*{lane}* was asked about *{subject}*" in words(whispered(house)), what=whispered(house))
    assert "blocks" not in whispered(house)


def reply(house, ts, channel=SUPPORT):
    """What the app wrote below a message."""
    return [m for m in house.messages(channel) if m.get("thread_ts") == ts and m["ts"] != ts]


# ---------------------------------------------------------------- the command


def test_inputs_are_typed_behind_the_subject_and_reach_the_record(house):
    house.type('/lane refunds ZD-4821 amount="38 usd" reason=Duplicate')
    case = one(house)
    assert case.run.started.inputs == {"amount": "38 USD", "reason": "duplicate"}
    assert case.run.started.subject == "ZD-4821"
    wait_until(lambda: case.run.waiting)


def test_what_is_missing_opens_a_modal_with_what_was_given(house):
    house.type("/lane refunds amount=lots reason=duplicate")
    modal = house.modal(REP)
    assert "Name a Zendesk ticket" in words(modal)
    assert "“lots” is not it. Write an amount such as 25.00 USD" in words(modal)
    assert fields(modal)["reason"]["initial_option"]["value"] == "duplicate"
    assert fields(modal)["amount"]["initial_value"] == "lots"

    refused = house.submit(REP, subject="tomorrow", amount="lots")
    assert refused["errors"] == {
        "subject": "Write a Zendesk ticket such as ZD-4821.",
        "amount": "“lots” is not it. Write an amount such as 25.00 USD.",
    }
    assert house.runs() == []
    assert house.submit(REP, subject="zd-4821", amount="38.00 USD")["ok"]
    case = one(house)
    assert case.run.started.subject == "ZD-4821"
    assert case.run.started.inputs == {"amount": "38.00 USD", "reason": "duplicate"}
    assert case.run.started.channel == SUPPORT


@pytest.mark.parametrize("typed", ["/lane refunds tomorrow", "/lane refunds <!channel> what=ever"])
def test_what_is_typed_wrong_is_quoted_and_escaped(house, typed):
    """S8."""
    house.type(typed)
    said = words(house.modal(REP))
    assert "is not a Zendesk ticket" in said
    assert "<!channel>" not in said
    assert house.runs() == []


@pytest.mark.parametrize("typed", ["/lane", "/lane start"])
def test_without_a_lane_a_modal_asks_for_it_first(house, typed):
    house.type(typed)
    offered = {one["value"] for one in fields(house.modal(REP))["lane"]["options"]}
    assert offered == set(house.engine.lanes)
    assert house.submit(REP, lane="crm-hygiene")["ok"]
    assert set(fields(house.modal(REP))) == {"subject"}
    assert house.submit(REP, subject="acme")["ok"]
    assert (one(house).run.lane, one(house).run.started.by.user) == ("crm-hygiene", REP)


def test_the_same_request_twice_is_one_run_and_again_means_it(house):
    first = house.held("ZD-4821")
    said = house.answer("/lane refunds zd-4821 reason=duplicate", SAM)
    assert f"run `{first.id}`" in said
    assert "waiting in #support-approvals" in said
    assert f"/c/{APPROVALS}/{first.run.card.ts}|" in said, "the link leads to the card"
    assert "`/lane refunds ZD-4821 reason=duplicate again`" in said
    house.type("/lane refunds ZD-4821 reason=duplicate again", SAM)
    wait_until(lambda: len(house.runs()) == 2)


def test_help_fits_one_message_and_names_every_way(house):
    said = house.answer("/lane help")
    for part in ("`/lane`  start", "[amount=…]", "Hand to a lane…", "with @", "`/lane inbox`"):
        assert part in said, part


# ---------------------------------------------------------------- a message's menu


def test_a_message_is_handed_over_with_what_it_speaks_of(house):
    """S8: its words are kept as somebody's, quoted, and can mention nobody."""
    ts = says(house, CUSTOMER, LENA)
    modal = hands(house, ts)
    assert fields(modal)["lane"]["initial_option"]["value"] == "support-priority", "the first that fits"
    assert "<!channel>" not in words(modal)
    house.submit(REP, lane="support-refunds")
    subject = fields(house.modal(REP))["subject"]
    assert [option["value"] for option in subject["options"]] == ["ZD-4821", "ZD-4822"]
    assert subject["initial_option"]["value"] == "ZD-4821"
    assert house.submit(REP, subject="ZD-4822")["ok"]

    case = one(house)
    wait_until(lambda: case.run.thread)
    started = case.run.started
    assert (started.via, started.subject, started.by.user) == ("shortcut", "ZD-4822", REP)
    assert "charged twice?" in started.message
    assert started.message.endswith(f"/c/{SUPPORT}/{ts}"), "and where they stand"
    house.quiet()
    (below,) = reply(house, ts)
    assert "asked *support-refunds* about *ZD-4822*" in words(below)
    assert "✓ Read the ticket" in words(below)


def test_where_the_app_is_no_member_the_thread_is_a_direct_message(house):
    ts = says(house, "ZD-4821, please")
    hands(house, ts)
    house.submit(REP, lane="support-refunds")
    house.slack_fails("chat.postMessage", error="not_in_channel", times=2)
    house.submit(REP, subject="ZD-4821")
    case = one(house)
    wait_until(lambda: case.run.thread)
    assert case.run.thread.place.channel == DM
    house.quiet()
    assert reply(house, ts) == []


# ---------------------------------------------------------------- a mention


def test_a_mention_in_a_thread_is_answered_in_it_with_one_message(house):
    top = says(house, "Look at this")
    says(house, f"{ME} refunds ZD-4821 reason=duplicate", thread_ts=top)
    case = one(house)
    wait_until(lambda: case.run.waiting)
    house.quiet()
    ours = [m for m in reply(house, top) if m["user"] == seed.BOT_USER]
    assert len(ours) == 1, "one message, updated"
    assert "waiting in #support-approvals" in words(ours[0])
    assert case.run.started.via == "mention"
    assert case.run.started.inputs == {"reason": "duplicate"}


def test_a_mention_of_a_ticket_alone_offers_the_lanes_that_fit(house):
    says(house, f"{ME} ZD-4821")
    offered = whispered(house)
    labels = [e["text"]["text"] for b in offered["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert labels == ["priority ZD-4821", "refunds ZD-4821", "triage ZD-4821"]
    assert house.runs() == []
    takes_up(house, offered, "triage ZD-4821")
    assert one(house).run.lane == "support-triage"
    settled(house, "support-triage", "ZD-4821")


def test_a_mention_that_misses_something_offers_to_fill_it_in(house):
    says(house, f"{ME} refunds amount=lots")
    said = whispered(house)
    assert "Name a Zendesk ticket" in words(said)
    takes_up(house, said, "Fill in…")
    assert fields(house.modal(REP))["amount"]["initial_value"] == "lots"
    assert any(block["type"] == "actions" for block in whispered(house)["blocks"]), "whoever closes the form may return"
    house.submit(REP, subject="ZD-4821", amount="38.00 USD")
    assert one(house).run.started.via == "mention"
    settled(house, "support-refunds", "ZD-4821")


def test_a_mention_nobody_understands_is_answered_with_help_that_only_they_see(house):
    says(house, f"{ME} how are you?")
    assert "lets agents draft work" in words(whispered(house))
    assert len(house.messages(SUPPORT)) == 1
    assert house.runs() == []


def test_a_mention_is_answered_in_its_thread_only_where_there_is_one(house):
    """Slack shows what only one person sees in no thread that nobody has begun: there it would be lost."""
    says(house, f"{ME} how are you?")
    assert "thread_ts" not in whispered(house)
    says(house, f"{ME} refunds")
    wait_until(lambda: "Name a Zendesk ticket" in words(whispered(house)))
    assert "thread_ts" not in whispered(house)
    top = says(house, "Look at this")
    says(house, f"{ME} status", thread_ts=top)
    wait_until(lambda: "*Lanes now*" in words(whispered(house)))
    assert whispered(house)["thread_ts"] == top


def test_slack_delivering_a_mention_again_is_one_run_and_an_edit_is_none(house):
    """U3."""
    says(house, f"{ME} refunds ZD-4821")
    case = one(house)
    wait_until(lambda: case.run.waiting)
    again = next(d["payload"] for d in house.ask("deliveries?type=events_api")["deliveries"])
    house.deliver(again)
    edited = {**again, "event_id": "EvEDITED", "event": {**again["event"], "text": "<@U0LANEKEEPER> refunds ZD-4822",
                                                         "edited": {"user": REP, "ts": "1.0"}}}  # fmt: skip
    house.deliver(edited)
    house.quiet()
    assert len(house.runs()) == 1


# ---------------------------------------------------------------- a direct message


def test_a_direct_message_understands_the_words_of_the_command(house):
    says(house, "status", channel=DM)
    house.reads(DM, "*Lanes now*")
    says(house, "help", channel=DM)
    house.reads(DM, "lets agents draft work")
    says(house, "inbox", channel=DM)
    house.reads(DM, "Nothing waits for you")
    says(house, "refunds ZD-4821", channel=DM)
    case = one(house)
    wait_until(lambda: case.run.waiting)
    house.quiet()
    assert case.run.thread.place.channel == DM
    assert case.run.started.via == "message"
    says(house, "refunds ZD-4821", channel=DM)
    house.reads(DM, "This was asked for already")
    says(house, "refunds ZD-4822", channel=DM, thread_ts=case.run.thread.place.ts)
    told = lambda: house.ask("deliveries?type=events_api")["deliveries"][-1]  # noqa: E731
    wait_until(lambda: told()["payload"]["event"].get("thread_ts") and told()["ack_ms"] is not None)
    house.quiet()
    assert len(house.runs()) == 1, "what is written in a run's thread starts nothing"


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("way", ["mention", "shortcut", "message"])
def test_a_guest_is_refused_in_every_way_in(house, way):
    """R6."""
    if way == "mention":
        says(house, f"{ME} refunds ZD-4821", GUEST)
        said = words(whispered(house, GUEST))
    elif way == "shortcut":
        ts = says(house, "ZD-4821", GUEST)
        assert house.act("shortcut", GUEST, callback_id="lane:hand_over", channel=SUPPORT, ts=ts)["ok"]
        said = words(whispered(house, GUEST))
    else:
        says(house, "refunds ZD-4821", GUEST, seed.dm_of(GUEST))
        said = house.reads(seed.dm_of(GUEST), "Guests cannot use lanes")
    assert "Guests cannot use lanes" in said
    assert house.runs() == []


@pytest.mark.parametrize("who", ["guest", "stranger"])
def test_rights_are_checked_at_the_submission_too(house, who):
    """R2: whoever became a guest while the modal was open, and a forged submission of somebody from elsewhere."""
    house.type("/lane refunds")
    house.modal(REP)
    if who == "guest":
        with house.somebody_is(REP, is_restricted=True):
            house.asks_anew()
            house.submit(REP, subject="ZD-4821")
            house.hears(REP, "Guests cannot use lanes", SUPPORT)
    else:
        house.act("submit", REP, values={"subject": "tomorrow"})
        forged = house.delivered("interactive")
        view = {**forged["view"], "hash": "other"}
        view["state"]["values"]["subject"]["value"]["value"] = "ZD-4821"
        house.deliver({**forged, "view": view, "user": {**forged["user"], "team_id": "T0OTHER"}})
        house.hears(REP, "Only people of this workspace", SUPPORT)
    house.quiet()
    assert house.runs() == []


def test_a_stranger_and_an_app_start_nothing(house):
    """R6."""
    says(house, f"{ME} refunds ZD-4821")
    one(house).becomes("held")
    known = next(d["payload"] for d in house.ask("deliveries?type=events_api")["deliveries"])
    event = {**known["event"], "text": "<@U0LANEKEEPER> refunds ZD-4822"}
    house.deliver({**known, "event_id": "EvA", "event": {**event, "team": "T0OTHER"}})
    house.hears(REP, "Only people of this workspace", SUPPORT)
    house.deliver({**known, "event_id": "EvB", "event": {**event, "bot_id": "B0OTHER"}})
    house.deliver({**known, "event_id": "EvC", "event": {**event, "user": "U0LANEKEEPER"}})
    house.quiet()
    assert len(house.runs()) == 1


def test_a_stopped_lane_starts_nothing_whatever_the_way(house):
    house.type("/lane stop refunds drill", LENA)
    house.reads("C0SUPPORTAPPROVALS", "was stopped by")
    says(house, f"{ME} refunds ZD-4821")
    assert "is stopped, so nothing was started" in words(whispered(house))
    says(house, "refunds ZD-4821", channel=DM)
    house.reads(DM, "is stopped, so nothing was started")
    assert house.runs() == []


# ---------------------------------------------------------------- progress, and the way out


def cancels(house, case, who):
    place = case.run.thread.progress
    return house.act("click", who, channel=place.channel, ts=place.ts, action_id="lane:cancel")


def test_progress_is_one_message_with_what_was_read_and_a_way_out(house):
    case = house.held("ZD-4821")
    house.quiet()
    assert "✓ Read the ticket" in case.thread
    assert "✓ Looked up the customer's charges" in case.thread
    assert cancels(house, case, REP)["ok"]
    case.ends("cancelled")
    assert f"cancelled by <@{REP}>" in case.root
    assert f"*Cancelled* by <@{REP}>" in case.thread
    assert cancels(house, case, REP)["error"] == "action_not_found", "the button is gone"
    assert case.state() == "superseded"
    assert "approve" not in {which for _, which in case.buttons}
    assert house.refunds == []


def test_an_approver_cancels_too_and_nobody_else(house):
    case = house.held("ZD-4821", who=LENA)
    house.quiet()
    assert cancels(house, case, REP)["ok"]
    house.hears(REP, "Only who asked for this run", SUPPORT)
    assert case.run.finished is None
    assert cancels(house, case, SAM)["ok"]
    case.ends("cancelled")
    assert f"cancelled by <@{SAM}>" in case.root


def test_a_run_that_ended_has_no_button_any_more(house):
    case = house.ended("ZD-4824")
    wait_until(lambda: case.run.thread)
    house.quiet()
    assert cancels(house, case, REP)["error"] == "action_not_found"
