"""The made-up Salesforce is as strict as the real one: upserts, conditions, composite requests, describe, history."""

import pytest
from tool_examples import ACME, CREDENTIALS, KEY

from tools.sandboxes import seed

DATA = "/services/data/v62.0"
DEAL = f"{DATA}/sobjects/Opportunity/{ACME}"
MARKED = f"{DATA}/sobjects/Task/Lanekeeper_Key__c/{KEY}"
TASK = {"WhatId": ACME, "Subject": "Called"}
LONG_AGO, FAR_AHEAD = "Tue, 10 Mar 2020 09:00:00 GMT", "Tue, 10 Mar 2099 09:00:00 GMT"


@pytest.fixture
def ask(bench):
    def asked(method, path, *, token=None, headers=None, **more):
        headers = {"Authorization": f"Bearer {token or CREDENTIALS['salesforce']}", **(headers or {})}
        return bench.http.request(method, bench.urls["salesforce"] + path, headers=headers, **more)

    return asked


def _composite(*parts, all_or_none):
    return {"allOrNone": all_or_none, "compositeRequest": list(parts)}


def _part(name, method, url, body=None, **more):
    return {"referenceId": name, "method": method, "url": url, **({"body": body} if body else {}), **more}


GOOD = _part("deal", "PATCH", DEAL, {"NextStep": "Call Dana"})
BAD = _part("task", "PATCH", MARKED, {"WhatId": "006000000000000AAA", "Subject": "Called"})


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "said"),
    [
        ("PATCH", MARKED, {"json": {**TASK, "Colour": "red"}}, 400, "INVALID_FIELD"),
        ("PATCH", MARKED, {"json": {**TASK, "Lanekeeper_Key__c": "x"}}, 400, "should not be specified"),
        ("PATCH", MARKED, {"json": {**TASK, "IsClosed": True}}, 400, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("PATCH", MARKED, {"json": {**TASK, "Status": "Perhaps"}}, 400, "RESTRICTED_PICKLIST"),
        ("PATCH", MARKED, {"json": {**TASK, "Subject": "x" * 256}}, 400, "STRING_TOO_LONG"),
        ("PATCH", MARKED, {"json": {"Subject": "about nothing"}}, 400, "INVALID_CROSS_REFERENCE_KEY"),
        ("PATCH", MARKED, {"json": {**TASK, "Subject": 5}}, 400, "JSON_PARSER_ERROR"),
        ("PATCH", MARKED.replace("Lanekeeper_Key__c", "Other__c"), {"json": TASK}, 404, "NOT_FOUND"),
        ("GET", MARKED, {}, 404, "NOT_FOUND"),
        ("PATCH", DEAL, {"json": {"StageName": None}}, 400, "REQUIRED_FIELD_MISSING"),
        ("PATCH", DEAL, {"json": {"NextStep": "x"}, "headers": {"If-Unmodified-Since": "soon"}}, 400, "INVALID_HEADER"),
        ("PATCH", DEAL, {"json": {"NextStep": "x"}, "headers": {"If-Unmodified-Since": LONG_AGO}}, 412, ""),
        ("DELETE", DEAL, {}, 405, ""),
        ("GET", f"{DATA}/sobjects/Case/describe", {}, 404, "NOT_FOUND"),
        ("GET", f"{DATA}/query?q=SELECT Id, Boss.Name FROM Opportunity", {}, 400, "INVALID_FIELD"),
        ("GET", f"{DATA}/query?q=SELECT Id FROM Task WHERE Colour = 'red'", {}, 400, "INVALID_FIELD"),
        ("GET", f"{DATA}/query/7-1", {}, 400, "INVALID_QUERY_LOCATOR"),
        ("POST", f"{DATA}/composite", {"json": {"compositeRequest": []}}, 400, "JSON_PARSER_ERROR"),
        ("POST", f"{DATA}/composite", {"json": _composite(GOOD, GOOD, all_or_none=True)}, 400, "JSON_PARSER_ERROR"),
        (
            "POST",
            f"{DATA}/composite",
            {"json": _composite({**GOOD, "httpHeaders": {"Authorization": "Bearer x"}}, all_or_none=True)},
            400,
            "JSON_PARSER_ERROR",
        ),
        ("POST", f"{DATA}/composite", {"json": _composite({**GOOD, "x": 1}, all_or_none=True)}, 400, "JSON_PARSER"),
    ],
)
def test_what_salesforce_would_refuse_is_refused(bench, ask, *, method, path, more, status, said):
    before = bench.state("salesforce")
    answer = ask(method, path, **more)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert bench.state("salesforce") == before


