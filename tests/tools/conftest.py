"""Real connectors against real sandboxes, over loopback HTTP."""

from collections.abc import Iterator

import httpx2
import pytest
from bench import Bench
from documents.watching import complaints, create
from tool_examples import CREDENTIALS

from tools.sandboxes.server import Serving, serve


@pytest.fixture(scope="session")
def _serving() -> Iterator[Serving]:
    with serve({system: create(system) for system in CREDENTIALS}) as serving:
        yield serving


@pytest.fixture(scope="session")
def _http() -> Iterator[httpx2.Client]:
    # the server lets go of a quiet line after five seconds, and so would we: at the same moment one is used
    with httpx2.Client(trust_env=False, limits=httpx2.Limits(keepalive_expiry=1.0)) as http:
        yield http


@pytest.fixture(autouse=True)
def _as_the_vendors_describe() -> Iterator[None]:
    """Every request of a connector and every answer of a sandbox, whatever a test is about."""
    yield
    assert complaints() == []


@pytest.fixture
def bench(_serving, _http) -> Iterator[Bench]:
    bench = Bench(_serving.urls, _http)
    bench.reset()
    yield bench
    bench.close()
