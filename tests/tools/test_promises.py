"""What every tool promises, tried on every tool of the registry: in one thread, without a socket, to the letter."""

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from pydantic import ValidationError
from tool_examples import KEY
from vendor import Clock, Line, Vendor, by_hand, essence

from lanes.core.gate import holds
from tools.contract import ReadTool, Refused, Retry, Target, Unavailable, Uncertain, WriteTool
from tools.registry import TOOLS, by_name

WRITES = [tool for tool in TOOLS if isinstance(tool, WriteTool)]
READS = [tool for tool in TOOLS if isinstance(tool, ReadTool)]
NONSENSE = ({"not": "it"}, [["nor", "this"]], "\x00", -1)  # no field of any tool means one of these
BOOKS = re.compile("last|last_.*|LastModifiedById")  # how records are numbered, and who touched them last

every = pytest.mark.parametrize("tool", WRITES, ids=lambda tool: tool.name)


@pytest.fixture(scope="module")
def clock():
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        by_hand(patch, clock)
        yield clock


@pytest.fixture(scope="module")
def _lines(clock):
    lines = {system: Line(system, Vendor(system, clock), clock) for system in {tool.system for tool in TOOLS}}
    yield lines
    for line in lines.values():
        line.close()


@pytest.fixture
def lines(_lines, clock):
    """Every sandbox as on its first day."""
    clock.passed = 0.0
    for line in _lines.values():
        line.vendor.fresh()
        line.fresh()
    return _lines


def meant(tool):
    return tool.arguments(**tool.example)


@every
def test_a_preview_is_made_from_what_is_stored_and_from_nothing_else(tool, lines):
    """The same twice, and the same from a target that has lain in the ledger."""
    arguments, target = meant(tool), tool.look(lines[tool.system], meant(tool))
    asked = len(lines[tool.system].vendor.seen)
    stored = Target.model_validate_json(target.model_dump_json())
    again = tool.arguments.model_validate_json(arguments.model_dump_json())
    for said in (tool.preview, tool.stake):
        assert said(arguments, target) == said(arguments, target) == said(again, stored)
    assert tool.business_key(arguments) == tool.business_key(again)
    tool.undo(again, stored, None)
    assert len(lines[tool.system].vendor.seen) == asked, "a pure function asked the system"


@every
def test_a_look_changes_nothing_and_says_the_same_twice(tool, lines):
    line = lines[tool.system]
    before = line.vendor.state()
    assert tool.look(line, meant(tool)) == tool.look(line, meant(tool))
    assert line.vendor.state() == before
    assert not any(changing for _, changing in line.vendor.seen)


@every
def test_wrong_arguments_are_refused_before_the_wire(tool):
    for name, field in tool.arguments.model_fields.items():
        rest = {key: value for key, value in tool.example.items() if key != name}
        if field.is_required():
            with pytest.raises(ValidationError):
                tool.arguments(**rest)
        refused = [wrong for wrong in NONSENSE if _refuses(tool, {**rest, name: wrong})]
        assert len(refused) >= 2, f"{name} takes anything"


def _refuses(tool, arguments):
    try:
        tool.arguments(**arguments)
    except ValidationError:
        return True
    return False


@every
def test_a_call_needs_no_right_that_its_scopes_do_not_name(tool):
    needed = tool.needs(meant(tool))
    assert needed
    assert [need for need in needed if not holds(need, tool.scopes)] == []


@every
def test_its_key_or_its_mark_travels_with_the_change(tool, lines):
    line = lines[tool.system]
    tool.write(line, meant(tool), KEY)
    [request] = [request for request, changing in line.vendor.seen if changing]
    if tool.retry is Retry.NATIVE_KEY:
        assert request.headers["Idempotency-Key"] == KEY
    elif tool.retry is Retry.CHECK_FIRST:
        assert KEY in request.content.decode()


@every
def test_each_request_waits_as_long_as_the_tool_says(tool, lines):
    """And no longer: a change that is not answered by then is uncertain."""
    line, clock = lines[tool.system], lines[tool.system].vendor.clock
    tool.look(line, meant(tool))
    line.vendor.fresh(["unanswered"])
    began = clock.passed
    with pytest.raises(Uncertain) as caught:
        tool.write(line, meant(tool), KEY)
    assert caught.value.code == "TIMEOUT"
    assert clock.passed - began == tool.timeout.total_seconds()
    tool.read_back(line, meant(tool), KEY)
    waits = {request.extensions["timeout"]["read"] for request, _ in line.vendor.seen}
    assert waits == {tool.timeout.total_seconds()}


@every
def test_a_write_comes_to_an_end_while_it_is_asked_for(tool, lines):
    line, clock = lines[tool.system], lines[tool.system].vendor.clock
    found = tool.write(line, meant(tool), KEY)
    began = clock.passed
    while tool.pending(found):
        assert clock.passed - began < tool.settles_within.total_seconds()
        clock.sleep(30.0)
        found = tool.read_back(line, meant(tool), KEY)
    assert tool.failure(found) == ""
    assert tool.holds(meant(tool), found)


@every
def test_its_post_condition_can_fail(tool, lines):
    done = tool.write(lines[tool.system], meant(tool), KEY)
    others = [done.model_copy(update={name: _other(getattr(done, name))}) for name in type(done).model_fields]
    assert [other for other in others if not tool.holds(meant(tool), other)]


