"""Weeks that were made so that every figure of their report is known."""

from dataclasses import replace
from datetime import timedelta

import pytest
import weeks as w

from bot.words import report as words
from lanes.core.page import Mode
from lanes.evidence.intervals import wilson
from lanes.evidence.severity import Verdict
from lanes.report.deciding import CanaryShown
from lanes.report.felt import Came
from lanes.report.next_step import Next
from lanes.report.weekly import weekly
from lanes.shadow.matching import Outcome

PAST = {"via": "backfill"}


def report(cases=(), figures=(), **more):
    beside = {name: more.pop(name) for name in ("canaries", "reactions", "touched") if name in more}
    return weekly(w.known(**more), cases, figures, **beside)


def test_a_week_without_anything_is_no_evidence_and_never_all_right():
    empty = report(strata=(w.stratum(),))
    assert empty.live.agreement.value is None
    assert (empty.live.agreement.wilson.low, empty.live.agreement.wilson.high) == (0, 1)
    assert empty.decided.wait.median is None
    assert empty.costs.agent is None
    assert empty.escalated.share.value is None
    assert empty.strata[0].missing == 172
    assert empty.step.what is Next.NOTHING_YET
    assert {one.live.value for one in empty.trend} == {None}


def test_agreement_counts_all_that_is_settled_and_nothing_that_may_still_be():
    cases = [w.case(n) for n in range(90)]
    cases += [w.wrong_amount(100 + n) for n in range(4)]
    cases += [w.case(200 + n, Outcome.MISSED, gap=w.usd("-8.00"), run="") for n in range(3)]
    cases += [w.case(300, Outcome.OVERREACH, gap=w.usd("25.00")), w.case(301, Outcome.OVERREACH, gap=w.usd("5.00"))]
    cases += [w.case(400, Outcome.UNSETTLED)]
    cases += [w.case(500 + n, Outcome.UNSETTLED, settled=False) for n in range(7)]
    live = report(cases).live
    assert (live.agreement.hits, live.agreement.of, live.waiting) == (90, 100, 7)
    assert live.agreement.wilson == wilson(90, 100)
    (gap,) = live.gaps
    assert (str(gap.net), str(gap.apart), gap.cases) == ("$14.00", "$62.00", 9)
    (amount,) = live.fields
    assert (amount.field, amount.differs.hits, amount.differs.of) == ("amount", 4, 94)
    assert [str(one.amount) for one in live.overreach] == ["$25.00", "$5.00"]
    assert len(live.missed) == 3


def test_the_worst_five_are_those_with_the_most_money():
    cases = [w.case(n, Outcome.OVERREACH, gap=w.usd(f"{n}.00")) for n in range(1, 41)]
    assert [one.subject for one in report(cases).live.overreach] == ["ZD-40", "ZD-39", "ZD-38", "ZD-37", "ZD-36"]


def test_backfilled_and_audited_cases_are_sums_of_their_own():
    cases = [w.case(1), w.case(2, source="backfill"), w.wrong_amount(3, source="backfill"), w.case(4, source="audit")]
    told = report(cases)
    assert [one.agreement.of for one in (told.live, told.backfilled, told.audited)] == [1, 2, 1]
    assert (told.trend[-1].live.of, told.trend[-1].backfilled.of) == (1, 2)
    assert told.segments[w.SMALL].agreement.of == 1


def test_the_trend_is_of_eight_weeks_and_the_rest_of_the_last():
    cases = [w.case(200 + n, at=week.begin + timedelta(hours=1)) for n, week in enumerate(w.WEEKS)]
    cases += [w.case(300 + n, Outcome.MISSED) for n in range(50)]
    told = report(cases)
    assert [(one.live.hits, one.live.of) for one in told.trend] == [(1, 1)] * 7 + [(1, 51)]
    assert told.live.total == 51


SOME = [w.case(n) for n in range(60)]


@pytest.mark.parametrize(
    ("cases", "evidence", "step", "about"),
    [
        (SOME, w.stratum(172), Next.LEASE, w.SMALL),
        (SOME, w.stratum(140), Next.NEARLY, w.SMALL),
        (SOME, w.stratum(60), Next.GO_ON, w.SMALL),
        (SOME + [w.wrong_amount(100 + n) for n in range(6)], w.stratum(60), Next.FIELD, f"{w.REFUND} amount"),
        (SOME + [w.case(100 + n, Outcome.OVERREACH) for n in range(3)], w.stratum(172), Next.OVERREACH, ""),
        (SOME + [w.case(100 + n, Outcome.UNSETTLED) for n in range(9)], w.stratum(172), Next.UNSETTLED, ""),
    ],
)
def test_the_next_step_follows_from_the_figures(cases, evidence, step, about):
    told = report(cases, strata=(evidence,)).step
    assert (told.what, told.about) == (step, about)


