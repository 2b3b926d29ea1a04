"""What a lane has to show before it acts alone, and what is missing, in words."""

from collections.abc import Mapping

from bot import words
from bot.slack.mrkdwn import person, plain, when
from lanes.core.page import Lane
from lanes.promotion.bar import Gate, GateName, LaneBar, Record, Reset, Stratum

_DAY = "{date_short_pretty}"
_NEVER_MIND = 1_000_000  # of evidence: from there on the number says nothing more
RESET: Mapping[str, str] = {
    "configuration": "its page, prompt, tools or model changed",
    "demotion": "the lane was demoted",
    "lease": "it got its last lease",
}


def bar(page: Lane, one: LaneBar) -> str:
    """What every segment has shown and what is missing, for `/lane promote`."""
    lines = [
        f"*What {plain(page.lane)} has to show before it acts alone* (looked at whenever you like; it is always valid)"
    ]
    for stratum in one.strata:
        lines += [f"*{segment(stratum.segment)}*", *_segment(stratum)]
    lines += ["*The lane as a whole*", *(f"{_sign(gate)} {shared(gate, page)}" for gate in one.shared)]
    return "\n".join(lines)


def missing(one: Stratum) -> str:
    """In a line, for a report: "about 140 more clean cases; 3 disagreements to look at"."""
    return "; ".join(gate(each, one.record) for each in one.missing) or "nothing is missing"


def _segment(one: Stratum) -> list[str]:
    record = one.record
    lines = [f"{_sign(each)} {gate(each, record)}" for each in one.gates]
    if record.reset:
        lines.append(f"_{began_anew(record.reset)}_")
    if record.backfilled:
        lines.append(f"_{cases(record.backfilled)} shadowed from the past count for nothing here._")
    return lines


def began_anew(reset: Reset) -> str:
    return f"The evidence began anew on {when(reset.at, _DAY)}, because {RESET[reset.why]}."


def gate(one: Gate, record: Record) -> str:
    """A gate of a segment."""
    if one.name == "pays":
        return "acting alone never pays here: an audit costs more than an approval saves"
    if one.name == "evidence":
        return _evidence(one, record)
    if one.figure is None:
        return f"{_NAMES[one.name]}: no evidence"
    more = f"; {one.more} more" if one.more else ""
    said: Mapping[GateName, str] = {
        "severe": f"{one.figure:g} severe errors; none may be",
        "days": f"{one.figure:g} days covered, at least {one.needed:g} needed{more}",
        "settled": f"{percent(one.figure)} of the cases settled, at least {percent(one.needed)} needed",
        "queue": f"{one.figure:g} disagreements that nobody has looked at; none may be",
    }
    return said[one.name]


def shared(one: Gate, page: Lane) -> str:
    """A gate of the lane."""
    nothing: Mapping[GateName, str] = {
        "replay": "no replay of its suite under this configuration yet",
        "drill": f"the kill switch was never tried: `/lane drill {page.command}`",
        "canaries": "no canary was shown to its approvers yet",
    }
    if one.figure is None:
        return nothing[one.name]
    rung = f"`/lane mode {page.command} approval` is the step before"
    failed = f"{one.figure:g} cases of its newest replay failed"
    said: Mapping[GateName, str] = {
        "owner": f"{person(page.owner.person)} owns it and has to sign",
        "replay": failed if one.figure else "its newest replay is green",
        "drill": f"the kill switch was tried {one.figure:g} days ago; it must be at most {one.needed:g}",
        "canaries": f"approvers find at least {percent(one.figure)} of the canaries; {percent(one.needed)} needed",
        "rung": "people approve its writes" if one.met else f"people do not approve its writes yet: {rung}",
        "ready": f"`/lane ready {page.command}`: {f'{one.figure:g} rows more are not met' if one.figure else 'fine'}",
    }
    return said[one.name]


_NAMES: Mapping[GateName, str] = {
    "severe": "severe errors", "days": "days covered", "settled": "cases settled", "queue": "disagreements looked at",
}  # fmt: skip


def _evidence(one: Gate, record: Record) -> str:
    proof = record.proof
    more = f"; about {one.more:,} more clean cases" if one.more else ""
    if proof is None or one.figure is None:
        return f"no evidence yet{more}"
    against = f"losses of {proof.loss:g} in all, against a tolerance of {percent(proof.bar.tolerance)}"
    return f"evidence {evidence(one.figure)} of {one.needed:g} from {cases(proof.cases)}, {against}{more}"


def evidence(value: float) -> str:
    """E, as far as the number says something."""
    return "over a million" if value >= _NEVER_MIND else f"{value:,.1f}".removesuffix(".0")


def cases(n: int) -> str:
    return f"{n:,} case" + ("s" if n != 1 else "")


def percent(share: float) -> str:
    """0.0205 is 2.1 %."""
    return f"{100 * share:.1f} %".replace(".0 %", " %")


def segment(name: str) -> str:
    """A segment of the page, as a person reads it."""
    return plain(words.rule(name))


def _sign(one: Gate) -> str:
    return "✅" if one.met else "▫️"
