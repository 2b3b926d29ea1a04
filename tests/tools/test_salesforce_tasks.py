"""Activities in Salesforce: logged once, deleted only where they are ours; and a deal moved together with one."""

import json
from contextlib import closing

import pytest
from pydantic import SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from tool_examples import ACME, KEY

from tools.contract import Refused, Uncertain
from tools.registry import by_name
from tools.sandboxes import seed
from tools.sandboxes.server import serve
from tools.wire import Connection, HttpWire

LOG = by_name("salesforce.log_task")
DELETE = by_name("salesforce.delete_task")
MOVE = by_name("salesforce.move_deal")


def _log(**more):
    return LOG.arguments(opportunity=ACME, **{"subject": "Renewal terms agreed", **more})


def _tasks(bench):
    return {name: task for name, task in bench.state("salesforce")["Task"].items() if not task["IsDeleted"]}


def test_an_activity_sent_twice_is_one(bench):
    wire, before = bench.wire("salesforce"), _tasks(bench)
    first = LOG.write(wire, _log(text="Three years."), KEY)
    assert LOG.write(wire, _log(text="Three years."), KEY) == first
    [name] = set(_tasks(bench)) - set(before)
    row = _tasks(bench)[name]
    assert (row["WhatId"], row["Status"], row["CreatedBy"]["Name"]) == (ACME, "Completed", "Lanekeeper Integration")
    other = LOG.write(wire, _log(text="Three years."), "1" * 64)
    assert other.task != first.task


def test_what_is_to_be_done_until_a_date_is_open(bench):
    done = LOG.write(bench.wire("salesforce"), _log(due="2099-01-31"), KEY)
    assert (done.due, done.status) == ("2099-01-31", "Not Started")


def test_blanks_and_line_ends_make_no_difference_to_what_holds(bench):
    arguments = _log(text="  First.\r\nSecond.\n\n")
    done = LOG.write(bench.wire("salesforce"), arguments, KEY)
    assert done.text == "First.\nSecond."
    assert LOG.holds(arguments, done)


def test_a_card_tells_of_an_activity_of_the_same_subject(bench):
    wire = bench.wire("salesforce")
    assert LOG.look(wire, _log()).already == ()
    LOG.write(wire, _log(), KEY)
    [already] = LOG.look(wire, _log()).already
    assert already.label.startswith("Lanekeeper Integration logged this ")
    assert bench.http.get(already.url).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"subject": " "}, {"subject": "a\nb"}, {"subject": "x" * 256}, {"due": "soon"}, {"text": "x" * 8001}],
)
def test_arguments_that_are_no_activity_do_not_validate(wrong):
    with pytest.raises(ValidationError):
        _log(**wrong)


def test_an_undo_deletes_the_activity_and_leaves_the_others(bench):
    wire, before = bench.wire("salesforce"), _tasks(bench)
    target = LOG.look(wire, _log())
    undo = LOG.undo(_log(), target, LOG.write(wire, _log(), KEY))
    assert undo.tool == DELETE.name
    arguments = DELETE.arguments(**undo.arguments)
    DELETE.look(wire, arguments)
    DELETE.write(wire, arguments, "1" * 64)
    assert _tasks(bench) == before
    assert LOG.read_back(wire, _log(), KEY) is None
    assert LOG.undo(_log(), target, None) is None


def test_only_what_bears_our_mark_is_deleted(bench):
    theirs = next(name for name, task in _tasks(bench).items() if not task["Lanekeeper_Key__c"])
    with pytest.raises(Refused, match="NOT_OURS"):
        DELETE.look(bench.wire("salesforce"), DELETE.arguments(task=theirs))


def test_an_activity_that_is_gone_is_refused_when_looked_at(bench):
    wire, arguments = bench.wire("salesforce"), DELETE.arguments(**DELETE.example)
    DELETE.write(wire, arguments, KEY)
    with pytest.raises(Refused, match="GONE"):
        DELETE.look(wire, arguments)


def test_a_deal_is_moved_and_its_reason_logged_in_one_call(bench):
    wire, arguments = bench.wire("salesforce"), MOVE.arguments(**MOVE.example)
    done = MOVE.write(wire, arguments, KEY)
    row = bench.state("salesforce")["Opportunity"][ACME]
    assert (row["StageName"], row["NextStep"]) == ("Negotiation", "Send MSA redlines")
    assert _tasks(bench)[done.task]["Subject"] == "Moved to Negotiation"
    undo = MOVE.undo(arguments, MOVE.look(wire, MOVE.arguments(**{**MOVE.example, "stage": "Closed Lost"})), done)
    assert undo.arguments["subject"] == "Taken back: Moved to Negotiation"


