"""The Zendesk sandbox is as strict as Zendesk, and remembers every change."""

import json
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from documents.watching import create
from tool_examples import CREDENTIALS, KEY

from tools.sandboxes import seed
from tools.sandboxes.server import serve

TICKET = "/api/v2/tickets/4821.json"
MANY = "/api/v2/tickets/update_many.json"
NEW = "/api/v2/tickets.json"
ADA = {"email": "ada@parkstudio.example"}
HELLO = {"subject": "Hello", "comment": {"body": "Hi"}, "requester": ADA}


@pytest.fixture
def ask(bench):
    def asked(method, path, **more):
        headers = {"Authorization": f"Bearer {CREDENTIALS['zendesk']}", **more.pop("headers", {})}
        return bench.http.request(method, bench.urls["zendesk"] + path, headers=headers, **more)

    return asked


@pytest.mark.parametrize(
    ("method", "path", "ticket", "status", "said"),
    [
        ("PUT", TICKET, {"priority": "extreme"}, 422, "Priority: extreme is not an allowed value"),
        ("PUT", TICKET, {"tags": ["Two Words"]}, 422, "Tags:"),
        ("PUT", TICKET, {"status": "open", "safe_update": True}, 422, "Updated stamp"),
        ("PUT", TICKET, {"metadata": {"x": "y" * 1100}}, 422, "Metadata is too large"),
        ("PUT", TICKET, {"status": "closed"}, 422, "not an allowed value"),
        ("PUT", f"{MANY}?ids=4821,x", {"status": "open"}, 400, "ids must be"),
        ("PUT", f"{MANY}?ids=4821", {"comment": {"body": "Hi"}}, 400, "InvalidAttribute"),
        ("POST", NEW, {"subject": "Hello", "requester": ADA}, 422, "Description: cannot be blank"),
        ("POST", NEW, {"comment": {"body": "Hi"}, "requester": ADA}, 422, "Subject: cannot be blank"),
        ("POST", NEW, {"subject": "Hello", "comment": {"body": "Hi"}}, 422, "Requester"),
        ("POST", NEW, {**HELLO, "requester": {"email": "nobody"}}, 422, "not properly formatted"),
        ("POST", NEW, {**HELLO, "requester": {"email": "new@person.example"}}, 422, "Name: is too short"),
        ("POST", NEW, {**HELLO, "colour": "red"}, 400, "InvalidAttribute"),
    ],
)
def test_what_zendesk_would_refuse_is_refused_and_changes_nothing(bench, ask, *, method, path, ticket, status, said):
    before = bench.state("zendesk")
    answer = ask(method, path, json={"ticket": ticket})
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert bench.state("zendesk") == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v2/tickets.json", 400),
        ("/api/v2/tickets/show_many.json?ids=1,two", 400),
        ("/api/v2/macros.json?active=maybe", 400),
        ("/api/v2/macros/99.json", 404),
        ("/api/v2/tickets/4821/macros/99/apply.json", 404),
        ("/api/v2/job_statuses/none.json", 404),
        ("/api/v2/users/search.json?query=role:admin", 422),
        ("/api/v2/search.json?query=type:ticket requester:ada@parkstudio.example priority:high", 422),
    ],
)
def test_what_is_not_there_or_not_understood_is_said(ask, path, status):
    assert ask("GET", path).status_code == status


def test_a_safe_update_fails_once_somebody_was_quicker(bench, ask):
    stamp = ask("GET", TICKET).json()["ticket"]["updated_at"]
    safe = {"status": "solved", "safe_update": True, "updated_stamp": stamp}
    bench.http.post(f"{bench.urls['zendesk']}/_control/customer", json={"ticket": 4821, "text": "One more thing"})
    answer = ask("PUT", TICKET, json={"ticket": safe})
    assert (answer.status_code, answer.json()["error"]) == (409, "UpdateConflict")
    stamp = ask("GET", TICKET).json()["ticket"]["updated_at"]
    assert ask("PUT", TICKET, json={"ticket": {**safe, "updated_stamp": stamp}}).is_success


def test_a_key_is_honoured_for_two_hours_and_forgotten_then():
    time = [datetime.now(UTC)]
    with serve({"zendesk": create("zendesk", clock=lambda: time[0])}) as serving:

        def post(ticket):
            headers = {"Authorization": f"Bearer {seed.ZENDESK_REFUNDS}", "Idempotency-Key": KEY}
            return httpx2.post(serving.urls["zendesk"] + NEW, json={"ticket": ticket}, headers=headers, trust_env=False)

        first, again = post(HELLO), post(HELLO)
        assert (first.status_code, first.headers["x-idempotency-lookup"]) == (201, "miss")
        assert (again.status_code, again.headers["x-idempotency-lookup"]) == (201, "hit")
        assert again.json() == first.json()
        other = post({**HELLO, "subject": "Other"})
        assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")
        time[0] += timedelta(hours=2, seconds=1)
        assert post(HELLO).json()["ticket"]["id"] != first.json()["ticket"]["id"]


