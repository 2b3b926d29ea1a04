"""What a comparison of two files says: as text for people, and the same numbers as JSON."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from lanes.evidence.intervals import Share
from lanes.shadow.comparing import ABSENT, Difference
from lanes.shadow.matching import Pair
from lanes.shadow.tally import Apart, Count, Mode, Result, Tally

NO_EVIDENCE = "no evidence"
_SHOWN = 10  # arguments that differ most; the file has all of them
_LONGEST_NAME = 48  # characters of a tool's name in the table


def share(of: Share) -> str:
    """As in "93.7 % [91.9, 95.2] of 867", with its 95 % interval; or that there is no evidence."""
    if of.value is None:
        return NO_EVIDENCE
    return f"{of.value:.1%} [{of.wilson.low * 100:.1f}, {of.wilson.high * 100:.1f}] of {of.of:,}".replace("%", " %", 1)


def text(tally: Tally, sides: Mapping[str, tuple[int, int]], only: Mapping[str, int]) -> Iterator[str]:
    """Line by line. `sides`: cases and actions of each file; `only`: cases that stand in one file alone."""
    for side, (cases, actions) in sides.items():
        yield f"{side.capitalize()}: {_many(actions, 'action')} in {_many(cases, 'case')}."
    for side, cases in only.items():
        if cases:
            yield f"{_many(cases, 'case')} in the {side} file only."
    exact = tally.mode is Mode.EXACT
    yield ""
    yield from _table(tally)
    yield ""
    yield f"Cases in full {'exact ' * exact}agreement: {share(tally.agreement)}"
    total = tally.total
    if exact and total.same:
        yield f"{_many(total.same, 'mismatch', 'mismatches')} mean the same by kind of value (see --matching typed)."
    if not exact:
        yield f"Of the matches {total.exact:,} are exactly equal, and {total.matched - total.exact:,} mean the same."
        yield f"Exact-match rate: {share(total.exact_rate)}"
    yield from _worst(tally)
    yield from _money(tally)


def as_json(tally: Tally, sides: Mapping[str, tuple[int, int]], only: Mapping[str, int]) -> dict[str, Any]:
    """Everything but the cases; the same numbers as in `text`."""
    return {
        "matching": tally.mode.value,
        "files": {side: {"cases": cases, "actions": actions} for side, (cases, actions) in sides.items()},
        "totals": _count(tally.total),
        "cases_compared": tally.cases,
        "cases_in_full_agreement": tally.agreeing,
        "case_agreement_rate": _share(tally.agreement),
        "cases_in_one_file_only": dict(only),
        "tools": {tool: _count(count) for tool, count in sorted(tally.tools.items())},
        "arguments": [
            {
                "tool": tool,
                "argument": name,
                "differs_in": apart.pairs,
                "of_pairs": tally.tools[tool].pairs,
                "money": {
                    currency or "unnamed": {
                        "suggested_less_actual": str(amount),
                        "apart": str(apart.distances[currency]),
                    }
                    for currency, amount in sorted(apart.sums.items())
                },
            }
            for (tool, name), apart in tally.worst
        ],
    }


def case_as_json(case: str, pairs: tuple[Pair, ...], tally: Tally, *, agrees: bool) -> dict[str, Any]:
    """One case in full."""
    return {"id": case, "agrees": agrees, "calls": [_pair(pair, tally) for pair in pairs]}


def _pair(pair: Pair, tally: Tally) -> dict[str, Any]:
    result = tally.result(pair)
    found: dict[str, Any] = {"tool": pair.tool, "result": result.value}
    if result is Result.MATCHED and pair.exact:
        return found
    for side, act in (("suggested", pair.suggested), ("actual", pair.actual)):
        if act:
            found[side] = act.arguments
    if pair.both:
        found["same_by_kind"] = pair.same
        found["differences"] = [_difference(one) for one in pair.comparison.differences] if pair.comparison else []
    return found


def _difference(one: Difference) -> dict[str, Any]:
    sides = {"suggested": one.suggested, "actual": one.actual}
    found: dict[str, Any] = {"argument": one.field, "kind": one.kind.value, "same_by_kind": one.same}
    found |= {side: value for side, value in sides.items() if value is not ABSENT}
    if one.gap:
        found["gap"] = {"amount": str(one.gap.amount), "currency": one.gap.currency or None}
    return found


def _count(count: Count) -> dict[str, Any]:
    return {
        **{result.value: count.results[result] for result in Result},
        "exactly_equal": count.exact,
        "mismatches_that_mean_the_same": count.same,
        "match_rate": _share(count.rate),
        "exact_match_rate": _share(count.exact_rate),
        "match_rate_of_actual": _share(count.of_actual),
        "match_rate_of_suggested": _share(count.of_suggested),
    }


def _share(of: Share) -> dict[str, Any]:
    interval = of.wilson
    return {
        "value": of.value,
        "low": interval.low,
        "high": interval.high,
        "hits": of.hits,
        "of": of.of,
        "says": share(of),
    }


def _table(tally: Tally) -> Iterator[str]:
    rate = "exact-match rate" if tally.mode is Mode.EXACT else "match rate"
    names = {tool: printable(tool)[:_LONGEST_NAME] for tool in tally.tools}
    wide = max(map(len, (*names.values(), "all calls")))
    yield f"{'tool':<{wide}}  {'matched':>9}  {'mismatch':>9}  {'missing':>9}  {'extra':>9}  {rate} [95 %] of all four"
    for tool, count in (*sorted(tally.tools.items()), ("all calls", tally.total)):
        figures = "  ".join(f"{count.results[result]:>9,}" for result in Result)
        yield f"{names.get(tool, tool):<{wide}}  {figures}  {share(count.rate)}"


def _worst(tally: Tally) -> Iterator[str]:
    if not tally.worst:
        return
    yield ""
    yield "Arguments that differ most:"
    for (tool, name), apart in tally.worst[:_SHOWN]:
        of = Share(apart.pairs, tally.tools[tool].pairs)
        yield f"  {printable(tool)}  {printable(name)}: {share(of)} {'pair' if of.of == 1 else 'pairs'}"
    if len(tally.worst) > _SHOWN:
        yield f"  and {_many(len(tally.worst) - _SHOWN, 'argument')} more"


def _money(tally: Tally) -> Iterator[str]:
    found = [one for one in tally.worst if one[1].sums]
    if not found:
        return
    yield ""
    yield "In money, where the amounts differ:"
    for (tool, name), apart in found[:_SHOWN]:
        for currency, amount in sorted(apart.sums.items()):
            yield f"  {printable(tool)}  {printable(name)}: {_leaning(apart, currency, amount)}"


def _leaning(apart: Apart, currency: str, amount: Decimal) -> str:
    unit = printable(currency) or "in a currency that is not named"
    lean = "as much as" if not amount else f"{abs(amount):,f} {unit} {'more' if amount > 0 else 'less'} than"
    return f"suggested {lean} done, {apart.distances[currency]:,f} {unit} apart in all"


def _many(number: int, noun: str, several: str = "") -> str:
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def printable(name: str) -> str:
    """A name out of a file, so that no control character in it reaches the terminal."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name)
