"""A YAML file as a checked value, or one clear sentence about what is wrong with it and on which line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast; a PyYAML built without libyaml lacks it
M = TypeVar("M", bound=BaseModel)


class FaultyPage(Exception):
    """A page cannot be used: `file:line: field: what is expected`."""

    def __init__(self, file: Path, line: int, what: str) -> None:
        super().__init__(f"{file.name}:{line}: {what}")


class Lines:
    """Where in a file each part of its content stands."""

    def __init__(self, root: yaml.Node | None) -> None:
        self._root = root

    def at(self, path: Sequence[str | int]) -> int:
        """The line (from 1) of the deepest part of `path` that the file has."""
        node, line = self._root, 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            node, line = found, found.start_mark.line + 1
        return line


def read(file: Path, loader: Any = LOADER) -> tuple[dict[str, Any], Lines]:
    """A file's fields, and where they stand. Raises `FaultyPage`."""
    try:
        reading = loader(file.read_text(encoding="utf-8"))
        root = reading.get_single_node()
        content = None if root is None else reading.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FaultyPage(file, line, f"is not YAML: {error.problem}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FaultyPage(file, 0, f"cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise FaultyPage(file, 1, "expected fields such as `lane:` and `purpose:`")
    return content, Lines(root)


def validated(
    model: type[M], content: Any, file: Path, lines: Lines, above: tuple[str, ...] = (), *, what: str = "lane"
) -> M:
    """The content as `model`. Raises `FaultyPage`; `what` is called what does not load."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = tuple(step for step in first["loc"] if isinstance(step, str | int))
        field = ".".join(str(step) for step in where) or "the page"
        said = first["msg"].removeprefix("Value error, ")
        if first["type"] == "missing":
            said = f"is missing; a {what} does not load without it"
        elif first["type"] == "extra_forbidden":
            said = "is a field nobody reads; take it out, or correct its name"
        raise FaultyPage(file, lines.at((*above, *where)), f"{field}: {said}") from error


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]  # type: ignore[no-any-return]
    return None
