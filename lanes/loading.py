"""From a folder of YAML pages to lanes that may be put to work, or one clear sentence about what is wrong and where.

A page that does not load stops the start: a lane that half works is worse than none.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lanes.core.gate import holds
from lanes.core.page import Lane
from lanes.files import FaultyPage, Lines, read, validated
from lanes.prompt import system_prompt, tool_schemas
from lanes.ready import Identity, ReadyLane
from lanes.replay.cases import load_suite, suite_folder
from tools.contract import ReadTool, Tool, WriteTool
from tools.fields import leaves
from tools.registry import TRUTHS, AnyTool
from tools.truth import AnyTruth

IDENTITIES = "identities.yml"
Tools = Mapping[str, Tool]  # type: ignore[type-arg]
Sources = Mapping[str, AnyTruth]


def load_lanes(
    folder: Path, tools: Sequence[AnyTool], truths: Sequence[AnyTruth] = TRUTHS, *, suites: Path | None = None
) -> dict[str, ReadyLane]:  # fmt: skip
    """Every lane of a folder, by name. `suites`: above where their replay cases are, where that is not the folder above
    this one. Raises `FaultyPage`.
    """
    if not folder.is_dir():
        raise FaultyPage(folder, 0, "there is no such folder; set LANEKEEPER_CATALOG to the one with your lanes")
    identities = _identities(folder / IDENTITIES)
    by_name, sources = {tool.name: tool for tool in tools}, {source.name: source for source in truths}
    lanes: dict[str, ReadyLane] = {}
    files: dict[str, Path] = {}
    for file in sorted(folder.glob("*.yml")):
        if file.name == IDENTITIES:
            continue
        ready = _lane(file, identities, by_name, sources, suites or folder.resolve().parent)
        for other in lanes.values():
            if taken := next(
                (f for f in ("lane", "command") if getattr(ready.page, f) == getattr(other.page, f)), None
            ):
                said = f"{taken}: must be its own; {other.page.lane} has this one already"
                raise FaultyPage(file, read(file)[1].at((taken,)), said)
        lanes[ready.page.lane] = ready
        files[ready.page.lane] = file
    if not lanes:
        raise FaultyPage(folder, 0, "no lane page (*.yml) was found in it")
    for ready in lanes.values():
        if said := _beside(ready.page, lanes):
            file = files[ready.page.lane]
            raise FaultyPage(file, read(file)[1].at(("shadow", "beside")), said)
    return lanes


def _beside(page: Lane, lanes: Mapping[str, ReadyLane]) -> str:
    """What is wrong with the lane that this one shadows; empty where nothing is."""
    other = page.shadow.beside if page.shadow else ""
    if not other:
        return ""
    if other == page.lane or other not in lanes:
        return f"shadow.beside: {other} is not another lane; there are {', '.join(lanes)}"
    if lanes[other].page.subject.kind != page.subject.kind:
        return f"shadow.beside: {other} is about {lanes[other].page.subject.kind}, and this lane is not"
    return ""


def _identities(file: Path) -> dict[str, Identity]:
    if not file.is_file():
        raise FaultyPage(file, 0, "is missing: it names each identity's credentials and scopes")
    content, lines = read(file)
    out = {}
    for name, fields in content.items():
        if not isinstance(fields, dict):
            raise FaultyPage(file, lines.at((name,)), f"{name}: expected credentials and scopes")
        out[name] = validated(Identity, {"name": name, **fields}, file, lines, (name,))
    return out


def _lane(
    file: Path, identities: Mapping[str, Identity], known: Tools, sources: Sources, suites: Path
) -> ReadyLane:  # fmt: skip
    content, lines = read(file)
    page = validated(Lane, content, file, lines, ())
    identity = identities.get(page.identity)
    if identity is None:
        raise FaultyPage(file, lines.at(("identity",)), f"identity: {page.identity} is not in {IDENTITIES}")
    reader = identity
    if page.shadow and page.shadow.identity:
        found = identities.get(page.shadow.identity)
        if found is None:
            said = f"shadow.identity: {page.shadow.identity} is not in {IDENTITIES}"
            raise FaultyPage(file, lines.at(("shadow", "identity")), said)
        reader = found
    for where, what in (*_contradictions(page, identity, known), *_truth(page, reader, sources)):
        raise FaultyPage(file, lines.at(where), what)
    _check_suite(page, file, lines, suites)
    tools = {name: known[name] for name in page.tools}
    prompt = system_prompt(page, tools)
    schemas = tool_schemas(page, tools)
    versions = [[tool.name, tool.version] for tool in tools.values()]
    rules = page.configuration(prompt, schemas, versions)
    truths = tuple(sources[name] for name in page.shadow.truth) if page.shadow else ()
    return ReadyLane(page, identity, tools, prompt, schemas, rules, known, truths, reader)


def _truth(page: Lane, reader: Identity, sources: Sources) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Can what people did be read, by whoever shall read it?"""
    for n, name in enumerate(page.shadow.truth if page.shadow else ()):
        source, at = sources.get(name), ("shadow", "truth", n)
        if source is None:
            yield at, f"shadow.truth: {name} is no source; there are {', '.join(sorted(sources))}"
            continue
        if missing := sorted(scope for scope in source.scopes if not _covered(scope, reader.scopes)):
            yield at, f"shadow.truth: {name} needs {', '.join(missing)}, which {reader.name} does not have"
        if source.system not in reader.credentials:
            yield at, f"shadow.truth: {reader.name} has no credential for {source.system}"


