"""People look at cases: a third person, blind, a few at a time; and what went alone is looked at afterwards."""

import json
from datetime import timedelta

import pytest
from eyes import clicked_by, wait_until, words
from house import GUEST, LENA, OWNER, REP, SAM
from test_modes import signed

from lanes.adjudicating import Adjudicating
from lanes.core import proof_effects as pf
from lanes.shadow.adjudication import OPEN_AT_ONCE, agent_is, handle, wanted
from lanes.shadow.cases import Case, FieldApart
from lanes.shadow.kinds import Kind
from lanes.shadow.matching import Outcome
from storage import cases
from storage.tables import Fact

REPORTS, LANE, REFUND = "C0SUPPORTREPORTS", "support-refunds", "stripe.create_refund"
AGENTS = {"charge": "ch_3AdaPark02", "amount": {"minor": 3800, "currency": "USD"}, "reason": "duplicate"}
PERSONS = {"charge": "ch_3AdaPark02", "amount": {"minor": 1900, "currency": "USD"}, "reason": "duplicate"}
EMAIL = "lena@northwind.example"


def case(house, name, outcome=Outcome.DIFFER, **more):
    now = house.clock()
    about = {
        "id": name, "lane": LANE, "source": "shadow", "configuration": "c", "segment": "", "tool": REFUND,
        "subject": "ZD-4821", "run": "", "action": "", "fact": "", "at": now - timedelta(days=3),
        "settled": now - timedelta(days=1), "outcome": outcome, "suggested": AGENTS, "actual": PERSONS,
        "apart": (FieldApart("amount", Kind.MONEY, AGENTS["amount"], PERSONS["amount"]),),
    }  # fmt: skip
    return Case(**(about | more))


def keep(house, *kept, done_by=""):
    """These cases, with a deed of somebody's behind each fact."""

    def write(connection):
        cases.put(connection, [one.row() for one in kept])
        for fact in {one.fact for one in kept if one.fact}:
            told = json.dumps({"id": fact, "by": {"id": "9", "email": done_by, "name": "", "kind": "person"}})
            row = {"id": fact, "source": "stripe.refunds", "kind": "deed", "ref": "x", "tool": REFUND, "ours": False}
            more = {"at": house.clock(), "read": house.clock(), "content": told}
            connection.execute(Fact.__table__.insert().values(**row, **more))

    house.lanekeeper.writer.write(write)
    house.engine.owe("ask_cases:test", pf.AskCases(lane=LANE))
    house.quiet()


def row(house, name):
    with house.lanekeeper.database.connect() as connection:
        return Case.of(cases.find(connection, name))


def cards(house):
    return [m for m in house.messages(REPORTS) if any(b.get("block_id", "").startswith("look/") for b in m["blocks"])]


def hung(house, name):
    """A case's card, whatever it says by now."""
    place = house.lanekeeper.engine.handle_case  # the only way in
    assert place
    return next(m for m in house.messages(REPORTS) if tag(m) == f"case/{handle(name)}")


def tag(message):
    return message.get("metadata", {}).get("event_payload", {}).get("tag", "")


def press(house, who, name, answer):
    return house.act(
        "click", who, channel=REPORTS, ts=hung(house, name)["ts"], action_id=f"lane:look_{answer}",
        block_id=f"look/{handle(name)}",
    )  # fmt: skip


@pytest.mark.parametrize("name", [next(n for n in map(str, range(50)) if agent_is(n) == side) for side in "ab"])
def test_a_third_person_says_which_side_is_right_and_is_told_whose_it_was(house, name):
    keep(house, case(house, name))
    agent, person = ("A", "B") if agent_is(name) == "a" else ("B", "A")
    before = words(hung(house, name))
    assert "Nothing happens by this" in before
    assert f"*{agent}* · Amount\n$38.00" in json.dumps(hung(house, name), ensure_ascii=False).replace("\\n", "\n")

    assert press(house, SAM, name, agent_is(name))["ok"]
    house.modal(SAM)
    assert house.submit(SAM, **{person.lower(): "wrong"}, reason="mistake", note="Half of it was refunded.")["ok"]
    wait_until(lambda: row(house, name).labelled)
    house.quiet()
    said = row(house, name)
    assert (said.label, said.person_label, said.reason) == ("correct", "wrong", "mistake")
    assert f"*{agent}* was the agent's, *{person}* was a person's." in words(hung(house, name))
    assert "> Half of it was refunded." in words(hung(house, name))
    assert not [b for b in hung(house, name)["blocks"] if b["type"] == "actions"]
    assert house.library.verify()[0] == []
    assert house.refunds == []


def test_nothing_on_a_card_tells_whose_side_is_whose(house):
    """The same two answers, once with the sides changed: the cards are the same but for A and B themselves."""
    one = next(n for n in map(str, range(50)) if agent_is(n) == "a")
    other = next(n for n in map(str, range(50)) if agent_is(n) == "b")
    keep(house, case(house, one), case(house, other, suggested=PERSONS, actual=AGENTS))
    sent = {n: next(c["args"] for c in house.calls("chat.postMessage") if handle(n) in str(c)) for n in (one, other)}
    first, second = (json.dumps(args, sort_keys=True).replace(handle(n), "HANDLE") for n, args in sent.items())
    assert first == second
    for name in (one, other):
        assert f'"{name}"' not in json.dumps(hung(house, name)["blocks"])


