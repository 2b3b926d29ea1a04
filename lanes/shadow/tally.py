"""Counts over many cases: per tool and in all, which arguments differ most, and how far apart in money."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from lanes.evidence.intervals import Share
from lanes.shadow.comparing import Difference
from lanes.shadow.matching import Pair


class Mode(StrEnum):
    """When two calls count as matched: equal as JSON, or meaning the same."""

    EXACT = "exact"
    TYPED = "typed"


class Result(StrEnum):
    """What became of a call. Every call of both sides is in exactly one."""

    MATCHED = "matched"
    MISMATCH = "argument_mismatch"  # both called the tool, with other arguments
    MISSING = "missing"  # done, and not suggested
    EXTRA = "extra"  # suggested, and not done


@dataclass
class Count:
    """Of one tool, or of all. `same`: mismatches that mean the same; `exact`: matches that are equal as JSON."""

    results: Counter[Result] = field(default_factory=Counter)
    same: int = 0
    exact: int = 0

    @property
    def matched(self) -> int:
        return self.results[Result.MATCHED]

    @property
    def pairs(self) -> int:
        return self.matched + self.results[Result.MISMATCH]

    @property
    def rate(self) -> Share:
        """Matched, of all that was suggested or done; a pair counts once."""
        return Share(self.matched, self.results.total())

    @property
    def exact_rate(self) -> Share:
        """Equal as JSON, of the same."""
        return Share(self.exact, self.results.total())

    @property
    def of_actual(self) -> Share:
        return Share(self.matched, self.pairs + self.results[Result.MISSING])

    @property
    def of_suggested(self) -> Share:
        return Share(self.matched, self.pairs + self.results[Result.EXTRA])


@dataclass
class Apart:
    """In how many pairs one argument of one tool differs, and by how much where it is money."""

    pairs: int = 0
    sums: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # currency → suggested less actual
    distances: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))  # the same without the signs


class Tally:
    """Takes one case after another."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.tools: dict[str, Count] = defaultdict(Count)
        self.apart: dict[tuple[str, str], Apart] = defaultdict(Apart)  # (tool, argument)
        self.cases = self.agreeing = 0

    def add(self, pairs: Sequence[Pair]) -> bool:
        """One case. Does it agree in full? One in which nobody did anything does."""
        agrees = True
        for pair in pairs:
            result = self.result(pair)
            count = self.tools[pair.tool]
            count.results[result] += 1
            count.exact += pair.exact
            if result is not Result.MATCHED:
                agrees = False
                count.same += pair.same
                self._differences(pair.tool, self.differences(pair))
        self.cases += 1
        self.agreeing += agrees
        return agrees

    def result(self, pair: Pair) -> Result:
        if not pair.both:
            return Result.EXTRA if pair.suggested else Result.MISSING
        matched = pair.exact if self.mode is Mode.EXACT else pair.same
        return Result.MATCHED if matched else Result.MISMATCH

    def differences(self, pair: Pair) -> tuple[Difference, ...]:
        """The fields that count as different in this mode."""
        found = pair.comparison.differences if pair.comparison else ()
        return found if self.mode is Mode.EXACT else tuple(one for one in found if not one.same)

    @property
    def total(self) -> Count:
        found = Count()
        for count in self.tools.values():
            found.results += count.results
            found.same += count.same
            found.exact += count.exact
        return found

    @property
    def agreement(self) -> Share:
        """Cases in which every call is matched."""
        return Share(self.agreeing, self.cases)

    @property
    def worst(self) -> list[tuple[tuple[str, str], Apart]]:
        """The arguments that differ most often first; of equals, by name."""
        return sorted(self.apart.items(), key=lambda one: (-one[1].pairs, one[0]))

    def _differences(self, tool: str, differences: Iterable[Difference]) -> None:
        fields: set[str] = set()
        for one in differences:
            fields.add(one.field)
            if one.gap and one.gap.amount:
                apart = self.apart[tool, one.field]
                apart.sums[one.gap.currency] += one.gap.amount
                apart.distances[one.gap.currency] += abs(one.gap.amount)
        for name in fields:
            self.apart[tool, name].pairs += 1
