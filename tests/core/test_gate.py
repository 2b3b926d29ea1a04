"""The gate, with the page that ships: closed by default, total, never looser for being asked again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from lanes.core.gate import NOTHING, Spent, enough, rule
from lanes.core.page import Mode
from lanes.core.values import Ruling
from tools.contract import Stake
from tools.money import Money

TOOLS = ["stripe.create_refund", "zendesk.reply", "zendesk.set_status", "stripe.find_charges", "shell.run", ""]
monies = st.builds(Money, minor=st.integers(-1_000, 700_000), currency=st.sampled_from(["USD", "EUR", "JPY"]))
values = st.one_of(
    monies, monies.map(lambda money: money.model_dump()), st.none(), st.booleans(), st.integers(), st.text(max_size=5),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(["refund_confirmation", "solved", {"minor": "x", "currency": "USD"}]),
)  # fmt: skip
names = st.sampled_from(["amount", "template", "status", "after", "other"])
spents = st.builds(
    Spent,
    money=st.dictionaries(st.sampled_from(["USD", "EUR"]), st.integers(-10, 300_000), max_size=2),
    by_customer=st.dictionaries(st.tuples(st.sampled_from(TOOLS), st.just("cus_ada")), st.integers(-1, 3), max_size=2),
    alone=st.integers(0, 12),
)
changes = st.fixed_dictionaries({
    "tool": st.sampled_from(TOOLS),
    "arguments": st.dictionaries(names, values, max_size=4),
    "stake": st.builds(Stake, amount=st.none() | monies, customer=st.sampled_from([None, "", "cus_ada"])),
    "needs": st.sets(st.sampled_from(["stripe:refunds.write", "root"]), max_size=2).map(frozenset),
    "retry": st.sampled_from(["native_key", "natural_key", "check_first", "unsafe", "", "?"]),
    "done": st.sets(st.sampled_from(TOOLS), max_size=2).map(frozenset),
    "spent": spents,
})  # fmt: skip
regimes = st.fixed_dictionaries({
    "mode": st.sampled_from([None, *Mode]),
    "stopped": st.booleans(),
    "all_stopped": st.booleans(),
})  # fmt: skip
leases = st.none() | st.fixed_dictionaries({
    "tools": st.lists(st.sampled_from(TOOLS), max_size=3).map(tuple),
    "per_action": st.sampled_from(["0 USD", "25.00 USD", "25.00 EUR"]),
    "per_day": st.integers(0, 10),
    "days": st.integers(-1, 2),
})  # fmt: skip


def asked_of(given, change, under, lease):
    if lease is not None:
        terms = {name: value for name, value in lease.items() if name != "days"}
        lease = given.lease(**terms, until=given.now + timedelta(days=lease["days"]))
    return given.question(**change), given.regime(**under, lease=lease)


@each(changes, regimes, leases)
def test_every_question_has_an_answer_that_is_whole(given, change, under, lease):
    ruling = rule(*asked_of(given, change, under, lease))

    assert ruling.reasons, "a ruling says why"
    assert (ruling.quorum >= 1) == (ruling.verdict == "approve")
    assert bool(ruling.rule) == (ruling.verdict != "block"), "what is let through names the line that did it"


@each(changes, regimes, leases)
def test_nothing_goes_alone_but_under_a_lease(given, change, under, lease):
    asked, regime = asked_of(given, change, under, lease)

    ruling = rule(asked, regime)

    if ruling.verdict == "auto" and regime.mode is not Mode.SHADOW:
        assert regime.mode is Mode.AUTONOMOUS
        assert regime.own.lease is not None
        assert asked.now < regime.own.lease.until
        assert asked.tool in regime.own.lease.tools
        assert asked.retry != "unsafe"
        assert asked.spent.alone < regime.own.lease.per_day
    if regime.stopped or regime.mode is Mode.READ_ONLY or asked.tool not in regime.lane.tools:
        assert ruling.verdict == "block"


@each(changes, regimes, leases, st.integers(0, 4))
def test_one_more_yes_never_closes_what_was_open(given, change, under, lease, voices):
    ruling = rule(*asked_of(given, change, under, lease))

    assert enough(ruling, voices) <= enough(ruling, voices + 1)
    assert enough(ruling, 0) == (ruling.verdict == "auto")


@each(changes, regimes, leases)
def test_the_kill_switch_only_closes(given, change, under, lease):
    asked, regime = asked_of(given, change, under, lease)

    ruling = rule(asked, replace(regime, own=replace(regime.own, stopped=given.stop())))

    assert ruling.verdict == "block"
    assert "KILL_SWITCH" in ruling.reasons


def test_what_no_row_names_is_blocked(given):
    ruling = rule(given.question(tool="stripe.find_charges", amount=None), given.regime(Mode.AUTONOMOUS))

    assert ruling == Ruling(verdict="block", reasons=("NO_RULE",))


def test_a_page_without_policy_lets_nothing_through(given):
    lane = given.page(policy=[], never=[])

    for mode in Mode:
        assert rule(given.question(), given.regime(mode, lane=lane)).verdict == "block"


@pytest.mark.parametrize(
    ("amount", "verdict", "reason", "quorum"),
    [
        ("25.00 USD", "approve", "MODE_APPROVAL", 1),
        ("25.01 USD", "approve", "AMOUNT_OVER_AUTO", 1),
        ("500.00 USD", "approve", "AMOUNT_OVER_AUTO", 1),
        ("500.01 USD", "approve", "HIGH_VALUE", 2),
        ("2000.00 USD", "approve", "HIGH_VALUE", 2),
        ("2000.01 USD", "block", "TOO_LARGE", 0),
    ],
)
def test_the_least_demanding_row_that_permits_counts(given, amount, verdict, reason, quorum):
    ruling = rule(given.question(amount), given.regime(Mode.APPROVAL))

    assert (ruling.verdict, ruling.reasons[0], ruling.quorum) == (verdict, reason, quorum)


def test_the_order_of_the_rows_does_not_matter(given):
    rows = given.page().model_dump()["policy"]
    turned = given.page(policy=rows[::-1])

    for amount in ("25.00 USD", "26.00 USD", "600.00 USD"):
        asked = given.question(amount)
        assert rule(asked, given.regime(lane=turned)) == rule(asked, given.regime())


def test_never_beats_may(given):
    lane = given.page(never=[{"tool": given.refund, "when": {"amount": "> 10.00 USD"}, "reason": "NOT_TODAY"}])
    regime = given.regime(Mode.AUTONOMOUS, lane=lane, lease=given.lease())

    assert rule(given.question("10.00 USD"), regime).verdict == "auto"
    assert rule(given.question("10.01 USD"), regime).reasons == ("NOT_TODAY",)


@pytest.mark.parametrize("arguments", [{}, {"amount": None}, {"amount": "38.00 USD"}, {"amount": {"minor": 1.5}}])
def test_what_cannot_be_compared_never_permits_and_always_forbids(given, arguments):
    asked = given.question(arguments=arguments)

    assert rule(asked, given.regime()).reasons == ("TOO_LARGE",)
    assert rule(asked, given.regime(lane=given.page(never=[]))).reasons == ("NO_RULE",)


def test_another_currency_never_permits_and_always_forbids(given):
    asked = given.question("1.00 EUR")
    budget = given.page().budget.model_dump()
    uncapped = {name: None if name.startswith("money_") else cap for name, cap in budget.items()}

    assert rule(asked, given.regime()).reasons == ("TOO_LARGE", "CAP_CURRENCY")
    assert rule(asked, given.regime(lane=given.page(never=[], budget=uncapped))).reasons == ("NO_RULE",)


@pytest.mark.parametrize("where", [{"stopped": True}, {"all_stopped": True}])
@pytest.mark.parametrize("mode", Mode)
def test_the_kill_switch_of_this_lane_or_of_all_blocks_in_every_mode(given, mode, where):
    ruling = rule(given.question("1.00 USD"), given.regime(mode, lease=given.lease(), **where))

    assert ruling.verdict == "block"
    assert ruling.reasons[0] == "KILL_SWITCH"


def test_read_only_writes_nothing(given):
    assert rule(given.question(), given.regime(Mode.READ_ONLY)).reasons == ("READ_ONLY",)


def test_a_scope_that_the_identity_lacks_blocks(given):
    asked = given.question(needs=frozenset({"stripe:refunds.write"}), has=frozenset({"stripe:charges.read"}))

    assert rule(asked, given.regime()).reasons == ("SCOPE_MISSING",)
    assert rule(replace(asked, has=asked.needs), given.regime()).verdict == "approve"


def test_a_tool_of_another_lane_blocks(given):
    ruling = rule(given.question(tool="salesforce.update_opportunity"), given.regime())

    assert ruling.reasons == ("NOT_A_TOOL_OF_THIS_LANE",)


@pytest.mark.parametrize(("already", "verdict"), [(196_200, "approve"), (196_201, "block")])
def test_the_day_may_be_filled_to_the_cap_and_not_a_cent_over(given, already, verdict):
    ruling = rule(given.question("38.00 USD", spent=Spent({"USD": already}, {})), given.regime())

    assert ruling.verdict == verdict
    assert ("CAP_MONEY_PER_DAY" in ruling.reasons) == (verdict == "block")


def test_a_customer_gets_so_many_a_day_and_no_more(given):
    again = Spent({}, {(given.refund, "cus_ada"): 1})

    assert rule(given.question(spent=again), given.regime()).reasons == ("CAP_PER_CUSTOMER",)
    assert rule(given.question(spent=again, customer="cus_bob"), given.regime()).verdict == "approve"
    assert rule(given.question(spent=Spent({}, {(given.reply, "cus_ada"): 9})), given.regime()).verdict == "approve"


@pytest.mark.parametrize("customer", [None, ""])
def test_who_cannot_be_counted_is_blocked_where_customers_are_counted(given, customer):
    assert rule(given.question(customer=customer), given.regime()).reasons == ("CAP_CUSTOMER_UNKNOWN",)


def test_under_a_lease_the_small_write_goes_alone(given):
    ruling = rule(given.question("25.00 USD"), given.regime(Mode.AUTONOMOUS, lease=given.lease()))

    assert (ruling.verdict, ruling.reasons) == ("auto", ("LOW_VALUE",))


@pytest.mark.parametrize(
    ("lease", "change", "reason"),
    [
        (None, {}, "LEASE_ENDED"),
        ({"until": timedelta(0)}, {}, "LEASE_ENDED"),
        ({"until": timedelta(seconds=-1)}, {}, "LEASE_ENDED"),
        ({"tools": ("zendesk.reply",)}, {}, "OUTSIDE_LEASE"),
        ({"per_action": "24.99 USD"}, {}, "OVER_LEASE_CAP"),
        ({"per_action": "25.00 EUR"}, {}, "OVER_LEASE_CAP"),
        ({"per_day": 2}, {"spent": Spent({}, {}, alone=2)}, "LEASE_USED_UP_TODAY"),
        ({}, {"retry": "unsafe"}, "NOT_REPEATABLE"),
    ],
)
def test_outside_the_lease_a_person_decides(given, lease, change, reason):
    if lease is not None:
        until = lease.pop("until", timedelta(days=1)) if "until" in lease else timedelta(days=1)
        lease = given.lease(**lease, until=given.now + until)

    ruling = rule(given.question("25.00 USD", **change), given.regime(Mode.AUTONOMOUS, lease=lease))

    assert (ruling.verdict, ruling.reasons, ruling.quorum) == ("approve", (reason, "LOW_VALUE"), 1)


def test_just_inside_the_lease_nobody_is_asked(given):
    lease = given.lease((given.refund,), "25.00 USD", 3, given.now + timedelta(microseconds=1))

    ruling = rule(given.question("25.00 USD", spent=Spent({}, {}, 2)), given.regime(Mode.AUTONOMOUS, lease=lease))

    assert ruling.verdict == "auto"


def test_a_lease_does_not_make_a_row_milder(given):
    lease = given.lease(per_action="5000.00 USD")

    ruling = rule(given.question("600.00 USD"), given.regime(Mode.AUTONOMOUS, lease=lease))

    assert (ruling.verdict, ruling.quorum) == ("approve", 2)


def test_a_lease_without_mode_autonomous_opens_nothing(given):
    ruling = rule(given.question("25.00 USD"), given.regime(Mode.APPROVAL, lease=given.lease()))

    assert ruling.reasons == ("MODE_APPROVAL", "LOW_VALUE")


def test_shadow_says_what_would_have_been(given):
    assert rule(given.question("25.00 USD"), given.regime(Mode.SHADOW)).verdict == "auto"
    assert rule(given.question("600.00 USD"), given.regime(Mode.SHADOW)).quorum == 2
    assert rule(given.question("5001.00 USD"), given.regime(Mode.SHADOW)).verdict == "block"


def test_what_must_come_after_another_write_waits_for_it(given):
    solving = given.question(None, given.solve, None, arguments={"status": "solved"})

    assert rule(solving, given.regime()).reasons == ("NO_RULE",)
    assert rule(replace(solving, done=frozenset({given.refund})), given.regime()).verdict == "approve"


def test_no_quorum_is_never_nobody():
    assert not enough(Ruling(verdict="approve", reasons=("WRITTEN_LONG_AGO",)), 0)
    assert not enough(Ruling(verdict="block", reasons=("NO_RULE",)), 99)


def test_what_was_spent_adds_up(given):
    stake = Stake(amount=Money.parse("38.00 USD"), customer="cus_ada")

    spent = NOTHING.with_stake(given.refund, stake, alone=True).with_stake(given.refund, stake, alone=False)

    assert spent == Spent({"USD": 7600}, {(given.refund, "cus_ada"): 2}, 1, {("cus_ada", "USD"): 7600})
    assert Spent({}, {}) == NOTHING, "the beginning is not written into"


def test_what_is_about_something_else_never_goes_alone(given):
    leased = given.regime(Mode.AUTONOMOUS, lease=given.lease())
    small = given.question("19.00 USD")

    assert rule(small, leased).verdict == "auto"
    assert rule(replace(small, elsewhere=True), leased).reasons[0] == "OTHER_SUBJECT"


def test_a_confirmation_goes_alone_only_after_the_refund(given):
    leased = given.regime(Mode.AUTONOMOUS, lease=given.lease())
    reply = given.question(None, "zendesk.reply", arguments={"ticket": "ZD-4821", "template": "refund_confirmation"})

    assert rule(reply, leased).verdict == "approve"
    assert rule(replace(reply, done=frozenset({"stripe.create_refund"})), leased).verdict == "auto"
