"""Runs that came by themselves, all at once, and the card they share."""

import json
import urllib.request
from dataclasses import dataclass

from case import Case
from crowd import Crowd
from eyes import TEAM, wait_until, words
from house import REVOPS, REVOPS_APPROVALS, THEO, House

from lanes.core import commands as c
from lanes.core.values import Person
from tools.salesforce.answers import DATA
from tools.sandboxes.seed import SALESFORCE_CRM


@dataclass
class Sweep:
    """Cases in the order in which they were begun; hands and eyes for the card they share."""

    house: House
    cases: list[Case]

    @property
    def batch(self):
        return self.cases[0].run.batch

    @property
    def cards(self):
        """Messages in the approvers' channel that no thread holds."""
        return [m for m in self.house.messages(REVOPS_APPROVALS) if m.get("thread_ts") in {None, m["ts"]}]

    @property
    def message(self):
        return self.cases[0].message

    @property
    def said(self):
        return words(self.message)

    @property
    def title(self):
        return self.message["blocks"][0]["text"]["text"]

    def shows(self, part):
        wait_until(lambda: part in self.said, what=lambda: f"the card does not say {part!r}:\n{self.said}")

    def line(self, case):
        """The block of one run; None once the card has folded."""
        blocks = self.message["blocks"]
        return next((one for one in blocks if one.get("block_id", "").startswith(f"{case.id}/")), None)

    def wishes(self, case):
        """What stands in the menu of a line; empty where there is a button."""
        beside = self.line(case).get("accessory", {})
        return [one["text"]["text"] for one in beside.get("options", [])]

    def press_rest(self, who):
        return self._press(who, "lane:approve_rest", f"{self.batch}/rest")

    def open(self, case, who):
        """Details by the line's own button; the view, once it is on record that they have seen it."""
        assert self._press(who, "lane:details", self.line(case)["block_id"])["ok"]
        view = self.house.modal(who)
        wait_until(lambda: who in {e.by.user for e in case.events("details.opened")}, what=case.story)
        return view

    def choose(self, case, who, wish):
        """An entry of a line's menu, or of the list on a folded card."""
        every = [one for block in self.message["blocks"] for one in _menus(block)]
        block, value = next(found for found in every if f'"w":"{wish}","r":"{case.id}"' in found[1])
        return self._press(who, "lane:more", block, value=value)

    def reject(self, case, who, reason="out_of_date"):
        self.choose(case, who, "reject")
        self.house.modal(who)
        self.house.submit(who, reason=reason)
        case.becomes("rejected")

    def _press(self, who, action, block, **more):
        place = self.cases[0].run.card
        return self.house.act(
            "click", who, channel=place.channel, ts=place.ts, action_id=action, block_id=block, **more
        )


def _menus(block):
    for element in [block.get("accessory"), *block.get("elements", [])]:
        for option in (element or {}).get("options", []):
            yield block["block_id"], option["value"]


def sweep(house, names, *, by=THEO, via="schedule", hangs=True, beside=()):
    """One run for each account of these names, begun by a clock. `beside`: accounts that nobody has asked about yet."""
    crowd = Crowd(house)
    for n, name in enumerate([*names, *beside]):
        crowd._account("Umbrella", name, n, "crm")
    crowd.move_in()
    return begin(house, [(f"r{n:010x}", name.lower()[:80]) for n, name in enumerate(names)], by, via, hangs=hangs)


def begin(house, runs, by, via, *, hangs=True):
    """Begin runs, by id and subject, and wait until they hang (False: until something waits; None: for nothing)."""
    for run, subject in runs:
        who = Person(user=by, team=TEAM)
        house.engine.handle(c.StartRun(run, "crm-hygiene", subject, who, REVOPS, f"sweep/{run}", via=via))
    found = Sweep(house, [Case(house, run) for run, _ in runs])
    if hangs is not None:
        there = [lambda case=case: case.run.card if hangs else case.run.waiting for case in found.cases]
        wait_until(lambda: all(one() for one in there), what=lambda: [case.story() for case in found.cases])
    if hangs:
        house.quiet()
    return found


def deal_of(case):
    """The id of the opportunity that a run's draft is about."""
    return case.run.actions["a1"].draft.arguments["opportunity"]


def somebody_changes(house, case, **fields):
    """Somebody of sales changes the opportunity in Salesforce."""
    request = urllib.request.Request(
        f"{house.sandboxes['salesforce']}{DATA}/sobjects/Opportunity/{deal_of(case)}", json.dumps(fields).encode(),
        {"Authorization": f"Bearer {SALESFORCE_CRM}", "Content-Type": "application/json"}, method="PATCH",
    )  # fmt: skip
    urllib.request.urlopen(request).close()


def in_salesforce(house, case):
    return house.state("salesforce")["Opportunity"][deal_of(case)]
