"""A service in trouble: one look, one card, one incident in Jira, and nothing that runs is touched."""

import re
import time

import pytest
from eyes import status
from house import DANA, INCIDENT_APPROVALS, INCIDENTS, OWNER, RAVI

from bot.settings import Settings
from lanes.core.gate import NOTHING, Question, Regime, rule
from lanes.core.lane_state import LaneState
from lanes.core.page import Mode
from lanes.loading import load_lanes
from tools.contract import Stake, WriteTool
from tools.registry import TOOLS
from tools.sandboxes.incidents import PEOPLE

INCIDENT = {"lane": "incident", "who": RAVI, "channel": INCIDENTS}
SEEDED = 18  # issues that the sandbox begins with
LAG = 2.2  # seconds until the sandbox's search knows a new issue


def issues(house):
    return house.state("jira")["issues"]


def test_the_card_says_since_when_how_many_which_monitor_and_what_fixed_it_before(house):
    case = house.held("checkout-api", **INCIDENT)
    card = case.card
    assert re.search(r"Approve\? Open Incident in OPS: checkout-api errors since \d\d:\d\d UTC", case.message["text"])
    assert re.search(r"1\d\d errors since \d\d:\d\d UTC \(2\d min\), \d\d of them in the last 5 min", card)
    assert "Monitor “checkout-api: errors above 20 in 5 min” is in Alert" in card
    assert "OPS-12, 20" in card
    assert "Fix: “rolling restart of payment-gateway brought p95 back to 350 ms at 10:21”" in card
    assert "ALSO OPEN\n> - OPS-11, Bug" in card
    assert "Held because it calls people to work" in card
    assert "needs one approver" in card
    assert "Priority: (empty) → *High*" in card
    links = re.findall(r"<(http[^|>]+)\|", card)
    assert len(links) >= 6, "the logs, the monitors and the past incidents lead to their records"
    assert {status(url) for url in links} == {200}
    assert case.run.card.channel == INCIDENT_APPROVALS
    assert len(issues(house)) == SEEDED


def test_an_approved_incident_stands_in_jira_and_nothing_else_has_changed(house):
    before = house.state("datadog")
    case = house.held("checkout-api", **INCIDENT)
    draft = case.run.actions["a1"].draft
    case.click(DANA)
    case.ends("succeeded")
    made = issues(house)["OPS-15"]
    assert len(issues(house)) == SEEDED + 1
    assert made["summary"] == draft.arguments["summary"]
    assert made["labels"] == ["checkout-api", "first-look"]
    assert made["properties"] == {"lanekeeper_key": {"key": draft.key}}
    assert made["status"] == case.run.finished.readings["issue"]["status"]
    assert house.state("datadog") == before
    case.shows("|OPS-15>")
    assert "Done, and checked against the systems" in case.card
    assert "OPS-15 is open" in case.thread
    assert house.library.verify()[0] == []


def test_a_second_look_names_the_incident_that_is_open_and_drafts_nothing(house):
    first = house.held("checkout-api", **INCIDENT)
    first.click(DANA)
    first.ends("succeeded")
    time.sleep(LAG)
    second = house.ended("checkout-api again", **INCIDENT)
    assert second.run.finished.outcome == "no_evidence"
    assert not second.run.actions
    assert "OPS-15 “checkout-api errors since" in second.thread
    assert len(issues(house)) == SEEDED + 1