def test_approvals_are_counted_with_their_waits_edits_and_reasons():
    minutes = timedelta(minutes=1)
    runs = [
        w.run(1, w.action(1, waited=10 * minutes, looked=2 * minutes)),
        w.run(2, w.action(2, waited=20 * minutes, edited=2, moved=w.usd("-3.00"))),
        w.run(3, w.action(3, waited=60 * minutes, decision="reject", came_to="rejected", reason="wrong_amount")),
        w.run(4, w.action(4, waited=1 * minutes, decision="", came_to="expired")),
        w.run(5, w.action(5, alone=True, undone=True), w.action(6, undoes=True, waited=minutes)),
    ]
    canaries = [CanaryShown("support-leads", w.MONDAY, found) for found in (True,) * 4 + (False,) * 2 + (None,)]
    told = report(figures=runs, canaries=canaries)
    made = told.decided
    assert (made.asked, made.alone, made.undone) == (4, 1, 1)
    assert made.decisions == {"approve": 1, "edit": 1, "reject": 1, "expired": 1}
    assert (made.wait.count, made.wait.median, made.wait.most) == (3, 20 * minutes, 60 * minutes)
    assert made.looked.median == 2 * minutes
    assert (made.edited.hits, made.edited.of, made.edited_fields) == (1, 3, 2)
    assert str(made.moved[0].net) == "-$3.00"
    assert made.rejects == {"wrong_amount": 1}
    assert (made.canaries.hits, made.canaries.of) == (4, 6)
    assert (told.step.what, told.step.about, told.step.count) == (Next.CANARIES, "support-leads", 2)


def test_what_a_success_costs_is_made_of_every_term():
    """By hand: 2 cents of model; 1.5 minutes at 34 an hour and an hour at 0.60; overhead 300 a month over 4 runs a
    week; one of four escalated, which then costs what people cost: 9 minutes at 34 an hour and 1.2 % of 75.
    """
    hour = timedelta(hours=1)
    runs = [w.run(n, w.action(n, waited=hour)) for n in (1, 2, 3)]
    runs += [w.run(4, w.action(4, waited=hour), outcome="failed", handed_over=True, reasons=("NOT_APPLIED",))]
    told = report(figures=runs, mode=Mode.APPROVAL)
    money, month = told.costs, 4 * 365.25 / 12 / 7
    theirs = 9 / 60 * 34 + 0.012 * 75
    terms = dict(money.agent.terms)
    assert terms["model"] == pytest.approx(0.02)
    assert terms["approval"] == pytest.approx(1.5 / 60 * 34 + 0.6)
    assert terms["escalation"] == pytest.approx(theirs / 4)
    assert terms["overhead"] == pytest.approx(300 / month)
    assert money.people.a_success == pytest.approx(theirs)
    assert money.a_success.value == pytest.approx(money.agent.a_success)
    assert money.a_success.interval.low <= money.a_success.value <= money.a_success.interval.high
    assert money.break_even == pytest.approx(300 / (theirs * 0.75 - (0.02 + 0.85 + 0.6 + theirs / 4)))
    assert told.escalated.reasons == {"NOT_APPLIED": 1}
    assert report(figures=runs, page=w.PAGE.model_copy(update={"baseline": None})).costs.people is None


def test_silent_runs_succeed_when_all_their_settled_cases_are_right():
    runs = [w.run(n, mode=Mode.SHADOW, outcome="shadowed") for n in (1, 2, 3, 4)]
    cases = [w.case(1), w.case(2), w.wrong_amount(20, run="r2"), w.case(3, Outcome.UNSETTLED, settled=False)]
    money = report(cases, runs).costs
    assert (money.judged, money.a_success.successes, money.only_drafts) == (2, 1, True)


def test_what_came_back_is_told_apart_by_whose_work_it_was():
    came = [
        Came("reopened", frozenset({"stripe.charge ch_1"}), w.MONDAY),
        Came("rated", frozenset({"zendesk.ticket ZD-9"}), w.MONDAY, "good"),
        Came("rated", frozenset({"zendesk.ticket ZD-8"}), w.MONDAY, "bad", ours=True),
        Came("reopened", frozenset({"zendesk.ticket ZD-7777"}), w.MONDAY),
    ]
    told = report([w.case(n) for n in range(4)], [w.run(1, w.action(1)), w.run(2, w.action(2))], reactions=came,
                  touched=frozenset({"zendesk.ticket ZD-9"}))  # fmt: skip
    agent, people = told.felt.agent, told.felt.people
    assert (agent.records, agent.kinds, agent.ratings) == (2, {"reopened": 1, "rated": 1}, {"bad": 1})
    assert (agent.reversed.hits, agent.reversed.of) == (1, 2)
    assert (people.records, people.kinds, people.ratings) == (4, {"rated": 1}, {"good": 1})


