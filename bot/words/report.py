"""What people read about a lane's week, in Slack, on paper and at the command line. Plain text: whoever shows it
escapes it.

A share is never told without what it is of, and a share of nothing is "no evidence".
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from bot import words
from bot.words.figures import NO_EVIDENCE, dollars, many, percent, share, span
from lanes.core.page import Lane, Mode
from lanes.evidence.economics import ReviewedError
from lanes.report.compared import Compared, FieldGap, Gap, Judged, Named
from lanes.report.costs import Costs
from lanes.report.deciding import Decided, Spread
from lanes.report.felt import Side
from lanes.report.next_step import Next, Step
from lanes.report.strata import Stratum
from lanes.report.weekly import Escalated, WeeklyReport
from lanes.shadow.cases import ELSE
from lanes.shadow.matching import Outcome
from lanes.shadow.scoring import Scores

ALL_LANES = "All lanes"
SMALL_PRINT = (
    "Agreement counts everything that is settled, whatever could not be settled in its time included. Between the "
    "brackets is the 95 % interval (Wilson). Evidence is counted under today's "
    "configuration only, since it last began anew."
)
SEGMENT_HEAD = ("Kind of write", "Agreed", "Cases", "Evidence")
FIELD_HEAD = ("Field", "Differs in", "Money apart")
CASE_HEAD = ("Case", "What", "Write", "Amount", "Run")
COST_HEAD = ("Per case", "Agent", "People")
TREND_HEAD = ("Week", "Agreed", "Cases", "Backfilled")
LANE_HEAD = ("Lane", "Mode", "Agreed", "Apart", "A success costs")
OUTCOME: Mapping[Outcome, str] = {
    Outcome.AGREE: "agreed",
    Outcome.DIFFER: "differed",
    Outcome.MISSED: "missed",
    Outcome.OVERREACH: "overreached",
    Outcome.UNSETTLED: "unsettled",
}
TERM: Mapping[str, str] = {
    "model": "model",
    "tools": "tools",
    "review": "approvers' minutes",
    "wait": "waiting",
    "audit": "audits",
    "escalation": "people taking over",
    "errors": "errors",
    "overhead": "overhead",
    "work": "work",
}
_DECIDED: Mapping[str, str] = {
    "approve": "approved as they were",
    "edit": "edited",
    "reject": "rejected",
    "take_over": "taken over",
    "break_glass": "let through by breaking the glass",
}
_GATE: Mapping[str, str] = {
    "evidence": "evidence",
    "days": "days",
    "settled": "settled share",
    "severe": "a severe error",
    "queue": "disagreements to look at",
    "pays": "it does not pay",
}
_CAME: Mapping[str, str] = {
    "asked": "asked back",
    "reopened": "reopened",
    "followed_up": "followed up",
    "rated": "rated",
    "refund_failed": "refunds failed",
    "disputed": "disputed",
    "dispute_won": "disputes won",
    "dispute_lost": "disputes lost",
}


FILE = "Every case of the week, one a line."


def numbers(title: str, points: Sequence[tuple[str, float]]) -> str:
    """What a picture shows, in words."""
    return f"{title}: " + ", ".join(f"{label} {number(value)}" for label, value in points)


def number(value: float) -> str:
    """Every digit of an amount, as in 12345.67, and no more: 95, 0.3."""
    return f"{value:.12g}"


def measured(runs: int) -> str:
    return "1 run measured" if runs == 1 else f"{runs:,} runs measured"


def posted(lane: str, week: str, elsewhere: str = "") -> str:
    """`elsewhere`: why it is not where it belongs."""
    return f"the report of {lane or 'all lanes'} for {week} is posted{f' elsewhere: {elsewhere}' if elsewhere else ''}"


def week_of(name: str) -> str:
    """As in "week 47, 16–22 Nov 2026"."""
    monday = date.fromisoformat(f"{name}-1")
    sunday = monday + timedelta(days=6)
    first = f"{monday.day}" if monday.month == sunday.month else f"{monday.day} {monday:%b}"
    return f"week {int(name[-2:])}, {first}–{sunday.day} {sunday:%b %Y}"


def nothing_yet(lanes: Sequence[str]) -> str:
    return f"Nothing to judge yet: {', '.join(lanes)}"


def tool(name: str) -> str:
    return words.TOOL.get(name, name)


def segment(name: str) -> str:
    return "everything else" if name == ELSE else words.rule(name)


def apart(gaps: Sequence[Gap]) -> str:
    """How far, and which way; empty without money."""
    return "; ".join(f"{gap.apart} apart in {many(gap.cases, 'case')}{_way(gap)}" for gap in gaps)


def _way(gap: Gap) -> str:
    if not gap.net.minor:
        return ""
    return f", {str(gap.net).removeprefix('-')} too {'much' if gap.net.minor > 0 else 'little'} in sum"


def agreed(live: Compared) -> str:
    """The first sentence of a lane that is held against people."""
    if live.agreement.value is None:
        waiting = f"; {many(live.waiting, 'case')} not settled yet" if live.waiting else ""
        return f"No evidence this week: nothing was compared with people's work{waiting}."
    of = live.agreement
    low, high = (100 * end for end in (of.wilson.low, of.wilson.high))
    return (
        f"Agreed with people in {percent(of.hits / of.of)} of {many(of.of, 'case')} (95 % sure: {low:.1f} to "
        f"{high:.1f} %)."
    )


def not_agreed(live: Compared) -> str:
    """What the rest was, and the money; empty where there is no rest."""
    if not live.settled and not live.waiting:
        return ""
    rest = [
        f"{many(live.count(Outcome.DIFFER), 'case')} differed" if live.count(Outcome.DIFFER) else "",
        f"{live.count(Outcome.MISSED):,} missed" if live.count(Outcome.MISSED) else "",
        f"in {live.count(Outcome.OVERREACH):,} it would have acted where people did nothing"
        if live.count(Outcome.OVERREACH)
        else "",
        f"{live.count(Outcome.UNSETTLED):,} could not be settled" if live.count(Outcome.UNSETTLED) else "",
        f"{live.waiting:,} not settled yet" if live.waiting else "",
    ]
    said = ", ".join(filter(None, rest))
    money = apart(live.gaps)
    return f"{said[:1].upper()}{said[1:]}.{f' {money}.' if money else ''}" if said else "Nothing differed."


def beside(name: str, compared: Compared) -> str:
    """Cases that are not part of the figures above; empty where there are none."""
    if not compared.total:
        return ""
    return f"{name}, not counted above: agreed in {share(compared.agreement)}. {not_agreed(compared)}"


def field_line(of: FieldGap) -> str:
    money = apart(of.gaps)
    said = f"{of.field} of the {tool(of.tool)}: {of.differs.hits:,} of {of.differs.of:,} differ"
    return f"{said}, {money}" if money else said


def evidence(of: Stratum) -> str:
    if of.proof is None:
        return "acting alone would not pay"
    if not of.missing:
        rest = ", ".join(_GATE.get(gate, gate) for gate in of.gates)
        return f"enough ({many(of.cases, 'case')}){f'; open: {rest}' if rest else ''}"
    more = "more " if of.cases else ""
    return f"{'' if more else 'none yet; '}about {many(of.missing, f'{more}clean case')}"


def named(one: Named) -> str:
    differs = f" ({', '.join(one.apart)})" if one.apart else ""
    return f"{OUTCOME[one.outcome]}{differs}"


def decided(of: Decided) -> list[str]:
    """How approvals went; nothing where nothing waited."""
    if not of.asked and not of.alone:
        return []
    ended = ", ".join(f"{count:,} {_DECIDED.get(how, how.replace('_', ' '))}" for how, count in of.decisions.items())
    alone = f"{of.alone:,} went alone" if of.alone else ""
    lines = [
        ". ".join(filter(None, [f"{many(of.asked, 'draft')} waited for people: {ended}" if of.asked else "", alone]))
    ]
    if of.wait.count:
        lines.append(f"Waited {_spread(of.wait)}{_groups(of.by_group)}")
    if of.edited.hits:
        money = apart(of.moved)
        size = f", {of.edited_fields:.1f} fields each on average" if of.edited_fields else ""
        lines.append(f"Edited: {share(of.edited)}{size}{f'; money moved: {money}' if money else ''}")
    if of.rejects:
        lines.append("Rejected because: " + counted(of.rejects))
    if of.undone:
        lines.append(f"{many(of.undone, 'write')} taken back")
    return lines


def judged(of: Judged) -> str:
    """What third persons said; empty where nobody looked."""
    if not of.agent.of and not of.people.of:
        return ""
    why = f". Why they differed: {counted(of.reasons)}" if of.reasons else ""
    sides = (("the agent was right in", of.agent), ("people in" if of.agent.of else "people were right in", of.people))
    said = ", ".join(f"{who} {share(side)}" for who, side in sides if side.of)
    return f"Of what was looked at, {said}{why}{_errs(of.scores)}"


def _errs(of: Scores | None) -> str:
    """How often each side errs over all cases: every disagreement is looked at, and of the agreements but a part."""
    if of is None or of.agent.rate is None or of.person.rate is None:
        return ""
    agent, people = (
        f"{percent(rate)} [{100 * side.interval.low:.1f}, {100 * side.interval.high:.1f}]"
        for side, rate in ((of.agent, of.agent.rate), (of.person, of.person.rate))
    )
    return f". Over all cases, each kind weighed by how many there are, the agent errs in {agent}, people in {people}"


def audited(of: Compared) -> str:
    """What people found who looked at what went alone; empty where nothing was drawn."""
    if not of.total:
        return ""
    left = of.total - of.judged.agent.of
    rest = f"; {left:,} not looked at yet" if left else ""
    return f"Audited after they went alone, not counted above: right in {share(of.judged.agent)}{rest}"


def after_review(of: ReviewedError | None) -> str:
    """What review lets through, as the practice drafts tell."""
    if of is None or of.value is None:
        return ""
    low, high = (100 * end for end in (of.interval.low, of.interval.high))
    return f"So about {percent(of.value)} [{low:.1f}, {high:.1f}] of all drafts would pass although people do otherwise"


def canaries(of: Decided, target: float | None) -> str:
    """Announced drafts that were wrong on purpose; empty where none was decided."""
    if not of.canaries.of:
        return ""
    aim = f", the target is {percent(target)}" if target is not None else ""
    missed = of.canaries.of - of.canaries.hits
    return f"Practice drafts that were wrong on purpose: found {share(of.canaries)}{aim}; {missed:,} missed"


def _spread(of: Spread) -> str:
    return f"{span(of.median)} (median), nine in ten within {span(of.most)}"


def _groups(groups: Mapping[str, Spread]) -> str:
    if len(groups) < 2:
        return ""
    return "; " + ", ".join(f"{group} {span(one.median)}" for group, one in groups.items())


def counted(by: Mapping[str, int], most: int = 5) -> str:
    """Codes as words, the most frequent first."""
    shown = [f"{count:,} {words.RULING.get(code, code.replace('_', ' ').lower())}" for code, count in by.items()]
    rest = len(shown) - most
    return ", ".join(shown[:most]) + (f" and {rest} other reasons" if rest > 0 else "")


def cost(of: Costs) -> str:
    """One sentence of money; empty where there was no run."""
    if not of.runs:
        return ""
    if of.a_success is None or of.people is None:
        model = f"{dollars(of.model_a_run)} of model a run" if of.model_a_run is not None else ""
        why = "no run could be judged yet" if of.people else "the page says nothing of what people cost (`baseline`)"
        return f"{model}; {why}, so nothing is compared."
    if of.a_success.value is None or of.a_success.interval is None:
        return f"No successful outcome in {many(of.judged, 'run')}, so its cost is not known."
    ends = of.a_success.interval
    high = dollars(ends.high) if not math.isinf(ends.high) else "no upper end"
    theirs = f"; people's own {dollars(of.people.a_success)}" if of.people.a_success is not None else ""
    would = "would cost" if of.only_drafts else "costs"
    return (
        f"A successful outcome {would} {dollars(of.a_success.value)} [{dollars(ends.low)}, {high}]{theirs}{_saved(of)}."
    )


def _saved(of: Costs) -> str:
    if of.saves is None:
        return ""
    return f": {dollars(abs(of.saves))} {'less' if of.saves >= 0 else 'more'}"


def break_even(of: Costs) -> str:
    if of.agent is None or of.people is None:
        return ""
    if of.break_even is None:
        return "At these figures it never becomes cheaper than people."
    pace = f"; this week's pace is {of.a_month:,.0f}" if of.a_month else ""
    return f"Cheaper than people from {of.break_even:,.0f} cases a month on{pace}."


def machine(of: Costs, escalated: Escalated) -> str:
    """What the runs took, and which ends were forced; empty without a run."""
    if not of.runs:
        return ""
    calls = (
        f"{of.tool_calls_a_run:.1f} calls of tools a run, {of.tool_seconds_a_run:.1f} s" if of.tool_calls_a_run else ""
    )
    budget = f"{many(escalated.budget, 'run')} used up the budget"
    return "; ".join(filter(None, [many(of.runs, "run"), calls, f"{of.retries:,} made again", budget])) + "."


def escalations(of: Escalated) -> str:
    if not of.share.of:
        return ""
    why = f": {counted(of.reasons)}" if of.reasons else ""
    return f"{share(of.share, 'run')}{why}"


def speed(of: Spread) -> str:
    return f"The agent took {_spread(of)}" if of.count else ""


def customers(side: Side, whose: str) -> str:
    """What came back on one side's work."""
    if not side.records and not side.kinds:
        return f"On {whose}: {NO_EVIDENCE}"
    came = [f"{count:,} {_CAME.get(kind, kind)}" for kind, count in side.kinds.items() if kind != "rated"]
    came += [f"{count:,} rated {value}" for value, count in side.ratings.items()]
    return f"On {whose} ({many(side.records, 'record')} this week): {', '.join(came) or 'nothing came back'}"


