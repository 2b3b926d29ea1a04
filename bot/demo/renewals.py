"""Made-up weeks of renewals: quotes that people leave in HubSpot while the lane drafts beside them, and a few of the
lane itself that RevOps decides on. The forecast in Salesforce says it all already, so there is nothing to update; and
people leave their quotes by the same template.
"""

from datetime import datetime, timedelta
from typing import Any

from bot.demo.acting import Acting
from bot.demo.cases import RATES, Customer, Who, company, spread
from bot.demo.weeks import RITA, THEO, Week, usd
from tools.contract import Target
from tools.money import Money

LANE, NOTE = "renewals", "hubspot.create_note"
SMALL, BIG = 14, 3  # silent runs a week, inside the segment and beyond it
ASKED = 2  # runs a week that people ask for
WAIT = 95.0  # minutes until RevOps decides, the median
REJECTED = 0.12
_GRAVE = 0.5  # of what differs: the amount does, else the day
_PLACE = 250


def shadowed(week: Week) -> None:
    """Quotes by people's hands, each with what the lane would have done."""
    rand, inside, outside = week.rand(f"{LANE} shadowed"), *RATES[LANE]
    sizes = [True] * SMALL + [False] * BIG
    rand.shuffle(sizes)
    for place, ((day, hour), inner) in enumerate(zip(spread(rand, len(sizes), 4), sizes, strict=True), _PLACE):
        minor = 100_000 * (rand.randrange(3, 26) if inner else rand.randrange(30, 90))
        at = week.at(day, min(hour, 11.9) if day == 3 else hour)
        _beside(week, week.customer(place, rand), at, minor, (inside if inner else outside).who(week.lot(place)))


def _beside(week: Week, one: Customer, at: datetime, minor: int, who: Who) -> None:
    rand = week.rand(f"{LANE} {one.number}")
    name, grave = company(rand), rand.random() < _GRAVE
    end = (at + timedelta(days=rand.randrange(25, 80))).date().isoformat()
    run = week.silent(LANE, f"{name} {one.number}", at, rand)
    _looks(run, one, name, minor, end)
    if who != "missed":
        run.drafts(_quote(one, name, minor, end))
        run.ends(f"The draft would lay a quote of {Money(minor=minor, currency='USD')} ready; nothing was carried out.")
    else:
        run.ends(f"No evidence: HubSpot does not say who decides on {name}.")
    week.knows(run.id, who, grave=grave)
    if who == "overreach":
        return
    theirs = _arguments(one, minor, end)
    if who in {"agent", "people"}:
        day = (at + timedelta(days=90)).date().isoformat()
        theirs |= {"amount": usd(round(minor * rand.choice((0.9, 0.95, 1.1))))} if grave else {"term_end": day}
    _by_hand(week, one, theirs, at + timedelta(minutes=rand.uniform(20, 600)))


def _by_hand(week: Week, one: Customer, arguments: dict[str, Any], at: datetime) -> None:
    ref, also = f"hubspot.contact {_contact(one)}", (f"hubspot.deal {_deal(one)}",)
    week.did(f"hubspot.note 7{one.number}", "hubspot.notes", ref, NOTE, arguments, at, also)


def asked_for(week: Week) -> None:
    """What Theo hands to the lane, and Rita decides on."""
    rand = week.rand(f"{LANE} asked")
    for place, (day, hour) in enumerate(spread(rand, ASKED, 5), _PLACE + 30):
        one, name, minor = week.customer(place, rand), company(rand), 100_000 * rand.randrange(8, 60)
        at = week.at(day, hour)
        end = (at + timedelta(days=rand.randrange(25, 80))).date().isoformat()
        run = week.acting(LANE, f"{name} {one.number}", at, rand)
        run.start(THEO, "C0REVOPS", "command")
        _looks(run, one, name, minor, end)
        run.drafts(_quote(one, name, minor, end))
        run.clock.on(60 * min(rand.lognormvariate(0, 0.6) * WAIT, 900))
        if rand.random() < REJECTED:
            run.decides("a1", RITA, "reject", reason="not_yet", note="They are in the middle of a trial.")
            run.ends("A person rejected the quote. Nothing was changed by this run.")
            continue
        run.decides("a1", RITA, "approve")
        note = {"note": f"7{one.number}", "contact": _contact(one), "text": run.action("a1").draft.preview.body}
        run.carries_out("a1", note)
        run.ends(f"The quote for {name} lies ready in HubSpot; a person sends it.", {"note": note})


def _looks(run: Acting, one: Customer, name: str, minor: int, end: str) -> None:
    amount = usd(minor)
    opportunity = {"opportunity": f"006Gen{one.number}", "name": f"{name} — Renewal", "stage": "Proposal",
                   "amount": amount, "close_date": end, "next_step": "Send the renewal quote"}  # fmt: skip
    forecast = {"account": {"id": f"001Gen{one.number}", "name": name}, "opportunities": [opportunity]}
    contact = {"contact": _contact(one), "name": one.name, "email": one.email, "label": "Decision maker"}
    deal = {"deal": _deal(one), "name": f"{name} — Renewal", "pipeline": "Renewals", "closed": False,
            "amount": amount, "close_date": end, "contacts": [contact]}  # fmt: skip
    asked = {"account": run.subject}
    run.reads(("salesforce.find_opportunities", asked, forecast, f"{name} — Renewal · Proposal · closes {end}"))
    found = {"company": {"company": f"52{one.number}", "name": name}, "deals": [deal]}
    run.reads(("hubspot.find_deals", {"company": name}, found, f"{name} — Renewal · Renewals · closes {end}"))


def _quote(one: Customer, name: str, minor: int, end: str) -> tuple[str, dict[str, Any], Target, str]:
    price = Money(minor=minor, currency="USD")
    target = Target(
        ref=f"hubspot.contact {_contact(one)}",
        pinned={"contact": one.name, "email": one.email, "amount": str(price), "close_date": end, "stage": "Quote"},
        seen={"deal": f"{name} — Renewal"},
    )
    why = f"Salesforce and HubSpot both say {price}, and the term ends on {end}. {one.name} decides on this deal."
    return NOTE, _arguments(one, minor, end), target, why


def _arguments(one: Customer, minor: int, end: str) -> dict[str, Any]:
    where = {"contact": _contact(one), "deal": _deal(one), "template": "renewal_quote"}
    return {**where, "amount": usd(minor), "term_end": end}


def _contact(one: Customer) -> str:
    return f"51{one.number}"


def _deal(one: Customer) -> str:
    return f"53{one.number}"
