"""What people get to see of a report: in Slack, within Slack's limits whatever stands in it, and on paper."""

import csv
import io
import re
import struct
import sys
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import weeks as w

for beside in ("bot", "journeys"):
    sys.path.append(str(Path(__file__).parents[1] / beside))

from drawing import WORST  # noqa: E402
from shapes import checker  # noqa: E402

from bot.report import paper  # noqa: E402
from bot.report.details import HEAD, csv_of  # noqa: E402
from bot.report.message import Message, all_lanes, message  # noqa: E402
from bot.report.picture import HIGH, WIDE, picture  # noqa: E402
from bot.report.sheet import Chart, Part, Table, overview, sheet  # noqa: E402
from bot.workspace.limits import message_problems  # noqa: E402
from lanes.core.page import Mode  # noqa: E402
from lanes.evidence.severity import Verdict  # noqa: E402
from lanes.report.deciding import CanaryShown  # noqa: E402
from lanes.report.felt import Came  # noqa: E402
from lanes.report.weekly import weekly  # noqa: E402
from lanes.shadow.matching import Outcome  # noqa: E402


def a_week(**more):
    """A week in which a little of everything happened."""
    cases = [w.case(n, at=week.begin + timedelta(hours=n)) for week in w.WEEKS for n in range(20)]
    cases += [w.wrong_amount(100 + n) for n in range(3)] + [w.case(200, Outcome.MISSED, gap=w.usd("-8.00"), run="")]
    cases += [w.case(300, Outcome.OVERREACH, gap=w.usd("25.00")), w.case(301, source="backfill")]
    minutes = timedelta(minutes=1)
    runs = [w.run(n, w.action(n, waited=n * minutes, looked=minutes)) for n in range(1, 30)]
    runs += [w.run(40, w.action(40, waited=minutes, decision="reject", came_to="rejected", reason="not_due"),
                   outcome="rejected", reasons=("not_due",)),
             w.run(41, outcome="budget", reasons=("STEPS",), handed_over=True)]  # fmt: skip
    return weekly(
        w.known(mode=Mode.APPROVAL, strata=(w.stratum(120),)), cases, runs,
        canaries=[CanaryShown("support-leads", w.MONDAY, True)],
        reactions=[Came("reopened", frozenset({"stripe.charge ch_1"}), w.MONDAY)], **more,
    )  # fmt: skip


def fine(told: Message):
    """Slack would take both forms, and the text says something by itself."""
    assert told.text.strip()
    for blocks in (told.native, told.blocks):
        assert message_problems(blocks) == []
        if checker():
            assert checker().check_message({"text": told.text, "blocks": blocks}) == []


def words(blocks):
    return re.sub(r"\s+", " ", str(blocks))


def drawn(report, page=w.PAGE, url=lambda _: ""):
    return sheet(report, page, url)


def test_the_message_says_in_both_forms_what_was_found():
    made = drawn(a_week(), url=lambda one: f"https://desk.example/{one.subject}")
    told = message(made)
    fine(told)
    for part in (
        "Agreed with people in 80.0 % of 25 cases", "3 cases differed, 1 missed", "$39.00 apart in 5 cases",
        "Next: ", "ZD-300", "https://desk.example/ZD-300", "80.0 of", "Shadowed from history, not counted above",
        "about 52 more clean cases", "support-refunds: week 47, 16–22 Nov 2026", "1 budget",
    ):  # fmt: skip
        for blocks in (told.native, told.blocks):
            if part not in {"80.0 of", "1 budget"}:
                assert part in words(blocks).replace("*", ""), part
    assert {"data_visualization", "table"} <= {block["type"] for block in told.native}
    assert not {"data_visualization", "table"} & {block["type"] for block in told.blocks}
    assert "W47 80" in words(told.native), "a chart's numbers stand as text as well"
    for form in ("\n".join(paper.text(made)), paper.markdown([made]), paper.html("x", [made])):
        assert "Agreement by week, %: W40 100, W41 100" in form
        assert "W46 100, W47 80" in form


def test_no_digit_of_an_amount_is_lost_where_a_chart_is_told_in_words():
    chart = Chart(
        "Money apart by field, USD", "bar", (("amount (refund)", 12345.67), ("fee (refund)", 1_000_000.5)), "USD"
    )
    made = replace(drawn(a_week()), money=chart)
    told = message(made)
    for form in (words(told.native), words(told.blocks), "\n".join(paper.text(made)), paper.markdown([made])):
        assert "amount (refund) 12345.67" in form.replace("\\", "")
        assert "fee (refund) 1000000.5" in form.replace("\\", "")
    assert ">12345.67</text>" in paper.html("x", [made])


def test_nothing_is_told_as_no_evidence():
    made = drawn(weekly(w.known(strata=(w.stratum(),)), (), ()))
    told = message(made)
    fine(told)
    everything = words(told.native) + paper.html("x", [made]) + paper.markdown([made]) + "\n".join(paper.text(made))
    assert "No evidence this week" in told.text
    assert "100" not in everything.replace("max-width", "").replace("width:100%", ""), "nothing seen is never all of it"
    assert "none yet; about 172 clean cases" in everything


