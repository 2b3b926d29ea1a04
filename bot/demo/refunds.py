"""Made-up weeks of support-refunds: refunds that people make while the lane drafts beside them, and refunds of the lane
itself that leads decide on. A silent run drafts the refund alone: people's letters follow no template.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from bot.demo.acting import Acting
from bot.demo.cases import RATES, Customer, Who, large, plan, small, spread
from bot.demo.weeks import LENA, REP, SAM, Week, usd
from lanes.core.practice import VIA, shown_as
from lanes.core.values import Practice
from tools.contract import Change, Target
from tools.money import Money

LANE = "support-refunds"
REFUND, REPLY, STATUS = "stripe.create_refund", "zendesk.reply", "zendesk.set_status"
BIG_ONES = 8  # silent runs a week whose refund is over the segment's limit
ASKED = 14  # runs a week that people ask for
WAIT = 26.0  # minutes until a lead decides, the median
REJECTED, EDITED, GIVEN_UP = 0.09, 0.10, 0.05  # of the runs that people ask for
REOPENED, RATED, BAD = 0.015, 0.35, 0.12  # of refunded tickets; `BAD` of the ratings
PRACTISED, LET_THROUGH = 3, 20  # practice drafts a week; of so many, one is let through
DISPUTED_BY_PEOPLE = 0.02  # of the refunds that people made
_REASONS = (("not_due", "The plan was used for half of the month."), ("wrong_amount", "Only one of two seats is due."))


def shadowed(week: Week, small_ones: int) -> None:
    """Refunds by people's hands, each with what the lane would have done: so many drafts inside the segment."""
    rand, inside, outside = week.rand(f"{LANE} shadowed"), *RATES[LANE]
    sizes = [True] * small_ones + [False] * BIG_ONES
    rand.shuffle(sizes)
    cases = [(inner, (inside if inner else outside).who(week.lot(place))) for place, inner in enumerate(sizes)]
    cases += [(True, "both")] * cases.count((True, "missed"))
    for place, ((day, hour), (inner, who)) in enumerate(zip(spread(rand, len(cases), 5), cases, strict=True)):
        at = week.at(day, min(hour, 11.9) if day == 4 else hour)  # settled before the next week begins
        _beside(week, week.customer(place, rand), at, small(rand) if inner else large(rand), who)


def _beside(week: Week, one: Customer, at: datetime, minor: int, who: Who) -> None:
    rand = week.rand(f"{LANE} {one.number}")
    run = week.silent(LANE, one.ticket, at, rand)
    _looks(run, one, minor)
    theirs, mine = _amounts(who, minor, rand)
    if mine is not None:
        run.drafts(_refund(one, minor, mine))
        run.ends(f"The draft would refund {Money(minor=mine, currency='USD')}; nothing was carried out.")
    else:
        run.ends("No evidence: the two charges are for different plans.")
    week.knows(run.id, who, grave=True)
    done = at + timedelta(minutes=rand.uniform(12, 300))
    if theirs is not None:
        _by_hand(week, one, theirs, done)
        if rand.random() < DISPUTED_BY_PEOPLE:
            ref, also = f"stripe.charge {one.charges[1]}", (f"stripe.customer {one.stripe}",)
            week.felt("disputed", "stripe.events", ref, one.number, done + timedelta(hours=20), also=also)


def _amounts(who: Who, minor: int, rand: Random) -> tuple[int | None, int | None]:
    """What a person refunded, and what the lane drafted."""
    other = max(100, minor - rand.choice((100, 200, 300)) if minor <= 2500 else round(minor * rand.uniform(0.4, 0.8)))
    match who:
        case "both":
            return minor, minor
        case "agent":
            return other, minor
        case "people":
            return other, minor
        case "overreach":
            return None, minor
        case "missed":
            return minor, None


def _by_hand(week: Week, one: Customer, paid: int, at: datetime) -> None:
    arguments = {"charge": one.charges[1], "amount": usd(paid), "reason": "duplicate"}
    also = (f"stripe.customer {one.stripe}", f"zendesk.user {one.email}")
    name = f"stripe.refund re_3Gen{one.number}"
    week.did(name, "stripe.refunds", f"stripe.charge {one.charges[1]}", REFUND, arguments, at, also)


def asked_for(week: Week) -> None:
    """What Riley hands to the lane, and leads decide on."""
    rand = week.rand(f"{LANE} asked")
    for place, (day, hour) in enumerate(spread(rand, ASKED, 5), 100):
        minor = rand.choice((small, large, large))(rand)
        _asked(week, rand, week.customer(place, rand), week.at(day, hour), minor)


def practised(week: Week) -> None:
    """Practice drafts among the leads' cards: some request of the week once more, with ten times its amount. More of
    them than the page asks for, so that after ten weeks it is known how many are found.
    """
    rand = week.rand(f"{LANE} practice")
    for nth in range(PRACTISED):
        one, minor, number = week.customer(140 + nth, rand), small(rand), week.index * PRACTISED + nth
        price, wrong = (Money(minor=amount, currency="USD") for amount in (minor, 10 * minor))
        run = week.acting(LANE, one.ticket, week.at(1 + nth, 15 + rand.random()), rand, VIA)
        run.start(shown_as(REP), "C0SUPPORT", VIA, practice=Practice(
            flaw="amount", fields=("amount",), shown=str(wrong), real=str(price), made_from=run.id,
            queue="support-leads",
        ))  # fmt: skip
        _looks(run, one, minor)
        run.drafts(_refund(one, 10 * minor, 10 * minor))
        run.clock.on(60 * rand.uniform(3, 60))
        if number % LET_THROUGH == LET_THROUGH - 1:
            run.decides("a1", rand.choice((LENA, SAM)), "approve")
        else:
            run.decides("a1", rand.choice((LENA, SAM)), "reject", reason="wrong_amount")


