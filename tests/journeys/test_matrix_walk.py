"""The matrix over the real wire, sampled: who may not, in which state, is told so in a sentence, and nothing moves.

`tests/core/test_matrix.py` holds the whole of it; here each payload comes as Slack sends it, and each sentence is read
where the person reads it.
"""

import json

import pytest
from eyes import wait_until, words
from house import GUEST, LENA, OWNER, REP, RITA

from bot.words.refused import refused

HOME = "T0LOCAL"
CLICKS = ("approve", "release", "happened", "did_not_happen")
FORMS = {"reject": {"reason": "other"}, "take_over": {"note": "By hand"}, "break_glass": {"note": "x" * 40}}
PEOPLE = {REP: HOME, RITA: HOME, GUEST: HOME, "U0ENGINEER": "T0ELSE"}
WAITS_IN = {"approve": "held", "take_over": "held", "break_glass": "held", "reject": "held"}
LATE = {"held": "NOT_WAITING", "rejected": "ALREADY_DECIDED", "done": "ALREADY_DECIDED", "expired": "EXPIRED"}


def expected(wish, state, who):
    if who == "U0ENGINEER":
        return "OTHER_WORKSPACE"
    if who == GUEST:
        return "GUEST"
    if state != WAITS_IN.get(wish):
        return LATE[state]
    if wish == "break_glass" or who == RITA:
        return "NOT_AN_APPROVER"  # the glass is for approvers and the lane's owner; then being the requester is no bar
    return "REQUESTER"


@pytest.fixture
def case_in(house):
    def reach(state):
        case = house.held("ZD-4821")
        match state:
            case "rejected":
                case.click(LENA, "reject")
                house.modal(LENA)
                house.submit(LENA, reason="other")
                case.ends("rejected")
            case "done":
                case.click(LENA)
                case.becomes("done")
            case "expired":
                house.later(hours=4, minutes=1)
                case.becomes("expired")
        return case

    return reach


@pytest.mark.parametrize("state", ["held", "rejected", "done", "expired"])
def test_whoever_may_not_is_told_why_and_nothing_moves(house, case_in, state):
    case = case_in(state)
    before, decided = case.run.actions["a1"], len(case.events("decision.recorded"))
    tried = [(wish, who) for who in PEOPLE for wish in (*CLICKS, *FORMS)]
    for wish, who in tried:
        house.deliver(payload(case, wish, who))
    wait_until(lambda: len(case.events("decision.refused")) >= len(tried), what="somebody was not refused")
    codes = {(e.decision, e.by.user): e.code for e in case.events("decision.refused")}
    assert codes == {(wish, who): expected(wish, state, who) for wish, who in tried}
    assert (case.run.actions["a1"], len(case.events("decision.recorded"))) == (before, decided)
    for who in (REP, RITA, GUEST):
        wanted = {refused(code, case.run.actions["a1"].decided[-1].by.user if decided else "")
                  for (_, user), code in codes.items() if user == who}  # fmt: skip
        wait_until(lambda who=who, wanted=wanted: wanted <= heard(house, who), what=lambda: heard(house, who))  # noqa: B023


def test_the_owner_of_the_lane_may_break_the_glass_and_nothing_else(house):
    case = house.held("ZD-4821", who=OWNER)
    house.deliver(payload(case, "approve", OWNER))
    wait_until(lambda: case.events("decision.refused"))
    house.deliver(payload(case, "break_glass", OWNER))
    case.becomes("done")


def heard(house, who):
    house.later(seconds=2)  # messages go out at Slack's pace
    return {words(m) for m in house.messages("D" + who[1:])}


def payload(case, wish, who):
    """As Slack sends it: a click in a modal, or a form."""
    action = case.run.actions["a1"]
    carried = {"r": case.id, "a": "a1", "v": action.version, "d": action.draft.digest}
    name = f"{case.id}/{wish}/{who}"
    by = {"user": {"id": who, "team_id": PEOPLE.get(who, HOME)}, "team": {"id": HOME}, "api_app_id": "A0", "token": ""}
    if wish in CLICKS:
        pressed = {"action_id": f"lane:{wish}", "value": json.dumps(carried), "action_ts": name, "type": "button"}
        view = {"id": "V1", "type": "modal"}
        return {"type": "block_actions", "trigger_id": name, **by, "actions": [pressed], "view": view,
                "container": {"type": "view"}}  # fmt: skip
    given = {block: {"value": _typed(block, text)} for block, text in FORMS[wish].items()}
    view = {"id": name, "hash": name, "type": "modal", "callback_id": f"lane:{wish}", "state": {"values": given},
            "private_metadata": json.dumps(carried)}  # fmt: skip
    return {"type": "view_submission", "trigger_id": name, **by, "view": view}


def _typed(block, text):
    return {"type": "static_select", "selected_option": {"value": text}} if block == "reason" else {"value": text}
