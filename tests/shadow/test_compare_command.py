"""`lanekeeper shadow compare` as a person runs it, on files that others wrote."""

import json
import os
import random
import subprocess
import sys
from collections import Counter

import pytest

from bot.cli.action_files import BadFile, read_cases
from lanes.shadow.matching import Act

REFUND = {"charge": "ch_1", "amount": 38, "currency": "usd"}


@pytest.fixture
def compare(tmp_path):
    """Write both files and run the command line; its status and what it said. `None` leaves a file away."""

    def run(suggested, actual, *more):
        for name, lines in (("suggested", suggested), ("actual", actual)):
            if lines is not None:
                text = lines if isinstance(lines, str) else "".join(json.dumps(line) + "\n" for line in lines)
                (tmp_path / f"{name}.jsonl").write_bytes(text.encode() if isinstance(text, str) else text)
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", "shadow", "compare", "--suggested", "suggested.jsonl",
             "--actual", "actual.jsonl", *more],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def action(case, tool="refund", arguments=REFUND):
    return {"id": case, "tool": tool, "arguments": arguments}


def plain(suggested, actual):
    """The same counts as somebody else would write them, from the raw lines."""
    found, agreeing = {}, 0
    sides = []
    for lines in (suggested, actual):
        cases = {}
        for line in lines:
            arguments = json.dumps(line["arguments"], sort_keys=True)
            cases.setdefault(str(line["id"]), Counter())[line["tool"], arguments] += 1
        sides.append(cases)
    ours, theirs = sides
    for case in ours.keys() | theirs.keys():
        one, other = ours.get(case, Counter()), theirs.get(case, Counter())
        agreeing += one == other
        equal = one & other
        for tool in {tool for tool, _ in one + other}:
            count = found.setdefault(tool, Counter())
            same = sum(n for (name, _), n in equal.items() if name == tool)
            mine, his = (sum(n for (name, _), n in (s - equal).items() if name == tool) for s in (one, other))
            count.update(matched=same, argument_mismatch=min(mine, his))
            count.update(missing=max(his - mine, 0), extra=max(mine - his, 0))
    return found, agreeing, len(ours.keys() | theirs.keys())


