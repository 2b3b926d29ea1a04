"""The modals: why a draft is rejected, everything about a draft, the lease that autonomy needs."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot import words
from bot.blocks import Block, choice, context, date_input, divider, section, sections, text_input
from bot.cards import changes
from bot.doubts import before, provenance
from bot.mrkdwn import TEXT, clamp, escaped, link, person, plain, quoted, when
from lanes.core.page import Lane
from lanes.core.run import Action, Run
from lanes.core.values import Lease
from tools.money import Money

_LEASE_DAYS = 7  # what the form suggests
_LONGEST_LEASE = 90  # days; longer than a quarter nobody remembers what they signed
View = dict[str, Any]


def reject(run: Run, action: Action, lane: Lane, carried: Mapping[str, Any]) -> View:
    """Ask for a reason from the lane's list, and a sentence."""
    return modal(
        "lane:reject",
        "Reject this draft",
        carried,
        [
            section(f"*{plain(action.draft.preview.sentence)}*\n{plain(run.started.subject)}"),
            choice("reason", "Why?", lane.rejections),
            text_input(
                "note", "A sentence", lines=True, optional=True, hint="The agent and the person who asked will read it."
            ),
        ],
        submit="Reject",
    )


def details(run: Run, action: Action) -> View:
    """Everything about a draft, what people ask first on top: why, evidence, rule, history, then the exact payload."""
    draft = action.draft
    payload = json.dumps(draft.arguments, indent=2, ensure_ascii=False)
    pinned = json.dumps(dict(draft.target.pinned), indent=2, ensure_ascii=False)
    sign = words.SIGN.get(action.state, "•")
    blocks = [
        section(f"*{plain(draft.preview.sentence)}*{changes(draft)}\n{sign} {words.STATE[action.state]}"),
        section(f"*Why*, in the agent's words\n{quoted(draft.why[:1500])}"),
        *_evidence(action),
        *_provenance(action),
        section(_ruling(action)),
        section(_history(action)),
        divider(),
        section(
            f"*Exactly what is sent* to `{plain(draft.tool)}`, version {draft.tool_version}, {plain(draft.risk)} risk"
        ),
        *sections(f"```{clamp(escaped(payload), 4 * TEXT)}```")[:4],
        section(
            f"*Must still be so when it runs:* {link(draft.target.url, draft.target.ref)}\n"
            f"```{clamp(escaped(pinned), 2000)}```"
        ),
        context(f"key `{draft.key}`", f"digest `{draft.digest}`"),
        *_cost(run),
    ]
    return modal("lane:details", "Details", {}, blocks[:100])


def lease(lane: Lane, today: date) -> View:
    """What the owner signs: scope, caps, end date."""
    tools: dict[str, str] = {}
    for row in lane.policy:
        if row.then == "auto":
            said = words.rule(f"{row.may} when {row.when}")
            tools[row.may] = f"{tools[row.may]}; {said}" if row.may in tools else said
    return modal(
        "lane:lease",
        "Sign a lease",
        {"lane": lane.lane},
        [
            section(
                f"*{plain(lane.lane)}* may then do the following without asking a person, and only inside this lease. "
                "It ends by itself; `/lane stop` ends everything at once."
            ),
            choice("tools", "What may go without a person", tools, many=True),
            text_input("amount", "Up to, for one action", lines=False, optional=False, start="25.00 USD"),
            text_input("per_day", "How many a day", lines=False, optional=False, start="10"),
            date_input("until", "Until the end of", (today + timedelta(days=_LEASE_DAYS)).isoformat()),
        ],
        submit="Sign",
    )


def read_lease(view: Mapping[str, Any]) -> Lease:
    """The lease a form asks for. Raises ValueError with {field: sentence} as its argument."""
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
    today = datetime.now(UTC).date()
    if until < today:
        wrong["until"] = "Choose a day that is still to come."
    elif until > today + timedelta(days=_LONGEST_LEASE):
        wrong["until"] = f"A lease lasts {_LONGEST_LEASE} days at the most."
    if wrong:
        raise ValueError(wrong)
    end = datetime.combine(until, time.max, UTC).replace(microsecond=0)
    return Lease(tools=tuple(values["tools"].split(",")), per_action=amount, per_day=int(per_day), until=end)


def errors(view: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a submission, by block id; empty when nothing is."""
    if view["callback_id"] == "lane:lease":
        try:
            read_lease(view)
        except ValueError as error:
            found = error.args[0]
            return found if isinstance(found, dict) else {"amount": str(found)}
    if view["callback_id"] == "lane:reject" and not answers(view).get("reason"):
        return {"reason": "Choose a reason."}
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


def modal(callback: str, title: str, carries: Mapping[str, Any], blocks: list[Block], submit: str = "") -> View:
    made: View = {
        "type": "modal",
        "callback_id": callback,
        "title": {"type": "plain_text", "text": title},
        "close": {"type": "plain_text", "text": "Cancel" if submit else "Close"},
        "private_metadata": json.dumps(carries, separators=(",", ":")),
        "blocks": blocks,
    }
    return {**made, "submit": {"type": "plain_text", "text": submit}} if submit else made


def _evidence(action: Action) -> list[Block]:
    said = [
        f"• {link(e.url, e.label)}" + (f"\n{quoted(e.quote[:600])}" if e.quote else "") for e in action.draft.evidence
    ]
    return [section("*The agent read*"), *(section(one) for one in said)] if said else []


def _provenance(action: Action) -> list[Block]:
    said = [*before(action.draft), *provenance(action.draft)]
    return [section("*Where it comes from*\n" + "\n".join(said))] if said else []


def _ruling(action: Action) -> str:
    ruling = action.ruling
    if ruling is None:
        return "Not ruled on yet."
    codes = ", ".join(f"`{plain(code)}`" for code in ruling.reasons)
    line = f"\nRule: `{plain(ruling.rule)}`" if ruling.rule else ""
    return f"*Ruling*: {ruling.verdict}, because {words.reasons(ruling.reasons)} ({codes}){line}"


def _cost(run: Run) -> list[Block]:
    tokens = sum(sum(turn.usage.values()) for turn in run.turns)
    said = f"{len(run.turns)} model turns, {tokens} tokens, {words.money(run.cost)}, {run.worked.total_seconds():.1f} s"
    return [context(f"run `{run.id}` · {said} · {plain(run.started.model)} · rules `{run.started.configuration[:12]}`")]


def _history(action: Action) -> str:
    lines = [f"drafted {when(action.drafted_at, '{date_short_pretty} {time_secs}')}"]
    lines += [
        f"{d.decision} by {person(d.by.user)} {when(d.at, '{date_short_pretty} {time_secs}')}" for d in action.decided
    ]
    if action.finished_at:
        lines.append(f"{words.STATE[action.state]} {when(action.finished_at, '{date_short_pretty} {time_secs}')}")
    return "*History*\n" + "\n".join(f"• {line}" for line in lines)
