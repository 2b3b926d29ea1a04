"""Silent drafts beside people's deeds, from the real engine's rows: what each comes to, when, and only once."""

from dataclasses import replace
from datetime import timedelta

import engine_examples as x
import pytest

from lanes.core import commands as c
from lanes.core.canonical import fingerprint
from lanes.core.states import State
from lanes.core.ways_in import BACKFILL, BESIDE
from lanes.engine import Engine
from lanes.jobs import Progress
from lanes.shadow.adjudication import wanted
from lanes.shadow.cases import Case
from lanes.shadow.casework import GIVEN_UP, Casework
from lanes.shadow.harvesting import HARVEST
from lanes.shadow.matching import Outcome
from storage import cases, claims, facts
from storage.facts import Found, Reading
from tools.contract import Preview, Stake, Target
from tools.money import Money
from tools.registry import TOOLS, by_name
from tools.truth import By, Deed, fitted

SETTLE = timedelta(hours=48)  # of support-refunds
TICKET, CHARGE = "zendesk.ticket ZD-4821", "stripe.charge ch_1"
REFUND, STATUS, REPLY = "stripe.create_refund", "zendesk.set_status", "zendesk.reply"
SMALL = f"{REFUND} when amount <= 25.00 USD"


def usd(minor):
    return {"minor": minor, "currency": "USD"}


class Desk:
    """A lane that drafts in silence, people whose deeds are known, and a harvest as far as a test says."""

    def __init__(self, database, writer, clock):
        self.database, self.writer, self.clock = database, writer, clock
        self.engine = Engine(database, writer, x.LANES, team=x.HOME, model="m", clock=clock)
        self.work = Casework(database, writer, x.LANES, TOOLS, clock)
        self.deeds = 0

    def drafts(self, *calls, run="r1", read=(), finish=True, customer="cus_1", channel="", **started):
        """A silent run that drafts these calls, one a turn: (tool, arguments, target)."""
        how = {"silent": True, "anew": True, **started}
        begun = c.StartRun(run, x.LANE, "ZD-4821", x.REQUESTER, channel, f"d-{run}", **how)
        self.engine.handle(begun)
        answered = tuple(c.Answered(f"read{n}", "zendesk.get_ticket", {}, text, ok=True) for n, text in enumerate(read))
        for n, call in enumerate(calls or [()]):
            proposals = (proposal(n, *call, customer=customer),) if call else ()
            said = answered if n == 0 else ()
            self.engine.handle(c.TakeTurn(run, n + 1, "m", "tool_use", (), {}, 10, 5, "req", said, proposals))
        if finish:
            self.engine.handle(c.Finish(run, "end_turn"))
        return self.engine.run(run)

    def did(self, tool, arguments, ref, *, after=timedelta(hours=1), also=(), ours="", by=None, save=""):
        """Somebody does it, so long after now."""
        self.deeds += 1
        deed = Deed(
            id=f"deed {self.deeds}", ref=ref, also=also, by=by or By(id="9001"), at=self.clock() + after, ours=ours,
            save=save, **fitted(by_name(tool), arguments),
        )  # fmt: skip
        kept = Found(deed.id, "test", "deed", ref, also, deed.tool, bool(ours), deed.at, deed.model_dump_json())
        self.writer.write(lambda connection: facts.keep(connection, [kept], self.clock()))
        return deed.id

    def harvested(self):
        """Everything until now is read."""
        for source in x.LANES[x.LANE].truths:
            place = Reading(source.name, "svc-truth", HARVEST, self.clock(), read_until=self.clock())
            self.writer.write(lambda connection, place=place: facts.keep_page(connection, [], place, self.clock()))

    def over(self):
        """The settling time passes, and the harvest has come so far."""
        self.clock.advance(hours=49)
        self.harvested()

    def match(self):
        self.work.match(Progress({}, lambda _: None))
        return self.cases()

    def cases(self):
        with self.database.connect() as connection:
            return {row.id: Case.of(row) for row in cases.of_lane(connection, x.LANE)}


def proposal(n, tool, arguments, ref, *, customer):
    made = by_name(tool)
    money = Money.model_validate(arguments["amount"]) if "amount" in arguments else None
    return c.Proposal(
        call=f"call{n}", tool=tool, tool_version=1, scopes=made.scopes, risk="low", retry="native_key",
        arguments=arguments, target=Target(ref=ref, pinned={}), preview=Preview(sentence="Do it"),
        stake=Stake(amount=money, customer=customer), why="because", evidence=(), change=f"{tool} {ref}",
    )  # fmt: skip


@pytest.fixture
def desk(database, writer):
    return Desk(database, writer, x.Clock())


def refund(minor=1200, charge="ch_1"):
    return REFUND, {"charge": charge, "amount": usd(minor), "reason": "duplicate"}, f"stripe.charge {charge}"


