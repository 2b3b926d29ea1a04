"""Whose record a write would change, as its system says."""

import pytest

from tools.contract import Refused, WriteTool
from tools.hubspot import shortfalls
from tools.registry import TOOLS, by_name
from tools.sandboxes import seed

THEO = "theo@northwind.example"
OWNED = {
    "salesforce.update_opportunity": "opportunity",
    "salesforce.move_deal": "opportunity",
    "salesforce.log_task": "opportunity",
    "hubspot.update_deal": "deal",
    "hubspot.create_note": "deal",
}


@pytest.mark.parametrize("name", OWNED)
def test_the_owner_of_a_deal_is_known_by_their_address(bench, name):
    tool = by_name(name)
    assert tool.owner(bench.wire(tool.system), tool.arguments(**tool.example)) == THEO


def test_the_same_deal_has_one_owner_in_both_systems(bench):
    crm, sales = by_name("hubspot.update_deal"), by_name("salesforce.update_opportunity")
    for n in range(1, 11):
        deal = crm.arguments(**crm.example | {"deal": str(53_000 + n)})
        opportunity = sales.arguments(**sales.example | {"opportunity": f"006Sb0000{n:04d}AAAAA"})
        assert crm.owner(bench.wire("hubspot"), deal) == sales.owner(bench.wire("salesforce"), opportunity)


def test_a_deal_without_an_owner_or_with_one_who_left_is_nobodys(bench):
    tool = by_name("hubspot.update_deal")
    wire, arguments = bench.wire("hubspot"), tool.arguments(**tool.example)
    for value in ("", "4100999"):
        body = {"properties": {"hubspot_owner_id": value}}
        wire.call("PATCH", f"/crm/v3/objects/deals/{arguments.deal}", json=body, timeout=tool.timeout, changes=True)
        assert tool.owner(wire, arguments) == ""


def test_an_account_that_hides_its_owners_is_refused_and_the_doctor_says_what_is_missing(bench, monkeypatch):
    tool = by_name("hubspot.update_deal")
    holder = seed.HUBSPOT_TOKENS[seed.HUBSPOT_READER]
    blind = seed.Holder(holder.scopes - {"crm.objects.owners.read"}, holder.user)
    monkeypatch.setitem(seed.HUBSPOT_TOKENS, seed.HUBSPOT_READER, blind)
    wire = bench.wire("hubspot", seed.HUBSPOT_READER)
    with pytest.raises(Refused) as caught:
        tool.owner(wire, tool.arguments(**tool.example))
    assert caught.value.code == "NO_RIGHT"
    (said,) = shortfalls(wire, {"hubspot:owners.read"})
    assert "crm.objects.owners.read" in said
    assert shortfalls(bench.wire("hubspot"), {"hubspot:owners.read"}) == ()


def test_every_other_write_knows_no_owner_and_asks_nobody():
    others = [tool for tool in TOOLS if isinstance(tool, WriteTool) and tool.name not in OWNED]
    assert others
    assert {tool.owner(None, None) for tool in others} == {""}
