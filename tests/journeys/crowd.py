"""More subjects than the seed has: copies of its customers, tickets and accounts, each with a name and ids of its own.

A copy is made of a record's text, so that whatever the seed says of the original it says of the copy.
"""

import json
import re
from dataclasses import dataclass

from eyes import fetch
from house import INCIDENTS, RAVI, REP, REVOPS, SUPPORT, THEO

from tools.sandboxes.salesforce_seed import identifier
from tools.sandboxes.tickets import opened

PAID_TWICE = 4827  # Priya Nair's $19.00: a hundred of them stay below the refund lane's cap of a day
TO_SORT = (4830, 4831, 4832, 4833, 4834, 4835)
FIRST = 5_001  # the number of the first copied ticket, beyond all of the seed
SERVICES = ("checkout-api", "auth-service", "webhooks", "public-api", "mailer")  # the first one is in trouble
SALESFORCE = ("Account", "Contact", "Opportunity", "OpportunityContactRole", "Task")


@dataclass(frozen=True)
class Wish:
    """A command that somebody will type."""

    lane: str
    subject: str
    who: str
    channel: str


class Crowd:
    """The systems' states with copies in them, until `move_in` hands them over."""

    def __init__(self, house) -> None:
        self._house = house
        self._states = {system: house.state(system) for system in house.sandboxes}
        self._tickets = 0

    def refunds(self, count: int) -> list[Wish]:
        """Customers who paid $19.00 twice and wrote about it."""
        return [self._paid_twice(f"Payer{n:03d}") for n in range(count)]

    def triage(self, count: int) -> list[Wish]:
        """Tickets that nobody has sorted yet."""
        users = self._states["zendesk"]["users"]
        numbers = (self._ticket(TO_SORT[n % len(TO_SORT)], None, users) for n in range(count))
        return [Wish("triage", f"ZD-{number}", REP, SUPPORT) for number in numbers]

    def crm(self, count: int) -> list[Wish]:
        """Accounts whose latest activity says what their opportunity does not."""
        return [self._account("Umbrella", f"Client{n:03d}", n, "crm") for n in range(count)]

    def renewals(self, count: int) -> list[Wish]:
        """Accounts whose term ends soon, in both systems."""
        return [self._account("Acme", f"Tenant{n:03d}", 200 + n, "renew") for n in range(count)]

    def incidents(self, count: int) -> list[Wish]:
        """Services that somebody wants looked at, each of them again and again."""
        again = (" again" if n >= len(SERVICES) else "" for n in range(count))
        return [
            Wish("incident", f"{SERVICES[n % len(SERVICES)]}{more}", RAVI, INCIDENTS) for n, more in enumerate(again)
        ]

    def move_in(self) -> None:
        """The sandboxes hold all this from now on."""
        for system, state in self._states.items():
            fetch(f"{self._house.sandboxes[system]}/_control/state", state, "PUT")

    def _paid_twice(self, slug: str) -> Wish:
        words = {"PriyaNair": slug, "Priya Nair": slug, "priya@nair.example": f"{slug.lower()}@crowd.example"}
        for kind in ("customers", "charges", "payment_intents"):
            held = self._states["stripe"][kind]
            held |= copied({name: row for name, row in held.items() if "PriyaNair" in name}, words)
        users, number = self._states["zendesk"]["users"], 20_000 + self._tickets
        priya = next(one for one in users.values() if one["name"] == "Priya Nair")
        users |= copied({str(priya["id"]): priya}, {**words, str(priya["id"]): str(number)})
        return Wish("refunds", f"ZD-{self._ticket(PAID_TWICE, number, users)}", REP, SUPPORT)

    def _ticket(self, original: int, requester: int | None, users: dict) -> int:
        data = self._states["zendesk"]
        like, number = data["tickets"][str(original)], FIRST + self._tickets
        self._tickets += 1
        asker = requester or like["ticket"]["requester_id"]
        assert str(asker) in users
        people = {"requester_id": asker, "submitter_id": asker}
        said = {"comment": {"body": like["comments"][0]["body"], "public": True}}
        opened(data, {**like["ticket"], **people, "id": number}, asker, said)
        return number

    def _account(self, original: str, name: str, nth: int, lane: str) -> Wish:
        words = {original: name, f"{original.lower()}.example": f"{name.lower()}.example"}
        self._in_salesforce(original, words, nth)
        self._in_hubspot(original, words, nth)
        return Wish(lane, name.lower(), THEO, REVOPS)

    def _in_salesforce(self, original: str, words: dict[str, str], nth: int) -> None:
        data = self._states["salesforce"]
        (account,) = (name for name, row in data["Account"].items() if row["Name"] == original)
        deals = {name for name, row in data["Opportunity"].items() if row["AccountId"] == account}
        tied = {account, *deals}
        for kind in SALESFORCE:
            rows = {
                name: row
                for name, row in data[kind].items()
                if tied & {name, row.get("AccountId"), row.get("OpportunityId")}
            }
            words |= {name: identifier(kind, 1_000 + nth * 20 + n) for n, name in enumerate(rows)}
        for kind in SALESFORCE:
            data[kind] |= copied({name: row for name, row in data[kind].items() if name in words}, words)

    def _in_hubspot(self, original: str, words: dict[str, str], nth: int) -> None:
        data = self._states["hubspot"]
        objects, ties = data["objects"], data["ties"]
        (company,) = (n for n, row in objects["companies"].items() if row["properties"]["name"] == original)
        known = {f"companies/{company}"}
        for _ in range(2):  # what is tied to the company, and what is tied to that
            known |= {f"{far}/{one}" for name in known for far in objects for one in ties.get(f"{name}/{far}", {})}
        ids = {name.partition("/")[2] for name in known}
        words |= {name: str(100_000 + nth * 100 + n) for n, name in enumerate(sorted(ids))}
        for kind in objects:
            objects[kind] |= copied({n: row for n, row in objects[kind].items() if f"{kind}/{n}" in known}, words)
        ties |= copied({name: row for name, row in ties.items() if name.rpartition("/")[0] in known}, words)


def copied(rows: dict, words: dict[str, str]) -> dict:
    """The same records in other words: names, addresses, ids, wherever they stand."""
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    text = json.dumps(rows, ensure_ascii=False)
    return json.loads(re.sub(longest_first, lambda found: words[found[0]], text))
