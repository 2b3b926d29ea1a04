"""What our connectors send and what the sandboxes answer, held against the vendors' own OpenAPI documents.

Here by the tools' examples and by a list of edges, to the letter; beside it everything that the other tests of the
tools say to the sandboxes is held against the same documents (`documents/watching.py`).

Stripe, Zendesk and Jira publish one. HubSpot, Salesforce and Datadog have none that lies beside the project; their
sandboxes rest on the pages that their docstrings name, and on their own tests.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from documents.document import FOLDER, INVALID, Document
from documents.published import VENDORS
from documents.traffic import traffic

from tools.registry import TOOLS

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the vendors' OpenAPI documents do not lie beside the project"
)
vendors = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)


@cache
def _seen(system):
    return traffic(system, VENDORS[system].edges)


def _complaints(document, exchanges):
    return [words for exchange in exchanges for words in document.complaints(exchange)]


def _objects(value, place, path=()) -> Iterator[tuple[str, tuple]]:
    """Each object inside: the name of the field that holds it, and the way there."""
    if isinstance(value, dict):
        yield place, path
        for name, inner in value.items():
            yield from _objects(inner, name, (*path, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _objects(inner, place, (*path, at))


def _spoilt(value, path):
    """The value with a field nobody knows in the object at `path`; a list on the way keeps only what leads there."""
    if not path:
        return value | {"colour": "red"}
    step, *rest = path
    inner = _spoilt(value[step], rest)
    return [inner] if isinstance(value, list) else value | {step: inner}


def _with_a_surprise(exchange) -> Iterator[tuple[str, object]]:
    """The exchange again and again, each time with a field nobody knows in another object, and where that is."""
    for place, path in _objects(exchange.answer, "answer"):
        yield place, replace(exchange, answer=_spoilt(exchange.answer, path))
    if exchange.body.startswith(b"{") and exchange.status not in INVALID:
        sent = json.loads(exchange.body)
        for place, path in _objects(sent, "request"):
            yield place, replace(exchange, body=json.dumps(_spoilt(sent, path)).encode())
    elif exchange.body and exchange.status not in INVALID:
        yield "request", replace(exchange, body=exchange.body + b"&colour=red")
    yield "query", replace(exchange, query=f"{exchange.query}&colour=red")


def _unnoticed(document, exchanges):
    """The fields within which a surprise passes."""
    return {
        place
        for exchange in exchanges
        for place, spoilt in _with_a_surprise(exchange)
        if not document.complaints(spoilt)
    }


def test_each_vendor_whose_document_lies_there_is_held_to_it():
    assert {tool.system for tool in TOOLS} & {file.stem for file in FOLDER.glob("*.json")} == set(VENDORS)


@vendors
def test_every_tool_asks_and_is_answered_as_the_vendor_describes(vendor):
    seen = _seen(vendor.system)
    assert len(seen) > len([tool for tool in TOOLS if tool.system == vendor.system])
    assert {exchange.status // 100 for exchange in seen} == {2, 4}
    assert _complaints(Document.of(vendor), seen) == []


@vendors
def test_a_field_that_nobody_names_is_noticed_wherever_it_stands(vendor):
    assert _unnoticed(Document.of(vendor), _seen(vendor.system)) == set(vendor.open)


@pytest.mark.parametrize(
    ("vendor", "layer"),
    [
        pytest.param(vendor, layer, id=f"{vendor.system}: {beside.page}")
        for vendor in VENDORS.values()
        for beside in vendor.besides
        for layer in beside.layers
    ],
)
def test_what_is_laid_over_a_document_is_needed(vendor, layer):
    """Without it something is wrong that is right, or passes that should not; else it is taken off the list."""
    rest, seen = Document.of(vendor, without=layer), _seen(vendor.system)
    assert _complaints(rest, seen) or _unnoticed(rest, seen) != set(vendor.open)