def test_a_job_is_queued_works_and_ends_with_a_result_for_each_ticket():
    time = [datetime.now(UTC)]
    with serve({"zendesk": create("zendesk", clock=lambda: time[0])}) as serving:
        headers = {"Authorization": f"Bearer {seed.ZENDESK_REFUNDS}"}
        http = httpx2.Client(base_url=serving.urls["zendesk"], headers=headers, trust_env=False)
        body = {"ticket": {"additional_tags": ["seen"]}}
        job = http.put(f"{MANY}?ids=4821,4837,99", json=body).json()["job_status"]

        def told(seconds):
            time[0] += timedelta(seconds=seconds)
            return http.get(job["url"]).json()["job_status"]

        assert (job["status"], job["total"], job["results"]) == ("queued", 3, None)
        assert [(one["status"], one["progress"]) for one in (told(0.07), told(0.07))] == [
            ("working", 1),
            ("working", 2),
        ]
        done = told(0.07)
        assert done["status"] == "completed"
        assert [one.get("error", "") for one in done["results"]] == ["", "TicketUpdateFailed", "TicketNotFound"]
        assert [one["id"] for one in http.get("/api/v2/job_statuses.json").json()["job_statuses"]] == [job["id"]]
        http.close()


def test_no_more_than_thirty_jobs_at_a_time():
    now = datetime.now(UTC)
    with serve({"zendesk": create("zendesk", clock=lambda: now)}) as serving:
        headers = {"Authorization": f"Bearer {seed.ZENDESK_REFUNDS}"}
        with httpx2.Client(base_url=serving.urls["zendesk"], headers=headers, trust_env=False) as http:
            for _ in range(30):
                assert http.put(f"{MANY}?ids=4821", json={"ticket": {"status": "solved"}}).is_success
            answer = http.put(f"{MANY}?ids=4821", json={"ticket": {"status": "solved"}})
    assert (answer.status_code, answer.json()["error"]) == (429, "TooManyJobs")


def test_a_batch_begun_before_a_restart_is_finished_after_it(tmp_path):
    headers = {"Authorization": f"Bearer {seed.ZENDESK_REFUNDS}"}
    with serve({"zendesk": create("zendesk", tmp_path)}) as serving:
        path = f"{serving.urls['zendesk']}{MANY}?ids=4821,4822"
        httpx2.put(path, json={"ticket": {"status": "pending"}}, headers=headers, trust_env=False)
    left = json.loads((tmp_path / "zendesk.json").read_text())
    assert left["tickets"]["4822"]["ticket"]["status"] == "open"
    left_at = datetime.now(UTC) + timedelta(seconds=5)
    with serve({"zendesk": create("zendesk", tmp_path, clock=lambda: left_at)}) as serving:
        page = httpx2.get(f"{serving.urls['zendesk']}/agent/tickets/4822", trust_env=False)
    assert "<dd>pending</dd>" in page.text


def test_every_ticket_tells_its_own_history():
    """What the audits say, put together, is what the ticket is."""
    for entry in seed.STATES["zendesk"](datetime(2026, 3, 10, 15, 0, tzinfo=UTC))["tickets"].values():
        told = {}
        for event in (event for audit in entry["audits"] for event in audit["events"]):
            if event["type"] == "Change":
                assert event["previous_value"] == told.get(event["field_name"])
            if event["type"] in {"Create", "Change"}:
                told[event["field_name"]] = event["value"]
        ticket = entry["ticket"]
        assert (told["status"], told.get("tags", [])) == (ticket["status"], ticket["tags"])
        assert entry["audits"][-1]["created_at"] == ticket["updated_at"]


def test_people_and_macros_have_pages_and_strangers_none(bench):
    url = bench.urls["zendesk"]
    assert "Ada Park" in bench.http.get(f"{url}/agent/users/5001").text
    assert "Refund made" in bench.http.get(f"{url}/admin/workspaces/agent-workspace/macros/31").text
    assert bench.http.get(f"{url}/agent/users/1").status_code == 404
    assert bench.http.get(f"{url}/admin/workspaces/agent-workspace/macros/1").status_code == 404