def test_who_chose_what_is_told_with_what_chance_would_give():
    cases = [w.case(n) for n in range(8)] + [w.case(9, Outcome.DIFFER, actual={"reason": "fraudulent"})]
    made = drawn(weekly(w.known(choices={w.REFUND: frozenset({"reason"})}), cases, ()))
    told = "reason of the refund: same 88.9 % of 9 [56.5, 98.0], kappa 0.00, AC1 0.88"
    assert told in words(message(made).native)
    assert told in paper.html("x", [made])


def test_what_went_alone_is_told_by_what_auditors_found_and_not_by_what_people_did():
    alone = {"source": "audit", "settled": False}
    cases = [w.case(n, Outcome.UNSETTLED, **alone, label=Verdict.CORRECT, labelled=w.MONDAY) for n in range(3)]
    cases += [w.case(8, Outcome.UNSETTLED, **alone)]
    made = drawn(weekly(w.known(mode=Mode.AUTONOMOUS), cases, [w.run(1, w.action(1, alone=True))]))
    assert "not counted above: right in 100.0 % of 3 [43.8, 100.0]; 1 not looked at yet" in words(message(made).native)
    assert made.lead[0] == "1 went alone", "what happened stands before that nothing was compared"


def test_a_lane_without_baseline_compares_no_money():
    page = w.PAGE.model_copy(update={"baseline": None})
    report = weekly(w.known(page), [w.case(1)], [w.run(1)])
    assert "the page says nothing of what people cost" in message(drawn(report, page)).text


@pytest.mark.parametrize("worst", WORST.values(), ids=WORST)
def test_slack_takes_it_whatever_stands_in_it(worst):
    cases = [w.case(n, outcome, subject=worst, tool=worst, segment=worst, gap=w.usd("9.00"), run=worst)
             for n, outcome in enumerate((Outcome.MISSED, Outcome.OVERREACH, Outcome.DIFFER) * 6)]  # fmt: skip
    for n, one in enumerate([case for case in cases if case.outcome is Outcome.DIFFER]):
        apart = tuple(replace(field, field=f"{worst}{n}") for field in w.wrong_amount(n).apart)
        cases.append(replace(one, id=f"{one.id}b", apart=apart))
    made = drawn(weekly(w.known(), cases, [w.run(1, outcome=worst, reasons=(worst,), handed_over=True)]))
    fine(message(made))
    for told in (paper.html(worst, [made]), paper.markdown([made])):
        assert "<script" not in told
        assert "\u202e" not in told


def test_slack_takes_a_hundred_segments_and_a_hundred_lanes():
    made = drawn(a_week())
    many = Table("By kind of write", ("Kind", "Agreed", "Cases", "Evidence"),
                 tuple((f"segment {n} {'x' * 300}", "100 %", "1", "enough") for n in range(150)), (1, 2))  # fmt: skip
    long = Chart("t" * 200, "bar", tuple((f"the same long name {'y' * 40}", float(n)) for n in range(6)), "USD")
    parts = tuple(Part("p" * 300, ("q" * 5_000,) * 3) for _ in range(5))
    fine(message(replace(made, segments=many, money=long, trend=long, parts=parts)))
    fine(all_lanes("All lanes", overview([(a_week(), w.PAGE)] * 120)))


def test_the_html_needs_nothing_from_outside_and_escapes_what_is_not_ours():
    bad = replace(w.case(1, Outcome.OVERREACH, gap=w.usd("9.00")), subject='"><script>alert(1)</script>')
    made = drawn(weekly(w.known(), [bad], ()), url=lambda _: "https://desk.example/1?a=1&b=2")
    told = paper.html("Week", [made])
    assert "<script>" not in told
    assert 'href="https://desk.example/1?a=1&amp;b=2"' in told
    assert not re.search(r"(?:src|@import|url\(|<link|xlink)", told), "a browser would fetch something"
    assert 'name="viewport"' in told


def test_markdown_tables_hold_whatever_is_in_them():
    bad = replace(w.case(1, Outcome.OVERREACH), subject="a | b\n# head [x](javascript:1)")
    (line,) = [one for one in paper.markdown([drawn(weekly(w.known(), [bad], ()))]).splitlines() if "a \\|" in one]
    assert len(re.findall(r"(?<!\\)\|", line)) == 6


def test_the_csv_tells_every_case_and_runs_no_formula():
    cases = [w.wrong_amount(1), replace(w.case(2, Outcome.MISSED, gap=w.usd("-8.00")), subject="=HYPERLINK(1)")]
    rows = [*csv.reader(io.StringIO(csv_of(cases)))]
    assert tuple(rows[0]) == HEAD
    assert rows[1][6:11] == ["differ", "wrong", "2.00", "USD", "amount: 12.00 USD ≠ 10.00 USD"]
    assert rows[2][3] == "'=HYPERLINK(1)"
    assert rows[2][8] == "-8.00", "an amount stays one"


def test_the_picture_is_a_png_that_shows_the_points():
    made = picture(Chart("Agreement", "line", (("W46", 80.0), ("W47", 92.5)), "%"))
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", made[16:24]) == (WIDE, HIGH)
    start = made.index(b"IDAT")
    (size,) = struct.unpack(">I", made[start - 4 : start])
    rows = zlib.decompress(made[start + 4 : start + 4 + size])
    assert len(rows) == HIGH * (WIDE + 1)
    assert set(rows) == {0, 1, 2, 3}
