"""renewals: find the renewal that both systems know, bring its opportunity in line, and lay the quote ready.

A deal of HubSpot's pipeline "Renewals" closes on the day the term ends; the Salesforce opportunity of the same name is
its forecast. Price, date and recipient come from these records alone; what people noted there is read by people. Where
the two systems disagree about the price, or nobody says who decides, a person is asked and nothing is drafted.
"""

from collections.abc import Sequence

from lanes.models.rules.seen import Call, Json, Seen, Step, Use
from tools.money import Money

PIPELINE = "Renewals"
FIRST_STAGES = ("Qualification", "Needs Analysis")  # before an offer lies on the table
OFFERED = "Proposal"
UPDATE, NOTE = "salesforce.update_opportunity", "hubspot.create_note"

Pair = tuple[Json, Json]  # an opportunity of Salesforce, and the deal of HubSpot that is the same renewal


def plan(seen: Seen) -> Step:
    if trouble := seen.trouble():
        return trouble
    if (forecast := seen.read("salesforce.find_opportunities")) is None:
        return (Use("salesforce.find_opportunities", {"account": seen.subject}),)
    account = forecast.answer.get("account")
    if not account:
        return f"No evidence: Salesforce knows no account {seen.subject}."
    if (known := seen.read("hubspot.find_deals")) is None:
        return (Use("hubspot.find_deals", {"company": account["name"]}),)
    found = pair(forecast.answer.get("opportunities") or [], known.answer.get("deals") or [])
    if found is None:
        return _no_renewal(account["name"], forecast, known)
    return _drafts(seen, *found)


def pair(opportunities: Sequence[Json], deals: Sequence[Json]) -> Pair | None:
    """The open renewal that both systems know under one name; of several the one whose term ends first."""
    renewals = [deal for deal in deals if deal.get("pipeline") == PIPELINE and not deal.get("closed")]
    both = [(one, deal) for deal in renewals for one in opportunities if one.get("name") == deal.get("name")]
    return min(both, key=lambda found: str(found[1].get("close_date") or "9999"), default=None)


def _no_renewal(account: str, forecast: Call, known: Call) -> str:
    opportunities, deals = forecast.answer.get("opportunities") or [], known.answer.get("deals") or []
    return (
        f"No evidence: {len(opportunities)} open Salesforce opportunities and {len(deals)} HubSpot deals of {account} "
        f'were read, and none stands in the pipeline "{PIPELINE}" under the same name in both.'
    )


def _drafts(seen: Seen, opportunity: Json, deal: Json) -> Step:
    if doubt := _doubt(opportunity, deal):
        return f"No evidence: {doubt}{_done(seen)}"
    person = addressee(deal.get("contacts") or [])
    assert person is not None, "a renewal without somebody to write to is in doubt"
    uses: list[Use] = []
    wanted = _wanted(opportunity, deal, person)
    if wanted and not seen.settled(UPDATE):
        uses.append(_update(opportunity, deal, person, wanted))
    if not seen.settled(NOTE):
        uses.append(_quote(deal, person))
    return tuple(uses) or _summary(seen, deal, person)


def _doubt(opportunity: Json, deal: Json) -> str:
    """Why a person has to look at it first; "" when all that a quote needs is known."""
    name = deal["name"]
    theirs, ours = deal.get("amount"), opportunity.get("amount")
    if not theirs or not ours:
        missing = " and ".join(system for system, held in (("HubSpot", theirs), ("Salesforce", ours)) if not held)
        return f"{name} has no amount in {missing}, so there is no price to quote."
    if theirs != ours:
        return (
            f"{name} is {_money(ours)} in Salesforce and {_money(theirs)} in HubSpot; a person has to say which price "
            "is right before it is quoted."
        )
    if not deal.get("close_date"):
        return f"{name} has no close date in HubSpot, so it is not known when its term ends."
    people = deal.get("contacts") or []
    if addressee(people) is None:
        names = ", ".join(str(one["name"]) for one in people) or "nobody"
        return f"HubSpot does not say who decides on {name} ({names}); a person has to choose whom the quote is for."
    return ""


def addressee(people: Sequence[Json]) -> Json | None:
    """Whom a quote is for: the one person of the deal, or the one who is labelled as deciding on it."""
    deciding = [one for one in people if str(one.get("label", "")).casefold() == "decision maker"]
    chosen = deciding or list(people)
    return chosen[0] if len(chosen) == 1 else None


def _wanted(opportunity: Json, deal: Json, person: Json) -> dict[str, str]:
    """What the opportunity should say and does not."""
    says = {
        "stage": OFFERED if opportunity.get("stage") in FIRST_STAGES else "",
        "next_step": f"Send the renewal quote to {person['name']}",
        "close_date": str(deal["close_date"]),
    }
    return {field: value for field, value in says.items() if value and value != opportunity.get(field)}


def _update(opportunity: Json, deal: Json, person: Json, wanted: Json) -> Use:
    why = (
        f'HubSpot keeps {deal["name"]} in "{PIPELINE}", stage "{deal.get("stage_label", "")}": the term ends on '
        f"{deal['close_date']}, and {person['name']} is the one to write to."
    )
    fields = {field: wanted.get(field, "") for field in ("stage", "next_step", "close_date")}
    return Use(UPDATE, {"opportunity": opportunity["opportunity"], **fields, "why": why})


def _quote(deal: Json, person: Json) -> Use:
    decides = " and decides on it" if person.get("label") else ""
    why = (
        f"Salesforce and HubSpot both say {_money(deal['amount'])}, and the term ends on {deal['close_date']}. "
        f"{person['name']}{_title(person)} is a contact of this deal{decides}."
    )
    values = {"amount": dict(deal["amount"]), "term_end": deal["close_date"], "text": None}
    where = {"contact": person["contact"], "deal": deal["deal"], "template": "renewal_quote"}
    return Use(NOTE, {**where, **values, "why": why})


def _summary(seen: Seen, deal: Json, person: Json) -> str:
    note = seen.settled(NOTE)
    assert note is not None, "the quote is drafted before there is anything to sum up"
    if note.outcome == "shadowed":
        return (
            f"The draft would lay a quote of {_money(deal['amount'])} for {person['name']} ready on {deal['name']}; "
            "nothing was carried out."
        )
    forecast = "The opportunity says so as well." if seen.settled(UPDATE) else "The opportunity needed no change."
    return (
        f"The quote of {_money(note.input['amount'])} for {person['name']} lies ready on {deal['name']} in HubSpot; a "
        f"person sends it. {forecast}"
    )


def _done(seen: Seen) -> str:
    done = [call.tool for call in seen.calls if call.outcome == "done"]
    return f" Already done in this run: {', '.join(done)}." if done else ""


def _title(person: Json) -> str:
    return f", {person['title']}," if person.get("title") else ""


def _money(amount: Json) -> Money:
    return Money(minor=amount["minor"], currency=str(amount["currency"]))