def _check_suite(page: Lane, file: Path, lines: Lines, suites: Path) -> None:
    """Is the suite there, and does each of its cases load? An empty `suite` is none."""
    folder = suite_folder(suites, page)
    if folder is None:
        return
    if not folder.is_dir():
        raise FaultyPage(file, lines.at(("suite",)), f"suite: there is no folder {folder}")
    for case in load_suite(folder).values():
        if case.lane != page.lane:
            said = f"suite: its case {case.case} is one of the lane {case.lane}"
            raise FaultyPage(file, lines.at(("suite",)), said)


def _sweep(page: Lane, identity: Identity, known: Tools) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Can the lane look for its work by itself, with this tool, under its own identity?"""
    if page.sweep is None:
        return
    find, at = page.sweep.find, ("sweep", "find")
    tool = known.get(find.tool)
    if not isinstance(tool, ReadTool):
        yield (*at, "tool"), f"sweep.find.tool: {find.tool} is not a tool that reads"
        return
    if missing := sorted(scope for scope in tool.scopes if not _covered(scope, identity.scopes)):
        yield (*at, "tool"), f"sweep.find.tool: {tool.name} needs {', '.join(missing)}, which {identity.name} lacks"
    if tool.system not in identity.credentials:
        yield (*at, "tool"), f"sweep.find.tool: {identity.name} has no credential for {tool.system}"
    try:
        tool.arguments.model_validate(dict(find.arguments))
    except ValidationError as error:
        first = error.errors()[0]
        yield (*at, "arguments"), f"sweep.find.arguments: {'.'.join(map(str, first['loc']))}: {first['msg']}"
    there = {leaf.path for leaf in leaves(tool.result)}
    for name in ("subject", "person"):
        path = getattr(page.sweep, name)
        if path is not None and f"{page.sweep.each}.*.{path}" not in there:
            listed = ", ".join(sorted(there))
            yield (
                ("sweep", name),
                f"sweep.{name}: {page.sweep.each}.*.{path} is not found by {tool.name}; it has {listed}",
            )


def _contradictions(page: Lane, identity: Identity, known: Tools) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What the page says that its tools or its identity cannot keep."""
    for n, name in enumerate(page.tools):
        tool = known.get(name)
        if tool is None:
            yield ("tools", n), f"tools: {name} is not a tool; there are {', '.join(sorted(known))}"
            return
        if missing := sorted(scope for scope in tool.scopes if not _covered(scope, identity.scopes)):
            yield ("tools", n), f"tools: {name} needs {', '.join(missing)}, which {identity.name} does not have"
        if missing := _for_owners(page, tool, identity):
            said = f"{identity.name} lacks {', '.join(missing)}, by which {name} knows a record's owner"
            yield ("approvers", "record_owner"), f"approvers.record_owner: {said}"
        if tool.system not in identity.credentials:
            yield ("tools", n), f"tools: {identity.name} has no credential for {tool.system}"
    rows = [("policy", n, row.may, row.when) for n, row in enumerate(page.policy)]
    rows += [("never", n, row.tool, row.when) for n, row in enumerate(page.never)]
    for section, n, name, when in rows:
        tool = known[name]
        if not isinstance(tool, WriteTool):
            yield (section, n), f"{section}: {name} only reads; reads need no row"
        for attribute in sorted(when.attributes - set(tool.arguments.model_fields)):
            fields = ", ".join(tool.arguments.model_fields)
            yield (section, n, "when"), f"{section}: {name} has no argument {attribute!r}; it has {fields}"
        after = when.root.get("after")
        if after is not None and after not in page.tools:
            yield (section, n, "when"), f"{section}: after: {after} is not among the lane's tools"
    yield from _success(page, known)
    yield from _sweep(page, identity, known)
    yield from _promotion(page)


def _promotion(page: Lane) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Could what is to be earned be used?"""
    for n, one in enumerate(page.promotion.segments if page.promotion else ()):
        if not any(row.may == one.tool and row.then == "auto" for row in page.policy):
            yield (
                ("promotion", "segments", n),
                f"promotion: no line of policy lets anything of {one.tool} go without a person, so nothing is earned",
            )


def _for_owners(page: Lane, tool: Any, identity: Identity) -> list[str]:
    """What the identity would need to find out whose record a tool changes."""
    if not page.approvers.record_owner or not isinstance(tool, WriteTool):
        return []
    return sorted(scope for scope in tool.owner_scopes if not _covered(scope, identity.scopes))


def _covered(scope: str, held: frozenset[str]) -> bool:
    """Held, or held in part: a write of some fields. Which fields a call may touch is asked at the gate."""
    return holds(scope, held) or any(one.startswith(f"{scope}.") for one in held)


def _success(page: Lane, known: Tools) -> Iterator[tuple[tuple[str | int, ...], str]]:
    nouns: dict[str, set[str]] = {"answer": {"category", "urgency", "route"}} if page.answer else {}
    for name in page.tools:
        tool = known[name]
        if isinstance(tool, WriteTool):
            nouns.setdefault(tool.noun, set()).update(tool.result.model_fields)
    for noun, field in sorted(page.success.names):
        if field not in nouns.get(noun, set()):
            there = ", ".join(f"{n}.{f}" for n in sorted(nouns) for f in sorted(nouns[n])) or "nothing"
            yield ("success",), f"success: {noun}.{field} is read back by no tool of this lane; there is {there}"
