"""Recorded runs against today's lanes: the suites that ship pass, what changes is named first, nothing is touched."""

import shutil
import socket
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from bot.cli.main import app
from bot.words import replay as words
from lanes.core.values import Precedent, Prior
from lanes.files import FaultyPage
from lanes.loading import load_lanes
from lanes.models.base import Ask, Turn, Usage
from lanes.models.offline import OfflineModel
from lanes.replay.cases import Change, Drafted, load_case, load_suite, parse, written
from lanes.replay.differences import What
from lanes.replay.keeping import keep
from lanes.replay.running import replay
from lanes.replay.shelf import case_of
from lanes.replay.stage import empty_ledger, ledger_of, play
from lanes.shadow.comparing import Comparing, kinds_of
from storage import ledger, views
from storage.database import connect, migrate
from tools.registry import TOOLS
from tools.stripe.refunds import CreateRefund, CreateRefundArguments

LANES_FOLDER = Path(__file__).parents[2] / "lanes"
LANES = load_lanes(LANES_FOLDER / "catalog", TOOLS)
SUITES = {name: load_suite(LANES_FOLDER / ready.page.suite) for name, ready in LANES.items() if ready.page.suite}
REFUNDS = LANES["support-refunds"]
COMPARING = Comparing({tool.name: kinds_of(tool.arguments) for tool in TOOLS})


