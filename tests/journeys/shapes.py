"""Holds what is sent to Slack against Slack's own published shapes, where the checker lies beside the project."""

import importlib.util
import json
import sys
from functools import cache
from pathlib import Path

CHECKER = Path(__file__).parents[3] / "shared" / "checks" / "slack_contract.py"
ABSENT = "the checker of Slack's published shapes does not lie beside this project (../shared/checks)"
SPEAKING = frozenset({"chat.postMessage", "chat.update", "chat.postEphemeral"})


@cache
def checker():
    """The checker's module; None where it is not there."""
    if not CHECKER.exists():
        return None
    spec = importlib.util.spec_from_file_location("slack_contract", CHECKER)
    module = importlib.util.module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = written
    return module


def complaints(calls):
    """What Slack's documentation has against these calls; nothing where there is no checker."""
    if checker() is None:
        return []
    return [said for call in calls for said in _of(call["method"], json.dumps(call["args"], sort_keys=True))]


@cache  # most messages are drawn the same way more than once
def _of(method, arguments):
    given = json.loads(arguments)
    found = list(checker().check_call(method, given))
    if method in SPEAKING:
        found += checker().check_message(given)
    if "view" in given:
        found += checker().check_view(given["view"])
    return tuple(f"{method}: {one}" for one in found)
