"""What stands in a lane's report, in plain words, before anybody draws it: Slack, HTML, Markdown and the terminal show
the same sheet, so that all of them tell the same numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.words import report as words
from bot.words.figures import dollars, percent, share, short_share
from lanes.core.page import Lane
from lanes.evidence.economics import Cost
from lanes.report.compared import Named
from lanes.report.costs import Costs
from lanes.report.next_step import Next
from lanes.report.weekly import WeeklyReport

_FIELDS = 20  # that are listed
_CASES = 5  # of each kind
_CHOICES = 3  # tables of who chose what that are told in a line


@dataclass(frozen=True)
class Link:
    """A name that leads somewhere."""

    label: str
    url: str


Cell = str | Link


@dataclass(frozen=True)
class Table:
    """`figures` are the columns that hold figures, by number."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: tuple[int, ...]


@dataclass(frozen=True)
class Chart:
    """One line or one row of bars, in per cent or in whole units of a currency."""

    title: str
    kind: str  # line or bar
    points: tuple[tuple[str, float], ...]
    unit: str


@dataclass(frozen=True)
class Part:
    """A heading with its sentences."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """`lead` is what has to be seen in ten seconds; `step` is what to do; the rest is for whoever reads on."""

    title: str
    lead: tuple[str, ...]
    step: str
    trend: Chart | None
    money: Chart | None
    segments: Table | None
    cases: Table | None  # the worst
    parts: tuple[Part, ...]
    tables: tuple[Table, ...]  # details
    small_print: str


UrlOf = Callable[[Named], str]  # where a case can be looked at; empty: nowhere that is known


def sheet(report: WeeklyReport, page: Lane, url: UrlOf, note: str = "") -> Sheet:
    """Everything a report says. `note`: what else has to be said of its figures."""
    live, told, choices = report.live, words.first, _choices(report)
    shadows = page.shadow is not None
    approvals = words.decided(report.decided)
    compared = [words.agreed(live), words.not_agreed(live)] if shadows else []
    first = approvals[:1] if not live.settled else []  # what people said comes before that nothing was compared
    lead = told([*first, *compared, words.cost(report.costs)])
    parts = [
        Part("Choices", tuple(table.title for table in choices[:_CHOICES])),
        Part("Looked at blind", tuple(told([words.judged(live.judged)]))),
        Part(
            "Approvals",
            tuple(told([
                *approvals, words.canaries(report.decided, report.canary_target),
                words.after_review(report.left_after_review),
            ])),
        ),
        Part("Cost", tuple(told([_terms(report.costs), words.break_even(report.costs)]))),
        Part("Handed to people", tuple(told([words.escalations(report.escalated)]))),
        Part("Speed", tuple(told([words.speed(report.worked), words.machine(report.costs, report.escalated)]))),
        Part("Customers", _customers(report)),
        Part(
            "Beside",
            tuple(told([
                words.beside("Shadowed from history", report.backfilled), words.audited(report.audited),
                words.beside("Taken over and done by hand, with the draft in sight", report.taken_over),
            ])),
        ),
    ]  # fmt: skip
    return Sheet(
        title=words.title(report), lead=tuple(lead) or ("No evidence: nothing ran this week.",),
        step=words.step(report.step, page), trend=_trend(report), money=_money(report),
        segments=_segments(report), cases=_cases(report, url), parts=tuple(part for part in parts if part.lines),
        tables=tuple(table for table in (_fields(report), _costs(report), _weeks(report), *choices) if table),
        small_print=f"{note} {words.SMALL_PRINT}".strip(),
    )  # fmt: skip


def _customers(report: WeeklyReport) -> tuple[str, ...]:
    felt = report.felt
    if not (felt.agent.records or felt.agent.kinds or felt.people.records or felt.people.kinds):
        return ()
    return words.customers(felt.agent, "the agent's work"), words.customers(felt.people, "people's own")


def _segments(report: WeeklyReport) -> Table | None:
    strata = {one.segment: one for one in report.strata}
    names = [*strata, *(name for name in report.segments if name not in strata)]
    rows = []
    for name in names:
        compared = report.segments.get(name)
        agreed = percent(compared.agreement.value) if compared and compared.agreement.value is not None else "–"
        cases = f"{compared.settled:,}" if compared else "0"
        rows.append((words.segment(name), agreed, cases, words.evidence(strata[name]) if name in strata else "–"))
    return Table("By kind of write", words.SEGMENT_HEAD, tuple(rows), (1, 2)) if rows else None


def _cases(report: WeeklyReport, url: UrlOf) -> Table | None:
    """The worst of what would have been done for nothing, of what was missed and of what was done otherwise."""
    live = report.live
    worst = [*live.overreach[:_CASES], *live.missed[:_CASES], *live.differ[:_CASES]]
    rows = tuple(
        (_linked(one.subject, url(one)), words.named(one), words.tool(one.tool), str(one.amount or "–"), one.run or "–")
        for one in worst
    )
    return Table("Worst cases", words.CASE_HEAD, rows, (3,)) if rows else None


def _linked(label: str, url: str) -> Cell:
    return Link(label, url) if url else label


def _trend(report: WeeklyReport) -> Chart | None:
    """Weeks without evidence have no point: nothing is no share."""
    points = tuple(
        (one.name[-3:], round(100 * one.live.value, 1)) for one in report.trend if one.live.value is not None
    )
    return Chart("Agreement by week, %", "line", points, "%") if len(points) > 1 else None


def _money(report: WeeklyReport) -> Chart | None:
    """Money apart by field, of the currency that has most of it."""
    first = report.live.gaps[0].apart.currency if report.live.gaps else ""
    points = [
        (f"{one.field} ({words.tool(one.tool)})", float(gap.apart.major))
        for one in report.live.fields
        for gap in one.gaps
        if gap.apart.currency == first
    ]
    return Chart(f"Money apart by field, {first}", "bar", tuple(points[:6]), first) if len(points) > 1 else None


def _fields(report: WeeklyReport) -> Table | None:
    rows = tuple(
        (f"{one.field} ({words.tool(one.tool)})", share(one.differs), words.apart(one.gaps) or "–")
        for one in report.live.fields[:_FIELDS]
    )
    return Table("Where both sides differ", words.FIELD_HEAD, rows, (1,)) if rows else None


def _weeks(report: WeeklyReport) -> Table | None:
    rows = tuple(
        (one.name, share(one.live), f"{one.live.of:,}", share(one.backfilled) if one.backfilled.of else "–")
        for one in report.trend
    )
    known = any(one.live.of or one.backfilled.of for one in report.trend)
    return Table("The last weeks", words.TREND_HEAD, rows, (1, 2, 3)) if known else None


def terms(costs: Costs, cost: Cost) -> list[tuple[str, float]]:
    """Every term of the agent's cost, what an approval costs in its two parts."""
    found: list[tuple[str, float]] = []
    for name, amount in cost.terms:
        if name == "approval":
            found += [("review", costs.review_a_case), ("wait", amount - costs.review_a_case)]
        else:
            found.append((name, amount))
    return found


