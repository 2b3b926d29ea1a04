r"""Files of actions, one JSON object a line or one JSON array of them, as anybody may have written them.

    {"id": "T-1", "tool": "refund", "arguments": {"charge": "ch_1", "amount": 38}}
    {"case": 17, "actions": [{"name": "tag", "args": "{\"add\": \"vip\"}"}]}
    {"case": 18, "actions": []}

What is accepted stands in `HOW`, which `--help` prints. Everything else is refused with its file and line: a field that
is skipped in silence would count as agreement.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from sys import intern
from typing import Any, BinaryIO

from lanes.shadow.matching import Act

_HOW = """A line is one action: `id` (the case it belongs to), `tool`, `arguments`. Several lines with one id are the
set of that case. Or a line is a whole case: `id` and `actions`, a list, which may be empty: nothing was done. A file
may also be one JSON array of what would stand on its lines.

Also accepted: case_id, case, caseId for id (where a line has several, the case is the first of case_id, caseId, case,
id); tool_name, toolName, name, function, action for tool; args, input, kwargs, parameters, params for arguments;
tool_calls, toolCalls, calls for actions; {"function": {"name": …, "arguments": "…"}} as models call tools; arguments
as text that holds JSON; "tool": null, or an id alone, where nothing was done. No arguments are {}, null, "" or [].
Other fields are not compared.

Blank lines are skipped; a byte order mark and Windows line ends do no harm. Ids are compared as text, so 17 is "17".
Exactly equal is equal as JSON: the order of keys never matters, that of lists does; 1 is 1.0; 1 is not "1", true is not
1, null is not absent. An action that stands twice in a case was done twice; a key that stands twice in an object that
is compared is refused.

Typed, and where the gap is told in money, the kind of a value is the one that our own tool declares; else it comes from
the argument's name and both values: money (amount, price, cost, fee, total …; amount_cents in cents), day, person
(email, owner, assignee …), id, number, yes or no, a few words, or prose, of which seven tenths in common are enough.

A case that only one file has is one in which the other side did nothing; how many there are is said. The status is 0
whatever the rates are, and 2 where a file cannot be read: the sentence names file and line, and nothing is written."""
HOW = "\n\n".join(" ".join(part.split()) for part in _HOW.split("\n\n"))  # each terminal breaks it for itself

_CASE = ("case_id", "caseId", "case", "id")
_TOOL = ("tool", "tool_name", "toolName", "name", "function", "action")
_ARGUMENTS = ("arguments", "args", "input", "kwargs", "parameters", "params")
_ACTIONS = ("actions", "tool_calls", "toolCalls", "calls")
_LONGEST_QUOTE = 60  # characters of a bad line that are shown again
_DEEPEST = 100  # objects and lists within each other: no tool has that many, and each level takes a call to compare


class BadFile(Exception):
    """A file of actions cannot be read; the sentence says where and what to do."""


class _BadLine(ValueError):
    """What is wrong with a line, and what to do."""


class _Twice(dict[str, Any]):
    """An object in which `key` stands twice, so that nobody knows which of its values was meant."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.key = Counter(name for name, _ in pairs).most_common(1)[0][0]


def read_cases(path: Path) -> dict[str, list[Act]]:
    """Case → its actions, none included. Raises `BadFile`."""
    cases: dict[str, list[Act]] = {}
    try:
        with path.open("rb") as file:
            for where, entry in _entries(path, file):
                try:
                    _take(entry, cases)
                except _BadLine as error:
                    raise BadFile(f"{path}, {where}: {error}") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror}); name a file with one JSON object a line") from None
    return cases


def _entries(path: Path, file: BinaryIO) -> Iterator[tuple[str, Any]]:
    """Where each stands and what it holds: a line that is to be read yet, or an entry of the array that the file is."""
    begun = False
    for number, raw in enumerate(file, 1):
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        if not line.strip():
            continue
        if not begun and line.lstrip().startswith(b"["):
            whole = b"\n" * (number - 1) + line + file.read()
            yield from ((f"entry {n}", entry) for n, entry in enumerate(_array(path, whole), 1))
            return
        begun = True
        yield f"line {number}", line


def _array(path: Path, whole: bytes) -> list[Any]:
    try:
        found: list[Any] = _parsed(whole)
    except _BadLine as error:
        raise BadFile(f"{path}: {error}") from None
    return found


def _take(entry: Any, cases: dict[str, list[Act]]) -> None:
    content = _parsed(entry) if isinstance(entry, bytes) else entry
    if not isinstance(content, dict):
        raise _BadLine(f"an action, or a case with its actions, is one JSON object, not {_quoted(content)}")
    _once(content)
    case = cases.setdefault(_case(content), [])
    for action in _actions(content):
        if not isinstance(action, dict):
            raise _BadLine(f"an action is an object with tool and arguments, not {_quoted(action)}")
        _once(action)
        case.extend(_act(action))


