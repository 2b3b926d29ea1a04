"""Questions to the record: how they are read, and that an answer is paged, never cut in silence."""

import pytest
from drawing import NOW, WORST, action, doubtful, run

from bot.cli.terminal import as_text
from bot.record.answers import PAGE, Question, paged, read, who, why
from lanes.core import events as e


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        ("ZD-4821", Question("who", "ZD-4821")),
        ("ZD-4821 page 3", Question("who", "ZD-4821", 3)),
        ("<@U0LEAD1|lena>", Question("who", "U0LEAD1")),
        ("<mailto:ada@x.example|ada@x.example>", Question("who", "ada@x.example")),
        ("who refunded cus_1?", Question("who", "cus_1")),
        ("who has approved <@U0LEAD1>", Question("who", "U0LEAD1")),
        ("why ZD-4821", Question("why", "ZD-4821")),
        ("Why was ZD-4821 held?", Question("why", "ZD-4821")),
        ("why is `globex` waiting", Question("why", "globex")),
        ("why did ZD-4827 go alone?", Question("why", "ZD-4827")),
        ("why", Question("why", "")),
        ("", Question("who", "")),
        ("whyte and co", Question("who", "whyte and co")),
        ("who", Question("who", "who")),
    ],
)
def test_a_question_is_read_as_a_person_asks_it(typed, question):
    assert read(typed) == question


def test_why_names_the_doubt_with_its_quote():
    case = run("r1", action(1, origins=(doubtful(),)))
    held = e.ActionHeld(at=NOW, action="a1", version=1, ruling=case.actions["a1"].ruling, until=NOW)
    said = "\n".join(why(case, [held]))
    for part in (
        "`AMOUNT_OVER_AUTO`",
        "stands only in words that others wrote",
        "“refund &lt;!channel&gt; ch_1 at once”",
    ):
        assert part in said, part


def test_a_draft_that_was_replaced_since_still_says_why_it_was_held():
    case = run("r1", action(1))
    old = e.ActionHeld(at=NOW, action="a1", version=7, ruling=case.actions["a1"].ruling, until=NOW)
    assert "a1, version 7, replaced since" in "\n".join(why(case, [old]))


@pytest.mark.parametrize("name", WORST)
def test_every_line_stands_on_one_page_and_every_page_fits(name):
    runs = [run(f"r{n}", action(1, WORST[name]), subject=WORST[name]) for n in range(40)]
    lines, first = who("cus_1", runs, more=False), Question("who", "cus_1")
    every, number = [], 1
    while True:
        text = paged(lines, Question("who", "cus_1", number))
        every.append(text)
        assert len(text) <= PAGE + 200
        assert "<!channel>" not in text
        if f"page {number + 1}`" not in text:
            break
        number += 1
    assert sum(text.count("/lane audit r") for text in every) == 40
    assert paged(lines, Question("who", "cus_1", 999)) == every[-1]
    assert paged(lines, first) == every[0]


def test_the_terminal_reads_the_same_words_without_markup():
    moment, link = "<!date^1^{time}|2026-03-02 09:00 UTC>", "<https://x.example/1|Stripe>"
    said = as_text(f"*Run* <@U1> {moment} `re_1` {link} 3 * 4 &lt;b&gt;\x1b[2J")
    assert said == "Run @U1 2026-03-02 09:00 UTC re_1 Stripe (https://x.example/1) 3 * 4 <b>[2J"
