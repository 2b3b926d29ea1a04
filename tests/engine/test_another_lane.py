"""The same change by two lanes: each finds the other's in the ledger they share."""

from dataclasses import replace
from datetime import timedelta

import engine_examples as x
import pytest

from lanes.core import commands as c
from lanes.core.states import State
from tools.contract import Stake, Target

FIRST, SECOND = "crm-hygiene", "renewals"
WRITE = frozenset({"salesforce:opportunities.write.stage"})
TARGET = Target(ref="salesforce.opportunity 006A", pinned={"stage": "Qualification"})
STAGE = replace(
    x.proposal(), tool="salesforce.update_opportunity", scopes=WRITE, retry="natural_key", target=TARGET, stake=Stake(),
    arguments={"opportunity": "006A", "stage": "Negotiation"}, change="update 006A stage=Negotiation",
    same_within=timedelta(days=30),
)  # fmt: skip


@pytest.fixture
def draft(engine):
    """A lane's draft of the change, in a run of its own."""

    def drafted(run, lane):
        engine.handle(x.start(run, lane))
        return engine.handle(x.turn(run, STAGE)).run.actions["a1"]

    return drafted


def test_while_one_lane_is_about_it_another_is_not_and_says_whose_it_is(draft):
    assert draft("R1", FIRST).state is State.HELD
    second = draft("R2", SECOND)

    assert (second.state, second.ruling.reasons[0]) == (State.BLOCKED, "ALREADY_UNDER_WAY")
    [prior] = second.draft.prior
    assert (prior.lane, prior.run, prior.by, prior.done) == (FIRST, "R1", x.REQUESTER.user, False)


def test_once_one_lane_has_done_it_the_other_asks_a_person_who_reads_so(engine, draft):
    first = draft("R1", FIRST)
    engine.handle(x.decide(first, run="R1", user="U0REVOPS"))
    engine.handle(c.Begin("R1", first.id, 1, WRITE, "natural_key", TARGET.pinned, change=STAGE.change,
                          same_within=STAGE.same_within))  # fmt: skip
    done = engine.handle(c.Report("R1", first.id, 1, "done", {"stage": "Negotiation"})).run.actions["a1"]
    assert done.state is State.DONE

    second = draft("R2", SECOND)

    assert second.state is State.HELD
    [prior] = second.draft.prior
    assert (prior.lane, prior.run, prior.done) == (FIRST, "R1", True)


def test_what_came_to_nothing_in_one_lane_is_free_for_the_other(engine, draft):
    first = draft("R1", FIRST)
    engine.handle(c.Expire("R1", first.id, 1))
    assert engine.run("R1").actions["a1"].state is State.HELD, "not before its time"
    engine.clock.advance(hours=30)
    engine.handle(c.Expire("R1", first.id, 1))

    assert draft("R2", SECOND).draft.prior == ()