def test_an_incident_that_somebody_opened_by_hand_while_the_card_hung_is_not_opened_twice(house):
    case = house.held("checkout-api", **INCIDENT)
    new = {"project": "OPS", "type": "Incident", "summary": case.run.actions["a1"].draft.arguments["summary"]}
    house.by_hand("jira", by=PEOPLE["ravi"][0], new=new | {"description": "Payments fail."})
    time.sleep(LAG)
    case.click(DANA)
    case.ends("fell_short")
    (gone,) = case.events("action.superseded")
    assert gone.reason == "content_changed"
    assert "OPS-15 is" in gone.detail
    case.shows("OPS-15 is")
    assert len(issues(house)) == SEEDED + 1
    assert not issues(house)["OPS-15"]["properties"], "ours would carry its key"


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("auth-service", "auth-service shows no trouble. "),
        ("webhooks", "OPS-14 “Webhook queue grows slowly since this week” is open since "),
        ("mailer", "none of its 2 monitors is in Alert"),
        ("nobody-knows-it", "Check that this is what its logs are tagged with."),
    ],
)
def test_what_is_no_new_incident_is_said_with_what_was_seen_and_opens_none(house, service, said):
    case = house.ended(service, **INCIDENT)
    assert case.run.finished.outcome == "no_evidence"
    assert said in case.thread
    assert "No evidence" in case.thread
    assert not case.run.actions
    assert not case.run.finished.handed_over, "that nothing is wrong calls nobody"
    assert house.messages(INCIDENT_APPROVALS) == []
    assert len(issues(house)) == SEEDED


def test_who_asked_does_not_approve_and_who_is_not_on_call_cannot(house):
    case = house.held("checkout-api", lane="incident", who=DANA, channel=INCIDENTS)
    case.click(DANA)
    house.hears(DANA, "You asked for this run", INCIDENT_APPROVALS)
    case.click(RAVI)
    house.quiet()
    assert case.state() == "held"
    case.click(OWNER)
    case.ends("succeeded")


def test_while_datadog_is_silent_nothing_is_called_well(house):
    house.fails("datadog", "500", times=30)
    case = house.begin("auth-service", **INCIDENT)
    house.quiet()
    house.later(seconds=11)
    case.ends("model_unavailable")
    assert "shows no trouble" not in case.thread
    assert len(issues(house)) == SEEDED


# ---------------------------------------------------------------------- what the lane cannot do


@pytest.fixture(scope="module")
def lane():
    return load_lanes(Settings(_env_file=None).catalog, TOOLS)["incident-first-look"]


def test_the_lane_has_no_way_to_what_runs(lane):
    writes = {name for name, tool in lane.tools.items() if isinstance(tool, WriteTool)}
    assert writes == {"jira.create_issue"}
    assert {tool.system for tool in lane.tools.values()} == set(lane.identity.credentials) == {"datadog", "jira"}
    assert lane.identity.scopes == {
        "datadog:logs.read",
        "datadog:monitors.read",
        "jira:issues.read",
        "jira:issues.create",
    }
    assert not any(isinstance(tool, WriteTool) for tool in TOOLS if tool.system == "datadog")


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({}, "approve", "CALLS_PEOPLE"),
        ({"priority": ""}, "approve", "CALLS_PEOPLE"),
        ({"priority": "Highest"}, "block", "PEOPLE_CALL_THE_HIGHEST"),
        ({"project": "SUP"}, "block", "NO_RULE"),
        ({"type": "Task"}, "block", "NO_RULE"),
        ({"tool": "jira.transition_issue"}, "block", "NOT_A_TOOL_OF_THIS_LANE"),
        ({"tool": "stripe.create_refund"}, "block", "NOT_A_TOOL_OF_THIS_LANE"),
        ({"needs": "jira:issues.transition"}, "block", "SCOPE_MISSING"),
    ],
)
@pytest.mark.parametrize("mode", [Mode.APPROVAL, Mode.AUTONOMOUS])
def test_the_gate_lets_one_incident_in_ops_be_asked_for_and_nothing_more(lane, mode, change, verdict, reason):
    arguments = {"project": "OPS", "type": "Incident", "priority": "High"} | change
    asked = Question(
        tool=change.get("tool", "jira.create_issue"), arguments=arguments, stake=Stake(customer="OPS"),
        needs=frozenset({change.get("needs", "jira:issues.create")}), retry="check_first", has=lane.identity.scopes,
        done=frozenset(), elsewhere=False, spent=NOTHING, now=None,
    )  # fmt: skip
    ruling = rule(asked, Regime(lane.page, LaneState(mode=mode), LaneState()))
    assert (ruling.verdict, ruling.reasons[0]) == (verdict, reason)
