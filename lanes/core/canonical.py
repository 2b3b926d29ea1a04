"""One byte form for one value, so that two parties who hash the same thing get the same hash.

The form is RFC 8785 (JSON Canonicalization Scheme) for what we feed it: keys in ASCII, no floating-point numbers.
"""

import hashlib
from typing import Any

import orjson


def canonical(value: Any) -> str:
    """`value` (dicts, lists, strings, ints, bools, None) as canonical JSON text."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def fingerprint(value: Any) -> str:
    """SHA-256 of the canonical form, 64 hex digits."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