def step(of: Step, page: Lane | None = None) -> str:  # noqa: C901, PLR0911 - one line a rule
    """The one thing to do next."""
    match of.what:
        case Next.CANARIES:
            return (
                f"look at how {of.about} decides: {many(of.count, 'practice draft')} that were wrong on purpose went "
                "through; slow the card down, or ask for a second voice"
            )
        case Next.NOTHING_YET:
            return "let it run: there is nothing to judge yet"
        case Next.UNSETTLED:
            return f"see why {many(of.count, 'case')} could not be settled, before anything else is judged"
        case Next.OVERREACH:
            return (
                f"look at the {of.count:,} cases in which it would have acted where people did nothing, before it gets "
                "more freedom"
            )
        case Next.LEASE:
            return f"a lease for {segment(of.about)} is within reach: its evidence is enough"
        case Next.NEARLY:
            return f"keep going: {segment(of.about)} is about {many(of.count, 'clean case')} short of its evidence"
        case Next.FIELD:
            name, _, field = of.about.partition(" ")
            return f"look at the {field} of the {tool(name)} first: it differs in {many(of.count, 'case')}"
        case Next.REASON:
            said = page.rejections.get(of.about, of.about) if page else of.about
            return f"look at why people say “{said}”: {many(of.count, 'rejection')} this week"
        case Next.GO_ON:
            if of.count and of.about:
                return f"keep comparing: {segment(of.about)} needs about {many(of.count, 'more clean case')}"
            return "go on as it is"


def mode(of: Mode) -> str:
    return of.value.replace("_", " ")


def title(report: WeeklyReport) -> str:
    return f"{report.lane}: {week_of(report.week)}"


def no_such_week(name: str) -> str:
    return f"{name} is no week such as 2026-W47"


def first(lines: Iterable[str]) -> list[str]:
    """Those that say something."""
    return [line for line in lines if line]
