"""What a person should know before they say yes: the same change made before, and values that stand nowhere sure."""

from collections.abc import Iterator

from bot import words
from bot.slack.mrkdwn import clamp, link, person, plain, when
from lanes.core.provenance import EDIT, MESSAGE, PAGE, REQUEST
from lanes.core.values import Draft, Origin, Precedent, Prior

_QUOTE = 160  # characters of a quote


def doubts(draft: Draft) -> list[str]:
    """A line each; nothing when there is no doubt."""
    return before(draft) + [f"⚠️ {_unsure(origin)}" for origin in draft.origins if origin.trust != "trusted"]


def before(draft: Draft) -> list[str]:
    """Who made, or is making, the same change: an action of ours, or somebody's own hand."""
    said = [_prior(one) for one in draft.prior]
    said += [f"Already there: {_already(one.label, one.quote, one.url)}" for one in draft.target.already]
    return [f"⚠️ {line}" for line in said]


def sure(draft: Draft) -> str:
    """Where the values stand that can be believed, in one line; empty when there are none."""
    believed = [f"{_field(o)} from {_place(o)}" for o in draft.origins if o.trust == "trusted"]
    return f"✓ {' · '.join(believed)}" if believed else ""


def provenance(draft: Draft) -> Iterator[str]:
    """Every value that routes the write, for Details."""
    for origin in draft.origins:
        if origin.trust == "trusted":
            yield f"✓ {_field(origin)} `{plain(origin.value)}` stands in {_place(origin)}"
        else:
            yield f"⚠️ {_unsure(origin)}"


def precedents(draft: Draft) -> list[str]:
    """What people said of drafts like this one."""
    return [f"⚠️ {_said(one)}" for one in draft.precedents]


def _said(one: Precedent) -> str:
    what = "rejected" if one.decision == "reject" else "changed"
    why = " · ".join(plain(part.replace("_", " ")) for part in (one.reason,) if part)
    note = f" “{plain(clamp(one.note, _QUOTE))}”" if one.note else ""
    told = f": {why}{note}" if why or note else ""
    return f"*One like it was {what}* by {person(one.by)} {when(one.at, '{date_short_pretty}')}{told}"


def _prior(one: Prior) -> str:
    who = f"run `{plain(one.run)}` of {plain(one.lane)}, asked by {person(one.by)}"
    if one.done:
        return f"*Done before*: {who}, did the same {when(one.at, '{date_short_pretty} {time}')}"
    return f"*Under way already*: {who}, is about the same change"


def _already(label: str, quote: str, url: str) -> str:
    said = link(url, label) if url else plain(label)
    return f"{said} “{plain(clamp(quote, _QUOTE))}”" if quote else said


def _unsure(origin: Origin) -> str:
    value = f"{_field(origin)} `{plain(origin.value)}`"
    match origin.trust:
        case "untrusted":
            return f"{value} stands only in words that others wrote: “{plain(clamp(origin.quote, _QUOTE))}”"
        case "reached":
            return f"{value} was found in {_place(origin)} through something that only others' words name"
        case _:
            return f"{value} stands in nothing the agent read"


def _field(origin: Origin) -> str:
    return plain(origin.field.replace("_", " ").replace(".", " "))


def _place(origin: Origin) -> str:
    ours = {
        REQUEST: "the request", MESSAGE: "the message", PAGE: "the lane's page",
        EDIT: "what a person typed over the draft",
    }  # fmt: skip
    return ours[origin.where] if origin.where in ours else plain(words.system(origin.where.partition(".")[0]))
