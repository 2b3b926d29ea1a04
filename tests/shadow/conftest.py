"""Sandboxes in which people act, a ledger, and the shipped lanes."""

import sys
from pathlib import Path

import pytest

for beside in ("tools", "engine"):  # their hands, benches and examples
    sys.path.append(str(Path(__file__).parents[1] / beside))

from harvest import SYSTEMS, Clock, Field  # noqa: E402 - found by the lines above

from tools.sandboxes.server import create, serve  # noqa: E402


@pytest.fixture(scope="session")
def _people():
    clock = Clock()
    with serve({system: create(system, clock=clock) for system in SYSTEMS}) as serving:
        yield serving, clock


@pytest.fixture
def field(_people):
    """People's hands in every sandbox, and wires to it."""
    field = Field(*_people)
    field.reset()
    yield field
    field.close()
