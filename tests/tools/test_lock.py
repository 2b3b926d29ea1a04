"""The tools are what was agreed: held against the lock, and the lock against a change nobody reviewed."""

import json
from datetime import timedelta
from typing import ClassVar

import pytest

from tools import lock
from tools.contract import Frozen, Internal, ReadTool, Retry, Routes
from tools.money import Money
from tools.registry import TOOLS, by_name


def test_the_tools_are_what_the_lock_says():
    assert list(lock.complaints(TOOLS)) == []


@pytest.fixture
def file(tmp_path):
    copy = tmp_path / "lock.json"
    lock.write(TOOLS, copy)
    return copy


def test_writing_the_lock_twice_is_the_same_file(file):
    before = file.read_bytes()
    lock.write(TOOLS[::-1], file)
    assert file.read_bytes() == before == lock.FILE.read_bytes()


@pytest.mark.parametrize("part", ["arguments", "result", "fields", "scopes", "retry", "missing", "timeout_seconds"])
def test_a_change_nobody_reviewed_is_named_with_what_to_do(file, part):
    content = json.loads(file.read_text())
    content["zendesk.reply"][part] = "something else"
    file.write_text(json.dumps(content))

    assert list(lock.complaints(TOOLS, file)) == [
        f"zendesk.reply: {part} changed; raise its version, then `lanekeeper tools lock`"
    ]


def test_a_raised_version_is_asked_to_be_locked(file):
    content = json.loads(file.read_text())
    content["zendesk.reply"]["version"] = 0
    file.write_text(json.dumps(content))

    assert list(lock.complaints(TOOLS, file)) == ["zendesk.reply: version changed, then `lanekeeper tools lock`"]


def test_a_new_tool_and_one_that_went_are_named(file):
    without = [tool for tool in TOOLS if tool.name != "zendesk.reply"]
    assert "zendesk.reply stands in the lock and is no tool any more" in next(lock.complaints(without, file))
    lock.write(without, file)
    assert "zendesk.reply is not in the lock" in next(lock.complaints(TOOLS, file))


class Plain(Frozen):
    known: Internal[str]
    untagged: str


class Sloppy(ReadTool[Plain, Plain]):
    name, summary, scopes = "sloppy.read", "Read something.", frozenset({"sloppy:read"})
    arguments, result, timeout = Plain, Plain, timedelta(seconds=1)
    example: ClassVar = {}

    def read(self, wire, arguments):
        raise NotImplementedError


def test_a_field_without_a_kind_of_data_is_a_complaint(file):
    found = list(lock.complaints([Sloppy()], file))

    assert "sloppy.read: Plain.untagged does not say what kind of data it holds" in found


class Careless(Frozen):
    email: Internal[str]
    sure: Routes[Internal[Money]]
    fee: Internal[Money]


def test_an_amount_and_an_address_that_nobody_called_a_route_are_complaints():
    class Unsure(type(by_name("stripe.create_refund"))):
        arguments = Careless

    assert list(lock._unfinished(Unsure())) == [
        f"stripe.create_refund: {field} decides whom the write reaches, or how much moves; say `Routes[…]`"
        for field in ("email", "fee")
    ]


def test_a_write_without_a_way_back_says_why():
    refund = type(by_name("stripe.create_refund"))

    class Silent(refund):
        missing: ClassVar = {}
        retry = Retry.UNSAFE

    said = list(lock._unfinished(Silent()))
    assert said == [
        "stripe.create_refund has no undo, and `missing` gives no reason",
        "stripe.create_refund has no key, and `missing` gives no reason",
    ]
