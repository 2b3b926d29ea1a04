"""Cases are brought before people: whoever draws a card sees that its case was asked about."""

from lanes.adjudicating import Adjudicating
from lanes.core import case_commands as cc
from lanes.core import proof_effects as pf
from lanes.core.commands import Standing
from lanes.core.values import Person
from lanes.shadow.adjudication import OPEN_AT_ONCE
from lanes.shadow.matching import Outcome

LANE, LENA = "support-refunds", Person(user="U0LEAD1", team="T0")


def test_whoever_shows_a_case_sees_that_it_was_asked_about(record):
    """A list of which one row is read would pin its connection to the time before, and the card would never hang."""
    record.keep(40, outcome=Outcome.DIFFER)
    adjudicating, shown = Adjudicating(record.engine, record.database, lambda _: ""), {}

    def show(owed):
        for _, one in owed:
            if isinstance(one, pf.ShowCase):  # by one connection of the pool after the other
                shown[one.case] = all(adjudicating.look(one.case).state.asked for _ in range(30))

    record.engine.to(show)
    assert adjudicating.ask(LANE) == OPEN_AT_ONCE
    record.engine.handle_case(cc.LabelCase(next(iter(shown)), LENA, Standing.MEMBER, "correct", "wrong", "d"))
    assert adjudicating.ask(LANE) == 1, "the next one"
    assert list(shown.values()) == [True] * (OPEN_AT_ONCE + 1)