@pytest.fixture(autouse=True)
def _nobody_to_ask(monkeypatch):
    """A replay that opens any connection fails, be it to this machine."""

    def refuse(*_):
        pytest.fail("a replay reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def catalog(tmp_path):
    """A copy of the pages to be changed; the suites stay where they are."""
    copy = tmp_path / "changed"
    shutil.copytree(LANES_FOLDER / "catalog", copy)
    return copy


def change(file, before, after):
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def failing(ready, *, model=None):
    """Which cases of the refunds suite fail against this lane: what changed first, by case."""
    verdicts = replay(SUITES["support-refunds"].values(), ready, model or OfflineModel())
    return {one.case: one.differences[0] for one in verdicts if not one.passed}


def said(verdicts):
    """By case, everything that changed."""
    return {one.case: [words.difference(each) for each in one.differences] for one in verdicts}


@pytest.mark.parametrize("lane", SUITES)
def test_the_suites_that_ship_are_green_with_the_offline_rules(lane):
    told = said(replay(SUITES[lane].values(), LANES[lane], OfflineModel()))
    assert told == {name: [] for name in SUITES[lane]}
    assert len(told) >= (6 if lane == "support-refunds" else 3)


def test_every_lane_that_ships_has_a_suite():
    assert set(SUITES) == set(LANES)


def test_a_row_of_policy_that_asks_for_more_people_is_named_first_where_it_matters(catalog):
    change(
        catalog / "support-refunds.yml", "reason: AMOUNT_OVER_AUTO, quorum: 1", "reason: AMOUNT_OVER_AUTO, quorum: 2"
    )
    ready = load_lanes(catalog, TOOLS, suites=LANES_FOLDER)["support-refunds"]
    first = failing(ready)
    asked = {name for name, case in SUITES["support-refunds"].items()
             if any("AMOUNT_OVER_AUTO" in draft.ruling.reasons for draft in case.drafts)}  # fmt: skip
    assert set(first) == asked
    assert {"charged-twice", "over-the-lease", "in-silence"} <= asked
    assert {one.what for one in first.values()} == {What.RULING}
    assert words.difference(first["charged-twice"]) == (
        "stripe.create_refund is ruled approve by 2 (AMOUNT_OVER_AUTO), not approve by 1 (AMOUNT_OVER_AUTO)"
    )


def test_a_looser_rule_is_a_difference_too(catalog):
    change(catalog / "support-refunds.yml", '"> 2000.00 USD"', '"> 9000.00 USD"')
    first = failing(load_lanes(catalog, TOOLS, suites=LANES_FOLDER)["support-refunds"])
    assert set(first) == {"too-large"}
    assert first["too-large"].what is What.RULING
    assert "TOO_LARGE" not in first["too-large"].found


class NotedArguments(CreateRefundArguments):
    ticket: str


class NotedRefund(CreateRefund):
    """A refund that has to name its ticket from now on."""

    arguments = NotedArguments
    version: ClassVar[int] = CreateRefund.version + 1


def test_a_changed_schema_of_a_tool_fails_every_case_that_drafts_with_it():
    tools = [NotedRefund() if tool.name == CreateRefund.name else tool for tool in TOOLS]
    first = failing(load_lanes(LANES_FOLDER / "catalog", tools)["support-refunds"])
    drafting = {name for name, case in SUITES["support-refunds"].items() if case.drafts}
    assert set(first) == drafting
    assert {(one.what, one.where) for one in first.values()} == {(What.NOT_DRAFTED, "stripe.create_refund")}
    assert "MALFORMED: ticket: Field required" in words.difference(first["charged-twice"])


def test_an_answer_that_has_lost_a_field_is_found_by_the_real_connector():
    text = written(SUITES["support-refunds"]["charged-twice"]).replace("amount_refunded:", "amount_given_back:")
    (verdict,) = replay([parse(text)], REFUNDS, OfflineModel())
    first = verdict.differences[0]
    assert (first.what, first.where, first.found) == (What.CALL_FAILED, "stripe.find_charges", "SCHEMA_DRIFT")


class Nosy(OfflineModel):
    """Looks at another customer first."""

    def turn(self, ask: Ask) -> Turn:
        if len(ask.messages) != 3:
            return super().turn(ask)
        use = {
            "type": "tool_use",
            "id": "n",
            "name": "stripe__find_charges",
            "input": {"email": "mei@northwind.example"},
        }
        return Turn(content=(use,), stop="tool_use", usage=Usage(), cost=0, model="nosy")


def test_what_was_not_recorded_is_never_asked_for_and_ends_the_replay():
    first = failing(REFUNDS, model=Nosy())["charged-twice"]
    assert (first.what, first.where) == (What.READS_ELSE, "stripe.find_charges")
    assert first.found.startswith("GET /v1/customers?email=mei@northwind.example")


class Dear(OfflineModel):
    """Costs a dollar a turn."""

    def turn(self, ask: Ask) -> Turn:
        return super().turn(ask).model_copy(update={"cost": 1_000_000})


def test_what_costs_more_than_it_may_is_a_regression():
    first = failing(REFUNDS, model=Dear())
    assert set(first) == set(SUITES["support-refunds"])


@pytest.mark.parametrize("lane", SUITES)
def test_a_run_kept_from_the_ledger_alone_replays_as_it_went(lane):
    """Every shipped case is played, kept as a run on record is, written, read again and replayed."""
    ready = LANES[lane]
    with empty_ledger() as empty:
        runs = {name: play(case, ready, OfflineModel(), COMPARING, empty) for name, case in SUITES[lane].items()}
    kept = [parse(written(keep(run.events, ready, name, lease=SUITES[lane][name].lease))) for name, run in runs.items()]
    assert all(not case.wire for case in kept)
    told = {
        one.case: [words.difference(each) for each in one.differences] for one in replay(kept, ready, OfflineModel())
    }
    assert told == {name: [] for name in SUITES[lane]}


def test_a_case_reads_back_as_it_was_written():
    for suite in SUITES.values():
        for case in suite.values():
            assert parse(written(case)) == case


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("outcome: succeeded", "outcom: succeeded", "expect.outcom: is a field nobody reads"),
        ("became: done", "became: gone", "expect.trace"),
        ("mode: approval", "mode: aproval", "mode: "),
        ("lane: support-refunds", "", "lane: is missing; a replay case does not load without it"),
    ],
)
def test_a_case_that_does_not_load_names_its_line(tmp_path, before, after, expected):
    file = tmp_path / "broken.yml"
    text = (LANES_FOLDER / "suites" / "support-refunds" / "charged-twice.yml").read_text(encoding="utf-8")
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(FaultyPage) as raised:
        load_case(file)
    name, line, words_of_it = str(raised.value).split(":", 2)
    assert name == "broken.yml"
    assert expected in words_of_it
    if after:
        assert text.replace(before, after, 1).splitlines()[int(line) - 1].count(after.split(":")[0]) or int(line) > 1


def test_a_page_whose_suite_is_not_there_does_not_load(catalog):
    change(catalog / "support-refunds.yml", "suite: suites/support-refunds", "suite: suites/refunds")
    with pytest.raises(FaultyPage, match=r"support-refunds.yml:\d+: suite: there is no folder .*suites/refunds"):
        load_lanes(catalog, TOOLS, suites=LANES_FOLDER)


def test_the_command_line_names_what_changed_ends_with_1_and_leaves_the_ledger_alone(tmp_path, catalog, monkeypatch):
    url = f"sqlite:///{tmp_path}/lanekeeper.sqlite"
    database = connect(url)
    migrate(database)
    monkeypatch.setenv("LANEKEEPER_DATABASE_URL", url)
    change(catalog / "support-refunds.yml", "reason: HIGH_VALUE, quorum: 2", "reason: HIGH_VALUE, quorum: 1")
    many = len(SUITES["support-refunds"])
    fine = CliRunner().invoke(app, ["replay", "all", "--model", "offline"])
    assert fine.exit_code == 0, fine.output
    assert f"support-refunds: {many} of {many} cases pass" in fine.output
    worse = CliRunner().invoke(app, ["replay", "refunds", "--model", "offline", "--catalog", str(catalog)])
    assert worse.exit_code == 1
    lines = worse.output.splitlines()
    assert lines[0].startswith(f"support-refunds: {many - 1} of {many} cases pass")
    assert lines[1].startswith("  two-people: ")
    assert lines[2] == (
        "      first: stripe.create_refund is ruled approve by 1 (HIGH_VALUE), not approve by 2 (HIGH_VALUE)"
    )
    with database.connect() as connection:
        assert ledger.streams(connection) == ()
    database.dispose()


