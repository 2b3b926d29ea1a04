"""Real connectors against real sandboxes, over loopback HTTP."""

from collections.abc import Iterator

import httpx2
import pytest
from bench import Bench
from tool_examples import CREDENTIALS

from tools.sandboxes.server import Serving, create, serve


@pytest.fixture(scope="session")
def _serving() -> Iterator[Serving]:
    with serve({system: create(system) for system in CREDENTIALS}) as serving:
        yield serving


@pytest.fixture(scope="session")
def _http() -> Iterator[httpx2.Client]:
    with httpx2.Client(trust_env=False) as http:
        yield http


@pytest.fixture
def bench(_serving, _http) -> Iterator[Bench]:
    bench = Bench(_serving.urls, _http)
    bench.reset()
    yield bench
    bench.close()
