"""Every refusal has a sentence of its own: why, and what to do instead."""

import ast
import re
from pathlib import Path

import pytest

from bot.words.refused import REFUSED, refused
from lanes.core import claiming, deciding, practice, refuse

NO_REFUSAL = {"SAID_BY_A_PERSON"}  # the code of a failure that a person reported
IN_PLACES = (refuse, claiming, deciding, practice)


def codes():
    found = set()
    for room in IN_PLACES:
        tree = ast.parse(Path(room.__file__).read_text(encoding="utf-8"))
        found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and _is_code(node.value)}
    return sorted(found - NO_REFUSAL)


def _is_code(value):
    return isinstance(value, str) and re.fullmatch(r"[A-Z][A-Z_]{2,}", value) is not None


def test_the_codes_are_found():
    assert {"REQUESTER", "ALREADY_DECIDED", "CLAIMED", "NOT_YOURS_TO_CANCEL", "NO_IDENTITY"} <= set(codes())


@pytest.mark.parametrize("code", codes())
def test_a_refusal_says_why_and_what_to_do(code):
    said = refused(code, "U0LEAD1", "the amount is too large for this lane")

    assert code not in said, "the default"
    assert said.count(". ") + said.count(": ") >= 1, "one half of why and what to do is missing"
    assert said.endswith(".")


def test_no_sentence_is_for_a_refusal_that_cannot_be():
    assert set(REFUSED) <= set(codes())