ENDS = {
    "rejected": {"code": "not_due", "said": "It was one purchase."},
    "taken_over": {"said": "I do it in the dashboard."},
    "expired": {},
    "superseded asked": {"code": "asked", "said": "Is that the right card?"},
    "superseded content_changed": {"code": "content_changed", "said": "amount_refunded was 0, is 3800"},
    "failed": {"code": "INVALID", "said": "stripe answered 400: the charge has been charged back"},
    "uncertain": {"code": "NO_ANSWER", "said": "stripe did not answer in time"},
    "held": {},
}


@pytest.mark.parametrize("end", ENDS)
def test_whatever_people_or_the_world_make_of_a_draft_happens_again(end):
    """The first draft of a case ends otherwise; what comes of that is kept, and replays as it went."""
    case, became = SUITES["support-refunds"]["charged-twice"], end.partition(" ")[0]
    trace = [*case.expect.trace]
    first = next(n for n, step in enumerate(trace) if step in case.drafts)
    said = {"became": became, "result": None, **ENDS[end]}
    trace[first] = Drafted.model_validate({**trace[first].model_dump(), **said})
    otherwise = case.model_copy(update={"expect": case.expect.model_copy(update={"trace": tuple(trace)})})
    with empty_ledger() as empty:
        played = play(otherwise, REFUNDS, OfflineModel(), COMPARING, empty)
    kept = parse(written(keep(played.events, REFUNDS, "otherwise")))
    assert (kept.drafts[0].became, kept.drafts[0].code) == (became, ENDS[end].get("code", ""))
    assert (kept.expect.outcome == "") == (became in {"held", "superseded"}), (
        "nobody has said anything of the next draft"
    )
    (verdict,) = replay([kept], REFUNDS, OfflineModel())
    assert [words.difference(one) for one in verdict.differences] == []


def test_a_run_that_was_capped_is_kept_with_what_the_day_had_used_before_it(tmp_path):
    """Ada has had her refund of the day from somebody else: the ledger of that day is not there any more."""
    used = {"customer:stripe.create_refund:cus_AdaPark": 1}
    case = SUITES["support-refunds"]["charged-twice"].model_copy(update={"spent": used})
    with empty_ledger() as empty, ledger_of(empty) as (database, writer):
        played = play(case, REFUNDS, OfflineModel(), COMPARING, empty)
        day = case.at.date().isoformat()
        writer.write(lambda connection: views.add_to_tallies(
            connection, case.lane, [(day, name, n) for name, n in used.items()]
        ))  # fmt: skip
        kept = case_of(database, played.events, REFUNDS)
    assert kept.drafts[0].ruling.reasons == ("CAP_PER_CUSTOMER",)
    assert kept.spent == used
    assert [one.differences for one in replay([kept], REFUNDS, OfflineModel())] == [()]
    without = kept.model_copy(update={"spent": {}})
    assert next(replay([without], REFUNDS, OfflineModel())).differences[0].what is What.RULING


def test_a_run_that_knew_of_others_is_kept_with_what_it_knew():
    """Somebody had refunded the charge a week before, and a lead had said no to a refund like it."""
    case = SUITES["support-refunds"]["charged-twice"]
    before = case.at - timedelta(days=7)
    same = Prior(lane=case.lane, run="earlier", action="a1", done=True, at=before, by="U0OTHER")
    said = Precedent(run="earlier", action="a2", decision="reject", by="U0LEAD1", at=before, sentence="Refund it",
                     reason="not_due", note="Ask her first.")  # fmt: skip
    refund = CreateRefund()
    change = refund.business_key(refund.arguments.model_validate(case.drafts[0].arguments))
    knowing = case.model_copy(update={"prior": (Change(change=change, by=same),), "precedents": (said,)})
    with empty_ledger() as empty:
        played = play(knowing, REFUNDS, OfflineModel(), COMPARING, empty)
    kept = parse(written(keep(played.events, REFUNDS, "knowing")))
    assert (kept.prior, kept.precedents) == (knowing.prior, knowing.precedents)
    assert [one.differences for one in replay([kept], REFUNDS, OfflineModel())] == [()]
    (verdict,) = replay([knowing], REFUNDS, OfflineModel())
    assert verdict.differences == (), "what was made before is told; it asks for a person, who is asked anyway"
