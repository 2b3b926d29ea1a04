"""Slack's rates over the wire: no call too many, what Slack says with 429 is heeded, and in the end all is told."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from crowd import Crowd
from eyes import wait_until
from house import APPROVALS, LENA, OWNER, SAM, SUPPORT
from slack_sdk import WebClient

from bot.people.standing import People
from lanes.core.commands import Standing
from lanes.core.events import Person

BUSY = "ratelimited"


@pytest.fixture
def strict(town, leaving):
    """A house at Slack's own pace, in a workspace that counts."""
    vendors = {"zendesk": 60_000, "stripe": 60_000}  # only Slack is slow here
    town.settings = town.settings.model_copy(update={"slack_rate": 1.0, "rate_limits": vendors})
    town.start()
    town.tell("tiers", on=True)
    try:
        yield town
    finally:
        leaving.append(town.leave())


@pytest.fixture
def slow(town, leaving):
    """A house that may speak so seldom that no turn comes by itself, however long a test takes."""
    town.settings = town.settings.model_copy(update={"slack_rate": 0.01})
    town.start()
    try:
        yield town
    finally:
        leaving.append(town.leave())


def pass_time(house, seconds):
    """In Slack and in Lanekeeper alike."""
    house.tell("clock", advance=seconds)
    house.later(seconds=seconds)


def until_told(house, question, what):
    """Let time pass, a few seconds at a time, until something is so."""

    def look():
        answer = question()
        if not answer:
            pass_time(house, 3)
        return answer

    wait_until(look, timeout=60, what=what)


def limited(house):
    return [call["method"] for call in house.ask("calls")["calls"] if call["error"] == BUSY]


def updates(house, case):
    place = case.run.card
    return [call for call in house.calls("chat.update") if call["args"]["ts"] == place.ts and call["ok"]]


def test_what_is_overtaken_while_it_waits_is_never_sent(house):
    """Slack is busy with chat.update; of all that happens to the card meanwhile, the last state alone is drawn."""
    case = house.held("ZD-4821")
    house.quiet()
    before = len(updates(house, case))
    house.slack_fails("chat.update", status=429, retry_after=20, times=1)
    case.click(LENA)
    wait_until(lambda: case.state("a1") == "done" and case.state("a3") == "held", what=case.story)
    assert case.click(SAM, "reject")["ok"], "an old button still stands"
    house.later(seconds=21)
    case.shows(f"approved by <@{LENA}>")
    house.quiet()
    assert len(updates(house, case)) == before + 1


def test_twenty_who_click_at_once_are_looked_up_once(house):
    """The members of a group may be asked for 20 times a minute."""
    people = People(house.lanekeeper.reach.bolt.client, house.engine.team, house.engine.stands_in_for)
    approvers = house.engine.lanes["support-refunds"].page.approvers
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(people.standing, Person(user=LENA, team=house.engine.team), approvers) for _ in range(20)]
        assert {one.result() for one in asked} == {Standing.MEMBER}
    for method in ("usergroups.list", "usergroups.users.list", "users.info"):
        assert len(house.calls(method)) == 1


def test_what_was_asked_before_a_change_and_answered_after_it_is_asked_anew(house):
    """R4: an answer under way when somebody leaves a group would let them in for another minute."""

    class Overtaken(WebClient):
        def usergroups_users_list(self, **asked):
            answer = super().usergroups_users_list(**asked)
            people.changed()
            return answer

    client, engine = house.lanekeeper.reach.bolt.client, house.engine
    overtaken = Overtaken(token=client.token, base_url=client.base_url)
    people = People(overtaken, engine.team, engine.stands_in_for)
    approvers = engine.lanes["support-refunds"].page.approvers
    for asked in (1, 2):
        assert people.standing(Person(user=LENA, team=engine.team), approvers) is Standing.MEMBER
        assert len(house.calls("usergroups.users.list")) == asked


