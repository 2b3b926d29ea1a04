"""What our connectors send and what the sandboxes answer, held against the vendors' own OpenAPI documents."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr
from tool_examples import CREDENTIALS, READS, WRITES

from tools.contract import WriteTool
from tools.registry import by_name
from tools.sandboxes.server import create, serve
from tools.stripe.rights import NEEDED, shortfalls
from tools.wire import Connection, HttpWire

SPECS = Path(__file__).parents[3] / "shared" / "specs"

pytestmark = pytest.mark.skipif(
    not SPECS.is_dir(), reason="the vendors' OpenAPI documents do not lie beside the project"
)


@dataclass(frozen=True)
class Beside:
    """A request that our cut document of Stripe's leaves out, with the page of docs.stripe.com/api it stands on."""

    page: str
    query: frozenset[str] = frozenset()
    schema: str | None = None  # of the answer, where the document has it
    absent: frozenset[str] = frozenset()  # what there is no value for yet


BESIDE = {
    ("GET", "/v1/credit_notes/preview"): Beside(
        "Preview a credit note",
        frozenset({"invoice", "amount", "reason", "credit_amount"}),
        "credit_note",
        frozenset({"id"}),
    ),
    ("POST", "/v1/credit_notes/{id}/void"): Beside("Void a credit note", schema="credit_note"),
    ("GET", "/v1/products"): Beside("List all products", frozenset({"limit"})),
    ("GET", "/v1/products/{id}"): Beside("Retrieve a product"),
}
LISTS = {
    "stripe": [
        "/v1/customers", "/v1/charges", "/v1/payment_intents", "/v1/refunds", "/v1/invoices", "/v1/credit_notes",
        "/v1/subscriptions",
    ],
    "zendesk": [],
}  # fmt: skip


class Recorder:
    """Keeps each exchange that passes: method, path, query, request body, status, answer."""

    def __init__(self, app):
        self._app = app
        self.seen = []

    async def __call__(self, scope, receive, send):
        asked, said = [], []

        async def hear():
            message = await receive()
            asked.append(message.get("body", b""))
            return message

        async def tell(message):
            said.append(message)
            await send(message)

        await self._app(scope, hear, tell)
        query = scope["query_string"].decode()
        answer = b"".join(message.get("body", b"") for message in said)
        self.seen.append(
            (scope["method"], scope["path"], query, b"".join(asked), said[0]["status"], json.loads(answer))
        )


@pytest.fixture(scope="module", params=["stripe"])
def traffic(request):
    """Every tool of one system called once, refusals included."""
    system = request.param
    recorder = Recorder(create(system))
    with serve({system: recorder}) as serving:
        url = serving.urls[system]
        wire = HttpWire(Connection(system, url, url, SecretStr(CREDENTIALS[system])))
        for name, example in (READS | WRITES).items():
            tool = by_name(name)
            if tool.system != system:
                continue
            arguments, key = tool.arguments(**example), hashlib.sha256(name.encode()).hexdigest()
            if isinstance(tool, WriteTool):
                tool.look(wire, arguments)
                tool.write(wire, arguments, key)
                tool.read_back(wire, arguments, key)
            else:
                tool.read(wire, arguments)
        for path in LISTS[system]:
            wire.call("GET", path, query={"limit": 100}, timeout=timedelta(seconds=5))
        if system == "stripe":
            shortfalls(wire, {*NEEDED})
        wire.close()
    return json.loads((SPECS / f"{system}.json").read_text(encoding="utf-8")), recorder.seen


def _plain(schema, *, closed):
    """OpenAPI 3.0 as JSON Schema: `nullable` becomes a choice; where `closed`, no object has more than is described."""
    if isinstance(schema, list):
        return [_plain(one, closed=closed) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        name: _plain(value, closed=closed)
        for name, value in schema.items()
        if name not in {"nullable", "example", "examples"}
    }
    if closed and isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        plain.setdefault("additionalProperties", False)
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def _errors(spec, schema, value):
    closed = spec["info"]["title"].startswith("Stripe")  # Zendesk's schemas are put together of open parts
    whole = {**_plain(schema, closed=closed), "components": {"schemas": _components(spec["info"]["title"])}}
    return [
        f"{'.'.join(map(str, error.path))}: {error.message}" for error in Draft202012Validator(whole).iter_errors(value)
    ]


