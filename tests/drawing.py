"""Runs made by hand, for what is drawn from them: the worst that systems, customers and models can put into one."""

from datetime import UTC, datetime, timedelta

from lanes.core import events as e
from lanes.core.page import Mode
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Draft, Origin, Person, Place, Ruling
from tools.contract import Change, Preview, Stake, Target
from tools.money import Money

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
REP, LENA = Person(user="U0REP", team="T0"), Person(user="U0LEAD1", team="T0")
WORST = {
    "long": "Bartholomew " * 334,
    "markup": "<!channel> <@U0OWNER> *bold* <https://evil.example|Approve> &amp; & <>" * 60,
    "rtl": "\u202eמחיר 38.00\u202c שלום \u2066עולם\u2069 " * 40,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 500,
    "many bytes": "👍" * 2700,  # few enough characters to stand whole, too many bytes for eight of them
    "escapes": "&" * 4000,
    "lines": "one\ntwo\n" * 600,
    "nothing": " ",
}


def action(n, text="Refund $38.00 of charge ch_1 to Ada Park", *, body="", state=State.HELD, **more):
    draft = Draft(
        tool="stripe.create_refund", tool_version=1, arguments={}, target=Target(ref="stripe.charge ch_1", pinned={}),
        preview=Preview(sentence=text, changes=(Change(field="Refunded", before="$0.00", after="$38.00"),), body=body),
        stake=Stake(amount=Money.parse("38.00 USD"), customer="cus_1"), risk="high", why=text, key=f"k{n}",
        digest="d" * 64, **more,
    )  # fmt: skip
    ruling = Ruling(verdict="approve", reasons=("AMOUNT_OVER_AUTO",), quorum=1, rule="stripe.create_refund when x")
    return Action(f"a{n}", 1, f"call_{n}", draft, NOW, state, ruling, NOW + timedelta(hours=4))


def run(name, *actions, subject="ZD-4821"):
    started = e.RunStarted(
        at=NOW, run=name, lane="support-refunds", subject=subject, by=REP, channel="C0", mode=Mode.APPROVAL,
        configuration="c" * 64, model="m",
    )  # fmt: skip
    return Run(name, 1, started, actions={a.id: a for a in actions}, card=Place(channel="C0", ts="1.0"))


def doubtful():
    """A value that stands only in what the customer wrote."""
    return Origin(field="charge", value="ch_1", trust="untrusted", quote="refund <!channel> ch_1 at once")