def solved(status="solved"):
    return STATUS, {"ticket": "ZD-4821", "status": status}, TICKET


def outcomes(found):
    return {name: case.outcome.value for name, case in found.items()}


def test_what_people_did_likewise_otherwise_more_and_less(desk):
    desk.drafts(refund(1200), solved(), (REPLY, {"ticket": "ZD-4821", "template": "free_text", "text": "Done"}, TICKET))
    desk.did(*refund(1500))
    desk.did(*solved())
    priority = desk.did("zendesk.set_priority", {"ticket": "ZD-4821", "priority": "high"}, TICKET)
    missed = desk.did(*refund(700, "ch_2"), also=(TICKET,))
    desk.over()
    found = desk.match()
    assert outcomes(found) == {
        "r1/a1": "differ", "r1/a2": "agree", "r1/a3": "overreach", f"r1/{missed}": "missed"
    }, priority  # fmt: skip
    differ = found["r1/a1"]
    assert (differ.segment, differ.gap, differ.loss) == (SMALL, Money(minor=-300, currency="USD"), 1.0)
    assert [(one.field, one.gap) for one in differ.apart] == [("amount", Money(minor=-300, currency="USD"))]
    assert differ.configuration == fingerprint([x.LANES[x.LANE].configuration, "m"])
    assert found["r1/a3"].gap is None
    assert (found[f"r1/{missed}"].gap, found[f"r1/{missed}"].segment) == (Money(minor=-700, currency="USD"), SMALL)
    assert {case.settled for case in found.values()} == {desk.clock()}
    assert desk.match() == found, "settled once, and for good"


def test_nothing_is_settled_before_its_time_nor_before_the_harvest_has_come_so_far(desk):
    desk.drafts(refund())
    assert outcomes(desk.match()) == {"r1/a1": "unsettled"}
    assert desk.cases()["r1/a1"].loss is None
    desk.did(*refund(), after=timedelta(hours=47))
    desk.clock.advance(hours=47)
    desk.harvested()
    assert outcomes(desk.match()) == {"r1/a1": "unsettled"}
    desk.clock.advance(hours=2)
    assert outcomes(desk.match()) == {"r1/a1": "unsettled"}, "nobody has read the last hour"
    desk.harvested()
    assert outcomes(desk.match()) == {"r1/a1": "agree"}


def test_waiting_hides_no_failure_and_the_truth_is_told_when_it_comes_to_light(desk):
    desk.drafts(refund())
    desk.did(*refund())
    desk.clock.advance(hours=GIVEN_UP * 48 - 1)
    assert desk.match()["r1/a1"].loss is None
    desk.clock.advance(hours=2)
    given_up = desk.match()["r1/a1"]
    assert (given_up.outcome, given_up.loss, given_up.settled) == (Outcome.UNSETTLED, 1.0, desk.clock())
    desk.clock.advance(hours=1)
    assert desk.match()["r1/a1"] == given_up
    desk.harvested()
    assert outcomes(desk.match()) == {"r1/a1": "agree"}


def test_an_agents_own_write_a_rule_and_what_came_too_late_are_no_persons_deed(desk):
    desk.drafts(refund(), solved())
    desk.did(*refund(), ours="key")
    desk.did(*solved(), by=By(kind="machine"))
    desk.did(*refund(), after=timedelta(hours=48, minutes=1))
    desk.did(*solved(), after=-timedelta(minutes=16))
    desk.over()
    assert outcomes(desk.match()) == {"r1/a1": "overreach", "r1/a2": "overreach"}


def test_who_was_a_little_quicker_than_the_webhook_did_the_same(desk):
    desk.drafts(refund())
    desk.did(*refund(), after=-timedelta(minutes=14))
    desk.over()
    assert outcomes(desk.match()) == {"r1/a1": "agree"}


def test_beside_another_lane_that_lanes_deeds_are_the_truth_too(desk):
    desk.drafts(refund(), via=BESIDE)
    desk.did(*refund(), ours="key")
    desk.over()
    assert outcomes(desk.match()) == {"r1/a1": "agree"}


def test_what_a_run_has_read_leads_to_deeds_and_another_ticket_that_it_found_does_not(desk):
    ticket = (
        '{"requester": {"email": "ada@parkstudio.example"}, "others": [{"id": "ZD-4700"}], "words": "refund 12 USD"}'
    )
    desk.drafts(read=[ticket])
    missed = desk.did(*refund(), also=("zendesk.user ada@parkstudio.example",))
    desk.did(STATUS, {"ticket": "ZD-4700", "status": "solved"}, "zendesk.ticket ZD-4700")
    desk.over()
    assert outcomes(desk.match()) == {f"r1/{missed}": "missed"}


