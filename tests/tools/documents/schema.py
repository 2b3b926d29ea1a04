"""An OpenAPI 3.0 schema as JSON Schema 2020-12, shut to every field that it does not name.

OpenAPI leaves doors open that its vendors mean to be shut: nobody writes `additionalProperties: false` beside each
object. Here an object that names its fields has those and no others, whatever the document says of the rest. It is
shut where it is used and not where it is described, because a part of an `allOf` knows nothing of the other parts.
What stays open is what names no field at all: a map, such as `metadata`, or an object of which nothing is said.
"""

COMBINED = ("allOf", "anyOf", "oneOf")
PLACES = ("items", "additionalProperties")  # keywords under which a value of its own is described
SAID_TO_PEOPLE = frozenset({"example", "examples", "description", "title", "default"})
REFERENCE = "#/components/schemas/"


def json_schema(schema, schemas):
    """`schema` of a document whose named schemas are `schemas`, ready to judge a value."""
    return {
        **_value(schema, schemas),
        "components": {"schemas": {name: _part(one, schemas) for name, one in schemas.items()}},
    }


def _value(schema, schemas):
    """A schema that says everything of a value."""
    if not isinstance(schema, dict):
        return schema  # `additionalProperties` may be a bare truth
    plain = _part(schema, schemas)
    if _names_its_fields(schema, schemas):
        inner = plain["anyOf"][0] if schema.get("nullable") else plain
        inner["unevaluatedProperties"] = False
    return plain


def _part(schema, schemas):
    """A schema that may be one of several to speak of the same value."""
    part = {
        name: one
        for name, one in schema.items()
        if name not in {"nullable", "properties", "discriminator", *COMBINED, *PLACES, *SAID_TO_PEOPLE}
    }
    if "properties" in schema:
        part["properties"] = {name: _value(one, schemas) for name, one in schema["properties"].items()}
    part |= {name: [_part(one, schemas) for one in schema[name]] for name in COMBINED if name in schema}
    part |= {name: _value(schema[name], schemas) for name in PLACES if name in schema}
    if part.get("additionalProperties") in ({}, True) and not _is_a_map(schema):
        del part["additionalProperties"]
    return {"anyOf": [part, {"type": "null"}]} if schema.get("nullable") is True else part


def _is_a_map(schema):
    return not schema.get("properties") and not any(name in schema for name in ("$ref", *COMBINED))


def _names_its_fields(schema, schemas):
    if "$ref" in schema:
        return _names_its_fields(schemas[schema["$ref"].removeprefix(REFERENCE)], schemas)
    if schema.get("properties") or any(_names_its_fields(one, schemas) for one in schema.get("allOf", ())):
        return True
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    objects = [one for one in choices if one.get("type", "object") == "object"]
    return bool(objects) and all(_names_its_fields(one, schemas) for one in objects)
