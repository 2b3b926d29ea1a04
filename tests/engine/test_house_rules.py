"""Rules of the house that a machine can check."""

import ast
import re
import socket
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("bot", "lanes", "tools", "storage")
DATABASE_TYPES = {"Engine", "Connection"}  # named in signatures; statements are made in `storage` alone
OPENS_URLS = {"bot/app.py": {"make_url"}}  # the one place that sees every floor looks where the file lies


def modules():
    for floor in FLOORS:
        for file in sorted((ROOT / floor).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((one.name, "*") for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, one.name) for one in node.names)


def test_each_lesson_about_people_is_named_by_a_test():
    """What other approval systems got wrong about decisions, rights, cards and durability, each by its number."""
    asked = {f"{group}{n}" for group, most in {"D": 16, "R": 11, "S": 12, "U": 8}.items() for n in range(1, most + 1)}
    named: set[str] = set()
    for file in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.FunctionDef):
                named |= set(re.findall(r"\b[DRSU]\d{1,2}\b", ast.get_docstring(node) or ""))
    assert asked - named == set()


def test_only_storage_speaks_to_the_database():
    found = [
        (file, module, name)
        for file, tree in modules()
        if not file.startswith("storage/")
        for module, name in imports(tree)
        if module.split(".")[0] in {"sqlalchemy", "sqlmodel", "alembic", "sqlite3", "psycopg"}
        and not (module == "sqlalchemy" and name in DATABASE_TYPES | OPENS_URLS.get(file, set()))
    ]
    assert found == []


def test_only_evolving_moves_an_action():
    """A state is written where `step` allows it, and nowhere else: no attribute set, no `state=` of another making."""
    found = []
    for file, tree in modules():
        if not file.startswith("lanes/"):
            continue
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if any(isinstance(one, ast.Attribute) and one.attr in {"state", "status"} for one in targets):
                found.append((file, ast.unparse(node)))
            if isinstance(node, ast.Call):
                found += [(file, ast.unparse(node)) for word in node.keywords if word.arg in {"state", "status"}]

    assert found == [("lanes/core/run.py", "replace(action, state=step(action.state, event.kind))")]


@pytest.mark.parametrize("reach", [
    lambda: socket.create_connection(("203.0.113.7", 80), timeout=0.1),
    lambda: socket.create_connection(("example.com", 443), timeout=0.1),
    lambda: socket.getaddrinfo("example.com", 443),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("203.0.113.7", 53)),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_test_leaves_this_machine(reach):
    with pytest.raises(pytest.fail.Exception, match="this machine only"):
        reach()


def test_a_test_may_talk_to_itself():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
    assert socket.getaddrinfo("localhost", 0)
