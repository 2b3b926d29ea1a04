"""What a segment has to show: no evidence is no pass, each gate closes by itself, and a change begins anew."""

from datetime import timedelta

import pytest

from bot.words import bar as words
from lanes.core import lane_commands as lc
from lanes.core.page import Mode
from lanes.core.proving import Baseline
from lanes.core.values import Lease
from lanes.evidence.severity import Verdict
from lanes.promotion.bar import question
from lanes.promotion.review import offer
from lanes.shadow.matching import Outcome
from tools.money import Money

LANE = "support-refunds"


def test_without_evidence_nothing_is_met_and_it_says_how_much_is_missing(record):
    assert record.gates() == {"evidence", "severe", "days", "settled", "queue", "replay", "drill", "canaries"}
    said = words.bar(record.engine.lanes[LANE].page, record.bar())
    assert "no evidence yet; about 172 more clean cases" in said
    assert "100" not in said, "nothing of nothing is no share"
    assert record.review.look(LANE) is not None
    assert record.state.proposal is None


def test_a_bar_that_is_met_becomes_one_proposal_for_the_segment_that_met_it(record):
    record.everything()
    assert record.gates() == set()
    record.review.look(LANE)
    record.review.look(LANE)
    lease = record.state.proposal.lease
    assert record.state.version == 2, "a drill and one proposal, however often it is reviewed"
    assert lease == Lease(
        tools=("stripe.create_refund",), per_action=Money.parse("25.00 USD"), per_day=20, audit=25,
        until=lease.until, segments=(record.small,), configuration=record.engine.conducted(LANE),
    )  # fmt: skip
    (earned,) = record.state.proposal.proposed.earned
    assert (earned.cases, earned.loss, earned.needed, earned.tolerance, earned.days) == (200, 0, 20, 20_000, 20)
    assert earned.evidence >= 20


CLOSES = {
    "evidence": lambda record: record.keep(100, label=Verdict.REWORK, labelled=record.now),
    "severe": lambda record: record.keep(1, label=Verdict.WRONG, labelled=record.now),
    "evidence that people could not tell": lambda record: record.keep(30, labelled=record.now),
    "queue": lambda record: record.keep(1, outcome=Outcome.DIFFER),
    "settled": lambda record: record.keep(130, settled=None, outcome=Outcome.UNSETTLED),
    "replay": lambda record: record.replay(11, 1),
    "canaries": lambda record: record.canaries(0, 8, record.now - timedelta(days=4)),
}


@pytest.mark.parametrize("gate", CLOSES)
def test_each_gate_closes_by_itself(sqlite_record, gate):
    record = sqlite_record.everything(900)
    assert record.gates() == set()
    CLOSES[gate](record)
    assert record.gates() == {gate.partition(" ")[0]}
    record.review.look(LANE)
    assert record.state.proposal is None


def test_one_that_drafts_in_silence_is_approved_by_people_first(sqlite_record):
    record = sqlite_record.everything()
    owner = record.person("U0OWNER")
    record.engine.handle_lane(lc.SetMode(LANE, Mode.SHADOW, owner))
    assert record.gates() == {"rung"}
    record.review.look(LANE)
    assert record.state.proposal is None
    record.engine.handle_lane(lc.SetMode(LANE, Mode.APPROVAL, owner))
    record.review.look(LANE)
    assert record.state.proposal


