"""Lines to Slack break, are taken down, or die without a word: nothing that was acknowledged is lost, and a new line
takes the place of a dead one. S7, and python-slack-sdk #1446, #1110.
"""

import pytest
from eyes import status, wait_until
from house import LENA, OWNER, REP, SAM, SUPPORT

from bot.app import build
from bot.settings import CannotStart
from bot.slack.lines import Lines

PING = 0.2  # seconds; a dead line is found after three of them


def lines(house):
    return house.lanekeeper.reach.lines


@pytest.fixture
def quick(town, leaving):
    """A house that finds a dead line soon."""
    town.ping = PING
    town.start()
    try:
        yield town
    finally:
        leaving.append(town.leave())


def test_two_lines_share_what_comes(house):
    assert house.ask("status")["sockets"] == 2
    for _ in range(4):
        house.answer("/lane status")
    carried = [d["socket"] for d in house.ask("deliveries?type=slash_commands")["deliveries"]]
    assert sorted(carried) == [0, 0, 1, 1]


def test_a_refresh_takes_nothing_with_it(house):
    """Slack refreshes every few hours: a `disconnect` frame, and the next line is there before the old one goes."""
    case = house.held("ZD-4821")
    for _ in range(3):
        house.tell("drop")
        wait_until(lambda: house.ask("status")["sockets"] == 2, what="the lines did not come back")
    assert case.click(LENA)["ok"]
    case.becomes("done")
    assert len(house.refunds) == 1


def test_lines_that_are_cut_every_few_deliveries_lose_no_click(house):
    """What was not acknowledged is told to the person; what they did is stored or done again by them, and once."""
    cases = [house.held(ticket) for ticket in ("ZD-4821", "ZD-4822", "ZD-4827", "ZD-4841")]
    house.tell("cut", every=3)
    unsure = 0
    for case in cases:
        while not (said := case.click(LENA))["ok"]:
            assert said["error"] in {"dispatch_failed", "operation_timeout"}, said
            unsure += 1
            wait_until(lambda: house.ask("status")["sockets"])
            house.quiet()
            if case.state() != "held":
                break
        case.becomes("done")
    house.tell("cut", every=0)
    assert len(house.refunds) == len(cases)
    assert all(len(case.events("decision.recorded")) == 1 for case in cases)


def test_a_long_outage_ends_by_itself_and_nothing_is_lost(quick):
    """Slack is away altogether: what was approved goes on, what is owed to Slack is told afterwards."""
    case = quick.held("ZD-4821")
    assert case.click(LENA)["ok"]
    wait_until(lambda: case.events("decision.recorded"))
    quick.slack_fails("*", status=503, times=10_000)
    quick.tell("drop", reason=None)
    wait_until(lambda: case.state() == "done", timeout=20)
    assert len(quick.refunds) == 1
    wait_until(lambda: quick.ask("calls?method=apps.connections.open")["calls"][-1]["status"] == 503)
    quick.tell("mend")
    wait_until(lambda: quick.ask("status")["sockets"] == 2, timeout=30, what="the lines did not come back")
    wait_until(
        lambda: quick.later(seconds=10) or f"approved by <@{LENA}>" in case.card, timeout=20, what=lambda: case.card
    )
    assert quick.act("command", REP, channel=SUPPORT, text="/lane status")["ok"]


@pytest.mark.parametrize("coming", [0, 2], ids=["a line that lived", "a line that never answered"])
def test_a_line_that_dies_without_a_word_is_replaced_by_a_new_client(quick, capsys, coming):
    """The old client is not revived: it believes that it is connected."""
    case = quick.held("ZD-4821")
    old = [line.client for line in lines(quick)._lines]
    quick.tell("silence", coming=coming)
    said = case.click(SAM)
    wait_until(lambda: not any(line.client in old for line in lines(quick)._lines), what="no new client")
    wait_until(lambda: lines(quick).up() == 2, timeout=20, what="the new lines do not live")
    assert said["error"] == "operation_timeout", "a dead line carries nothing; the person is told"
    assert case.state() == "held"
    wait_until(lambda: case.click(LENA)["ok"], timeout=20)
    case.becomes("done")
    assert "line_dead" in capsys.readouterr().out


def test_health_counts_the_lines_that_live(town, leaving):
    town.ping = PING
    town.settings = town.settings.model_copy(update={"http_port": 0})
    town.start()
    try:
        url = f"{town.lanekeeper.reach.door.url}/health"
        assert status(url) == 200
        town.slack_fails("apps.connections.open", status=503, times=10_000)
        town.tell("drop", reason=None)
        wait_until(lambda: status(url) == 503, timeout=20)
        town.tell("mend")
        wait_until(lambda: status(url) == 200, timeout=30)
    finally:
        leaving.append(town.leave())


def test_an_app_token_that_slack_does_not_know_is_said_at_the_start(town):
    wrong = town.settings.model_copy(update={"slack_app_token": type(town.settings.slack_app_token)("xapp-wrong")})
    lanekeeper = build(wrong)
    with pytest.raises(CannotStart, match=r"does not accept SLACK_APP_TOKEN \(invalid_auth\); copy it again"):
        lanekeeper.start()


def test_nothing_is_left_behind_when_the_lines_are_hung_up(house):
    """A client that was let go while it connected anew would take clicks and do nothing with them."""
    more = Lines(house.lanekeeper.reach.bolt, house.settings.slack_app_token.get_secret_value(),
                 house.settings.slack_api_url, 1, PING)  # fmt: skip
    more.open()
    wait_until(lambda: house.ask("status")["sockets"] == 3)
    more.close()
    wait_until(lambda: house.ask("status")["sockets"] == 2)
    assert house.act("command", OWNER, channel=SUPPORT, text="/lane status")["ok"]