def some(chance, cases):
    """Lines of a side: few values, so that calls repeat within a case and differ between the sides."""
    for case in chance.sample(range(cases), cases * 9 // 10):
        for _ in range(chance.choice((1, 1, 2, 3, 5))):
            amount = {"minor": chance.randint(1, 3), "currency": "USD"}
            notify = chance.choice((True, False, None))
            items = [("charge", f"ch_{chance.randint(1, 2)}"), ("amount", amount), ("notify", notify)]
            chance.shuffle(items)
            yield action(case, chance.choice(("refund", "tag", "reply")), dict(items))


def test_it_counts_what_an_outside_checker_counts(compare, tmp_path):
    chance = random.Random(20_261_122)
    suggested, actual = list(some(chance, 300)), list(some(chance, 300))
    tools, agreeing, cases = plain(suggested, actual)

    status, said = compare(suggested, actual, "--out", "result.json")

    result = json.loads((tmp_path / "result.json").read_text())
    assert status == 0
    for tool, counts in tools.items():
        shown = result["tools"][tool]
        assert {name: shown[name] for name in counts} == dict(counts)
        assert shown["match_rate"]["value"] == pytest.approx(counts["matched"] / counts.total())
        line = next(line for line in said.splitlines() if line.startswith(tool))
        assert [int(word) for word in line.split()[1:5]] == list(counts.values())
    total = sum(tools.values(), Counter())
    assert {name: result["totals"][name] for name in total} == dict(total)
    assert (result["cases_in_full_agreement"], result["cases_compared"]) == (agreeing, cases)
    assert len(result["cases"]) == cases
    assert sum(case["agrees"] for case in result["cases"]) == agreeing
    calls = Counter(call["result"] for case in result["cases"] for call in case["calls"])
    assert calls == {name: n for name, n in total.items() if n}


def test_order_of_lines_and_keys_changes_nothing(compare, tmp_path):
    chance = random.Random(3)
    suggested, actual = list(some(chance, 60)), list(some(chance, 60))
    compare(suggested, actual, "--out", "one.json")
    mixed = [[dict(reversed(line.items())) for line in chance.sample(side, len(side))] for side in (suggested, actual)]
    compare(*mixed, "--out", "other.json")

    assert (tmp_path / "one.json").read_text() == (tmp_path / "other.json").read_text()


def test_typed_matching_stands_beside_the_exact_one(compare, tmp_path):
    suggested = [
        action(1, "stripe.create_refund", {"charge": "ch_1", "amount": {"minor": 3800, "currency": "USD"}}),
        action(2, "task", {"due": "2026-03-31", "amount": 12.5, "currency": "usd"}),
        action(3, "task", {"due": "2026-03-31", "amount": 12.5, "currency": "usd"}),
    ]
    actual = [
        action(
            1, "stripe.create_refund", {"charge": "ch_1", "amount": {"minor": 3800, "currency": "USD"}, "note": None}
        ),
        action(2, "task", {"due": "2026-03-31T10:00:00", "amount": 12.9, "currency": "USD"}),
        action(3, "task", {"due": "2026-03-31", "amount": 20, "currency": "usd"}),
    ]

    _, exact = compare(suggested, actual)
    status, typed = compare(
        suggested, actual, "--matching", "typed", "--money-tolerance", "0.50", "--out", "result.json"
    )

    assert "exact-match rate" in exact
    assert "0.0 % [0.0, 56.2] of 3" in exact
    assert "1 mismatch means the same" not in typed
    assert "Exact-match rate: 0.0 % [0.0, 56.2] of 3" in typed
    assert (status, "66.7 % [20.8, 93.9] of 3" in typed) == (0, True)
    assert "suggested 7.5 USD less than done" in typed
    totals = json.loads((tmp_path / "result.json").read_text())["totals"]
    assert (totals["matched"], totals["exactly_equal"], totals["argument_mismatch"]) == (2, 0, 1)


def test_without_a_case_there_is_no_evidence(compare, tmp_path):
    status, said = compare("", "\n \n", "--out", "result.json")

    result = json.loads((tmp_path / "result.json").read_text())
    assert status == 0
    assert said.count("no evidence") == 2
    assert "100" not in said
    assert result["totals"]["match_rate"]["value"] is None
    assert result["cases"] == []


def test_cases_that_only_one_file_knows_are_missing_and_extra(compare):
    status, said = compare([action(1), action(2)], [action(2), action(3), {"id": 4, "actions": []}])

    assert status == 0
    assert "1 case in the suggested file only." in said
    assert "2 cases in the actual file only." in said
    assert "all calls          1          0          1          1" in said


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('{"id": 1, "tool": "t", "arguments": {}}\n{"id": 2,\n', ["line 2", "not JSON", "one object a line"]),
        ('{"id": 1, "tool": "t", "amount": 5}\n', ["line 1", "amount", "`arguments`"]),
        (None, ["suggested.jsonl", "cannot be read", "No such file"]),
    ],
)
def test_a_bad_file_is_told_in_one_sentence_and_nothing_is_written(compare, tmp_path, lines, words):
    status, said = compare(lines, [action(1)], "--out", "result.json")

    assert status == 2
    assert len(said.strip().splitlines()) == 1
    assert said.startswith("lanekeeper: suggested.jsonl")
    assert all(word in said for word in words)
    assert not [file for file in tmp_path.iterdir() if "result" in file.name]


def test_a_result_that_cannot_be_written_leaves_nothing_behind(compare, tmp_path):
    status, said = compare([action(1)], [action(1)], "--out", "nowhere/result.json")
    assert (status, "nowhere/result.json cannot be written" in said) == (2, True)

    status, said = compare([action(1)], [action(1)], "--out", "actual.jsonl")
    assert (status, "one of the two files" in said) == (2, True)
    assert json.loads((tmp_path / "actual.jsonl").read_text()) == action(1)