def test_an_upsert_creates_then_updates_then_is_ambiguous(bench, ask):
    first, again = (ask("PATCH", MARKED, json=TASK) for _ in range(2))
    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (again.status_code, again.json()) == (200, {**first.json(), "created": False})
    bench.tell("salesforce", "twice", mark=KEY)
    several = ask("PATCH", MARKED, json=TASK)
    assert (several.status_code, len(several.json())) == (300, 2)
    assert ask("GET", several.json()[1]).json()["Lanekeeper_Key__c"] == KEY


def test_what_is_deleted_is_in_the_bin_and_nowhere_else(ask):
    task = f"{DATA}/sobjects/Task/{ask('PATCH', MARKED, json=TASK).json()['id']}"
    assert ask("DELETE", task).status_code == 204
    gone = ask("GET", task)
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    soql = f"SELECT Id, IsDeleted FROM Task WHERE Lanekeeper_Key__c = '{KEY}'"
    assert ask("GET", f"{DATA}/query?q={soql}").json()["totalSize"] == 0
    assert ask("GET", f"{DATA}/queryAll?q={soql}").json()["records"][0]["IsDeleted"] is True


def test_a_condition_that_holds_lets_a_change_pass_and_a_tag_has_no_effect_here(ask):
    change = {"NextStep": "Call Dana"}
    assert ask("PATCH", DEAL, json=change, headers={"If-Unmodified-Since": FAR_AHEAD}).status_code == 204
    assert ask("PATCH", DEAL, json=change, headers={"If-Match": '"other"'}).status_code == 204


def test_all_or_none_takes_back_what_was_done_and_says_which_part_failed(bench, ask):
    before = bench.state("salesforce")
    answer = ask("POST", f"{DATA}/composite", json=_composite(GOOD, BAD, all_or_none=True))
    deal, task = answer.json()["compositeResponse"]
    assert (answer.status_code, deal["httpStatusCode"], task["httpStatusCode"]) == (200, 400, 400)
    assert deal["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert task["body"][0]["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert bench.state("salesforce") == before


def test_without_all_or_none_each_part_stands_for_itself(bench, ask):
    answer = ask("POST", f"{DATA}/composite", json=_composite(BAD, GOOD, all_or_none=False))
    assert [one["httpStatusCode"] for one in answer.json()["compositeResponse"]] == [400, 204]
    assert bench.state("salesforce")["Opportunity"][ACME]["NextStep"] == "Call Dana"


def test_the_parts_of_a_call_have_the_rights_of_its_credential_and_no_more(bench, ask):
    before = bench.state("salesforce")
    call = _composite(GOOD, _part("read", "GET", f"{DEAL}?fields=Id"), all_or_none=False)
    deal, read = ask("POST", f"{DATA}/composite", json=call, token=seed.SALESFORCE_READER).json()["compositeResponse"]
    assert (deal["httpStatusCode"], read["httpStatusCode"]) == (403, 200)
    assert bench.state("salesforce") == before


def test_describe_tells_each_user_what_they_may_set(ask):
    def updateable(token):
        fields = ask("GET", f"{DATA}/sobjects/Opportunity/describe", token=token).json()["fields"]
        return {field["name"] for field in fields if field["updateable"]}

    assert updateable(None) == {"StageName", "NextStep", "CloseDate"}
    assert updateable(seed.SALESFORCE_NOTES) == {"NextStep"}
    assert updateable(seed.SALESFORCE_READER) == set()


def test_every_change_is_kept_under_the_user_who_made_it(bench, ask):
    ask("PATCH", DEAL, json={"NextStep": "Call Dana", "StageName": "Proposal"})
    rows = bench.state("salesforce")["OpportunityFieldHistory"].values()
    [kept] = [row for row in rows if row["NewValue"] == "Call Dana"]
    who = ask("GET", "/services/oauth2/userinfo").json()
    assert (kept["Field"], kept["OldValue"], kept["CreatedById"]) == (
        "NextStep",
        "Send revised pricing",
        who["user_id"],
    )
    assert not [row for row in rows if row["Field"] == "StageName" and row["CreatedDate"] == kept["CreatedDate"]]


def test_the_allowance_is_told_in_a_header_and_as_a_resource(ask):
    answer = ask("GET", f"{DATA}/limits")
    used, most = answer.headers["sforce-limit-info"].removeprefix("api-usage=").split("/")
    assert answer.json()["DailyApiRequests"] == {"Max": int(most), "Remaining": int(most) - int(used)}
