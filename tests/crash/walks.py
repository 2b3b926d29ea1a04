"""The walks that are interrupted, and what must be true of the world however often they were."""

import json
import re
from collections import Counter

from outside import APPROVALS, LEADS, LENA, OMAR, REP, SUPPORT, Town
from vendor import essence

from bot.workspace import seed
from lanes.core.page import Lane
from tools.contract import WriteTool
from tools.jira.adf import document
from tools.registry import TOOLS

TICKET = 4821
TICKET_ALONE = "4842"
LARGE = "ZD-4823"  # its refund of 1,290.00 USD takes two people
EXPIRES = 4 * 3600 + 1  # seconds; by then nobody may decide on a refund any more
OURS = re.compile(r"[0-9a-f]{64}")  # a key of ours: another one in each run


def refund_walk(town: Town) -> None:
    """The walk everybody tries first: a command, a card, an approval, two more at once, the end."""
    town.start()
    town.type(f"/lane refunds ZD-{TICKET}")
    town.until(lambda: "a1/1 approve" in town.buttons(), "no card with something to approve")
    town.press("a1/1 approve")
    town.until(lambda: "all approve_all" in town.buttons(), "reply and solving did not join the card")
    town.press("all approve_all")
    rest(town)


def stopped_walk(town: Town) -> None:
    """The kill switch falls and is lifted while a card hangs; then the walk goes on."""
    town.start()
    town.type(f"/lane refunds ZD-{TICKET}")
    town.until(lambda: "a1/1 approve" in town.buttons(), "no card with something to approve")
    for word, news in (("stop", "was stopped by"), ("resume", "was resumed by")):
        town.type(f"/lane {word} refunds", LENA)
        town.until(lambda news=news: not town.owed() and news in str(town.messages(APPROVALS)), f"not told: {news}")
    town.press("a1/1 approve")
    town.until(lambda: "all approve_all" in town.buttons(), "reply and solving did not join the card")
    town.press("all approve_all")
    rest(town)


def two_voices_walk(town: Town) -> None:
    """A refund so large that two people must say yes; what follows it takes one."""
    town.start()
    town.type(f"/lane refunds {LARGE}")
    town.until(lambda: "a1/1 approve" in town.buttons(), "no card with something to approve")
    town.press("a1/1 approve")
    town.until(lambda: "1 of 2" in str(town.messages(APPROVALS)), "the first voice is not shown")
    town.press("a1/1 approve", OMAR)
    town.until(lambda: "all approve_all" in town.buttons(), "reply and solving did not join the card")
    town.press("all approve_all")
    rest(town)


def rejected_walk(town: Town) -> None:
    """A lead says no, and why."""
    town.start()
    town.type(f"/lane refunds ZD-{TICKET}")
    town.until(lambda: "a1/1 reject" in town.buttons(), "no card with something to reject")
    town.reject("a1/1", "not_due")
    rest(town)


def expired_walk(town: Town) -> None:
    """Nobody decides."""
    town.start()
    town.type(f"/lane refunds ZD-{TICKET}")
    town.until(lambda: "a1/1 approve" in town.buttons(), "no card with something to approve")
    town.later(EXPIRES)
    rest(town)


def leased_walk(town: Town) -> None:
    """A command in a lane that may act alone: nobody is asked."""
    town.start()
    town.type(f"/lane refunds ZD-{TICKET_ALONE}")
    rest(town)


def approved_walk(town: Town, page: Lane) -> None:
    """Any lane's own example: asked for by somebody beside its approvals, approved by a lead, button by button."""
    about = page.channels.approvals.removeprefix("#").removesuffix("-approvals")
    room, people = next((number, people) for number, name, _, people in seed.CHANNELS if name.startswith(about))
    approvals = next(number for number, name, *_ in seed.CHANNELS if f"#{name}" == page.channels.approvals)
    lead = page.approvers.fallback[0]
    asks = next(one for one in people if one != lead)
    town.start()
    town.type(f"/lane {page.command} {page.subject.example}", asks, room)
    pressed: set[str] = set()

    def ended() -> bool:
        live = [name for name in town.buttons(approvals) if " approve" in name and name not in pressed]
        if "all approve_all" in pressed:  # the single buttons stay until the card is drawn again
            live = []
        if live:
            what = next((name for name in live if "approve_all" in name), live[0])
            town.press(what, lead, approvals)
            pressed.add(what)
        return town.at_rest()

    town.until(ended, "the work did not end")
    assert not town.buttons(approvals), f"live buttons: {list(town.buttons(approvals))}"
    assert len([m for m in town.messages(approvals) if m.get("blocks")]) == 1, "more than one card"


def written_once(town: Town) -> list[str]:
    """The tools a run has written with, in order: each approved, begun and done once, in a history that is whole."""
    assert town.verified() == []
    (events,) = town.histories().values()
    assert [e.outcome for e in events if e.kind == "run.finished"] == ["succeeded"]
    drafted = {e.action: e.draft.tool for e in events if e.kind == "action.drafted"}
    for kind in ("decision.recorded", "action.cleared", "execution.started", "action.done"):
        assert Counter(e.action for e in events if e.kind == kind) == dict.fromkeys(drafted, 1), kind
    assert not [e.kind for e in events if e.kind in {"action.uncertain", "action.failed", "action.expired"}]
    return [drafted[e.action] for e in events if e.kind == "execution.started"]


