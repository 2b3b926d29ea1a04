"""Faults that are planned one by one, and storms that one integer repeats."""

import time
from collections import Counter
from datetime import timedelta

import httpx2
import pytest

from tools.contract import Unavailable, Uncertain
from tools.sandboxes import seed
from tools.sandboxes.faults import CHANCE, Storm

CHARGE = "/v1/charges/ch_3AdaPark02"
REFUND = {"charge": "ch_3AdaPark02", "amount": 3800, "reason": "duplicate"}
PATIENCE = timedelta(seconds=0.4)
TICKET = "/api/v2/tickets/4821.json"


@pytest.fixture
def storm(bench):
    """Begin a storm over Stripe's sandbox; what it says of itself, then and later."""
    url = f"{bench.urls['stripe']}/_control/storm"

    def begin(**wanted):
        answer = bench.http.post(url, json={"delay": 0.0} | wanted)
        assert answer.status_code == 201, answer.text
        return answer.json()

    begin.told = lambda: bench.http.get(url).json()
    begin.end = lambda: bench.http.delete(url).json()
    return begin


def outcomes(bench, charges, times=4):
    """What a careless caller hears when it asks for each charge that often: a status, or the name of an error."""
    headers = {"Authorization": f"Bearer {seed.STRIPE_REFUNDS}"}
    said = {}
    for one in charges:
        for n in range(times):
            try:
                answer = bench.http.get(f"{bench.urls['stripe']}/v1/charges/{one}", headers=headers)
                said[one, n] = answer.status_code, answer.text
            except httpx2.HTTPError as error:
                said[one, n] = type(error).__name__
    return said


def test_a_drip_that_is_slower_than_the_reader_is_cut_off_in_time(bench):
    wire = bench.wire("stripe")
    bench.fault("stripe", "slow_drip", path="/v1/refunds", method="POST", delay=5.0)  # a piece each tenth of a second
    began = time.monotonic()
    with pytest.raises(Uncertain, match="TIMEOUT"):
        wire.call("POST", "/v1/refunds", form=REFUND, timeout=PATIENCE, changes=True)
    assert time.monotonic() - began < 2
    assert len(bench.state("stripe")["refunds"]) == 3, "it was done; only its answer came too slowly"


def test_a_drip_that_is_quick_enough_is_an_answer_like_any_other(bench):
    wire = bench.wire("stripe")
    plain = wire.call("GET", CHARGE, timeout=PATIENCE)
    bench.fault("stripe", "slow_drip", path=CHARGE, delay=0.2)
    began = time.monotonic()
    assert wire.call("GET", CHARGE, timeout=PATIENCE * 5) == plain
    assert time.monotonic() - began >= 0.2


def test_a_stale_read_tells_what_the_same_request_told_before_the_change(bench):
    wire = bench.wire("zendesk")
    bench.fault("zendesk", "stale_read", path=TICKET, times=2)
    before = wire.call("GET", TICKET, timeout=PATIENCE)
    wire.call("PUT", TICKET, json={"ticket": {"status": "solved"}}, timeout=PATIENCE, changes=True)
    assert wire.call("GET", TICKET, timeout=PATIENCE) == before
    assert wire.call("GET", TICKET, timeout=PATIENCE) == before
    assert wire.call("GET", TICKET, timeout=PATIENCE)["ticket"]["status"] == "solved"


def test_a_read_is_never_staler_than_the_replica_lags(bench):
    wire = bench.wire("zendesk")
    bench.fault("zendesk", "stale_read", path=TICKET, lag=0.1)
    wire.call("GET", TICKET, timeout=PATIENCE)
    wire.call("PUT", TICKET, json={"ticket": {"status": "solved"}}, timeout=PATIENCE, changes=True)
    time.sleep(0.12)
    assert wire.call("GET", TICKET, timeout=PATIENCE)["ticket"]["status"] == "solved"


def test_a_stale_read_is_not_told_to_another_credential(bench):
    bench.fault("stripe", "stale_read", path=CHARGE)
    bench.wire("stripe").call("GET", CHARGE, timeout=PATIENCE)
    assert bench.http.get(bench.urls["stripe"] + CHARGE).status_code == 401


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"seed": 7},
        {"seed": 7, "share": 0},
        {"seed": 7, "share": 1.1},
        {"seed": 7, "share": 0.2, "kinds": []},
        {"seed": 7, "share": 0.2, "kinds": ["earthquake"]},
        {"seed": 7, "share": 0.2, "burst": 0},
        {"seed": 7, "share": 0.2, "force": 12},
    ],
    ids=str,
)
def test_a_storm_that_is_not_understood_is_refused(bench, wanted):
    url = f"{bench.urls['stripe']}/_control/storm"
    assert bench.http.post(url, json=wanted).status_code == 400
    assert bench.http.get(url).json()["storm"] is None


