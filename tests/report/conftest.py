"""The engine's own fixtures and examples, for what is measured of its runs."""

import sys
from pathlib import Path

for beside in ("engine",):
    sys.path.append(str(Path(__file__).parents[1] / beside))

import engine_examples as x  # noqa: E402 - found by the line above
import pytest  # noqa: E402

from lanes.engine import Engine  # noqa: E402


@pytest.fixture
def clock():
    return x.Clock()


@pytest.fixture
def engine(database, writer, clock):
    return Engine(database, writer, x.LANES, team=x.HOME, model="m", clock=clock)