def _asked(week: Week, rand: Random, one: Customer, at: datetime, minor: int) -> None:
    run = week.acting(LANE, one.ticket, at, rand)
    run.start(REP, "C0SUPPORT", "command")
    _looks(run, one, minor)
    lot = rand.random()
    if lot < GIVEN_UP:
        run.ends("No evidence: there is one charge only.", cause="no_evidence")
        return
    run.drafts(_refund(one, minor, minor))
    lead = rand.choice((LENA, SAM))
    run.clock.on(60 * min(rand.lognormvariate(0, 0.7) * WAIT, 200))
    if rand.random() < 0.4:  # who wants to know more opens the details
        run.opens("a1", lead)
        run.clock.on(rand.uniform(25, 170))
    if lot < GIVEN_UP + REJECTED:
        reason, note = rand.choice(_REASONS)
        run.decides("a1", lead, "reject", reason=reason, note=note)
        run.ends("A person rejected the refund. Nothing was changed by this run.")
        return
    if lot < GIVEN_UP + REJECTED + EDITED:
        minor = _edited(run, lead, one, minor, rand)
    run.decides("a1", lead, "approve")
    _carried_out(week, run, one, minor, lead)
    _came_back(week, rand, one)


def _edited(run: Acting, lead: Any, one: Customer, minor: int, rand: Random) -> int:
    less = max(100, round(minor * rand.choice((0.5, 0.75, 0.9))))
    before, after = (str(Money(minor=amount, currency="USD")) for amount in (minor, less))
    run.edits("a1", lead, _refund(one, minor, less)[1], (Change(field="amount", before=before, after=after),))
    run.clock.on(rand.uniform(5, 30))
    return less


def _carried_out(week: Week, run: Acting, one: Customer, minor: int, lead: Any) -> None:
    refund = {"refund": f"re_3Gen{one.number}", "charge": one.charges[1], "amount": usd(minor), "status": "succeeded"}
    key = run.carries_out("a1", {**refund, "key": run.action("a1").draft.key, "failure_reason": ""})
    arguments, ref = dict(run.action("a1").draft.arguments), f"stripe.charge {one.charges[1]}"
    week.did(f"stripe.refund re_3Gen{one.number}", "stripe.refunds", ref, REFUND, arguments, run.clock(), key=key)
    ticket = _ticket(one)
    run.drafts(
        (REPLY, {"ticket": one.ticket, "template": "refund_confirmation", "amount": usd(minor)}, ticket, "It is paid."),
        (STATUS, {"ticket": one.ticket, "status": "solved"}, ticket, "Nothing is left to do."),
    )
    run.clock.on(run.rand.uniform(40, 900))
    for name in ("a2", "a3"):
        if str(run.action(name).state) == "held":
            run.decides(name, lead, "approve")
    said = {"ticket": one.ticket, "status": "open", "comment": f"9{one.number}", "public": True, "text": "Refunded."}
    run.carries_out("a2", said)
    run.carries_out("a3", {"ticket": one.ticket, "status": "solved"})
    run.ends(f"Refunded {Money(minor=minor, currency='USD')}; the customer knows.", {
        "refund": {"status": "succeeded"}, "ticket": {"status": "solved"}
    })  # fmt: skip


def _came_back(week: Week, rand: Random, one: Customer) -> None:
    ref, at = f"zendesk.ticket {one.ticket}", week.clock() + timedelta(hours=rand.uniform(2, 30))
    if rand.random() < RATED:
        value = "bad" if rand.random() < BAD else "good"
        week.felt("rated", "zendesk.ratings", ref, one.number, at, value=value)
    if rand.random() < REOPENED:
        week.felt("reopened", "zendesk.ticket_audits", ref, one.number, at)


def _looks(run: Acting, one: Customer, minor: int) -> None:
    """The lane reads the ticket, then what the customer paid."""
    price = Money(minor=minor, currency="USD")
    words = f"I was charged {price} twice. Please refund one of the two payments."
    requester = {"id": f"5{one.number}", "name": one.name, "email": one.email}
    ticket = {"ticket": one.ticket, "subject": "Charged twice", "status": "open", "priority": "normal",
              "requester": requester, "comments": [{"role": "customer", "text": words}]}  # fmt: skip
    run.reads(("zendesk.get_ticket", {"ticket": one.ticket}, ticket, f"Ticket {one.ticket} · Charged twice"))
    product = plan(run.rand)
    charges = [{"charge": name, "amount": usd(minor), "status": "succeeded", "description": product}
               for name in one.charges]  # fmt: skip
    customer = {"id": one.stripe, "name": one.name, "email": one.email}
    paid = {"customer": customer, "charges": charges}
    run.reads(("stripe.find_charges", {"email": one.email}, paid, f"Charge {one.charges[1]} · {price} · {product}"))


def _refund(one: Customer, whole: int, minor: int) -> tuple[str, dict[str, Any], Target, str]:
    target = Target(
        ref=f"stripe.charge {one.charges[1]}",
        pinned={"status": "succeeded", "refunded_minor": 0, "disputed": False},
        seen={"customer": one.stripe, "name": one.name, "email": one.email, "amount_minor": whole, "currency": "USD"},
    )
    why = f"Charges {one.charges[0]} and {one.charges[1]} are for the same thing, minutes apart."
    return REFUND, {"charge": one.charges[1], "amount": usd(minor), "reason": "duplicate"}, target, why


def _ticket(one: Customer) -> Target:
    pinned = {"status": "open", "last_customer_comment": f"8{one.number}", "requester": one.name, "email": one.email}
    return Target(
        ref=f"zendesk.ticket {one.ticket}", pinned=pinned, seen={"status": "open", "subject": "Charged twice"}
    )