def read(tmp_path, *lines):
    file = tmp_path / "file.jsonl"
    file.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
    return read_cases(file)


@pytest.mark.parametrize(
    "line",
    [
        {"id": "17", "tool": "refund", "arguments": {"amount": 38, "why": "twice"}},
        {"case": 17, "name": "refund", "args": {"why": "twice", "amount": 38.0}},
        {"case_id": 17, "id": "act_9", "tool_name": "refund", "input": '{"amount": 38, "why": "twice"}'},
        {"caseId": 17.0, "function": "refund", "kwargs": {"amount": 38, "why": "twice"}, "at": "2026-03-31"},
        {"id": 17, "action": "refund", "parameters": {"amount": 38, "why": "twice"}, "tool": None},
        {"id": 17, "actions": [{"toolName": "refund", "params": {"amount": 38, "why": "twice"}}]},
        {"id": 17, "tool_calls": [{"id": "call_1", "type": "function", "function": {
            "name": "refund", "arguments": '{"why": "twice", "amount": 38}'}}]},
        {"id": 17, "calls": [{"type": "tool_use", "id": "tu_1", "name": "refund",
                              "input": {"amount": 38, "why": "twice"}}]},
        b'\xef\xbb\xbf{"id":17,"tool":"refund","arguments":{"amount":38,"why":"twice"}}\r',
    ],
)  # fmt: skip
def test_common_spellings_of_an_action_are_read_as_the_same(tmp_path, line):
    assert read(tmp_path, line) == {"17": [Act.of("refund", {"amount": 38, "why": "twice"})]}


@pytest.mark.parametrize(
    "line",
    [
        {"id": 1, "actions": []},
        {"id": 1, "tool_calls": None},
        {"id": 1, "tool": None},
        {"id": 1, "tool": ""},
        {"id": 1},
        {"id": 1, "arguments": {}, "note": ""},
    ],
)
def test_a_case_in_which_nothing_was_done_is_a_case(tmp_path, line):
    assert read(tmp_path, line) == {"1": []}


@pytest.mark.parametrize("nothing", [{}, None, "", " ", "null", "{}", []])
def test_no_arguments_are_the_same_nothing_however_they_are_written(tmp_path, nothing):
    assert read(tmp_path, action(1, "t", nothing), action(1, "t", {})) == {"1": [Act.of("t", {})] * 2}


@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_may_be_one_array_of_what_stands_on_its_lines(tmp_path, indent):
    lines = [action(1), action(1, "tag", {}), {"id": 2, "actions": [action(9)]}, {"id": 3, "actions": []}]
    array = json.dumps(lines, indent=indent).encode()

    found = read(tmp_path, b"", array, b"")

    assert found == read(tmp_path, *lines)
    assert len(found) == 3
    assert read(tmp_path, b"\xef\xbb\xbf[]") == {}


@pytest.mark.parametrize(
    ("array", "why"),
    [
        (b'[\n{"id": 1, "tool": "t"},\n{"id": 2,, "tool": "t"}\n]', 'in line 3): {"id": 2,, "tool": "t"};'),
        (b'[{"id": 1, "tool": "t"}, {"id": 2, "amount": 5}]', r"file.jsonl, entry 2: there is no tool"),
        (b'[[{"id": 1, "tool": "t"}]]', "entry 1: an action, or a case with its actions, is one JSON object"),
        (b'[{"id": 1}]\n[{"id": 2}]', "in line 2"),
        (b'[{"id": 1}, {"id": 2, "tool": "t", "args": {"a": 1, "a": 2}}]', "file.jsonl, entry 2: a stands twice"),
    ],
)
def test_what_is_wrong_in_an_array_is_told_with_its_place(tmp_path, array, why):
    with pytest.raises(BadFile) as error:
        read(tmp_path, array)

    assert why in str(error.value)


