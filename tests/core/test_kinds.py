"""Every kind of event that a stream has ever held stays readable: one sample of each, as it was stored.

A sample is never edited. A new field needs a default, so that the old sample still loads; a new kind needs a new file.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import get_args

import pytest

from lanes.core import events as e

SAMPLES = {
    file.stem: json.loads(file.read_text(encoding="utf-8")) for file in Path(__file__).with_name("kinds").glob("*.json")
}
KINDS = sorted(model.model_fields["kind"].default for model in get_args(e.Event))


def loaded(kind):
    return e.load(kind, datetime.fromisoformat(SAMPLES[kind]["at"]), SAMPLES[kind]["body"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_sample(kind):
    assert kind in SAMPLES, f"write tests/core/kinds/{kind}.json: what events.body gives, and `at`"


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_what_was_stored_is_still_read(kind):
    event = loaded(kind)

    assert (event.kind, event.at.isoformat()) == (kind, SAMPLES[kind]["at"])
    assert e.load(kind, event.at, json.loads(json.dumps(e.body(event)))) == event, (
        "what is stored today is read as well"
    )


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_nothing_that_was_stored_is_lost(kind):
    stored, now = SAMPLES[kind]["body"], e.body(loaded(kind))

    assert _kept(stored, now) == stored


def _kept(stored, now):
    """What today's form keeps of what was stored; a field that came later may stand beside it."""
    if isinstance(stored, dict) and isinstance(now, dict):
        return {name: _kept(value, now[name]) for name, value in stored.items() if name in now}
    return now


def test_a_kind_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="does not match any of the expected tags"):
        e.load("action.forgotten", datetime.fromisoformat("2026-03-02T09:00:00+00:00"), {})


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_a_field_nobody_knows_is_refused(kind):
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        e.load(kind, datetime.fromisoformat(SAMPLES[kind]["at"]), {**SAMPLES[kind]["body"], "surprise": 1})
