"""Every wish, in every state, by everybody, from every surface, with the lane running and stopped: what is allowed is
written down once more here, by hand, and everything else is refused with the reason that stands here.
"""

from dataclasses import dataclass
from itertools import product

import pytest

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.commands import Standing, Voice
from lanes.core.decide import decide
from lanes.core.replace import replace
from lanes.core.states import State
from tools.contract import Change

SETTLING, UNSETTLED = "uncertain", "unsettled"  # the system is still asked; a person has to say
STATES = [*(state.value for state in State), UNSETTLED]
SURFACES = ("card", "modal", "home", "message", "command_line")
WHY = "The customer is on the phone and nobody else is here"

WAITS_IN = {
    "approve": {"held"},
    "edit": {"held"},
    "take_over": {"held"},
    "ask": {"held"},
    "break_glass": {"held"},
    "reject": {"held", "frozen"},
    "release": {"frozen"},
    "happened": {UNSETTLED},
    "did_not_happen": {UNSETTLED},
    "claim": {"held"},
    "cancel": set(STATES),
}
TOO_LATE = {
    "held": "NOT_WAITING",
    "drafted": "NOT_WAITING",
    "blocked": "NOT_WAITING",
    "shadowed": "NOT_WAITING",
    UNSETTLED: "NOT_WAITING",
    "frozen": "FROZEN",
    "expired": "EXPIRED",
    "superseded": "STALE_VERSION",
    SETTLING: "STILL_ASKING",
    **dict.fromkeys(("cleared", "executing", "done", "failed", "rejected", "taken_over"), "ALREADY_DECIDED"),
}
GO_ON_WHILE_STOPPED = {"reject", "take_over", "happened", "did_not_happen", "claim", "cancel"}
MAY_NOT = {
    Standing.NOT_MEMBER: "NOT_AN_APPROVER",
    Standing.UNKNOWN: "CANNOT_VERIFY",
    Standing.GUEST: "GUEST",
    Standing.STRANGER: "OTHER_WORKSPACE",
    Standing.BOT: "BOT",
    Standing.DEACTIVATED: "DEACTIVATED",
}
NEVER = {Standing.GUEST, Standing.STRANGER, Standing.BOT, Standing.DEACTIVATED}


@dataclass(frozen=True)
class Who:
    name: str
    user: str = "U0SOMEONE"
    standing: Standing = Standing.MEMBER
    on_behalf: str = ""
    home: bool = True


PEOPLE = (
    *(Who(standing.value, standing=standing) for standing in Standing),
    *(Who(f"requester, {standing.value}", "U0REQUESTER", standing) for standing in Standing),
    *(Who(f"lane's owner, {standing.value}", "U0OWNER", standing) for standing in Standing),
    *(Who(f"from elsewhere, {standing.value}", standing=standing, home=False) for standing in Standing),
    Who("stand-in", on_behalf="U0LEAD2"),
    Who("stand-in of the requester", on_behalf="U0REQUESTER"),
    Who("lane's owner, stand-in of the requester", "U0OWNER", on_behalf="U0REQUESTER"),
    Who("requester, who stands in", "U0REQUESTER", on_behalf="U0LEAD2"),
)


def expected(wish, state, who, surface, stopped):  # noqa: C901, PLR0911 - a line a rule
    """The code of the refusal; empty where it is allowed."""
    if not who.home:
        return "OTHER_WORKSPACE"
    if who.standing in NEVER:
        return MAY_NOT[who.standing]
    requester = who.user == "U0REQUESTER"
    if wish == "cancel":
        return "" if requester or who.standing is Standing.MEMBER else "NOT_YOURS_TO_CANCEL"
    if surface == "command_line" and wish not in {"reject", "take_over", "claim"}:
        return "NO_IDENTITY"
    if state not in WAITS_IN[wish]:
        return "NOT_WAITING" if wish == "claim" else TOO_LATE[state]
    if wish == "break_glass":
        if who.standing is not Standing.MEMBER and who.user != "U0OWNER":
            return MAY_NOT[who.standing]
        if who.user != "U0OWNER" and who.on_behalf and "U0REQUESTER" in {who.user, who.on_behalf}:
            return "REQUESTER" if requester else "FOR_THE_REQUESTER"
        return "KILL_SWITCH" if stopped else ""
    if requester:
        return "REQUESTER"
    if who.standing is not Standing.MEMBER:
        return MAY_NOT[who.standing]
    if who.on_behalf == "U0REQUESTER":
        return "FOR_THE_REQUESTER"
    return "KILL_SWITCH" if stopped and wish not in GO_ON_WHILE_STOPPED else ""