def world(town: Town) -> dict[str, object]:
    """What every system holds that a tool of ours writes to, whenever it came there and under whichever key of ours."""
    written = sorted({tool.system for tool in TOOLS if isinstance(tool, WriteTool)})
    held = {system: town.state(system) for system in written}
    _as_approved(town, held["jira"]["issues"])
    return json.loads(OURS.sub("ours", json.dumps({system: essence(state) for system, state in held.items()})))


def _as_approved(town: Town, issues: dict[str, dict]) -> None:
    """An issue in the very words of a draft says just that: they tell of logs, and a minute later of other ones."""
    drafts = [e.draft for events in town.histories().values() for e in events if e.kind == "action.drafted"]
    for said in (draft.arguments for draft in drafts if draft.tool == "jira.create_issue"):
        words = {"summary": said["summary"], "description": document(said["description"])}
        for issue in issues.values():
            if words.items() <= issue.items():
                issue.update(dict.fromkeys(words, "as approved"))


def ended_without_a_write(town: Town, how: str) -> None:
    """The draft was rejected, or expired: once. The model has heard it once, what was reserved is free, the card is
    settled, and no system was written to.
    """
    assert town.verified() == []
    (events,) = town.histories().values()
    assert [e.outcome for e in events if e.kind == "run.finished"] == [how]
    kinds = [e.kind for e in events if e.kind != "decision.refused"]
    assert Counter(kinds).items() >= {f"action.{how}": 1, "action.drafted": 1, "card.posted": 1}.items(), kinds
    assert kinds.count("decision.recorded") == (how == "rejected")
    assert kinds[kinds.index(f"action.{how}") :].count("turn.taken") == 1, kinds
    assert len(kinds) - len(events) <= town.repeats
    assert not {"action.cleared", "execution.started"} & set(kinds)
    assert town.reserved() == []
    town.until(lambda: not town.owed(), "something stays owed")  # a job of the quarter of an hour may come in between
    (card,) = [m for m in town.messages(APPROVALS) if m.get("blocks")]
    assert not town.buttons()
    assert how in str(card["blocks"])
    roots = [m for m in town.messages(SUPPORT) if m.get("thread_ts", m["ts"]) == m["ts"]]
    assert len(roots) == 1, f"{len(roots)} progress messages"
    handed_over = 0 if how == "rejected" else 1
    assert len(town.messages(LEADS)) == handed_over


def rest(town: Town) -> None:
    """Wait until every run has ended and all that follows from it is done."""
    town.until(town.at_rest, "the work did not end")


def all_is_well(
    town: Town, *, ticket: int = TICKET, charge: str = "ch_3AdaPark02", amount: int = 3800, voices: int = 1
) -> None:
    """One refund, one reply, a solved ticket; one card, settled; one history, whole, with every decision once."""
    the_world_is_well(town, ticket, charge, amount)
    _slack_is_well(town)
    _ledger_is_well(town, voices)


def the_world_is_well(town: Town, ticket: int, charge: str, amount: int) -> None:
    """What a customer sees: one refund, one letter, one solved ticket."""
    (refund,) = town.refunds()
    assert (refund["charge"], refund["amount"]) == (charge, amount)
    assert len(town.state("stripe")["keys"]) == 1, "a second key was sent"
    assert len(town.replies(ticket)) == 1, f"{len(town.replies(ticket))} replies"
    assert town.ticket(ticket)["ticket"]["status"] == "solved"


def _slack_is_well(town: Town) -> None:
    cards = [m for m in town.messages(APPROVALS) if m.get("blocks")]
    assert len(cards) == 1, f"{len(cards)} cards"
    news = [m["text"] for m in town.messages(APPROVALS) if not m.get("blocks")]
    assert len(news) == len(set(news)), news
    assert not town.buttons(), f"live buttons: {list(town.buttons())}"
    assert "Done, and checked against the systems" in str(cards[0]["blocks"]), cards[0]["blocks"]
    told = town.messages(SUPPORT)
    roots = [m for m in told if m.get("thread_ts", m["ts"]) == m["ts"]]
    assert len(roots) == 1, f"{len(roots)} progress messages"
    assert len(told) - len(roots) <= 1, f"{len(told) - len(roots)} messages in its thread"
    assert "done, and checked against the systems" in str(roots[0])
    told_at_large = [m["text"] for m in town.messages(LEADS)]
    assert [one for one in told_at_large if "It had not earned this" not in one] == [], "it was handed over"
    assert len(told_at_large) == len(set(told_at_large)), told_at_large


def _ledger_is_well(town: Town, voices: int) -> None:
    assert town.verified() == []
    histories = town.histories()
    assert len(histories) == 1, f"{len(histories)} runs of one command"
    (events,) = histories.values()
    ended = [e.outcome for e in events if e.kind == "run.finished"]
    assert ended == ["succeeded"], ended
    if TICKET_ALONE not in events[0].subject:
        decided = Counter(e.action for e in events if e.kind == "decision.recorded")
        assert decided == {"a1": voices, "a2": 1, "a3": 1}, decided
    for kind in ("action.cleared", "execution.started", "action.done"):
        assert Counter(e.action for e in events if e.kind == kind) == {"a1": 1, "a2": 1, "a3": 1}, kind
    refused = [e for e in events if e.kind == "decision.refused"]
    assert len(refused) <= town.repeats * 2, f"{len(refused)} refusals of {town.repeats} repeated clicks"
    lost = [e.kind for e in events if e.kind in {"action.uncertain", "action.failed", "action.expired"}]
    assert not lost, lost
    town.until(lambda: not town.owed(), "something stays owed")  # a job of the quarter of an hour may come in between
    assert events[0].by.user == REP