def _actions(content: dict[str, Any]) -> list[Any]:
    """The actions of a line: those it lists, or the line itself."""
    listed = next((content[name] for name in _ACTIONS if isinstance(content.get(name), list)), None)
    tool = _first(content, ("tool", "tool_name", "toolName"))
    if listed is not None and tool:
        raise _BadLine("there is a tool beside a list of actions; write one action a line, or all of them in the list")
    if listed is not None or any(name in content for name in _TOOL):
        return [content] if listed is None else listed
    if any(name in content and content[name] is None for name in _ACTIONS):
        return []
    if not any(value for name, value in content.items() if name not in _CASE):
        return []  # an id and nothing else
    raise _BadLine('there is no tool; name it as `tool`, or write "actions": [] where nothing was done')


def _parsed(written: bytes) -> Any:
    try:
        text = written.decode()
    except UnicodeDecodeError:
        raise _BadLine("this is not UTF-8; save the file as UTF-8") from None
    try:
        return _READER.decode(text)
    except _BadLine:
        raise
    except (ValueError, RecursionError) as error:
        why, bad = _TOO_MUCH, text
        if isinstance(error, json.JSONDecodeError):
            why, bad = error.msg, text.split("\n")[error.lineno - 1]
            why += f" in line {error.lineno}" * (error.lineno > 1)
        raise _BadLine(f"this is not JSON ({why}): {_quoted(bad)}; write one object a line") from None


def _case(content: Mapping[str, Any]) -> str:
    case = _first(content, _CASE)
    if isinstance(case, float) and case.is_integer():
        case = int(case)  # as tables write whole numbers beside empty cells
    if isinstance(case, bool) or not isinstance(case, str | int) or case == "":
        raise _BadLine("there is no id; give each line the `id` of its case, a text or a whole number")
    return str(case)


def _act(content: Mapping[str, Any]) -> Iterator[Act]:
    """One action, or none where the tool is null or empty."""
    function = content.get("function")
    if isinstance(function, dict):
        content = function
        _once(content)
    if not any(name in content for name in _TOOL):
        raise _BadLine("an action names no tool; name it as `tool`")
    tool, arguments = _first(content, _TOOL), _first(content, _ARGUMENTS)
    if tool is None or tool == "":
        if arguments:
            raise _BadLine("there are arguments and no tool; name it as `tool`")
        return
    if not isinstance(tool, str):
        raise _BadLine(f"a tool is named by a text, not {_quoted(tool)}")
    if not any(each in content for each in _ARGUMENTS):
        others = sorted(content.keys() - {*_CASE, *_TOOL, "type"})
        if others:
            raise _BadLine(
                f"there are no arguments beside {', '.join(others)}; put them under `arguments`, {{}} for none"
            )
    yield Act.of(intern(tool), _object(arguments))


def _object(arguments: Any) -> dict[str, Any]:
    if arguments is None or (isinstance(arguments, str) and not arguments.strip()):
        return {}
    if isinstance(arguments, str):
        try:
            arguments = _READER.decode(arguments)
        except _BadLine:
            raise
        except (ValueError, RecursionError):
            raise _BadLine(
                f"the arguments are a text that is not JSON: {_quoted(arguments)}; write an object, or its JSON as text"
            ) from None
    if arguments is None or arguments == []:
        return {}
    if not isinstance(arguments, dict):
        raise _BadLine(f"arguments are an object of names and values, not {_quoted(arguments)}")
    if _deeper(arguments, _DEEPEST):
        raise _BadLine(f"the arguments are nested more than {_DEEPEST} deep; write what is deeper as a text")
    return arguments


def _deeper(value: Any, most: int) -> bool:
    """Are there more objects and lists within each other than so many? Raises `_BadLine` for a key twice in one."""
    _once(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most < 0 or any(_deeper(one, most - 1) for one in inner if isinstance(one, dict | list))


def _once(value: Any) -> None:
    if isinstance(value, _Twice):
        raise _BadLine(f"{_quoted(value.key)} stands twice in one object; write it once, with the value that is meant")


def _first(content: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """What the first of these spellings holds that is not null; None where none does."""
    return next((content[name] for name in names if content.get(name) is not None), None)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _BadLine(f"{text[:_LONGEST_QUOTE]} is more than a number may be; write it as a text")
    return number


def _constant(name: str) -> None:
    raise _BadLine(f"{name} is not JSON; write null or a text")


def _quoted(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _read(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as it stands there."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Twice(pairs)


_TOO_MUCH = "too deep, or a number too long"
_READER = json.JSONDecoder(parse_float=_float, parse_constant=_constant, object_pairs_hook=_read)
