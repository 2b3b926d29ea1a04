"""The modals in which a person says more than a click can: a reason, a question, a time, a justification, a lease."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot import words
from bot.cards.lines import settled
from bot.home import forms as home_forms
from bot.slack.blocks import Block, choice, context, date_input, modal, section, text_input
from bot.slack.mrkdwn import plain, quoted
from bot.words import lease as words_lease
from lanes.core.page import Lane
from lanes.core.refuse import JUSTIFIED
from lanes.core.run import Action, Run
from lanes.core.values import Lease
from tools.money import Money

_LEASE_DAYS = 7  # what the form suggests
_LONGEST_LEASE = 90  # days; longer than a quarter nobody remembers what they signed
SNOOZES = {"30": "In half an hour", "60": "In an hour", "180": "In three hours", "960": "Tomorrow"}  # minutes
VIEW_BLOCKS = 100
View = dict[str, Any]


@dataclass(frozen=True)
class About:
    """What a form is about; `carried` comes back with it."""

    run: Run
    action: Action
    lane: Lane
    carried: Mapping[str, Any]


def reject(about: About) -> View:
    """Ask for a reason from the lane's list, and a sentence."""
    return modal(
        "reject",
        "Reject this draft",
        about.carried,
        [
            _what(about.run, about.action),
            choice("reason", "Why?", about.lane.rejections),
            text_input(
                "note", "A sentence", lines=True, optional=True, hint="The agent and the person who asked will read it."
            ),
        ],
        submit="Reject",
    )


def take_over(about: About) -> View:
    """Say that a person does it by hand."""
    blocks = [
        _what(about.run, about.action),
        section("You do this yourself, in the system it belongs to. The draft ends here and nothing is sent by it."),
        text_input("note", "What will you do?", lines=True, optional=True, hint="The agent and whoever asked read it."),
    ]
    return modal("take_over", "Do it by hand", about.carried, blocks, submit="I do it")


def ask(about: About) -> View:
    """A question, before deciding."""
    who = {
        "agent": "The agent: it takes this draft back and answers with another",
        "requester": "Whoever asked: the draft waits for the answer",
    }
    blocks = [
        _what(about.run, about.action),
        choice("to", "Whom?", who, start="agent"),
        text_input("text", "Your question", lines=True, optional=False),
    ]
    return modal("ask", "Ask first", about.carried, blocks, submit="Ask")


def answer(about: About) -> View:
    """The requester's answer."""
    asked = about.run.questions[about.carried["q"]].text
    blocks = [
        _what(about.run, about.action),
        section(f"*You are asked:*\n{quoted(asked)}"),
        text_input("text", "Your answer", lines=True, optional=False),
    ]
    return modal("answer", "Answer", about.carried, blocks, submit="Answer")


def put_off(about: About) -> View:
    """When to see it again."""
    blocks = [_what(about.run, about.action), choice("for", "See it again", SNOOZES, start="60")]
    return modal(
        "put_off", "Put it off", about.carried, [*blocks, context(words.SNOOZE_MOVES_NOTHING)], submit="Put off"
    )


def break_glass(about: About) -> View:
    """Let it through against quorum and four eyes, in writing."""
    told = f"<@{about.lane.owner.person}>, {about.lane.channels.approvals} and {about.lane.fallback.to}"
    blocks = [
        _what(about.run, about.action),
        section(f"⚠️ *This lets it run on your word alone.* {told} are told at once, with your name and your reason."),
        text_input("note", "Why can it not wait?", lines=True, optional=False, shortest=JUSTIFIED),
    ]
    return modal("break_glass", "Break the glass", about.carried, blocks, submit="Let it run")


ON_DRAFTS: Mapping[str, Callable[[About], View]] = {
    "reject": reject, "take_over": take_over, "ask": ask, "answer": answer, "put_off": put_off,
    "break_glass": break_glass,
}  # fmt: skip


def over(run: Run, action: Action, view: Mapping[str, Any]) -> View:
    """What becomes of an open modal whose draft has moved on. Words that were typed into it stay where they are."""
    said = section(f"{words.MEANWHILE} {settled(action)}")
    if any(block["type"] == "input" for block in view["blocks"]):
        return {**view, "blocks": [said, *view["blocks"]][:VIEW_BLOCKS]}
    return modal("over", "Decided meanwhile", {}, [_what(run, action), said])


