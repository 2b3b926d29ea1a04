"""Agent and person against the same labels: every disagreement is looked at, of the agreements a share."""

from datetime import UTC, datetime

import pytest

from lanes.evidence.severity import Verdict
from lanes.shadow.adjudication import AGREEMENTS_LOOKED_AT, agent_is, handle, wanted
from lanes.shadow.cases import Case
from lanes.shadow.matching import Outcome
from lanes.shadow.scoring import ALIKE, APART, Scoring

NOW = datetime(2026, 3, 2, tzinfo=UTC)
RIGHT, WRONG = Verdict.CORRECT, Verdict.WRONG


def case(n, outcome, label=None, person_label=None, **more):
    about = {
        "id": f"k{n}", "lane": "x", "source": "shadow", "configuration": "", "segment": "", "tool": "t",
        "subject": "s", "run": "", "action": "", "fact": "", "at": NOW, "settled": NOW, "outcome": outcome,
        "suggested": {}, "actual": {}, "label": label, "person_label": person_label,
        "labelled": NOW if label else None,
    }  # fmt: skip
    return Case(**(about | more))


def scores(cases):
    scoring = Scoring()
    for one in cases:
        scoring.add(one)
    return scoring.scores


def test_each_kind_counts_as_often_as_there_are_cases_of_it():
    """80 agreements, 8 looked at, one wrong on both sides; 20 disagreements, in 15 the person was right."""
    alike = [case(n, Outcome.AGREE, *((WRONG, WRONG) if not n else (RIGHT, RIGHT) if n < 8 else ())) for n in range(80)]
    apart = [case(n, Outcome.DIFFER, *((WRONG, RIGHT) if n < 115 else (RIGHT, WRONG))) for n in range(100, 120)]
    found = scores([*alike, *apart])
    assert found.cases == {ALIKE: 80, APART: 20}
    assert found.looked_at == 28
    assert found.agent.rate == pytest.approx(0.8 * 1 / 8 + 0.2 * 15 / 20)
    assert found.person.rate == pytest.approx(0.8 * 1 / 8 + 0.2 * 5 / 20)
    assert found.agent.interval.low < found.agent.rate < found.agent.interval.high
    assert (found.agent.by_kind[APART].hits, found.agent.by_kind[APART].of) == (15, 20)


def test_nothing_looked_at_is_no_evidence_and_who_could_not_tell_counts_for_nobody():
    assert scores([]).agent.rate is None
    unsure = case(1, Outcome.DIFFER, labelled=NOW)
    found = scores([unsure, case(2, Outcome.AGREE), case(3, Outcome.DIFFER, source="audit", label=WRONG)])
    assert found.agent.rate is None
    assert (found.looked_at, found.could_not_tell) == (0, 1)
    assert (found.agent.interval.low, found.agent.interval.high) == (0.0, 1.0)


def test_what_an_agent_left_undone_weighs_nothing_whatever_it_is_called():
    """Rule 4: silence earns nothing, and costs nothing."""
    for label in (RIGHT, WRONG):
        assert case(1, Outcome.MISSED, label, RIGHT).loss is None


def test_the_draws_are_even_and_say_nothing_of_each_other():
    names = [f"case {n}" for n in range(4000)]
    drawn = [name for name in names if wanted(name, "shadow", Outcome.AGREE)]
    assert len(drawn) / len(names) == pytest.approx(AGREEMENTS_LOOKED_AT, abs=0.015)
    for some in (names, drawn):
        assert sum(agent_is(name) == "a" for name in some) / len(some) == pytest.approx(0.5, abs=0.08)
    assert all(wanted(name, "shadow", outcome) for name in names[:5] for outcome in ("differ", "missed", "overreach"))
    assert not any(wanted(name, "shadow", "unsettled") for name in names[:50])
    assert len({handle(name) for name in names}) == len(names)