def test_a_429_stops_its_method_for_as_long_as_slack_says_and_no_other(house):
    case = house.held("ZD-4821")
    house.quiet()
    house.slack_fails("chat.update", status=429, retry_after=30, times=2)
    case.click(LENA)
    wait_until(lambda: case.state("a3") == "held")
    answered = house.answer("/lane status", OWNER)
    assert "support-refunds" in answered
    case.glance(SAM)
    refused = [call for call in house.calls("chat.update") if call["status"] == 429]
    assert len(refused) == 1, "the method rests; card and progress do not knock again"
    house.later(seconds=31)
    wait_until(lambda: len([call for call in house.calls("chat.update") if call["status"] == 429]) == 2)
    house.later(seconds=31)
    case.shows(f"approved by <@{LENA}>")


def test_forty_cards_are_drawn_again_without_one_call_too_many_and_a_click_comes_first(strict):
    """A lane is stopped under forty open cards. Slack grants 50 updates a minute: the rest of them waits, in no
    thread, and what a lead does meanwhile is shown at once.
    """
    crowd = Crowd(strict)
    wishes = crowd.refunds(40)
    crowd.move_in()
    for wish in wishes:
        strict.type(f"/lane {wish.lane} {wish.subject}", wish.who, wish.channel)

    def hanging():
        return [case for case in strict.runs() if case.run.card and case.run.waiting]

    def stopped():
        return [m["ts"] for m in strict.messages(APPROVALS) if "stopped" in str(m.get("blocks"))]

    until_told(strict, lambda: len(hanging()) == 40, lambda: f"only {len(hanging())} cards hang")
    until_told(strict, strict.rests, "it does not come to rest")
    assert len(strict.messages(APPROVALS)) == 40

    strict.answer("/lane stop refunds", OWNER)
    wait_until(stopped)
    waiting = next(case for case in hanging() if case.run.card.ts not in stopped())
    waiting.click(LENA, "reject")
    strict.modal(LENA)
    strict.submit(LENA, reason="not_due")
    waiting.shows("rejected")
    assert len(stopped()) < 39, "the other cards wait for their turn"
    until_told(strict, lambda: len(stopped()) >= 39, lambda: f"only {len(stopped())} cards are settled")
    assert limited(strict) == []


def looked(house):
    """How often a message of ours was looked for."""
    return len(house.calls("conversations.history")) + len(house.calls("conversations.replies"))


def test_what_slack_had_no_time_for_is_posted_later_and_not_looked_for(house):
    """Slack lets look for a message less often than post one: of what surely never left, it is not asked."""
    house.slack_fails("chat.postMessage", status=429, retry_after=20, times=1)
    case = house.begin("ZD-4821")
    wait_until(lambda: case.run.waiting and limited(house), what=case.story)
    house.later(seconds=21)
    wait_until(lambda: case.run.card and case.run.thread, what=case.story)
    house.quiet()
    assert len(house.messages(APPROVALS)) == 1
    assert len(house.messages(SUPPORT)) == 2
    assert looked(house) == 0


def test_a_thread_that_waits_for_its_second_message_goes_on_from_its_first(slow):
    """The channel takes one more message: who asked reads that it is worked on, and later all of it below."""
    for _ in range(5):
        slow.lanekeeper.reach.bolt.client.chat_postMessage(channel=SUPPORT, text="a busy channel")
    case = slow.held("ZD-4821")
    (root,) = wait_until(lambda: [m for m in slow.messages(SUPPORT) if "asked" in m["text"]])
    assert case.run.thread is None
    slow.later(minutes=10)
    wait_until(lambda: case.run.thread and "waiting in" in case.root, what=case.story)
    slow.quiet()
    assert case.run.thread.place.ts == root["ts"]
    assert len(slow.messages(SUPPORT)) == 7
    assert looked(slow) == 0


def test_a_message_whose_answer_was_lost_is_looked_for_and_stands_once(house):
    """It may be up: that somebody may post it now does not say that nobody has."""
    house.slack_fails("chat.postMessage", status=503, after=True, times=3)
    case = house.begin("ZD-4821")
    wait_until(lambda: case.run.card and case.run.thread, what=case.story)
    house.quiet()
    assert looked(house)
    assert len(house.messages(APPROVALS)) == 1
    assert len(house.messages(SUPPORT)) == 2