@lru_cache
def _components(title):
    """The schemas of the document with this title, made ready once."""
    stripe = title.startswith("Stripe")
    spec = json.loads((SPECS / f"{'stripe' if stripe else 'zendesk'}.json").read_text(encoding="utf-8"))
    return _plain(spec["components"]["schemas"], closed=stripe)


def _pattern(path):
    return re.sub(r"\{[^}]+\}", "[^/]+", path)


def _operation(spec, method, path):
    """The one with the fewest blanks: /v1/charges/search comes before /v1/charges/{charge}."""
    path = path.removesuffix(".json")
    fitting = [one for one in spec["paths"] if re.fullmatch(_pattern(one), path)]
    return spec["paths"][min(fitting, key=lambda one: one.count("{"))][method.lower()]


def _form(body):
    """metadata[a]=b as {"metadata": {"a": "b"}}, expand[]=a as {"expand": ["a"]}; numbers and truth as spelt."""
    form = {}
    for name, value in parse_qsl(body.decode()):
        meant = int(value) if value.isdecimal() else {"true": True, "false": False}.get(value, value)
        match re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name):
            case [plain]:
                form[plain] = meant
            case [many, "" | "0" | "1"]:
                form.setdefault(many, []).append(meant)
            case [outer, inner]:
                form.setdefault(outer, {})[inner] = value
            case deeper:
                pytest.fail(f"nothing of ours is nested as deep as {deeper}")
    return form


def _beside(spec, method, path):
    """The entry of `BESIDE` for a request that the document leaves out; None for all others."""
    if not spec["info"]["title"].startswith("Stripe"):
        return None
    fits = [one for (verb, rule), one in BESIDE.items() if verb == method and re.fullmatch(_pattern(rule), path)]
    return fits[0] if fits else None


def _collapsed(query, answer):
    """The answer with ids where it was asked to hold records: the document is cut to those. Lists stay lists."""
    answer = json.loads(json.dumps(answer))
    for wanted in _form(query.encode()).get("expand", []):
        *_, field = wanted.split(".")
        for row in answer["data"] if wanted.startswith("data.") else [answer]:
            if isinstance(row.get(field), dict) and "id" in row[field]:
                row[field] = row[field]["id"]
    return answer


def test_every_request_is_one_the_vendor_describes(traffic):
    spec, seen = traffic
    for method, path, query, body, _, _ in seen:
        stripe = spec["info"]["title"].startswith("Stripe")
        if (beside := _beside(spec, method, path)) is not None:
            assert set(_form(query.encode())) <= beside.query, beside.page
            assert not body, beside.page
            continue
        operation = _operation(spec, method, path)
        named = {parameter.get("name") for parameter in operation.get("parameters", [])}
        if stripe:  # Zendesk's document leaves sideloading and cursors out
            assert set(_form(query.encode())) <= named, path
        if body:
            [(kind, content)] = operation["requestBody"]["content"].items()
            sent = json.loads(body) if kind == "application/json" else _form(body)
            assert _errors(spec, content["schema"], sent) == [], path


def test_every_answer_is_one_the_vendor_describes(traffic):
    spec, seen = traffic
    assert len(seen) >= 5
    for method, path, query, _, status, answer in seen:
        said = _collapsed(query, answer)
        if (beside := _beside(spec, method, path)) is not None:
            assert status == 200, beside.page
            if beside.schema:
                whole = {**said, **dict.fromkeys(beside.absent, "")}
                assert _errors(spec, {"$ref": f"#/components/schemas/{beside.schema}"}, whole) == [], beside.page
            continue
        responses = _operation(spec, method, path)["responses"]
        schema = responses.get(str(status), responses.get("default"))["content"]["application/json"]["schema"]
        assert _errors(spec, schema, said) == [], path


def test_what_the_document_leaves_out_is_asked_for_and_nothing_else():
    """An exception that nobody needs any more is taken off the list."""
    spec = json.loads((SPECS / "stripe.json").read_text(encoding="utf-8"))
    assert not {rule for _, rule in BESIDE} & set(spec["paths"])


def test_the_fields_of_a_ticket_update_are_zendesks():
    """`metadata` stands in the ticket's own schema, as write-only, and not among the update's."""
    spec = json.loads((SPECS / "zendesk.json").read_text(encoding="utf-8"))
    schemas = spec["components"]["schemas"]
    assert {"comment", "status"} <= set(schemas["TicketUpdateInput"]["properties"])
    assert schemas["TicketObject"]["properties"]["metadata"]["writeOnly"]