FIELDS = {  # of the page, each written so that what sufficed does not any more
    "tolerance": {"tolerance": 0.005}, "alpha": {"alpha": 0.0001}, "min_days": {"min_days": 40},
    "settled": {"settled": 1.0}, "drill_within": {"drill_within": "1d"},
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_what_the_page_says_of_the_bar_is_what_is_asked(sqlite_record, name):
    record = sqlite_record.everything()
    record.keep(1, settled=None, outcome=Outcome.UNSETTLED, days=6)
    assert record.gates() == set()
    page = record.engine.lanes[LANE].page
    asked = page.promotion.model_validate({**page.promotion.model_dump(), **FIELDS[name]})
    record.written(page.model_copy(update={"promotion": asked}))
    gate = {"tolerance": "evidence", "alpha": "evidence", "min_days": "days", "drill_within": "drill"}.get(name, name)
    assert record.gates() == {gate}


def test_what_the_page_says_of_the_lease_is_what_is_proposed(sqlite_record):
    record = sqlite_record.everything()
    page = record.engine.lanes[LANE].page
    terms = {"per_action": "10.00 USD", "per_day": 3, "days": 9, "audit": 0.5}
    asked = page.promotion.model_validate({**page.promotion.model_dump(), "quorum": 3, "lease": terms})
    record.written(page.model_copy(update={"promotion": asked}))
    record.review.look(LANE)
    one = record.state.proposal
    assert (str(one.lease.per_action), one.lease.per_day, one.lease.audit) == ("$10.00", 3, 50)
    assert one.lease.until.date() == record.now.date() + timedelta(days=9)
    record.sign()
    assert record.state.lease is None, "two have signed, and three are asked for"


def test_what_was_shown_in_a_week_is_not_shown_yet(sqlite_record):
    record = sqlite_record
    record.drill()
    record.keep(300, days=7)
    record.replay()
    record.canaries()
    assert record.gates() == {"days"}


def test_a_drill_and_canaries_grow_old(sqlite_record):
    record = sqlite_record.everything()
    record.now += timedelta(days=28)
    assert record.gates() == {"drill"}
    record.now += timedelta(days=70)
    assert record.gates() == {"drill", "canaries"}


def test_the_past_that_was_shadowed_from_history_counts_for_nothing(sqlite_record):
    record = sqlite_record
    record.keep(400, source="backfill")
    assert "evidence" in record.gates()
    assert record.small_refunds().record.backfilled == 400
    said = words.bar(record.engine.lanes[LANE].page, record.bar())
    assert "400 cases shadowed from the past count for nothing here" in said


def test_an_unsettled_case_is_as_bad_as_a_wrong_one_and_one_that_may_still_settle_is_nothing(sqlite_record):
    record = sqlite_record
    record.keep(10)
    clean = record.small_refunds().record.proof
    record.keep(3, settled=None, outcome=Outcome.UNSETTLED, at=record.now - timedelta(hours=3))
    assert record.small_refunds().record.cases == 10
    record.keep(1, outcome=Outcome.UNSETTLED)
    after = record.small_refunds().record
    assert (after.cases, after.settled, after.proof.loss) == (11, 10, 1.0)
    assert after.proof.log_value < clean.log_value


def test_another_model_begins_anew_and_says_so(sqlite_record):
    before = sqlite_record.everything()
    before.review.look(LANE)
    assert before.state.proposal
    record = before.under("m2")
    assert {"evidence", "replay"} <= record.gates()
    mine = record.small_refunds().record
    assert (mine.cases, mine.reset.why) == (0, "configuration")
    assert "because its page, prompt, tools or model changed" in words.began_anew(mine.reset)
    record.review.look(LANE)
    assert (record.state.proposal.ended, record.state.proposal.why) == ("withdrawn", "CONFIGURATION_CHANGED")


def test_a_lease_is_renewed_near_its_end_on_what_was_audited_since(sqlite_record):
    record = sqlite_record.everything()
    record.review.look(LANE)
    record.sign()
    signed, end = record.state.leased_at, record.state.lease.until
    assert record.small_refunds().record.reset.why == "lease"
    record.now = end - timedelta(days=6)
    record.drill()
    record.keep(
        300, at=signed + timedelta(days=10), settled=record.now
    )  # silent drafts say nothing of what it did alone
    assert "evidence" in record.gates()
    record.review.look(LANE)
    assert record.state.proposal.ended == "signed", "the old one, and no other"
    record.keep(250, days=20, source="audit", chance=0.25)
    assert record.gates() == set()
    record.review.look(LANE)
    assert record.state.proposal.ended == ""
    assert record.state.proposal.lease.until > end


def test_a_segment_that_earns_its_place_joins_the_lease_that_runs(sqlite_record):
    record = sqlite_record.everything()
    record.review.look(LANE)
    record.sign()
    lease = record.state.lease
    letter = "zendesk.reply when template is refund_confirmation"
    record.keep(200, segment=letter)
    record.review.look(LANE)
    wider = record.state.proposal.lease
    assert (wider.segments, wider.until) == ((record.small, letter), lease.until)
    since = record.state.leased[record.small]
    record.now += timedelta(minutes=5)
    record.sign()
    assert record.state.leased[record.small] == since, "its evidence goes on"
    assert record.state.leased[letter] == record.now


def test_the_tolerance_is_what_the_money_allows(given_promotion):
    promotion, baseline = given_promotion
    assert question(promotion, None, "c").tolerance == 0.02
    assert question(promotion, baseline, "c").tolerance == 0.02, "the money would allow 2.05 %"
    costly = baseline.model_copy(update={"loss_per_error_usd": 400.0})
    allowed = question(promotion, costly, "c").tolerance
    assert allowed == pytest.approx(0.012 + 0.75 * 1.5 / 60 * 34 / 400)
    careful = promotion.model_copy(update={"lease": promotion.lease.model_copy(update={"audit": 1.0})})
    perfect = Baseline(**{**costly.model_dump(), "error_rate": 0.0})
    assert question(careful, perfect, "c") is None, "each audit costs what an approval costs: nothing is won"


@pytest.fixture
def given_promotion(sqlite_record):
    page = sqlite_record.engine.lanes[LANE].page
    return page.promotion, page.baseline


def test_nothing_is_offered_below_the_bar(sqlite_record):
    record = sqlite_record.everything(100)
    page = record.engine.lanes[LANE].page
    assert offer(record.bar(), page, record.state, record.now) is None