def _what(run: Run, action: Action) -> Block:
    return section(f"*{plain(action.draft.preview.sentence)}*\n{plain(run.started.subject)}")


def lease(lane: Lane, today: date) -> View:
    """What the owner signs by their own hand: scope, caps, end date; and why, where the lane has not earned it."""
    tools: dict[str, str] = {}
    for row in lane.policy:
        if row.then == "auto":
            said = words.rule(f"{row.may} when {row.when}")
            tools[row.may] = f"{tools[row.may]}; {said}" if row.may in tools else said
    said = (
        f"*{plain(lane.lane)}* may then do the following without asking a person, and only inside this lease. "
        "It ends by itself; `/lane stop` ends everything at once."
    )
    glass = []
    if lane.promotion:
        said += f"\n{words_lease.not_earned(lane)}"
        label = "Why can it not wait until it is earned?"
        glass = [text_input("why", label, lines=True, optional=False, shortest=JUSTIFIED)]
    return modal(
        "lease",
        "Sign a lease",
        {"lane": lane.lane},
        [
            section(said),
            choice("tools", "What may go without a person", tools, many=True),
            text_input("amount", "Up to, for one action", lines=False, optional=False, start="25.00 USD"),
            text_input("per_day", "How many a day", lines=False, optional=False, start="10"),
            date_input("until", "Until the end of", (today + timedelta(days=_LEASE_DAYS)).isoformat()),
            *glass,
        ],
        submit="Sign",
    )


def read_lease(view: Mapping[str, Any], today: date) -> Lease:
    """The lease a form asks for, in UTC's days. Raises ValueError with {field: sentence} as its argument."""
    values = answers(view)
    wrong: dict[str, str] = {}
    try:
        amount = Money.parse(values["amount"])
    except ValueError:
        wrong["amount"] = "Write an amount such as 25.00 USD."
    per_day = values["per_day"]
    if not per_day.isdecimal() or not 1 <= int(per_day) <= 1000:
        wrong["per_day"] = "Write a whole number from 1 to 1000."
    until = date.fromisoformat(values["until"])
    if until < today:
        wrong["until"] = "Choose a day that is still to come."
    elif until > today + timedelta(days=_LONGEST_LEASE):
        wrong["until"] = f"A lease lasts {_LONGEST_LEASE} days at the most."
    if "why" in values and len(values["why"].strip()) < JUSTIFIED:
        wrong["why"] = words_lease.NOT_JUSTIFIED
    if wrong:
        raise ValueError(wrong)
    end = datetime.combine(until, time.max, UTC).replace(microsecond=0)
    return Lease(tools=tuple(values["tools"].split(",")), per_action=amount, per_day=int(per_day), until=end)


def errors(view: Mapping[str, Any], today: date) -> dict[str, str]:
    """What is wrong with a submission, by block id; empty when nothing is."""
    if view["callback_id"] == "lane:lease":
        try:
            read_lease(view, today)
        except ValueError as error:
            found = error.args[0]
            return found if isinstance(found, dict) else {"amount": str(found)}
    given = answers(view)
    if view["callback_id"] == "lane:home_settings":
        return home_forms.errors(given)
    if view["callback_id"] == "lane:reject" and not given.get("reason"):
        return {"reason": "Choose a reason."}
    if view["callback_id"] == "lane:break_glass" and len(given.get("note", "").strip()) < JUSTIFIED:
        return {"note": "Write a whole sentence: everyone will read it."}
    return {}


def answers(view: Mapping[str, Any]) -> dict[str, str]:
    """A submission's answers by block id; several choices are joined by commas."""
    out = {}
    for block_id, actions in view["state"]["values"].items():
        given = actions["value"]
        match given:
            case {"selected_options": list() as many}:
                out[block_id] = ",".join(one["value"] for one in many)
            case {"selected_option": {"value": str() as one}}:
                out[block_id] = one
            case {"selected_date": str() as one} | {"selected_user": str() as one}:
                out[block_id] = one
            case _:
                out[block_id] = given.get("value") or ""
    return out


def carried(view: Mapping[str, Any]) -> dict[str, Any]:
    """What a modal was opened with."""
    found = json.loads(view.get("private_metadata") or "{}")
    return found if isinstance(found, dict) else {}
