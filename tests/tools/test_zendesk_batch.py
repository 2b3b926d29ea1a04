"""Several tickets at once: a job that takes its time, and fails ticket by ticket."""

import threading
import time
from datetime import UTC, datetime

import pytest
from documents.watching import create
from meddling import Meddled
from pydantic import SecretStr, ValidationError
from tool_examples import CREDENTIALS, KEY

from tools.contract import Refused, Unavailable
from tools.sandboxes.server import serve
from tools.wire import Connection, HttpWire
from tools.zendesk.batch import BatchDone, UpdateTickets, UpdateTicketsArguments

TOOL = UpdateTickets()
THREE = UpdateTicketsArguments(tickets=("ZD-4830", "ZD-4832", "ZD-4836"), status="pending", add=("bulk_test",))


@pytest.fixture
def stopped():
    """A Zendesk where no time passes: what was taken is never worked off, until `go` is set."""
    go, still = threading.Event(), datetime.now(UTC)
    app = create("zendesk", clock=lambda: datetime.now(UTC) if go.is_set() else still)
    with serve({"zendesk": app}) as serving:
        url = serving.urls["zendesk"]
        wire = HttpWire(Connection("zendesk", url, url, SecretStr(CREDENTIALS["zendesk"])))
        yield wire, go
        wire.close()


def test_each_ticket_is_shown_with_what_changes_on_it(bench):
    preview = TOOL.preview(THREE, TOOL.look(bench.wire("zendesk"), THREE))
    assert preview.sentence == "Change 3 tickets: set to pending, add tag bulk_test"
    shown = [(one.field, one.before, one.after) for one in preview.changes]
    assert ("ZD-4832 status", "new", "pending") in shown
    assert len(shown) == 6


def test_a_batch_is_followed_to_its_end(bench):
    wire = bench.wire("zendesk")
    done = TOOL.write(wire, THREE, KEY)
    assert (done.state, done.changed, done.unchanged) == ("done", ["ZD-4830", "ZD-4832", "ZD-4836"], [])
    assert TOOL.read_back(wire, THREE, KEY) == done
    tickets = bench.state("zendesk")["tickets"]
    assert all(tickets[number]["ticket"]["status"] == "pending" for number in ("4830", "4832", "4836"))
    assert all(tickets[number]["audits"][-1]["author_id"] == 9003 for number in ("4830", "4832", "4836"))


def test_a_batch_that_reached_only_some_says_which_it_did_not(bench):
    arguments = THREE.model_copy(update={"tickets": ("ZD-4830", "ZD-4837")})
    wire = bench.wire("zendesk")
    with pytest.raises(Refused) as caught:
        TOOL.write(wire, arguments, KEY)
    assert caught.value.code == "PARTLY_DONE"
    assert caught.value.message == ("Zendesk changed ZD-4830, and not ZD-4837 (Status: closed prevents ticket update)")
    found = TOOL.read_back(wire, arguments, KEY)
    assert found == BatchDone(changed=["ZD-4830"], unchanged=["ZD-4837"], state="partly")
    assert not TOOL.holds(arguments, found)
    assert not TOOL.pending(found)


def test_a_batch_that_reached_nobody_says_so(bench):
    arguments = THREE.model_copy(update={"tickets": ("ZD-4837",)})
    with pytest.raises(Refused, match="changed none of the tickets: ZD-4837 ") as caught:
        TOOL.write(bench.wire("zendesk"), arguments, KEY)
    assert caught.value.code == "NOT_DONE"
    assert TOOL.read_back(bench.wire("zendesk"), arguments, KEY) is None


def test_a_job_that_outlasts_our_patience_is_pending_and_settles_later(stopped):
    wire, go = stopped
    begun = time.monotonic()
    done = TOOL.write(wire, THREE, KEY)
    assert time.monotonic() - begun < 5
    assert TOOL.pending(done)
    assert not TOOL.holds(THREE, done)
    with pytest.raises(Unavailable, match="STILL_WORKING"):  # nothing is changed yet, and something is at work
        TOOL.read_back(wire, THREE, KEY)
    go.set()
    found = TOOL.read_back(wire, THREE, KEY)
    assert not TOOL.pending(found)
    assert TOOL.holds(THREE, found)


def test_a_job_that_cannot_be_asked_about_is_pending_and_not_lost(bench):
    bench.fault("zendesk", "500", path="/api/v2/job_statuses/*", times=3)
    wire = bench.wire("zendesk")
    assert TOOL.pending(TOOL.write(wire, THREE, KEY))
    assert TOOL.holds(THREE, TOOL.read_back(wire, THREE, KEY))


def test_a_batch_of_somebody_elses_is_waited_for_before_ours_is_called_absent(bench):
    wire = bench.wire("zendesk")
    theirs = UpdateTicketsArguments(tickets=("ZD-4821", "ZD-4822"), add=("theirs",))
    other = Meddled(wire, lambda: TOOL.read_back(wire, THREE, KEY))
    TOOL.write(other, theirs, "0b" * 32)
    assert TOOL.read_back(wire, THREE, KEY) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tickets": ("ZD-4830", "ZD-4837")}, "CLOSED"),
        ({"tickets": ("ZD-4830", "ZD-99")}, "NOT_FOUND"),
        ({"tickets": ("ZD-4821",), "status": "open", "add": ()}, "NO_CHANGE"),
    ],
)
def test_a_batch_that_cannot_be_meant_is_refused_by_name(bench, change, code):
    with pytest.raises(Refused) as caught:
        TOOL.look(bench.wire("zendesk"), THREE.model_copy(update=change))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [
        {"tickets": ["ZD-1"]},
        {"tickets": [], "status": "open"},
        {"tickets": ["ZD-1", "ZD-1"], "status": "open"},
        {"tickets": [f"ZD-{n}" for n in range(1, 27)], "status": "open"},
    ],
)
def test_a_batch_names_each_ticket_once_and_what_to_do(wrong):
    with pytest.raises(ValidationError):
        UpdateTicketsArguments(**wrong)


def test_tickets_that_were_alike_go_back_together_and_others_do_not(bench):
    wire = bench.wire("zendesk")
    alike = UpdateTicketsArguments(tickets=("ZD-4821", "ZD-4822"), status="pending", remove=("billing",))
    target = TOOL.look(wire, alike)
    TOOL.write(wire, alike, KEY)
    undo = TOOL.undo(alike, target, None)
    TOOL.write(wire, UpdateTicketsArguments(**undo.arguments), "0b" * 32)
    assert TOOL.look(wire, alike).pinned == target.pinned
    assert TOOL.undo(THREE, TOOL.look(wire, THREE), None) is None  # new, new and solved


def test_a_batch_asks_for_the_rights_of_the_fields_it_sets():
    assert TOOL.needs(THREE) >= {"zendesk:tickets.bulk.status", "zendesk:tickets.bulk.tags"}
    only = THREE.model_copy(update={"status": None})
    assert TOOL.needs(only) == {"zendesk:tickets.read", "zendesk:tickets.bulk.tags"}


def test_only_a_batch_of_one_customer_counts_for_that_customer(bench):
    wire = bench.wire("zendesk")
    assert TOOL.stake(THREE, TOOL.look(wire, THREE)).customer is None
    hers = THREE.model_copy(update={"tickets": ("ZD-4830", "ZD-4836")})
    assert TOOL.stake(hers, TOOL.look(wire, hers)).customer == "grace@moyofoods.example"
