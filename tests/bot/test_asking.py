"""What stands behind a lane's name, taken apart."""

import pytest

from bot.ways_in.asking import taken_apart


@pytest.mark.parametrize(
    ("text", "subject", "inputs", "again"),
    [
        ("ZD-4821", "ZD-4821", {}, False),
        ("  ZD-4821   again ", "ZD-4821", {}, True),
        ('ZD-4821 amount="38.00 USD" reason=duplicate', "ZD-4821",
         {"amount": "38.00 USD", "reason": "duplicate"}, False),
        ("ZD-4821 amount=38.00 USD reason=duplicate again", "ZD-4821",
         {"amount": "38.00 USD", "reason": "duplicate"}, True),
        ("amount=5 USD", "", {"amount": "5 USD"}, False),
        ("Acme & Sons note=“a = b”", "Acme & Sons", {"note": "a = b"}, False),
        ("Amount=", "", {"amount": ""}, False),
        ("https://x.example/?a=1", "https://x.example/?a=1", {}, False),
        ("again", "", {}, True),
        ("", "", {}, False),
    ],
)  # fmt: skip
def test_a_subject_then_inputs_by_name_then_again(text, subject, inputs, again):
    typed = taken_apart(text)
    assert (typed.subject, typed.inputs, typed.again) == (subject, inputs, again)