@pytest.mark.parametrize("name", ["run-r1-a1", "fact-stripe-re_1"])
def test_who_did_nothing_is_shown_as_one_who_did_nothing(house, name):
    missed = name.startswith("fact")
    outcome = Outcome.MISSED if missed else Outcome.OVERREACH
    keep(house, case(house, name, outcome, **{"suggested" if missed else "actual": None}))
    shown = json.dumps(hung(house, name), ensure_ascii=False)
    assert shown.count("_Nothing was done._") == 1
    for tells in ("run-r1", "fact-stripe", "missed", "overreach"):
        assert tells not in shown


def test_whoever_did_the_work_asked_for_it_or_is_not_one_of_the_approvers_is_told_why_not(house):
    keep(house, case(house, "k1", fact="stripe.refund re_1"), done_by=EMAIL)
    assert press(house, LENA, "k1", "both")["ok"]
    house.hears(LENA, "You did this work yourself", REPORTS)
    payload = house.delivered("block_actions")
    for who, part in ((REP, "Only the lane's approvers"), (GUEST, "Guests cannot decide")):
        house.deliver(clicked_by(payload, who))
        house.quiet()
        assert part in str(house.whispers(who, REPORTS) + [words(m) for m in house.messages(f"D0{who[2:]}")])
    for who, more in (("U0LANEKEEPER", {}), (SAM, {"team": "T0LABS"})):
        house.deliver(clicked_by(payload, who, **more))
        house.quiet()
    assert row(house, "k1").labelled is None
    assert press(house, SAM, "k1", "both")["ok"]
    wait_until(lambda: row(house, "k1").labelled)
    house.deliver(clicked_by(payload, OWNER))
    house.hears(OWNER, "was first: this is answered already", REPORTS)
    assert (row(house, "k1").label, row(house, "k1").person_label) == ("correct", "correct")


def test_a_few_at_a_time_and_the_next_follows_when_one_is_answered(house):
    names = [f"many{n}" for n in range(OPEN_AT_ONCE + 2)]
    keep(house, *(case(house, name) for name in names), case(house, "later", settled=None))
    assert len(cards(house)) == OPEN_AT_ONCE
    house.engine.owe("ask_cases:again", pf.AskCases(lane=LANE))
    house.quiet()
    assert len(cards(house)) == OPEN_AT_ONCE
    press(house, SAM, "many0", "both")
    wait_until(lambda: row(house, "many0").labelled)
    wait_until(lambda: f"case/{handle('many3')}" in {tag(m) for m in cards(house)}, what="the next one does not hang")
    wait_until(lambda: len(cards(house)) == OPEN_AT_ONCE, what="the answered one still asks")


def test_who_cannot_tell_passes_it_on_and_what_nobody_can_tell_counts_as_wrong(house):
    """An agreement as well: looking away makes nothing right."""
    alike = next(n for n in map(str, range(99)) if wanted(n, "shadow", "agree"))
    keep(house, case(house, alike, Outcome.AGREE, actual=AGENTS, apart=()))
    press(house, SAM, alike, "unsure")
    house.quiet()
    assert f"<@{SAM}> could not tell. Somebody else is asked" in words(hung(house, alike))
    assert (row(house, alike).labelled, row(house, alike).loss) == (None, 0.0)
    press(house, SAM, alike, "unsure")
    house.hears(SAM, "You said already that you cannot tell", REPORTS)
    press(house, LENA, alike, "unsure")
    wait_until(lambda: row(house, alike).labelled)
    house.quiet()
    assert (row(house, alike).verdict, row(house, alike).loss) == ("unsettled", 1.0)
    assert "it stays unsettled, which counts as wrong" in words(hung(house, alike))
    assert not [b for b in hung(house, alike)["blocks"] if b["type"] == "actions"]


def test_what_nobody_looks_at_is_said_again_soon_and_then_every_week(house):
    house.lanekeeper.scheduler.pause()  # its own job would say it as well
    keep(house, case(house, "left"), case(house, "too"))
    every_morning = Adjudicating(house.engine, house.lanekeeper.database, lambda _: "")

    def said():
        every_morning.owe()
        house.quiet()
        return [m["text"] for m in house.messages(REPORTS) if "for somebody of @support-leads who looks" in m["text"]]

    counts = []
    for _ in range(8):
        counts.append(len(said()))
        house.later(days=1)
    assert counts == [0, 1, 1, 2, 2, 2, 2, 3]
    assert said()[-1].startswith("👀 2 cases wait")
    for name in ("left", "too"):
        press(house, SAM, name, "both")
        wait_until(lambda name=name: row(house, name).labelled)
    house.later(days=6)
    assert len(said()) == 3, "there is nothing to say any more"


def test_what_goes_alone_is_looked_at_and_a_wrong_one_is_on_record(house):
    signed(house)
    run = house.ended("ZD-4827")
    assert run.run.finished.outcome == "succeeded"
    wait_until(lambda: len(cards(house)) == OPEN_AT_ONCE)
    name = f"audit/{run.id}/a1"
    shown = words(hung(house, name))
    assert "It was done alone. Was it right? ZD-4827" in shown
    assert "$19.00" in shown
    assert press(house, SAM, name, "wrong")["ok"]
    house.modal(SAM)
    house.submit(SAM, reason="policy_unclear")
    wait_until(lambda: row(house, name).labelled)
    house.quiet()
    said = row(house, name)
    assert (said.source, said.label, said.loss, said.chance, said.settled) == (
        "audit",
        "wrong",
        1.0,
        1.0,
        said.labelled,
    )
    assert said.segment == "stripe.create_refund when amount <= 25.00 USD"
    assert len(house.refunds) == 1, "an answer changes nothing"
    wait_until(lambda: house.engine.regime(LANE).mode == "approval", what="a wrong one costs the lane its freedom")
    house.quiet()