def test_who_chose_what_is_told_with_its_table():
    cases = [w.case(n) for n in range(8)]
    other = {"reason": "fraudulent"}
    cases += [w.case(10, Outcome.DIFFER, actual=other), replace(w.case(11), suggested=other, actual=other)]
    (choice,) = report(cases, choices={w.REFUND: frozenset({"reason"})}).live.choices
    assert choice.agreement.table["duplicate", "fraudulent"] == 1
    assert (choice.agreement.share.hits, choice.agreement.share.of) == (9, 10)
    assert choice.agreement.kappa == pytest.approx(0.6153846)


def test_runs_on_the_past_and_silent_ones_beside_real_work_cost_nothing_here():
    acting = [w.run(1, w.action(1)), w.run(2, w.action(2))]
    silent = [w.run(3, mode=Mode.SHADOW, outcome="shadowed"), w.run(4, mode=Mode.SHADOW).model_copy(update=PAST)]
    told = report([w.case(3)], [*acting, *silent], mode=Mode.APPROVAL)
    assert (told.runs, told.costs.judged, told.costs.only_drafts) == (2, 2, False)
    assert report([w.case(3)], silent).runs == 1


def test_an_error_is_what_was_taken_back_came_back_or_was_found_by_an_audit():
    runs = [w.run(1, w.action(1, undone=True)), w.run(2, w.action(2)), w.run(3, w.action(3, alone=True)),
            *(w.run(n, w.action(n)) for n in range(4, 9))]  # fmt: skip
    came = [Came("disputed", frozenset({"stripe.charge ch_2"}), w.MONDAY)]
    audit = w.case(50, Outcome.DIFFER, source="audit", run="r3", label=Verdict.WRONG, labelled=w.MONDAY)
    told = report([audit], runs, reactions=came, mode=Mode.AUTONOMOUS)
    assert dict(told.costs.agent.terms)["errors"] == pytest.approx(3 / 8 * 75)


def test_what_people_leave_undone_makes_what_they_finish_dearer():
    """`success_rate` of the page: of what people do without the lane, so much succeeds."""
    runs = [w.run(1, w.action(1))]
    half = w.PAGE.baseline.model_copy(update={"success_rate": 0.5})
    whole, told = (report([], runs, page=w.PAGE.model_copy(update={"baseline": one}), mode=Mode.APPROVAL)
                   for one in (w.PAGE.baseline.model_copy(update={"success_rate": 1.0}), half))  # fmt: skip
    assert told.costs.people.a_success == pytest.approx(2 * whole.costs.people.a_success)


def test_who_looked_blind_scores_both_sides_and_agreements_weigh_as_many_as_there_are():
    said = [("correct", "wrong", "mistake"), ("wrong", "correct", "timing"), ("correct", "correct", "mistake")]
    cases = [w.case(n, Outcome.DIFFER, label=Verdict(a), person_label=Verdict(b), reason=why, labelled=w.MONDAY)
             for n, (a, b, why) in enumerate(said)]  # fmt: skip
    judged = report(cases).live.judged
    assert (judged.agent.hits, judged.people.hits, judged.agent.of) == (2, 2, 3)
    assert judged.reasons == {"mistake": 2, "timing": 1}
    unseen = report([*cases, *(w.case(10 + n) for n in range(97))]).live.judged
    assert unseen.scores.agent.rate is None, "of what both did alike nothing was looked at"
    right = {"label": Verdict.CORRECT, "person_label": Verdict.CORRECT, "labelled": w.MONDAY}
    alike = [w.case(10 + n, **(right if not n else {})) for n in range(97)]
    judged = report([*cases, *alike]).live.judged
    assert judged.scores.agent.rate == pytest.approx(0.01)
    assert "the agent errs in 1.0 % [" in words.judged(judged)


def test_what_review_lets_through_follows_from_the_practice_drafts_it_finds():
    cases = [w.case(n) for n in range(90)] + [w.wrong_amount(100 + n) for n in range(10)]
    canaries = [CanaryShown("support-leads", w.MONDAY, found) for found in (True, True, True, False)]
    left = report(cases, canaries=canaries).left_after_review
    assert left.value == pytest.approx(0.1 * 0.25)
    assert left.interval.low < left.value < left.interval.high
    assert report(cases).left_after_review is None
