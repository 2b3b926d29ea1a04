"""Made-up weeks of support-priority: at first it drafts beside the people who set priorities, then it sets the low and
the normal ones alone, under a lease, until somebody takes one of them back.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.demo.acting import Acting
from bot.demo.cases import RATES, SPEAKS, Customer, spread
from bot.demo.told import WEEKS
from bot.demo.weeks import LENA, REP, SAM, Week
from lanes.core.page import Mode
from lanes.models.rules.priority import judged
from tools.contract import Target

LANE, SET = "support-priority", "zendesk.set_priority"
SHADOWED, ALONE, ASKED = 24, 22, 12  # runs a week: beside people, under a lease, and after it
ASKED_FOR = 3  # of three runs after it, one is asked for by people, who decide on it; the others are silent again
WAIT = 18.0  # minutes until a lead decides, the median
REOPENED, RATED = 0.02, 0.25  # of the tickets that people set a priority of
FREED = 5  # the week, counted from 0, with whose Monday its lease begins
LOST = WEEKS - 1  # and the one in which it is lost
Lost = Callable[[Week, str], None]  # somebody takes back what this run did
_PLACE = 150
_RISEN = {"low": "normal", "normal": "high", "high": "urgent", "urgent": "high"}
_MIX = ("low",) * 5 + ("normal",) * 11 + ("high",) * 3 + ("urgent",)


def worked(week: Week, lost: Lost | None = None) -> None:
    """One week, in the mode that the lane is in; in one of them it is `lost`, after its second morning."""
    rand = week.rand(LANE)
    alone = week.engine.regime(LANE).mode is Mode.AUTONOMOUS
    many = ALONE if alone else SHADOWED if week.index < FREED else ASKED
    for place, (day, hour) in enumerate(spread(rand, many, 5), _PLACE):
        one, wanted = week.customer(place, rand), rand.choice(_MIX)
        at = week.at(day, hour)
        if lost and at > week.at(1, 12) and week.alone:
            week.clock.now = week.at(1, 12)
            lost(week, week.alone[0][0])
            lost = None
        again = week.index > LOST and place % ASKED_FOR
        if many == SHADOWED or again:
            _beside(week, rand, one, wanted, at)
        else:
            _itself(week, rand, one, wanted, at)


def _beside(week: Week, rand: Random, one: Customer, wanted: str, at: datetime) -> None:
    inside, outside = RATES[LANE]
    who = (inside if wanted in {"low", "normal"} else outside).who(week.lot(one.number))
    run = week.silent(LANE, one.ticket, at, rand)
    said = _looks(run, one, wanted, rand)
    if who == "missed":
        run.ends(f"{one.ticket} has its priority already.")
    else:
        run.drafts(_set(one, wanted, said))
        run.ends(f"The draft would set the priority of {one.ticket} to {wanted}; nothing was carried out.")
    week.knows(run.id, who, grave=False)
    done = at + timedelta(minutes=rand.uniform(4, 200))
    theirs = _RISEN[wanted] if who in {"agent", "people"} else wanted
    ref = f"zendesk.ticket {one.ticket}"
    arguments = {"ticket": one.ticket, "priority": theirs}
    week.did(f"zendesk.audit 6{one.number} 1", "zendesk.ticket_audits", ref, SET, arguments, done)
    if rand.random() < RATED:
        value = "good" if rand.random() < 0.85 else "bad"
        week.felt("rated", "zendesk.ratings", ref, one.number, done + timedelta(hours=9), value=value)
    if rand.random() < REOPENED:
        week.felt("reopened", "zendesk.ticket_audits", ref, one.number, done + timedelta(hours=20))


def _itself(week: Week, rand: Random, one: Customer, wanted: str, at: datetime) -> None:
    run = week.acting(LANE, one.ticket, at, rand)
    run.start(REP, "C0SUPPORT", "command")
    run.drafts(_set(one, wanted, _looks(run, one, wanted, rand)))
    if str(run.action("a1").state) == "held":
        lead = rand.choice((LENA, SAM))
        run.clock.on(60 * min(rand.lognormvariate(0, 0.6) * WAIT, 200))
        run.decides("a1", lead, "approve")
    else:
        week.alone.append((run.id, "a1"))
    result = {"ticket": one.ticket, "priority": wanted}
    run.carries_out("a1", result)
    run.ends(f"The priority of {one.ticket} is {wanted} now.", {"ticket": result})


def taken_back(week: Week, run: str, at: datetime) -> None:
    """Somebody sets by hand what the lane had set alone."""
    ticket = str(week.engine.run(run).started.subject)  # type: ignore[union-attr]
    arguments = {"ticket": ticket, "priority": "urgent"}
    ref = f"zendesk.ticket {ticket}"
    week.did(f"zendesk.audit 6{ticket[3:]} 2", "zendesk.ticket_audits", ref, SET, arguments, at)


def _looks(run: Acting, one: Customer, wanted: str, rand: Random) -> str:
    """The lane reads the ticket; why it takes it for what it is, by the rules that would really run."""
    said = rand.choice(SPEAKS[wanted])
    requester = {"id": f"5{one.number}", "name": one.name, "email": one.email}
    ticket: dict[str, Any] = {
        "ticket": one.ticket, "subject": "Question", "status": "open", "priority": _before(wanted),
        "requester": requester, "comments": [{"role": "customer", "text": said}],
    }  # fmt: skip
    run.reads(("zendesk.get_ticket", {"ticket": one.ticket}, ticket, f"Ticket {one.ticket} · Question"))
    return judged(ticket)[1]


def _set(one: Customer, wanted: str, why: str) -> tuple[str, dict[str, Any], Target, str]:
    pinned = {"email": one.email, "priority": _before(wanted)}
    target = Target(ref=f"zendesk.ticket {one.ticket}", pinned=pinned)
    return SET, {"ticket": one.ticket, "priority": wanted}, target, why


def _before(wanted: str) -> str:
    return "normal" if wanted != "normal" else "low"