def test_what_nothing_but_a_drafts_target_leads_to_may_go_with_it_and_is_missed_by_nobody(desk):
    desk.drafts(refund(1200))
    desk.did(*refund(1200))
    desk.did(*refund(300))
    desk.over()
    assert outcomes(desk.match()) == {"r1/a1": "agree"}


def test_a_deed_is_missed_once_by_runs_about_one_subject_and_a_wish_told_again_is_none(desk):
    desk.drafts(refund())
    desk.clock.advance(hours=10)
    desk.drafts(refund(), solved(), run="r2")
    later = desk.did("zendesk.reply", {"ticket": "ZD-4821", "template": "free_text", "text": "Hello"}, TICKET)
    desk.did(*solved())
    desk.did(*refund())
    desk.clock.advance(hours=39)
    desk.harvested()
    first = desk.match()
    assert outcomes(first) == {"r1/a1": "agree", "r2/a2": "unsettled"}
    desk.clock.advance(hours=10)
    desk.harvested()
    assert outcomes(desk.match()) == {"r1/a1": "agree", "r2/a2": "agree", f"r2/{later}": "missed"}


def test_both_settled_in_one_night_come_to_the_same(desk):
    desk.drafts(refund())
    desk.clock.advance(hours=10)
    desk.drafts(refund(), solved(), run="r2")
    desk.did(*solved())
    desk.did(*refund())
    desk.over()
    assert outcomes(desk.match()) == {"r1/a1": "agree", "r2/a2": "agree"}


def test_a_backfill_is_held_against_its_own_past_and_says_so(desk):
    past = desk.clock() - timedelta(days=30)
    desk.did(*refund(), after=-timedelta(days=30) + timedelta(hours=2))
    desk.drafts(refund(), via=BACKFILL, past=past)
    (case,) = desk.match().values()
    assert (case.outcome, case.source, case.at) == (Outcome.AGREE, "backfill", past)


def test_what_people_said_of_a_case_outlives_a_later_matching(desk):
    desk.drafts(refund())
    desk.clock.advance(hours=GIVEN_UP * 48 + 1)
    desk.match()
    said = {"label": "correct", "person_label": "wrong", "reason": "person_erred", "at": desk.clock()}
    desk.writer.write(lambda connection: cases.say(connection, "r1/a1", **said))
    desk.harvested()
    assert replace(desk.match()["r1/a1"], outcome=Outcome.UNSETTLED).label == "correct"


def test_a_silent_run_holds_no_change_and_stands_in_nobodys_way(desk):
    """The same refund, held by a run at work, and drafted beside it in silence; then the other way round."""
    work = {"silent": False, "channel": "C0ASKED"}
    at_work = desk.drafts(refund(3800), run="live", finish=False, **work)
    assert at_work.actions["a1"].state is State.HELD
    beside = desk.drafts(refund(3800), run="beside", via=BESIDE, customer="cus_2")
    assert beside.actions["a1"].state is State.SHADOWED, beside.actions["a1"].ruling
    with desk.database.connect() as connection:
        assert {one.run for one in claims.claims(connection, [fingerprint(f"{REFUND} {CHARGE}")])} == {"live"}
    desk.drafts(refund(3800, "ch_2"), run="first", via=BESIDE, customer="cus_3")
    after = desk.drafts(refund(3800, "ch_2"), run="second", finish=False, customer="cus_4", **work)
    assert after.actions["a1"].state is State.HELD, after.actions["a1"].ruling


def test_what_a_person_took_over_is_held_against_what_they_then_did_and_proves_nothing(desk):
    """Two drafts on one card: one is taken over, and done otherwise; of the other nothing is told. What else the person
    did is nothing that was missed.
    """
    drafts = desk.drafts(refund(3800), solved(), finish=False, silent=False, channel="C0ASKED")
    desk.clock.advance(hours=2)
    taken = desk.engine.handle(x.decide(drafts.actions["a1"], "take_over", run="r1")).run
    assert taken.actions["a1"].state is State.TAKEN_OVER
    desk.did(*refund(3000), after=timedelta(hours=47))
    desk.did(REPLY, {"ticket": "ZD-4821", "template": "free_text", "text": "Done"}, TICKET)
    desk.clock.advance(hours=2)
    desk.over()
    (case,) = desk.match().values()
    assert (case.id, case.source, case.outcome.value, str(case.gap)) == ("r1/a1", "taken_over", "differ", "$8.00")
    assert not wanted(case.id, case.source, case.outcome)


def test_a_silent_run_is_none_that_a_request_could_be_taken_for(desk):
    desk.drafts(run="quiet")
    asked = replace(x.start("asked"), anew=False)
    assert desk.engine.handle(asked).run.id == "asked"
    assert desk.engine.handle(replace(asked, run="again", delivery="d-again")).run.id == "asked"
    quiet = replace(asked, run="quieter", delivery="d-quieter", silent=True)
    assert desk.engine.handle(quiet).run.id == "quiet"
