"""Builders for given/when/then: values and stories, nothing that pretends to be something else.

Everything hangs on the session fixture `given`, so that no test module imports another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core import lane_events as le
from lanes.core.commands import Standing
from lanes.core.decide import decide
from lanes.core.facts import Facts
from lanes.core.gate import NOTHING, Question, Regime, Spent
from lanes.core.lane_state import LaneState
from lanes.core.page import Lane, Mode
from lanes.core.run import Action, Run, fold
from lanes.core.states import RESERVING, State
from lanes.core.values import Lease, Person, Place
from tools.contract import Evidence, Preview, Stake, Target
from tools.money import Money

HOME = "T0HOME"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday morning
CATALOG = Path(__file__).parents[2] / "lanes" / "catalog"
REFUND, REPLY, SOLVE = "stripe.create_refund", "zendesk.reply", "zendesk.set_status"
SCOPE = {REFUND: "stripe:refunds.write", REPLY: "zendesk:tickets.reply", SOLVE: "zendesk:tickets.status"}
COUNTING = RESERVING | {State.DONE}


@dataclass
class Given:
    """What a story may begin with."""

    now: datetime = NOW
    home: str = HOME
    refund: str = REFUND
    reply: str = REPLY
    solve: str = SOLVE
    pages: dict[str, Any] = field(default_factory=dict)

    def page(self, name: str = "support-refunds", **changes: Any) -> Lane:
        """A page of the shipped catalog, with some of its fields written differently."""
        if name not in self.pages:
            self.pages[name] = yaml.safe_load((CATALOG / f"{name}.yml").read_text(encoding="utf-8"))
        return Lane.model_validate({**self.pages[name], **changes})

    def scopes(self, identity: str = "svc-support-refunds") -> frozenset[str]:
        if "identities" not in self.pages:
            self.pages["identities"] = yaml.safe_load((CATALOG / "identities.yml").read_text(encoding="utf-8"))
        return frozenset(self.pages["identities"][identity]["scopes"])

    def person(self, user: str = "U0REQUESTER", team: str = HOME) -> Person:
        return Person(user=user, team=team)

    def lease(self, tools: tuple[str, ...] = (REFUND, REPLY, SOLVE), per_action: str = "25.00 USD", per_day: int = 10,
              until: datetime = NOW + timedelta(days=7)) -> Lease:  # fmt: skip
        return Lease(tools=tools, per_action=Money.parse(per_action), per_day=per_day, until=until)

    @staticmethod
    def refused(events: Sequence[e.RunEvent]) -> str:
        """The code somebody was refused with; nothing else may have happened."""
        (event,) = events
        assert isinstance(event, e.DecisionRefused)
        return event.code

    def stop(self, lane: str = "support-refunds") -> le.LaneStopped:
        return le.LaneStopped(at=NOW, lane=lane, by=self.person("U0OWNER"), why="drill")

    def hang(self) -> c.HangCard:
        return c.HangCard("R1", Place(channel="C0CARD", ts="1700000000.000100"))

    def regime(self, mode: Mode | None = None, *, lane: Lane | None = None, lease: Lease | None = None,
               stopped: bool = False, all_stopped: bool = False) -> Regime:  # fmt: skip
        own = LaneState(mode=mode, lease=lease, stopped=self.stop() if stopped else None)
        return Regime(lane or self.page(), own, LaneState(stopped=self.stop("*") if all_stopped else None))

    def question(self, amount: str | None = "38.00 USD", tool: str = REFUND, customer: str | None = "cus_ada",
                 spent: Spent = NOTHING, **changes: Any) -> Question:  # fmt: skip
        """A refund of that amount, unless said otherwise."""
        money = Money.parse(amount) if amount else None
        asked = Question(
            tool=tool, arguments={"amount": money.model_dump()} if money else {},
            stake=Stake(amount=money, customer=customer), needs=frozenset(), retry="native_key", has=self.scopes(),
            done=frozenset(), elsewhere=False, spent=spent, now=NOW,
        )  # fmt: skip
        return replace(asked, **changes)

    def proposal(self, amount: str = "38.00 USD", tool: str = REFUND, customer: str = "cus_ada", call: str = "call_1",
                 **changes: Any) -> c.Proposal:  # fmt: skip
        """A write the model asks for: a refund with money at stake, or a write without."""
        money = Money.parse(amount)
        arguments: Mapping[str, Any] = {
            REFUND: {"charge": "ch_1", "amount": money.model_dump()},
            REPLY: {"ticket": "ZD-4821", "template": "refund_confirmation"},
            SOLVE: {"ticket": "ZD-4821", "status": "solved"},
        }.get(tool, {})
        asked = c.Proposal(
            call=call, tool=tool, tool_version=1, scopes=frozenset({SCOPE.get(tool, "none")}), risk="high",
            retry="native_key", arguments=arguments, why="The customer was charged twice",
            target=Target(ref="stripe.charge ch_1", pinned={"refunded": 0, "disputed": False, "note": None}),
            preview=Preview(sentence=f"Refund {money} of charge ch_1"),
            stake=Stake(amount=money, customer=customer) if tool == REFUND else Stake(),
            evidence=(Evidence(label="Charge", quote="duplicate"),),
        )  # fmt: skip
        return replace(asked, **changes)

    def facts(self, regime: Regime | None = None, **changes: Any) -> Facts:
        said = {
            "now": NOW,
            "spent": NOTHING,
            "scopes": self.scopes(),
            "team": HOME,
            "configuration": "c0",
            "model": "m",
        }
        return Facts(regime=regime or self.regime(), **{**said, **changes})

    def story(self, regime: Regime | None = None, **changes: Any) -> "Story":
        """A run that has just started."""
        story = Story(self, self.facts(regime, **changes))
        start = c.StartRun("R1", "support-refunds", "ZD-4821", self.person(), "C0ASKED", "d-start")
        story.tell(start)
        return story

    def held(self, amount: str = "38.00 USD", regime: Regime | None = None) -> "Story":
        """A refund that waits for people."""
        story = self.story(regime)
        story.propose(self.proposal(amount))
        assert story.action.state is State.HELD
        return story

    def cleared(self, amount: str = "38.00 USD") -> "Story":
        """A refund that people approved."""
        story = self.held(amount)
        for who in ("U0LEAD1", "U0LEAD2")[: story.quorum]:
            story.click(who)
        assert story.action.state is State.CLEARED
        return story

    def executing(self) -> "Story":
        story = self.cleared()
        story.begin()
        assert story.action.state is State.EXECUTING
        return story

    def frozen(self) -> "Story":
        """A refund that was approved and then met the kill switch."""
        story = self.cleared()
        story.under(self.regime(stopped=True))
        story.tell(c.Freeze("R1"))
        assert story.action.state is State.FROZEN
        return story


@dataclass
class Story:
    """One run and what is known around it. Each verb sends a command and gives the new events."""

    given: Given
    facts: Facts
    run: Run | None = None
    events: tuple[e.RunEvent, ...] = ()
    clicks: int = 0
    sent: tuple[c.RunCommand, ...] = ()

    def tell(self, command: c.RunCommand, **facts: Any) -> tuple[e.RunEvent, ...]:
        self.sent += (command,)
        new = decide(self.run, command, replace(self.facts, **{"spent": self.spent, **facts}))
        self.run = fold(new, self.run)
        self.events += new
        return new

    def under(self, regime: Regime) -> None:
        """From now on, under this regime."""
        self.facts = replace(self.facts, regime=regime)

    def later(self, by: timedelta) -> None:
        self.facts = replace(self.facts, now=self.facts.now + by)

    @property
    def spent(self) -> Spent:
        """What the run's own writes count against the day, beside what the facts say."""
        spent = self.facts.spent
        for action in self.run.actions.values() if self.run else ():
            if action.state in COUNTING:
                spent = spent.with_stake(action.draft.tool, action.draft.stake, alone=action.alone)
        return spent

    @property
    def action(self) -> Action:
        """The newest action."""
        assert self.run is not None
        return [*self.run.actions.values()][-1]

    @property
    def quorum(self) -> int:
        assert self.action.ruling is not None
        return self.action.ruling.quorum

    def propose(self, *proposals: c.Proposal, turn: int | None = None,
                answered: tuple[c.Answered, ...] = ()) -> tuple[e.RunEvent, ...]:  # fmt: skip
        assert self.run is not None
        return self.tell(
            c.TakeTurn(
                "R1", turn or len(self.run.turns) + 1, "m", "tool_use", (), {}, 10, 5, "req", answered, proposals
            )
        )

    def click(self, user: str = "U0LEAD1", decision: str = "approve", *, team: str = HOME, reason: str = "",
              standing: Standing = Standing.MEMBER, delivery: str | None = None, action: str | None = None,
              version: int | None = None, digest: str | None = None, note: str = "",
              revision: c.Revision | None = None, **voice: str) -> tuple[e.RunEvent, ...]:  # fmt: skip
        """Somebody clicks on the newest action's card, on what it shows now."""
        self.clicks += 1
        one = self.action
        return self.tell(c.Decide(
            run="R1", action=action or one.id, version=version or one.version, digest=digest or one.draft.digest,
            decision=decision, voice=c.Voice(self.given.person(user, team), standing, **voice), surface="card",
            delivery=delivery or f"d-{self.clicks}", reason=reason, channel="C0CARD", note=note, revision=revision,
        ))  # fmt: skip

    def begin(self, *, version: int | None = None, retry: str = "native_key",
              pinned: Mapping[str, Any] | None = None, **now: Any) -> tuple[e.RunEvent, ...]:  # fmt: skip
        one = self.action
        scopes = frozenset({SCOPE.get(one.draft.tool, "none")})
        found = one.draft.target.pinned if pinned is None else pinned
        return self.tell(c.Begin("R1", one.id, version or one.version, scopes, retry, found, **now))

    def report(self, outcome: str = "done", **fields: Any) -> tuple[e.RunEvent, ...]:
        return self.tell(c.Report("R1", self.action.id, self.action.version, outcome, **fields))

    def finish(self, cause: str = "end_turn", **fields: Any) -> tuple[e.RunEvent, ...]:
        return self.tell(c.Finish("R1", cause, **fields))


@pytest.fixture(scope="session")
def given() -> Given:
    return Given()


@pytest.fixture(scope="session")
def kinds():
    """The kinds of some events, in order."""
    return lambda events: [event.kind for event in events]