def command(given, wish, who, surface, action):
    voice = Voice(given.person(who.user, given.home if who.home else "T0ELSE"), who.standing, who.on_behalf)
    if wish == "claim":
        return c.Claim("R1", voice, "d")
    if wish == "cancel":
        return c.Cancel("R1", voice.by, voice.standing, "d")
    about = {
        "run": "R1", "action": "a1", "version": 1, "digest": action.draft.digest, "voice": voice, "surface": surface,
        "delivery": "d",
    }  # fmt: skip
    if wish == "ask":
        return c.Ask(**about, to="requester", text="Why?")
    change = (Change(field="amount", before="38.00 USD", after="20.00 USD"),)
    revision = c.Revision(given.proposal("20.00 USD"), change, made=False) if wish == "edit" else None
    reason = "other" if wish == "reject" else ""
    return c.Decide(**about, decision=wish, reason=reason, note=WHY, revision=revision)


@pytest.fixture(scope="module")
def runs(given):
    """A run whose one action is in each state."""
    story = given.held()
    action = story.action

    def of(state):
        real = State.UNCERTAIN if state == UNSETTLED else State(state)
        one = replace(action, state=real, unsettled=state == UNSETTLED)
        return replace(story.run, actions={"a1": one})

    return {state: of(state) for state in STATES}


@pytest.mark.parametrize("stopped", [False, True], ids=["running", "stopped"])
@pytest.mark.parametrize("wish", sorted(WAITS_IN))
def test_what_is_allowed_is_allowed_and_everything_else_is_refused_with_its_reason(given, runs, wish, stopped):
    facts = given.facts(given.regime(stopped=stopped))
    wrong = []
    for state, who, surface in product(STATES, PEOPLE, SURFACES):
        run = runs[state]
        events = decide(run, command(given, wish, who, surface, run.actions["a1"]), facts)
        first = events[0]
        code = first.code if isinstance(first, e.DecisionRefused) else ""
        if code != expected(wish, state, who, surface, stopped) or (code and len(events) > 1):
            wrong.append((state, who.name, surface, code or "allowed"))
    assert wrong == []


def test_nothing_is_left_out_of_the_matrix():
    wishes = {*e.Decision.__args__, "ask", "claim", "cancel"}
    assert wishes == set(WAITS_IN)
    assert set(TOO_LATE) == set(STATES)
    assert {who.standing for who in PEOPLE} == set(Standing)


SAID = {  # who has said yes already, and for whom → what each of these is told who says it now
    ("U0LEAD1", ""): {("U0LEAD1", ""): "ALREADY_SAID", ("U0X", "U0LEAD1"): "SAID_FOR_THEM", ("U0LEAD2", ""): ""},
    ("U0X", "U0LEAD1"): {
        ("U0LEAD1", ""): "SAID_FOR_THEM",
        ("U0X", ""): "ALREADY_SAID",
        ("U0X", "U0LEAD2"): "ALREADY_SAID",
        ("U0Y", "U0LEAD1"): "SAID_FOR_THEM",
        ("U0Y", "U0X"): "SAID_FOR_THEM",
        ("U0Y", "U0LEAD2"): "",
    },
}


@pytest.mark.parametrize(
    ("first", "second", "code"), [(one, two, code) for one, more in SAID.items() for two, code in more.items()]
)
def test_two_voices_are_of_two_people_whoever_speaks_for_whom(given, first, second, code):
    story = given.held("600.00 USD")
    story.click(first[0], on_behalf=first[1])
    events = story.click(second[0], on_behalf=second[1])

    assert (given.refused(events) if code else "") == code
    assert story.action.state is (State.HELD if code else State.CLEARED)


@pytest.mark.parametrize(("user", "on_behalf"), [("U0LEAD1", ""), ("U0X", "U0LEAD1")])
def test_who_wrote_it_does_not_let_it_through_nor_does_their_stand_in(given, user, on_behalf):
    story = given.held()
    change = (Change(field="amount", before="38.00 USD", after="90.00 USD"),)
    story.click("U0LEAD1", "edit", revision=c.Revision(given.proposal("90.00 USD"), change, made=True))

    assert given.refused(story.click(user, on_behalf=on_behalf)) == "WROTE_IT"