def test_lines_of_one_case_are_its_set_and_blank_lines_are_nothing(tmp_path):
    found = read(tmp_path, action(1), b"", action("2"), b"  \t", {"id": 1, "actions": [action(9, "tag", None)]})

    assert found == {"1": [Act.of("refund", REFUND), Act.of("tag", {})], "2": [Act.of("refund", REFUND)]}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"[1, 2]", "one JSON object"),
        (b"{\"id\": 1, 'tool': 2}", "not JSON"),
        (b"\xff\xfe{", "not UTF-8"),
        ({"tool": "t", "arguments": {}}, "no id"),
        ({"id": None, "tool": "t"}, "no id"),
        ({"id": True, "tool": "t"}, "no id"),
        ({"id": 1.5, "tool": "t"}, "no id"),
        ({"id": 1, "note": "refund it"}, "no tool"),
        ({"id": 1, "arguments": {"a": 1}}, "no tool"),
        ({"id": 1, "tool": 5, "arguments": {}}, "a text"),
        ({"id": 1, "tool": "t", "arguments": [1]}, "names and values"),
        ({"id": 1, "tool": "t", "arguments": "x"}, "not JSON"),
        ({"id": 1, "tool": "t", "arguments": f'{{"a": {"9" * 5000}}}'}, "not JSON"),
        (b'{"id": 1, "tool": "t", "arguments": {"a": ' + b"[" * 101 + b"1.0" + b"]" * 101 + b"}}", "100 deep"),
        ({"id": 1, "tool": None, "arguments": {"a": 1}}, "no tool"),
        ({"id": 1, "tool": "t", "amount": 5}, "amount"),
        ({"id": 1, "actions": ["t"]}, "an action is an object"),
        ({"id": 1, "actions": [{"args": {}}]}, "names no tool"),
        ({"id": 1, "tool": "t", "arguments": {}, "actions": []}, "beside a list"),
        ({"id": 1, "actions": "t"}, "no tool"),
        (b'{"id": 1, "tool": "t", "arguments": {"a": NaN}}', "NaN"),
        (b'{"id":1,"tool":"t","arguments":{"a":1e999}}', "1e999"),
        (b"[" * 100_000, "too deep"),
        (b'{"id":1,"tool":"t","arguments":"{\\"a\\":NaN}"}', "NaN"),
        (b'{"id":1,"tool":"t","arguments":{"a":1},"id":2}', "id stands twice in one object; write it once"),
        (b'{"id":1,"tool":"t","arguments":{"a":1,"b":2,"a":1}}', "a stands twice"),
        (b'{"id":1,"tool":"t","arguments":{"a":[{"b":{"c":1,"c":2}}]}}', "c stands twice"),
        (b'{"id":1,"tool":"t","arguments":"{\\"a\\":1,\\"a\\":2}"}', "a stands twice"),
        (b'{"id":1,"actions":[{"tool":"t","args":{}},{"tool":"t","tool":"u","args":{}}]}', "tool stands twice"),
        (b'{"id":1,"calls":[{"function":{"name":"t","arguments":"","name":"u"}}]}', "name stands twice"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(tmp_path, line, why):
    with pytest.raises(BadFile, match=r"file\.jsonl, line 2: ") as error:
        read(tmp_path, action(1), line)

    assert why in str(error.value)


def test_a_key_that_stands_twice_where_nothing_is_compared_is_nobodys_loss(tmp_path):
    line = b'{"id": 1, "tool": "t", "arguments": {}, "usage": {"tokens": 1, "tokens": 2}}'

    assert read(tmp_path, line) == {"1": [Act.of("t", {})]}


def test_names_from_a_file_bring_no_control_characters_to_the_terminal(compare):
    status, said = compare([action(1, "re\x1b[31mfund\n")], [action("\ud800", "täg")])

    assert status == 0
    assert "\x1b" not in said
    assert "re\\x1b[31mfund\\n" in said
    assert "täg" in said
