"""What every tool promises, tried on every tool of the registry."""

import pytest
from pydantic import ValidationError
from tool_examples import KEY, READERS, READS, WRITES
from vendor import Clock, by_hand

from tools.contract import Refused, Retry, Unavailable, Uncertain
from tools.fields import leaves
from tools.registry import TOOLS, by_name

OTHER_KEY = "0a" * 32

reads = pytest.mark.parametrize("name", READS)
writes = pytest.mark.parametrize("name", WRITES)


@pytest.fixture
def clock(monkeypatch):
    """What a wire waits between its tries passes at once."""
    clock = Clock()
    by_hand(monkeypatch, clock)
    return clock


def _write(bench, name, *, hurried=False):
    tool = by_name(name)
    return tool, tool.arguments(**WRITES[name]), bench.wire(tool.system, hurried=hurried)


def _types(schema):
    if isinstance(schema, dict):
        if isinstance(schema.get("type"), str):
            yield schema["type"]
        for value in schema.values():
            yield from _types(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _types(value)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_field_says_what_kind_of_data_it_holds(tool):
    for model in (tool.arguments, tool.result):
        assert [leaf.path for leaf in leaves(model) if leaf.data is None] == [], f"{tool.name}: {model.__name__}"


@writes
def test_what_a_write_cannot_do_stands_there_with_its_reason(name):
    tool = by_name(name)
    can = {"undo": tool.undo_within is not None, "key": tool.retry in {Retry.NATIVE_KEY, Retry.NATURAL_KEY}}
    assert set(tool.missing) == {what for what, able in can.items() if not able}
    assert all(len(reason.split()) > 3 for reason in tool.missing.values())


@writes
def test_a_write_names_its_change_apart_from_its_key(name):
    tool = by_name(name)
    arguments = tool.arguments(**WRITES[name])
    assert tool.business_key(arguments) == tool.business_key(tool.arguments(**WRITES[name]))
    assert any(leaf.routes for leaf in leaves(tool.arguments))


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_says_what_it_is_and_what_right_it_needs(tool):
    system, _, operation = tool.name.partition(".")
    assert operation.isidentifier()
    assert tool.summary.endswith(".")
    assert tool.version >= 1
    assert tool.scopes
    assert all(scope.startswith(f"{system}:") for scope in tool.scopes)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_arguments_and_results_refuse_unknown_fields_and_know_no_floats(tool):
    for model in (tool.arguments, tool.result):
        assert model.model_config["extra"] == "forbid"
        assert model.model_config["frozen"]
        assert "number" not in set(_types(model.model_json_schema()))
    with pytest.raises(ValidationError, match="Extra inputs"):
        tool.arguments(**(READS | WRITES)[tool.name], surprise=1)


@reads
def test_a_read_answers_in_its_own_shape_and_cites_pages_a_person_can_open(bench, name):
    tool = by_name(name)
    wire, arguments = bench.wire(tool.system), tool.arguments(**READS[name])
    result = tool.read(wire, arguments)
    assert tool.result.model_validate_json(result.model_dump_json()) == result
    cited = tool.cite(wire, arguments, result)
    assert cited or name == "zendesk.find_tickets"
    for evidence in cited:
        assert evidence.label
        assert len(evidence.quote) <= 210
        page = bench.http.get(evidence.url)
        assert page.status_code == 200
        assert "SANDBOX" in page.text


@reads
@pytest.mark.parametrize("kind", ["500", "429", "disconnect_after", "malformed"])
def test_a_read_is_tried_again(bench, clock, name, kind):
    tool = by_name(name)
    bench.fault(tool.system, kind, times=2, **({"retry_after": 0} if kind == "429" else {}))
    tool.read(bench.wire(tool.system), tool.arguments(**READS[name]))
    assert clock.passed > 0 or kind == "429", "it asked again without a pause"


@reads
def test_a_read_gives_up_after_three_tries(bench, clock, name):
    tool = by_name(name)
    bench.fault(tool.system, "500", times=3)
    wire, arguments = bench.wire(tool.system), tool.arguments(**READS[name])
    with pytest.raises(Unavailable) as caught:
        tool.read(wire, arguments)
    assert caught.value.code == "VENDOR_ERROR"
    tool.read(wire, arguments)


@reads
def test_a_read_with_a_wrong_credential_is_refused(bench, name):
    tool = by_name(name)
    with pytest.raises(Refused) as caught:
        tool.read(bench.wire(tool.system, "nobody"), tool.arguments(**READS[name]))
    assert caught.value.code == "WRONG_CREDENTIAL"
    assert "nobody" not in str(caught.value)


@writes
def test_a_write_looks_says_acts_and_finds_its_mark(bench, name):
    tool, arguments, wire = _write(bench, name)
    target = tool.look(wire, arguments)
    assert target.pinned
    assert bench.http.get(target.url).status_code == 200
    preview = tool.preview(arguments, target)
    assert preview.sentence
    assert preview.changes or preview.body
    assert tool.stake(arguments, target).customer
    assert tool.read_back(wire, arguments, KEY) is None
    done = tool.write(wire, arguments, KEY)
    assert tool.read_back(wire, arguments, KEY) == done
    assert tool.holds(arguments, done)


@writes
def test_what_a_write_shows_as_changed_is_what_changes(bench, name):
    tool, arguments, wire = _write(bench, name)
    before = bench.state(tool.system)
    tool.look(wire, arguments)
    tool.preview(arguments, tool.look(wire, arguments))
    assert bench.state(tool.system) == before
    tool.write(wire, arguments, KEY)
    assert bench.state(tool.system) != before


@writes
def test_the_same_key_twice_is_one_effect(bench, name):
    tool, arguments, wire = _write(bench, name)
    first = tool.write(wire, arguments, KEY)
    match tool.retry:
        case Retry.NATIVE_KEY:
            assert tool.write(wire, arguments, KEY) == first
        case Retry.NATURAL_KEY:
            again = tool.write(wire, arguments, KEY)
            assert again.model_dump(exclude={"modified"}) == first.model_dump(exclude={"modified"})
        case Retry.CHECK_FIRST:
            assert tool.read_back(wire, arguments, KEY) == first
        case Retry.UNSAFE:
            pytest.fail("a tool that may not be repeated has no place in the catalog yet")


@writes
@pytest.mark.parametrize("kind", ["timeout_after", "disconnect_after", "malformed"])
def test_a_lost_answer_is_uncertain_and_the_read_back_finds_the_write(bench, name, kind):
    tool, arguments, wire = _write(bench, name, hurried=True)
    bench.fault_on_write(tool, kind)
    with pytest.raises(Uncertain):
        tool.write(wire, arguments, KEY)
    found = tool.read_back(wire, arguments, KEY)
    assert found is not None
    assert tool.holds(arguments, found)


@writes
@pytest.mark.parametrize("kind", ["timeout_before", "500"])
def test_a_write_that_never_happened_is_uncertain_and_the_read_back_knows_it_did_not(bench, name, kind):
    tool, arguments, wire = _write(bench, name, hurried=True)
    bench.fault_on_write(tool, kind)
    before = bench.state(tool.system)
    with pytest.raises(Uncertain):
        tool.write(wire, arguments, KEY)
    assert bench.state(tool.system) == before
    assert tool.read_back(wire, arguments, KEY) is None


@writes
def test_a_write_that_is_told_to_wait_did_not_happen_and_is_not_sent_again(bench, name):
    tool, arguments, wire = _write(bench, name)
    bench.fault_on_write(tool, "429", retry_after=7)
    with pytest.raises(Unavailable) as caught:
        tool.write(wire, arguments, KEY)
    assert caught.value.retry_after == 7
    assert tool.read_back(wire, arguments, KEY) is None


@writes
def test_a_write_without_the_right_is_refused_and_changes_nothing(bench, name):
    tool, arguments, _ = _write(bench, name)
    before = bench.state(tool.system)
    for credential, code in ((READERS[tool.system], "NO_RIGHT"), ("nobody", "WRONG_CREDENTIAL")):
        with pytest.raises(Refused) as caught:
            tool.write(bench.wire(tool.system, credential), arguments, KEY)
        assert caught.value.code == code
    assert bench.state(tool.system) == before


@pytest.mark.parametrize("name", [name for name in WRITES if by_name(name).retry is not Retry.NATURAL_KEY])
def test_a_read_back_does_not_take_another_writes_mark_for_its_own(bench, name):
    tool, arguments, wire = _write(bench, name)
    tool.write(wire, arguments, OTHER_KEY)
    assert tool.read_back(wire, arguments, KEY) is None
