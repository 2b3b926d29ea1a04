"""How a vendor's module says what the document leaves out: a page of the vendor's, and layers over the document."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from documents.schema import REFERENCE

REFUSAL = "any refusal"  # where a layer keeps what `Document` takes for a refusal of which the document says nothing


class Beside:
    """What a document leaves out or says otherwise, and the vendor's page that says so.

    Each of `layers` is laid over the document: mappings are merged, lists are added to, anything else takes the place
    of what was there.
    """

    def __init__(self, page: str, *layers: Mapping) -> None:
        self.page = page
        self.layers = layers


@dataclass(frozen=True)
class Vendor:
    system: str
    besides: tuple[Beside, ...]
    edges: Callable  # takes a wire and does what the tools' examples do not: rights, refusals of the vendor's own
    open: Mapping[str, str]  # fields within which one that nobody names is let through, each with the reason
    schemas: Mapping = field(default_factory=dict)  # to which layers refer; the document has none of them


def operation(method, path, answer, *, query=(), body=None):
    """One that the document does not have."""
    said = {"200": {"content": {"application/json": {"schema": answer}}}}
    asked = {"requestBody": {"content": {"application/json": {"schema": body}}}} if body else {}
    return {"paths": {path: {method: {"parameters": _query(query), "responses": said, **asked}}}}


def parameters(path, *names):
    """Names that a query for `path` may have beside those of the document."""
    return {"paths": {path: {"get": {"parameters": _query(names)}}}}


def body(method, path, schema):
    """What a request carries of which the document says nothing."""
    return {"paths": {path: {method: {"requestBody": {"content": {"application/json": {"schema": schema}}}}}}}


def fields(schema, **said):
    """Fields of a named schema, those that it lacks and those that are otherwise."""
    return named(schema, {"properties": said})


def refusals(schema):
    """What every refusal says of which the document says nothing."""
    return {"components": {"responses": {REFUSAL: {"content": {"application/json": {"schema": schema}}}}}}


def named(schema, says):
    """A schema that the document does not have, or more of one that it has."""
    return {"components": {"schemas": {schema: says}}}


def one(name):
    return {"$ref": REFERENCE + name}


def many(of):
    return {"type": "array", "items": of}


def shape(*required, **properties):
    return {"type": "object", "required": list(required), "properties": properties}


TEXT, NUMBER, BOOLEAN = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}


def _query(names):
    return [{"name": name, "in": "query"} for name in names]