def test_one_integer_repeats_a_storm_whatever_the_order(bench, storm):
    charges = list(bench.state("stripe")["charges"])
    said = []
    for number, order in ((7, 1), (7, -1), (8, 1)):
        bench.reset()
        storm(seed=number, share=0.3)
        said.append((outcomes(bench, charges[::order]), storm.told()["met"]))
    assert said[0] == said[1]
    assert said[0][1] != said[2][1]
    assert len(said[0][1]) >= 6, "every kind that a read can meet comes up"


def test_a_storm_hits_its_share_and_counts_what_it_did(bench, storm):
    charges = list(bench.state("stripe")["charges"])
    storm(seed=1, share=0.2, kinds=["500", "429"])
    said = outcomes(bench, charges, times=20)
    heard = Counter(str(status) for status, _ in said.values())
    told = storm.end()
    assert told["requests"] == len(said)
    assert told["met"] == {kind: heard[kind] for kind in ("500", "429")}
    assert 0.15 < sum(told["met"].values()) / len(said) < 0.25
    assert {status for status, _ in outcomes(bench, charges).values()} == {200}, "and then it is over"


def test_faults_come_before_the_change_and_after_it(bench, storm):
    """Of the requests that were not answered some were done and some were not: nobody can tell from outside."""
    charges = [f"ch_3{name}01" for name in ("LiamDoyle", "PaulDubois", "NinaPetrova", "AishaKhan", "BenHarper")]
    wire = bench.wire("stripe")
    storm(seed=1, share=1.0, kinds=["timeout_before", "timeout_after", "disconnect_after", "malformed"])
    for form in [{"charge": charge, "amount": 100} for charge in charges] * 2:
        with pytest.raises((Uncertain, Unavailable)):
            wire.call("POST", "/v1/refunds", form=form, timeout=PATIENCE, changes=True)
    made = len(bench.state("stripe")["refunds"]) - 2
    assert 0 < made < 10


def test_a_500_comes_in_bursts():
    alone = Storm(seed=3, share=0.1, kinds=("500",))
    bursts = alone.model_copy(update={"burst": 3})
    hit = [n for n in range(200) if alone.kind("GET /v1/charges", n, ("500",))]
    assert [n for n in range(200) if bursts.kind("GET /v1/charges", n, ("500",))] == sorted(
        {n + more for n in hit for more in range(3) if n + more < 200}
    )


def test_what_a_vendor_never_does_in_part_cannot_be_planned_so(bench):
    answer = bench.http.post(f"{bench.urls['jira']}/_control/faults", json={"kind": "partial"})
    assert answer.status_code == 400
    bench.fault("stripe", "partial")
    bench.wire("stripe").call("GET", CHARGE, timeout=PATIENCE)
    made = bench.wire("stripe").call("POST", "/v1/refunds", form=REFUND, timeout=PATIENCE, changes=True)
    assert made["status"] == "pending", "a read is whole, and lets it be for what may be half done"


def test_a_change_is_never_stale(bench, storm):
    storm(seed=1, share=1.0, kinds=["stale_read"])
    wire = bench.wire("stripe")
    wire.call("POST", "/v1/refunds", form=REFUND, timeout=PATIENCE, changes=True)
    assert storm.told()["met"] == {}


def test_heal_and_reset_end_a_storm_and_levers_are_spared(bench, storm):
    for lever in ("heal", "reset"):
        storm(seed=1, share=1.0, kinds=["500"])
        assert storm.told()["storm"]["seed"] == 1
        bench.tell("stripe", lever)
        assert storm.told() == {"storm": None, "requests": 0, "met": {}}


def test_what_is_made_by_chance_does_not_tell_two_requests_apart():
    key, other = "0f" * 32, "a7" * 32
    for one, same in (
        (f"metadata={key}", f"metadata={other}"),
        ("stamp=2026-03-10T09:00:00Z", "stamp=2026-11-22T19:30:23.123+0000"),
        ("close_date=2026-03-10", "close_date=2027-01-01"),
    ):
        assert CHANCE.sub("*", one) == CHANCE.sub("*", same)
    assert CHANCE.sub("*", "charge=ch_3AdaPark02&amount=3800") == "charge=ch_3AdaPark02&amount=3800"
