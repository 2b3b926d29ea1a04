"""What is Jira's own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from documents.watching import create
from pydantic import SecretStr, ValidationError
from tool_examples import KEY, READERS, WRITES

from tools.contract import Refused, Retry, Unavailable
from tools.guard import Guard
from tools.jira import jql, shortfalls
from tools.jira.adf import document
from tools.limits import Pace
from tools.registry import by_name
from tools.sandboxes import seed
from tools.sandboxes.server import serve
from tools.wire import Connection, HttpWire

FIND, GET, HISTORY = (by_name(f"jira.{name}") for name in ("find_issues", "get_issue", "issue_history"))
CREATE, COMMENT, MOVE = (by_name(f"jira.{name}") for name in ("create_issue", "add_comment", "transition_issue"))
NEW = CREATE.arguments(**WRITES["jira.create_issue"])
SECOND = timedelta(seconds=5)
AT_ONCE = Pace(10_000, 1)  # our own limit is not the matter here


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wire(clock) -> Iterator[HttpWire]:
    """To a Jira of its own, whose time is the test's, and of which hundreds of things may be asked in a second."""
    with serve({"jira": create("jira", clock=clock)}) as serving:
        url = serving.urls["jira"]
        wire = HttpWire(Connection("jira", url, url, SecretStr(seed.FULL["jira"])), Guard("jira", AT_ONCE))
        yield wire
        wire.close()


def _call(wire, method, path, body=None):
    changes = method == "POST" and "search" not in path
    return wire.call(method, f"/rest/api/3{path}", json=body, timeout=SECOND, changes=changes)


def _open(wire, times, summary="Made by a person"):
    for number in range(times):
        fields = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": f"{summary} {number}"}
        _call(wire, "POST", "/issue", {"fields": fields})


def _say(wire, issue, times):
    for number in range(times):
        _call(wire, "POST", f"/issue/{issue}/comment", {"body": document(f"comment {number}")})


def _find(wire, text, **more):
    return FIND.read(wire, FIND.arguments(project="OPS", text=text, **more)).issues


# looking up


def test_the_likest_incident_comes_first_with_what_it_was(wire):
    first, *others = _find(wire, "checkout latency: payment-gateway times out at the payment provider")
    assert (first.issue, first.resolution, first.stage) == ("OPS-12", "Done", "done")
    assert "Root cause: payment-gateway kept dead connections" in first.comments[-2].text
    assert "rolling restart" in first.comments[-1].text
    assert {one.issue for one in others} == {"OPS-3", "OPS-4", "OPS-11"}


def test_what_shares_one_word_is_left_out_beside_what_shares_three(wire):
    assert [one.issue for one in _find(wire, "webhook queue slow receiver delayed")][:2] == ["OPS-14", "OPS-2"]
    assert _find(wire, "zebra crossing yesteryear") == []


def test_a_label_narrows_the_search(wire):
    assert [one.issue for one in _find(wire, "webhooks", label="deploy")] == ["OPS-8"]
    assert _find(wire, "webhooks", label='deploy"OR"project"="SUP') == []


@pytest.mark.parametrize(
    "text",
    [
        'checkout" OR project = "SUP',
        "checkout') ORDER BY key --",
        'checkout\\" OR text ~ \\"',
        "checkout AND NOT (latency) || [a TO b] +x -y ~2 *?:/\\",
    ],
)
def test_words_never_leave_their_quotation_marks(wire, text):
    found = _find(wire, text)
    assert found
    assert {one.issue.partition("-")[0] for one in found} == {"OPS"}


@pytest.mark.parametrize("value", ['a"b', "a\\", '\\"', 'x" OR "1" = "1', "two\nlines"])
def test_a_literal_ends_where_it_ends(value):
    written = jql.literal(value)
    inside = written[1:-1].replace("\\\\", "").replace('\\"', "")
    assert (written[0], written[-1]) == ('"', '"')
    assert '"' not in inside
    assert "\\" not in inside
    assert "\n" not in inside


def test_words_are_what_tells_texts_apart():
    assert jql.words("The Checkout is slow; the payment-gateway (v2) TIMES out!") == [
        *("checkout", "slow", "payment", "gateway", "v2", "times", "out")
    ]
    assert len(jql.words(" ".join(f"word{number}" for number in range(40)))) == jql.MOST_WORDS


@pytest.mark.parametrize("text", ["", "  ", "the of and", "?!", "x"])
def test_a_search_for_nothing_is_refused(text):
    with pytest.raises(ValidationError):
        FIND.arguments(project="OPS", text=text)