def _other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case str():
            return "something else"
        case list() | tuple():
            return []
        case _:
            return None


@every
def test_an_answer_in_another_shape_is_an_error_with_a_name(tool, lines):
    """Any field of an answer renamed: it is one we do not read, or the error is named, and `Refused` is the truth."""
    line = lines[tool.system]
    before = essence(line.vendor.state())
    tool.write(line, meant(tool), KEY)
    answers = [json.loads(said) for said in line.vendor.said if said]
    named = 0
    for field in sorted({name for answer in answers for name in _names(answer)}):
        line.vendor.fresh()
        line.fresh()
        line.vendor.drifts(field)
        try:
            tool.write(line, meant(tool), KEY)
        except Uncertain as error:
            named += field in error.message or error.code != "SCHEMA_DRIFT"
        except Refused:
            named += 1
            assert essence(line.vendor.state()) == before, f"{field}: refused, and done all the same"
    assert named or not answers, "no field of the answers is checked"


@pytest.mark.parametrize("tool", READS, ids=lambda tool: tool.name)
def test_a_drifted_answer_to_a_read_is_refused_with_its_field(tool, lines):
    line = lines[tool.system]
    tool.read(line, meant(tool))
    answers = [json.loads(said) for said in line.vendor.said]
    errors = []
    for field in sorted({name for answer in answers for name in _names(answer)}):
        line.vendor.fresh()
        line.fresh()
        line.vendor.drifts(field)
        try:
            tool.read(line, meant(tool))
        except Refused as error:
            errors.append((field, error))
    assert any(field in error.message for field, error in errors), "no field of the answers is checked"
    assert {error.code for _, error in errors} == {"SCHEMA_DRIFT"}
    assert [error.message for _, error in errors if tool.system not in error.message] == []


HALF_DONE = {"stripe.create_refund", "salesforce.move_deal", "zendesk.update_tickets"}  # what a vendor may do in part


@every
def test_what_was_done_in_part_is_never_taken_for_the_whole(tool, lines):
    """It is known not to have happened, refused and found for what it is, or still at work."""
    line = lines[tool.system]
    before, half = essence(line.vendor.state()), tool.name in HALF_DONE
    line.vendor.halves()
    done = None
    with suppress(Unavailable):
        done = _as_it_ended(tool, line)
    assert half == any(line.vendor.may_do_half(request) for request, changing in line.vendor.seen if changing)
    if done is None:
        assert half
        assert essence(line.vendor.state()) == before
    else:
        assert tool.holds(meant(tool), done) != half


def _as_it_ended(tool, line):
    try:
        return tool.write(line, meant(tool), KEY)
    except Refused:
        return tool.read_back(line, meant(tool), KEY)


@pytest.mark.parametrize("tool", READS, ids=lambda tool: tool.name)
def test_what_was_answered_in_part_is_not_taken_for_the_whole(tool, lines):
    line = lines[tool.system]
    tool.read(line, meant(tool))
    if not any(line.vendor.may_do_half(request) for request, _ in line.vendor.seen):
        return
    line.vendor.halves()
    try:
        code = "" if tool.read(line, meant(tool)).complete else "said so"
    except Unavailable as error:
        code = error.code
    assert code in {"said so", "PARTIAL_ANSWER"}
    tool.read(line, meant(tool))  # and then all is well again


def _names(value):
    if isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _names(one)
    elif isinstance(value, list):
        for one in value:
            yield from _names(one)


@pytest.mark.parametrize("tool", [tool for tool in WRITES if tool.undo_within], ids=lambda tool: tool.name)
def test_undo_undoes(tool, lines):
    """Carried out by the tool it names, it leaves every record that was there as it was."""
    line = lines[tool.system]
    arguments, target = meant(tool), tool.look(line, meant(tool))
    before = dict(_leaves(essence(line.vendor.state())))
    done = tool.write(line, arguments, KEY)
    assert dict(_leaves(essence(line.vendor.state()))) != before
    back = tool.undo(arguments, target, done)
    assert back is not None, "the example cannot be taken back"
    undoing = by_name(back.tool)
    assert isinstance(undoing, WriteTool)
    wanted = undoing.arguments.model_validate(json.loads(json.dumps(dict(back.arguments), default=str)))
    assert undoing.preview(wanted, undoing.look(line, wanted)).sentence
    assert undoing.holds(wanted, undoing.write(line, wanted, "0c" * 32))
    assert _changed(before, line) == {}


def _changed(before, line):
    """What is no longer as it was. What has come to it (an entry of a history, a new record) is no change of that."""
    after = dict(_leaves(essence(line.vendor.state())))
    return {path: (value, after.get(path)) for path, value in before.items() if after.get(path) != value}


def _leaves(value, path=()):
    """Each value with where it stands; a list of plain values (tags) is one value, for what has come to it counts."""
    if isinstance(value, dict):
        named = value.items()
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        named = enumerate(value)
    else:
        yield path, value
        return
    for name, one in named:
        if not BOOKS.fullmatch(str(name)):
            yield from _leaves(one, (*path, name))


@every
def test_what_it_says_has_been_done_already_can_be_looked_at(tool, lines):
    line = lines[tool.system]
    for evidence in tool.look(line, meant(tool)).already:
        assert evidence.label
        assert line.vendor.page(evidence.url).status_code == 200
