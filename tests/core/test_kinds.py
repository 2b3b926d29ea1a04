"""Every kind of event that a stream has ever held stays readable: one sample of each, as it was stored. U8.

A sample is never edited. A new field needs a default, so that the old sample still loads, and a sample of its own,
KIND+WHAT.json; a new kind needs a new file.
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


def kind_of(sample):
    return sample.partition("+")[0]


def loaded(sample):
    return e.load(kind_of(sample), datetime.fromisoformat(SAMPLES[sample]["at"]), SAMPLES[sample]["body"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_sample(kind):
    assert kind in SAMPLES, f"write tests/core/kinds/{kind}.json: what events.body gives, and `at`"


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_what_was_stored_is_still_read(sample):
    event = loaded(sample)

    assert (event.kind, event.at.isoformat()) == (kind_of(sample), SAMPLES[sample]["at"])
    assert e.load(event.kind, event.at, json.loads(json.dumps(e.body(event)))) == event, (
        "what is stored today is read as well"
    )


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_nothing_that_was_stored_is_lost(sample):
    stored, now = SAMPLES[sample]["body"], e.body(loaded(sample))

    assert _kept(stored, now) == stored


def _kept(stored, now):
    """What today's form keeps of what was stored; a field that came later may stand beside it."""
    if isinstance(stored, dict) and isinstance(now, dict):
        return {name: _kept(value, now[name]) for name, value in stored.items() if name in now}
    return now


def test_a_kind_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="does not match any of the expected tags"):
        e.load("action.forgotten", datetime.fromisoformat("2026-03-02T09:00:00+00:00"), {})


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_a_field_nobody_knows_is_refused(sample):
    at, body = datetime.fromisoformat(SAMPLES[sample]["at"]), SAMPLES[sample]["body"]
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        e.load(kind_of(sample), at, {**body, "surprise": 1})