@pytest.mark.parametrize("key", ["ops", "OPS-1", "O", 'OPS"', "OPS\n", "../x", "OPS OR 1"])
def test_only_a_project_key_is_a_project_key(key):
    for tool, more in ((FIND, {"text": "checkout"}), (CREATE, {**WRITES["jira.create_issue"]})):
        with pytest.raises(ValidationError):
            tool.arguments(**{**more, "project": key})


@pytest.mark.parametrize("key", ["OPS", "OPS-0", "ops-1", "OPS-1/comment", "OPS-1?x=1", "OPS-1\n", "../OPS-1"])
def test_only_an_issue_key_is_an_issue_key(key):
    for tool in (GET, HISTORY):
        with pytest.raises(ValidationError):
            tool.arguments(issue=key)


def test_the_latest_comments_are_told_also_where_the_search_brings_the_oldest(wire):
    _say(wire, "OPS-14", 24)  # the search brings 20 of the 25
    [found] = [one for one in _find(wire, "webhook queue grows slowly") if one.issue == "OPS-14"]
    assert [one.text for one in found.comments] == ["comment 21", "comment 22", "comment 23"]


def test_a_search_is_walked_page_by_page(wire, clock):
    _open(wire, 130, "Walkabout")
    clock.time += timedelta(minutes=1)
    _call(wire, "POST", "/issue/OPS-80/comment", {"body": document("the walkabout of wallabies")})
    found = _find(wire, "walkabout wallabies")
    assert len(found) == 10
    assert found[0].issue == "OPS-80"  # which stands on the second page


def test_a_long_conversation_and_a_long_history_are_read_to_their_ends(wire):
    _say(wire, "SUP-2", 130)
    for number in range(130):
        _call(wire, "POST", "/issue/SUP-2/transitions", {"transition": {"id": "31" if number % 2 else "21"}})
    comments = GET.read(wire, GET.arguments(issue="SUP-2")).comments
    assert [one.text for one in comments] == [f"comment {number}" for number in range(130)]
    history = HISTORY.read(wire, HISTORY.arguments(issue="SUP-2")).history
    assert len(history) == 132
    assert [one.field for one in history[-1].changes] == ["status", "resolution"]
    assert history[-1].by == "Incident Desk"


def test_an_unknown_issue_is_refused(wire):
    for tool in (GET, HISTORY):
        with pytest.raises(Refused, match=r"NOT_FOUND.*does not exist or you do not have permission"):
            tool.read(wire, tool.arguments(issue="OPS-99"))


# opening


def test_an_issue_is_exactly_what_was_shown(wire):
    preview = CREATE.preview(NEW, CREATE.look(wire, NEW))
    assert preview.sentence == "Open Incident in OPS: Exports time out for workspaces with many seats"
    assert [(one.field, one.after) for one in preview.changes] == [("Priority", "High"), ("Labels", "exports")]
    made = CREATE.write(wire, NEW, KEY)
    issue = GET.read(wire, GET.arguments(issue=made.issue))
    assert (issue.issue, issue.type, issue.priority, issue.labels) == ("OPS-15", "Incident", "High", ["exports"])
    assert issue.description == preview.body


def test_the_mark_is_a_property_and_no_label(wire):
    made = CREATE.write(wire, NEW, KEY)
    issue = _call(wire, "GET", f"/issue/{made.issue}?properties=lanekeeper_key")
    assert issue["properties"] == {"lanekeeper_key": {"key": KEY}}
    assert issue["fields"]["labels"] == ["exports"]


def test_the_mark_is_found_before_the_search_knows_the_issue(wire, clock):
    made = CREATE.write(wire, NEW, KEY)
    assert made.issue not in {one.issue for one in _find(wire, "exports")}  # the search lags behind
    assert CREATE.read_back(wire, NEW, KEY) == made
    _open(wire, 50)
    assert CREATE.read_back(wire, NEW, KEY) == made
    clock.time += timedelta(days=20)
    _open(wire, 50)
    clock.time += timedelta(minutes=1)
    assert CREATE.read_back(wire, NEW, KEY) == made  # long out of the numbers that are asked for


def test_absence_is_not_claimed_while_the_search_is_far_behind(wire, clock):
    assert CREATE.read_back(wire, NEW, KEY) is None
    _open(wire, 70)
    with pytest.raises(Unavailable, match="SEARCH_BEHIND"):
        CREATE.read_back(wire, NEW, KEY)
    clock.time += timedelta(minutes=1)
    assert CREATE.read_back(wire, NEW, KEY) is None