def test_a_move_is_taken_back_with_a_word_of_its_own(bench):
    wire, arguments = bench.wire("salesforce"), MOVE.arguments(**MOVE.example)
    target = MOVE.look(wire, arguments)
    undo = MOVE.undo(arguments, target, MOVE.write(wire, arguments, KEY))
    MOVE.write(wire, MOVE.arguments(**undo.arguments), "1" * 64)
    row = bench.state("salesforce")["Opportunity"][ACME]
    assert (row["StageName"], row["NextStep"]) == ("Proposal", "Send revised pricing")
    subjects = {task["Subject"] for task in _tasks(bench).values() if task["Lanekeeper_Key__c"] in {KEY, "1" * 64}}
    assert subjects == {"Moved to Negotiation", "Taken back: Moved to Negotiation"}


def test_a_move_asks_for_the_right_to_each_field_and_to_the_activity():
    assert MOVE.needs(MOVE.arguments(**MOVE.example)) == {
        "salesforce:opportunities.read",
        "salesforce:opportunities.write.stage",
        "salesforce:opportunities.write.next_step",
        "salesforce:tasks.write",
    }


def test_of_a_move_that_is_half_refused_nothing_stays_and_the_half_is_named(bench):
    before = bench.state("salesforce")
    wire = bench.wire("salesforce", seed.SALESFORCE_NOTES)
    step = MOVE.arguments(opportunity=ACME, next_step="Call Dana", subject="Called")
    with pytest.raises(Refused) as caught:
        MOVE.write(wire, step, KEY)
    assert caught.value.code == "NO_RIGHT"
    assert caught.value.message.startswith("the activity: ")
    assert caught.value.message.endswith("; nothing was changed")
    assert bench.state("salesforce") == before


def _part(name, status, body):
    return {"referenceId": name, "httpStatusCode": status, "body": body, "httpHeaders": {}}


def _error(code, message):
    return [{"errorCode": code, "message": message}]


HALTED = _error("PROCESSING_HALTED", "The transaction was rolled back since another operation failed.")
ROW = {"Id": ACME, "Name": "Acme", "StageName": "Proposal", "NextStep": None, "CloseDate": "2026-01-01"} | {
    "SystemModstamp": "2026-01-01T09:00:00.000+0000",
    "AccountId": None,
}
LOGGED = {"id": "00TSb00000001AAAAA", "success": True, "errors": [], "created": True}


@pytest.mark.parametrize(
    ("parts", "kind", "code", "said"),
    [
        (
            [("deal", 204, None), ("task", 400, _error("DUPLICATES_DETECTED", "Use one of these")), ("now", 200, ROW)],
            Uncertain,
            "PARTIAL",
            "the opportunity was changed, the activity: salesforce answered 400: Use one of these",
        ),
        (
            [("deal", 400, _error("UNABLE_TO_LOCK_ROW", "locked")), ("task", 201, LOGGED), ("now", 400, HALTED)],
            Uncertain,
            "PARTIAL",
            "the activity was changed, the opportunity: salesforce answered 400: locked",
        ),
        (
            [("deal", 400, HALTED), ("task", 400, _error("DUPLICATES_DETECTED", "twice")), ("now", 400, HALTED)],
            Refused,
            "DUPLICATE",
            "the activity: salesforce answered 400: twice; nothing was changed",
        ),
        ([("deal", 400, HALTED), ("task", 400, HALTED), ("now", 400, HALTED)], Refused, "PROCESSING_HALTED", "nothing"),
        ([("deal", 500, "?"), ("task", 400, HALTED), ("now", 400, HALTED)], Uncertain, "VENDOR_ERROR", "500"),
        ([("deal", 204, None), ("task", 201, LOGGED)], Uncertain, "SCHEMA_DRIFT", "each part"),
        ([("deal", 204, None), ("task", 201, {"id": 3}), ("now", 200, ROW)], Uncertain, "SCHEMA_DRIFT", "id"),
    ],
)
def test_a_call_that_was_answered_with_200_is_read_part_by_part(parts, kind, code, said):
    """The other end here says what no all-or-none call should ever be answered with."""

    async def answer(request):
        if request.method == "GET":
            return JSONResponse(ROW)
        sent = json.loads(await request.body())
        assert sent["allOrNone"] is True
        return JSONResponse({"compositeResponse": [_part(*part) for part in parts]})

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    with serve({"vendor": app}) as serving:
        url = serving.urls["vendor"]
        with (
            closing(HttpWire(Connection("salesforce", url, url, SecretStr("x")))) as wire,
            pytest.raises(kind) as caught,
        ):
            MOVE.write(wire, MOVE.arguments(**MOVE.example), KEY)
    assert caught.value.code == code
    assert said in caught.value.message
