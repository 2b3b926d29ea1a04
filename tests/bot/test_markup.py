"""What others wrote can neither leave its quote, nor turn a line around, nor become a link."""

import pytest

from bot.slack.blocks import context, header, section
from bot.slack.mrkdwn import TEXT, plain, quotes, spelled

CONTROLS = "\x00\x07\x1b\x7f\x9b"
INVISIBLE = CONTROLS + "\xad\u034f\u115f\u3164\uffa0\u206a\ufff9\U000e0001\U000e0041"
INVISIBLE += "\u200e\u200f\u061c\u2060\u2061\u2062\u2063\u2064\u202e\u2066\u200b\ufeff"


@pytest.mark.parametrize("body", ["x" * 10_000, "y" * TEXT, "&" * 4000, f"Hi\n\n{'word ' * 900}\nBye"])
def test_no_part_of_a_long_quote_stands_outside_of_it(body):
    pieces = quotes(body)

    assert all(len(piece) <= TEXT for piece in pieces)
    assert all(line.startswith("> ") for piece in pieces for line in piece.split("\n"))
    whole = "".join(line.removeprefix("> ") for piece in pieces for line in piece.split("\n"))
    assert whole.replace("&amp;", "&") == body.replace("\n", ""), "nothing is left out and no entity is cut in two"


def test_an_empty_quote_is_a_quote():
    assert quotes("") == ["> "]


def test_what_hides_or_reorders_text_is_not_shown():
    assert plain(f"a{INVISIBLE}b") == "ab"
    assert header(f"Approve?{INVISIBLE} $38.00")["text"]["text"] == "Approve? $38.00"


def test_what_a_person_approves_is_spelled_out_where_it_would_hide():
    """`evil.example`, written so that it looks like another address, or holds letters that only a model reads."""
    assert spelled("one\u2028two\x85") == "one\\u2028two\\u0085", "no line of it is taken for ours"
    assert spelled("a\u200bb\u202ec\x1b\U000e0041é\n") == "a\\u200bb\\u202ec\\u001b\\udb40\\udc41é\n"


def test_a_title_stays_one_line_whatever_stands_in_it():
    assert header("Refund Ada\n✅ Approved\u2028by Lena")["text"]["text"] == "Refund Ada ✅ Approved by Lena"


def test_slack_makes_no_links_of_its_own():
    assert section("see evil.example")["text"]["verbatim"] is True
    assert context("see evil.example")["elements"][0]["verbatim"] is True