def test_an_open_issue_that_says_the_same_is_shown_before_a_second_one_is_opened(wire):
    arguments = CREATE.arguments(**WRITES["jira.create_issue"] | {"summary": "Webhook queue grows again"})
    [evidence] = CREATE.look(wire, arguments).already
    assert evidence.label.startswith("OPS-14 is Investigating since ")
    assert CREATE.look(wire, NEW).already == ()  # OPS-10 says the same and is resolved


def test_a_type_the_project_does_not_have_is_refused_with_those_it_has(wire):
    with pytest.raises(Refused, match="UNKNOWN_TYPE: SUP has no Incident; it has Bug, Task"):
        CREATE.look(wire, CREATE.arguments(**WRITES["jira.create_issue"] | {"project": "SUP"}))
    with pytest.raises(Refused, match=r"NOT_FOUND"):
        CREATE.look(wire, CREATE.arguments(**WRITES["jira.create_issue"] | {"project": "NOPE"}))


def test_a_summary_is_one_line_and_a_label_one_word():
    example = WRITES["jira.create_issue"]
    assert CREATE.arguments(**example | {"summary": "Two\n lines "}).summary == "Two lines"
    for wrong in ({"labels": ["two words"]}, {"labels": [""]}, {"description": " \n"}, {"summary": "a" * 256}):
        with pytest.raises(ValidationError):
            CREATE.arguments(**example | wrong)


@pytest.mark.parametrize(("project", "kind"), [("OPS", "Incident"), ("SUP", "Task")])
def test_an_opened_issue_is_taken_back_by_closing_it(wire, project, kind):
    arguments = CREATE.arguments(**WRITES["jira.create_issue"] | {"project": project, "type": kind})
    target = CREATE.look(wire, arguments)
    assert CREATE.undo(arguments, target, None) is None
    undo = CREATE.undo(arguments, target, CREATE.write(wire, arguments, KEY))
    assert undo.tool == MOVE.name
    back = MOVE.arguments(**undo.arguments)
    changes = [(one.field, one.after) for one in MOVE.preview(back, MOVE.look(wire, back)).changes]
    moved = MOVE.write(wire, back, KEY)
    if project == "OPS":
        assert changes == [("Status", "Cancelled"), ("Resolution", "Won't Do")]
        assert (moved.status, moved.resolution) == ("Cancelled", "Won't Do")
    else:  # a workflow without screens sets what it likes, and the card promises nothing else
        assert changes == [("Status", "Done")]
        assert (moved.status, moved.resolution) == ("Done", "Done")


# commenting


def test_a_comment_stays_out_of_the_customers_sight(wire):
    arguments = COMMENT.arguments(issue="SUP-1", text="For us only.")
    COMMENT.write(wire, arguments, KEY)
    said = _call(wire, "GET", "/issue/SUP-1/comment")["comments"]
    assert [one["jsdPublic"] for one in said] == [True, False]


def test_a_comments_mark_is_found_in_a_long_conversation(wire):
    arguments = COMMENT.arguments(**WRITES["jira.add_comment"])
    done = COMMENT.write(wire, arguments, KEY)
    _say(wire, "OPS-14", 130)
    assert COMMENT.read_back(wire, arguments, KEY) == done
    assert COMMENT.read_back(wire, arguments, "0c" * 32) is None


def test_the_same_words_by_somebody_else_are_shown_first(wire):
    arguments = COMMENT.arguments(
        issue="OPS-14", text="Two receivers answer slowly, both within the limit of OPS-2. Watching it."
    )
    [evidence] = COMMENT.look(wire, arguments).already
    assert evidence.label.startswith("Dana Whitfield wrote this ")
    assert COMMENT.look(wire, COMMENT.arguments(**WRITES["jira.add_comment"])).already == ()


def test_an_empty_comment_is_refused():
    with pytest.raises(ValidationError):
        COMMENT.arguments(issue="OPS-14", text=" \n ")


# moving


def _move(issue, status, resolution=""):
    return MOVE.arguments(issue=issue, status=status, resolution=resolution)


def test_a_status_out_of_reach_is_refused_with_those_in_reach(wire):
    with pytest.raises(
        Refused, match=r"NO_TRANSITION: OPS-12 is Resolved; from there it may be moved to: Investigating$"
    ):
        MOVE.look(wire, _move("OPS-12", "Monitoring"))
    with pytest.raises(Refused, match="NO_CHANGE: OPS-12 is Resolved already"):
        MOVE.look(wire, _move("OPS-12", "resolved"))


