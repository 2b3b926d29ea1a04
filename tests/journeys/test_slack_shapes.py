"""What is sent to Slack is what Slack takes. Each journey checks its own calls; here all surfaces are shown in one."""

import pytest
import yaml
from eyes import wait_until
from house import LENA, MANIFEST, OWNER, REP, SAM
from shapes import ABSENT, SPEAKING, checker, complaints

from bot.slack.listeners import EVENTS

needs_the_checker = pytest.mark.skipif(checker() is None, reason=ABSENT)


@pytest.fixture
def everything(house):
    """Every surface once; the calls that were made for it."""
    house.act("open_home", LENA)
    case = house.held("ZD-4821")
    case.glance(LENA)
    case.click(REP)
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    house.quiet()
    case.click(SAM, "reject", "a2")
    house.modal(SAM)
    house.submit(SAM, reason="bad_wording", note="<!channel> & so on")
    case.click(SAM, "approve", "a3")
    case.ends("rejected")
    house.type("/lane mode refunds autonomous", OWNER)
    house.modal(OWNER)
    for words in ("help", "status", "inbox", "show refunds", "audit ZD-4821", "stop refunds", "resume refunds"):
        house.answer(f"/lane {words}", OWNER)
    house.ended("ZD-4825")
    house.ended("ZD-4830", lane="triage")
    house.type("/lane crm acme", OWNER, "C0REVOPS")
    house.quiet()
    return house.ask("calls")["calls"]


@needs_the_checker
def test_every_call_and_block_is_of_a_shape_that_slack_publishes(everything):
    assert {"chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "views.publish"} <= {
        call["method"] for call in everything
    }
    assert complaints(everything) == []


@needs_the_checker
def test_the_checker_can_complain():
    """A check that cannot fail is none."""
    said = complaints([
        {"method": "chat.postMessage", "args": {"channel": "C0", "text": "", "blocks": [{"type": "section"}]}},
        {"method": "chat.postLetter", "args": {}},
        {"method": "views.open", "args": {"trigger_id": "1", "view": {"type": "modal", "blocks": [{"type": "cloud"}]}}},
    ])  # fmt: skip
    assert {one.split(":")[0] for one in said} == {"chat.postMessage", "chat.postLetter", "views.open"}


@needs_the_checker
def test_the_manifest_asks_for_what_the_calls_need(everything):
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    assert checker().check_manifest(manifest, sorted({call["method"] for call in everything})) == []


def test_the_manifest_names_what_the_listeners_hear():
    manifest = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    settings = manifest["settings"]
    assert set(settings["event_subscriptions"]["bot_events"]) == set(EVENTS)
    assert [one["command"] for one in manifest["features"]["slash_commands"]] == ["/lane"]
    assert settings["interactivity"]["is_enabled"]
    assert settings["socket_mode_enabled"]


def test_every_message_has_words_for_a_lock_screen(everything):
    said = [call["args"] for call in everything if call["method"] in SPEAKING]
    assert len(said) > 10
    assert all(one.get("text", "").strip() for one in said)
