"""What a model can say in a lane of refunds, and what must be true of a run whatever it said."""

import json
from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_CEILING

from genai_prices import Usage, calc_price
from house import LENA, House, wait_until
from shapes import complaints

from bot import words
from lanes.models.offline import MODEL as OFFLINE
from lanes.trace import trace
from tests.models.messages_server import Handle, Recorded, tool_use

WHY = "Both charges are on record and only one is due."
ADA, TICKET, CHARGE = "ada@parkstudio.example", "ZD-4821", "ch_3AdaPark02"


def read(ident="read", ticket=TICKET):
    return tool_use("zendesk__get_ticket", {"ticket": ticket}, ident)


def find(ident="find", email=ADA):
    return tool_use("stripe__find_charges", {"email": email}, ident)


def refund(ident="refund", charge=CHARGE, minor=3800, why=WHY):
    amount = {"minor": minor, "currency": "USD"}
    return tool_use(
        "stripe__create_refund", {"charge": charge, "amount": amount, "reason": "duplicate", "why": why}, ident
    )


def reply(ident="reply", ticket=TICKET, **changed):
    fixed = {"template": "refund_confirmation", "amount": {"minor": 3800, "currency": "USD"}, "text": None}
    return tool_use("zendesk__reply", {"ticket": ticket, **fixed, "why": WHY} | changed, ident)


def solve(ident="solve", ticket=TICKET):
    return tool_use("zendesk__set_status", {"ticket": ticket, "status": "solved", "why": WHY}, ident)


def blocks(messages, kind):
    """The blocks of one kind, in the order in which they were said."""
    said = [message["content"] for message in messages if not isinstance(message["content"], str)]
    return [block for content in said for block in content if block["type"] == kind]


def price(turn: Recorded) -> int:
    """Millionths of a dollar for one answer, by the public list."""
    used, more = turn.body["usage"], turn.body["usage"]["cache_creation"]
    counted = Usage(
        input_tokens=used["input_tokens"] + used["cache_creation_input_tokens"] + used["cache_read_input_tokens"],
        cache_write_tokens=used["cache_creation_input_tokens"],
        cache_write_5m_tokens=more["ephemeral_5m_input_tokens"],
        cache_write_1h_tokens=more["ephemeral_1h_input_tokens"],
        cache_read_tokens=used["cache_read_input_tokens"],
        output_tokens=used["output_tokens"],
    )
    dollars = calc_price(counted, turn.body["model"], provider_id="anthropic").total_price
    return int((dollars * 1_000_000).to_integral_value(ROUND_CEILING))


@dataclass(frozen=True)
class Scene:
    """A running house whose model says `turns`, one a request."""

    house: House
    api: Handle
    turns: tuple[Recorded, ...]

    @property
    def asked(self) -> list[dict]:
        """The bodies of all requests so far."""
        return [request.body for request in self.api.requests]

    def heard(self, call: str) -> tuple[dict, bool]:
        """What the model was told of one of its calls in the last request: the answer, and whether it is an error."""
        (result,) = [one for one in blocks(self.asked[-1]["messages"], "tool_result") if one["tool_use_id"] == call]
        return json.loads(result["content"]), result["is_error"]

    def begin(self, subject=TICKET, **more):
        return self.house.begin(subject, **more)

    def ended(self, outcome, subject=TICKET):
        """Begin a run that waits for nobody, and see it end so."""
        case = self.house.begin(subject)
        case.ends(outcome)
        return case

    def approve(self, case, *actions):
        """Lena says yes to each, as soon as it waits."""
        for action in actions:
            self.waits(case, action)
            assert case.click(LENA, "approve", action)["ok"]

    def reject(self, case, action, reason="not_due", who=LENA):
        self.waits(case, action)
        assert case.click(who, "reject", action)["ok"]
        self.house.modal(who)
        assert self.house.submit(who, reason=reason)["ok"]

    def waits(self, case, action):
        wait_until(lambda: case.state(action) == "held", what=f"{action} does not wait: {case.story()}")
        self.house.quiet()

    # ------------------------------------------------------------------ what holds in every scene

    def holds_together(self):
        for case in self.house.runs():
            case.ends()
            assert case.run.finished.outcome in words.OUTCOME
            self._nothing_happened_twice(case)
        self._every_call_was_answered_once()
        self._the_cost_is_the_listed_price()
        assert self.house.library.verify()[0] == []
        assert complaints(self.house.ask("calls")["calls"]) == []

    def _nothing_happened_twice(self, case):
        done = [action for action in case.run.actions.values() if action.state == "done"]
        starts = Counter(event.action for event in case.events("execution.started"))
        assert set(starts) >= {action.id for action in done}
        assert all(count == 1 for count in starts.values())
        refunds = [action for action in done if action.draft.tool == "stripe.create_refund"]
        made = [one for one in self.house.refunds if one["metadata"]]  # one made by hand carries no key of ours
        assert sorted(one["metadata"]["lanekeeper_key"] for one in made) == sorted(a.draft.key for a in refunds)
        replies = [action for action in done if action.draft.tool == "zendesk.reply"]
        assert len(self.house.replies(int(case.run.started.subject.removeprefix("ZD-")))) == len(replies)

    def _every_call_was_answered_once(self):
        """Each assistant message with calls is followed by one message with a result for each, in their order."""
        for body in self.asked:
            messages = body["messages"]
            for message, following in zip(messages, [*messages[1:], {"content": []}], strict=True):
                calls = [block["id"] for block in blocks([message], "tool_use")]
                results = blocks([following], "tool_result")
                assert [result["tool_use_id"] for result in results] == calls
                assert not calls or len(results) == len(following["content"])
            assert messages[0]["role"] == "user"
            assert not blocks(messages[:1], "tool_result")

    def _the_cost_is_the_listed_price(self):
        """Turn by turn; an answer that broke off counts as much as the one that came in its place."""
        due, lost = [], 0
        for turn in self.turns[: len(self.asked)]:
            if turn.breaks:
                lost += 1
            elif turn.status == 200:
                due.append(price(turn) * (1 + lost) if turn.body["model"].startswith("claude-sonnet") else None)
                lost = 0
        turns = [turn for case in self.house.runs() for turn in case.run.turns]
        recorded = [turn.cost for turn in turns if turn.model != OFFLINE]
        assert all(turn.cost == 0 for turn in turns if turn.model == OFFLINE)
        assert recorded == due
        for case in self.house.runs():
            assert trace(tuple(case.events()))["cost_micro_usd"] == case.run.cost == sum(cost or 0 for cost in due)