def test_a_transition_that_asks_for_a_resolution_gets_one_it_takes(wire):
    for resolution, said in (("", "asks for a resolution"), ("Magic", "does not take 'Magic'")):
        with pytest.raises(Refused, match=f"NO_RESOLUTION: Resolve {said}; it takes: Done, Won't Do, Duplicate"):
            MOVE.look(wire, _move("OPS-14", "Resolved", resolution))
    done = MOVE.write(wire, _move("OPS-14", "Resolved", "duplicate"), KEY)
    assert (done.status, done.resolution, done.offers) == ("Resolved", "Duplicate", ["Investigating"])


def test_a_move_sent_twice_is_one_change(wire):
    before = len(HISTORY.read(wire, HISTORY.arguments(issue="OPS-14")).history)
    for _ in range(2):
        MOVE.write(wire, _move("OPS-14", "Monitoring"), KEY)
    assert len(HISTORY.read(wire, HISTORY.arguments(issue="OPS-14")).history) == before + 1
    assert MOVE.retry is Retry.NATURAL_KEY


def test_a_move_is_taken_back_where_the_workflow_leads_back(wire):
    there = _move("OPS-14", "Monitoring")
    target = MOVE.look(wire, there)
    undo = MOVE.undo(there, target, MOVE.write(wire, there, KEY))
    assert undo.arguments == {"issue": "OPS-14", "status": "Investigating", "resolution": ""}
    assert MOVE.write(wire, MOVE.arguments(**undo.arguments), KEY).status == "Investigating"
    done = _move("OPS-13", "Cancelled", "Won't Do")
    target = MOVE.look(wire, done)
    assert MOVE.undo(done, target, None) is None
    assert MOVE.undo(done, target, MOVE.write(wire, done, KEY)).arguments["status"] == "Investigating"
    open_again = _move("OPS-12", "Investigating")
    target = MOVE.look(wire, open_again)
    undo = MOVE.undo(open_again, target, MOVE.write(wire, open_again, KEY))
    assert undo.arguments == {"issue": "OPS-12", "status": "Resolved", "resolution": "Done"}


def test_a_move_with_no_way_back_offers_none(wire):
    made = CREATE.write(wire, NEW, KEY)
    there = _move(made.issue, "Investigating")
    target = MOVE.look(wire, there)
    assert MOVE.undo(there, target, MOVE.write(wire, there, KEY)) is None  # nothing leads back to Open


def test_somebody_elses_move_is_drift(wire):
    wanted = _move("OPS-14", "Cancelled", "Duplicate")
    before = MOVE.look(wire, wanted).pinned
    _call(wire, "POST", "/issue/OPS-14/comment", {"body": document("only words")})
    assert MOVE.look(wire, wanted).pinned == before
    _call(wire, "POST", "/issue/OPS-14/transitions", {"transition": {"id": "21"}})
    assert MOVE.look(wire, wanted).pinned != before


# rights


def test_a_credential_says_what_it_lacks(bench):
    every = frozenset().union(*(tool.scopes for tool in (FIND, GET, HISTORY, CREATE, COMMENT, MOVE)))
    before = bench.state("jira")
    assert shortfalls(bench.wire("jira"), every) == ()
    assert shortfalls(bench.wire("jira", READERS["jira"]), every) == (
        "Incident Reader may not open issues in any Jira project: CREATE_ISSUES is missing.",
        "Incident Reader may not comment on issues in any Jira project: ADD_COMMENTS is missing.",
        "Incident Reader may not move issues to another status in any Jira project: TRANSITION_ISSUES is missing.",
    )
    assert shortfalls(bench.wire("jira", READERS["jira"]), frozenset({"jira:issues.read"})) == ()
    assert shortfalls(bench.wire("jira"), frozenset({"jira:issues.delete"})) == (
        "Jira has no right that is called jira:issues.delete.",
    )
    assert bench.state("jira") == before
    with pytest.raises(Refused, match="WRONG_CREDENTIAL"):
        shortfalls(bench.wire("jira", "nobody@example.com:x"), every)


def test_who_may_not_move_is_told_so_and_not_that_there_is_no_way(bench):
    with pytest.raises(Refused, match=r"NO_RIGHT.*TRANSITION_ISSUES is missing on OPS-14"):
        MOVE.look(bench.wire("jira", READERS["jira"]), _move("OPS-14", "Monitoring"))