def _terms(costs: Costs) -> str:
    if costs.agent is None:
        return ""
    listed = ", ".join(f"{words.TERM[name]} {dollars(amount)}" for name, amount in terms(costs, costs.agent) if amount)
    return f"A case takes {dollars(costs.agent.a_case)}: {listed}; {percent(costs.agent.success)} succeed."


def _costs(report: WeeklyReport) -> Table | None:
    costs = report.costs
    if costs.agent is None or costs.people is None:
        return None
    ours, theirs = dict(terms(costs, costs.agent)), dict(costs.people.terms)
    rows = [
        (words.TERM[name].capitalize(), *(_amount(side, name) for side in (ours, theirs)))
        for name in dict.fromkeys([*theirs, *ours])
    ]
    rows.append(("All of it", dollars(costs.agent.a_case), dollars(costs.people.a_case)))
    rows.append(("Succeed", percent(costs.agent.success), percent(costs.people.success)))
    rows.append(("Per success", *(_per_success(one) for one in (costs.agent, costs.people))))
    return Table("What a case costs", words.COST_HEAD, tuple(rows), (1, 2))


def _amount(side: dict[str, float], name: str) -> str:
    return dollars(side[name]) if name in side else "–"


def _per_success(cost: Cost) -> str:
    return "–" if cost.a_success is None else dollars(cost.a_success)


def _choices(report: WeeklyReport) -> list[Table]:
    """Who chose what, where values come from a fixed list, with the figures that allow for chance."""
    tables = []
    for choice in report.live.choices:
        of = choice.agreement
        names = sorted({name for pair in of.table for name in pair})
        rows = tuple((one or "(none)", *(f"{of.table[one, other]:,}" for other in names)) for one in names)
        figures = ", ".join(f"{name} {_two(value)}" for name, value in (("kappa", of.kappa), ("AC1", of.ac1)))
        head = ("Agent ↓ people →", *(name or "(none)" for name in names))
        title = f"{choice.field} of the {words.tool(choice.tool)}: same {share(of.share)}, {figures}"
        tables.append(Table(title, head, rows, tuple(range(1, len(head)))))
    return tables


def _two(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


@dataclass(frozen=True)
class Overview:
    """All lanes: a row each, what to do next in those that have shown something, and the names of the others."""

    table: Table
    steps: tuple[tuple[str, str], ...]
    nothing_yet: tuple[str, ...]


def overview(reports: Sequence[tuple[WeeklyReport, Lane]]) -> Overview:
    """A week of all lanes."""
    rows = tuple(
        (
            one.lane, words.mode(one.mode), short_share(one.live.agreement) if page.shadow else "not compared",
            str(one.live.gaps[0].apart) if one.live.gaps else "–", _cost_of(one.costs),
        )
        for one, page in reports
    )  # fmt: skip
    shown = [(one, page) for one, page in reports if one.step.what is not Next.NOTHING_YET]
    return Overview(
        Table(words.ALL_LANES, words.LANE_HEAD, rows, (3, 4)),
        tuple((one.lane, words.step(one.step, page)) for one, page in shown),
        tuple(one.lane for one, _ in reports if one.step.what is Next.NOTHING_YET),
    )


def _cost_of(costs: Costs) -> str:
    return dollars(costs.a_success.value) if costs.a_success and costs.a_success.value is not None else "–"
