"""A vendor's OpenAPI document, with what it leaves out, and what it finds wrong with an exchange."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator

from documents.schema import json_schema
from documents.vendor import REFUSAL

FOLDER = Path(__file__).parents[4] / "shared" / "specs"
INVALID = frozenset({400, 422})  # a request that is refused with one of these was wrong, and meant to be


class Document:
    """What `system` publishes, with `layers` laid over it."""

    def __init__(self, system: str, layers: Iterable[Mapping]) -> None:
        self._spec = reduce(_laid_over, layers, published(system))
        self._judges: dict[str, Draft202012Validator] = {}

    @classmethod
    def of(cls, vendor, without=None):
        """What the vendor publishes with all that its module lays over it, but for one layer where that is named."""
        layers = [layer for beside in vendor.besides for layer in beside.layers if layer is not without]
        return cls(vendor.system, [{"components": {"schemas": vendor.schemas}}, *layers])

    def describes(self, exchange) -> bool:
        """Is there such an operation at all?"""
        return self._operation(exchange) is not None

    def complaints(self, exchange) -> list[str]:
        """What is wrong with an exchange, request and answer, a sentence each."""
        found = self._operation(exchange)
        if found is None:
            return [f"{exchange.method} {exchange.path} is not described"]
        asked = self._of_query(exchange, found) if exchange.meant else []
        if exchange.meant and exchange.status not in INVALID:
            asked += self._of_body(exchange, found)
        said = self._of_answer(exchange, found)
        return [f"{exchange.method} {exchange.path} {exchange.status}: {words}" for words in (*asked, *said)]

    def _operation(self, exchange):
        """The one with the fewest blanks: /v1/charges/search comes before /v1/charges/{charge}."""
        path, method = exchange.path.removesuffix(".json"), exchange.method.lower()
        fitting = [one for one, named in self._spec["paths"].items() if method in named and _fits(one, path)]
        if not fitting:
            return None
        named = self._spec["paths"][min(fitting, key=lambda one: one.count("{"))]
        both = [*named.get("parameters", ()), *named[method].get("parameters", ())]
        return {**named[method], "parameters": [self._resolved(one) for one in both]}

    def _resolved(self, found):
        if "$ref" not in found:
            return found
        return reduce(getitem, found["$ref"].removeprefix("#/").split("/"), self._spec)

    def _of_query(self, exchange, found):
        known = {one["name"]: one.get("required", False) for one in found["parameters"] if one["in"] == "query"}
        given = decoded(exchange.query)
        named = {name if name in known else name.partition("[")[0] for name, _ in parse_qsl(exchange.query)}
        return [f"the query has {name}" for name in sorted(named - set(known))] + [
            f"the query lacks {name}" for name, needed in known.items() if needed and name not in given
        ]

    def _of_body(self, exchange, found):
        if not exchange.body:
            return ["it lacks a body"] if found.get("requestBody", {}).get("required") else []
        contents = found.get("requestBody", {}).get("content")
        if not contents:
            return ["a body is not described"]
        [(kind, content)] = contents.items()
        sent = json.loads(exchange.body) if kind == "application/json" else decoded(exchange.body.decode())
        return self._errors(content["schema"], sent, "request")

    def _of_answer(self, exchange, found):
        responses, status = found["responses"], str(exchange.status)
        response = responses.get(status, responses.get("default", {}))
        if exchange.status >= 400 and "content" not in response:
            response = self._spec["components"].get("responses", {}).get(REFUSAL, {})
        elif status in responses and "content" not in response and exchange.answer is None:
            return []
        if "content" not in response:
            return ["an answer of this status is not described"]
        schema = response["content"]["application/json"]["schema"]
        return self._errors(schema, exchange.answer, "answer")

    def _errors(self, schema, value, what):
        asked = json.dumps(schema, sort_keys=True)
        if asked not in self._judges:
            self._judges[asked] = Draft202012Validator(json_schema(schema, self._spec["components"]["schemas"]))
        return [
            f"{what} {'.'.join(map(str, error.path))}: {error.message}"
            for error in self._judges[asked].iter_errors(value)
        ]


@cache
def published(system):
    return json.loads((FOLDER / f"{system}.json").read_text(encoding="utf-8"))


def decoded(form) -> dict:
    """metadata[a]=b as {"metadata": {"a": "b"}}, expand[]=a as {"expand": ["a"]}; numbers and truth as they are spelt.

    Raises `ValueError` for what is nested deeper, which nothing of ours is.
    """
    found = {}
    for name, value in parse_qsl(form):
        meant = int(value) if value.isdecimal() else {"true": True, "false": False}.get(value, value)
        match re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name):
            case [plain]:
                found[plain] = meant
            case [many, place] if not place or place.isdecimal():
                found.setdefault(many, []).append(meant)
            case [outer, inner]:
                found.setdefault(outer, {})[inner] = value
            case deeper:
                raise ValueError(f"nested as {deeper}")
    return found


def _laid_over(old, new):
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{name: _laid_over(old[name], one) if name in old else one for name, one in new.items()}}
    return [*old, *new] if isinstance(old, list) and isinstance(new, list) else new


def _fits(pattern, path):
    return re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", pattern), path)
