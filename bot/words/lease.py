"""How a lane earns autonomy and loses it, in words."""

from collections.abc import Mapping

from bot import words
from bot.slack.mrkdwn import link, person, plain, quoted, when
from bot.words.bar import cases, evidence, percent, segment
from lanes.core import lane_events as le
from lanes.core.lane_state import Proposal
from lanes.core.page import Lane
from lanes.core.proving import Promotion
from lanes.core.values import Earned, Lease

_DAY = "{date_short_pretty}"
_NAMED = 5  # cases of a demotion named one by one; the rest is a number

REASON: Mapping[str, str] = {  # for which a lane lost its freedom
    "SEVERE_ERROR": "an action it took alone was wrong",
    "REVERSED": "something it did alone was taken back, reopened or disputed",
    "DETECTED": "audits show more error than the lane was allowed",
    "NEVER_TWICE": "it tried twice in a day what the page says never",
    "OVER_BUDGET": "too many of its runs went over their budget",
    "SCHEMA_DRIFT": "a system answered in a form the tool does not know",
    "CONFIGURATION_CHANGED": "its page, prompt, tools or model are no longer what the lease was signed for",
    "CANARIES_MISSED": "its approvers let too many canaries through",
    "INPUT_DRIFT": "what it is asked to do has changed since the evidence was gathered",
}
WITHDRAWN: Mapping[str, str] = {
    "REPLACED": "another proposal has taken its place",
    "EVIDENCE_CHANGED": "the evidence does not bear it any more",
    "CONFIGURATION_CHANGED": "the lane's page, prompt, tools or model have changed since, so its evidence begins anew",
    "LEASE_ENDED": "its last day passed before enough people had signed",
}
GONE = "This proposal has been replaced or settled since. The newest card says how it stands."
SIGNED = "✅ You have signed."
DECLINED = "🚫 You have declined. Whoever works on the lane reads why."


def lease(one: Lease) -> str:
    """Scope, caps and end, in a line."""
    what = ", ".join(segment(name) for name in one.segments)
    tools = what or ", ".join(words.TOOL.get(tool, f"`{plain(tool)}`") for tool in one.tools)
    each = f", up to {one.per_action} each" if one.per_action else ""
    audit = f", {one.audit} % of it looked at afterwards" if one.segments else ""
    return f"{tools}{each}, {one.per_day} a day{audit}, until {when(one.until, f'{_DAY} {{time}}')}."


# ------------------------------------------------------------------ the card


def asks(lane: str, one: Proposal) -> str:
    """The first line of the card."""
    match one.ended:
        case "":
            return f"▶️ *May {plain(lane)} do this alone?*"
        case "signed":
            return f"✅ *{plain(lane)} may do this alone.*"
        case "declined":
            assert one.by is not None
            return (
                f"🚫 *{person(one.by.user)} declined: {plain(lane)} goes on asking.* Their reason:\n{quoted(one.why)}"
            )
        case "demoted":
            return f"⛔ *{plain(lane)} was demoted before enough people had signed.*"
        case _:
            return f"↩️ *This proposal for {plain(lane)} stands no more*: {WITHDRAWN.get(one.why, plain(one.why))}."


def scope(one: Lease) -> str:
    lines = ["*Without a person*", *(f"• {segment(name)}" for name in one.segments)]
    cap = f"up to {one.per_action} for one action" if one.per_action else "nothing that moves money"
    lines.append(
        f"*Caps* {cap}, {one.per_day} a day; the page's own caps hold as before. Until "
        f"{when(one.until, f'{_DAY} {{time}}')}; then it ends by itself. People look at the first 50 actions, then at "
        f"{one.audit} of a hundred drawn at random. What errs costs the lane all of it at once."
    )
    return "\n".join(lines)


def earned(one: Earned) -> str:
    """The evidence of a segment as it was when the lease was proposed."""
    found = evidence(one.evidence)
    return (
        f"• {segment(one.segment)}: {cases(one.cases)} in {one.days} days, losses of {one.loss / 1000:g} in all; "
        f"evidence {found}, needed {one.needed:,}, against a tolerance of {percent(one.tolerance / 1_000_000)}"
    )


def signers(page: Lane, one: Proposal) -> str:
    """Who has signed, and who still has to."""
    who = ", ".join(person(user) for user in one.signers) or "nobody yet"
    if one.ended:
        return f"Signed by {who}."
    owner = page.owner.person
    owes = "" if owner in one.signers else f", {person(owner)} among them"
    return f"Signed by {who}. It takes {one.proposed.quorum} different people of @{plain(page.approvers.group)}{owes}."


def unsigned(page: Lane, one: Proposal, url: str) -> str:
    """To the approvers' channel, where the card has scrolled away."""
    card = link(url, "A lease") if url else "A lease"
    since = when(one.proposed.at, _DAY)
    return f"✍️ {card} of *{plain(page.lane)}* has waited for signatures since {since}. {signers(page, one)}"


def proposal_text(lane: str, one: Proposal) -> str:
    """For notifications, which show no blocks."""
    return f"{asks(lane, one)} {', '.join(segment(name) for name in one.lease.segments)}"


# ------------------------------------------------------------------ asked for


def may_earn(page: Lane, promotion: Promotion) -> str:
    """On the lane's page: which segments, against what."""
    what = "; ".join(segment(one.name) for one in promotion.segments)
    return (
        f"*It may earn* to do alone: {what}. Each against an error rate of {percent(promotion.tolerance)}, over at "
        f"least {promotion.min_days} days, signed by {promotion.quorum} people. `/lane promote {page.command}` says "
        "how far it is."
    )


def was_demoted(event: le.LaneDemoted) -> str:
    why = "; ".join(REASON.get(code, plain(code)) for code in event.reasons)
    return f"*It lost its lease* {when(event.at, _DAY)}: {why}."


NOT_JUSTIFIED = "Write a whole sentence: everyone will read it."


def not_earned(page: Lane) -> str:
    """Above the form by which an owner passes over the bar."""
    told = f"{page.channels.approvals} and {page.fallback.to}"
    return (
        f"⚠️ *It has not earned this.* `/lane promote {page.command}` says what is missing. You sign on your own "
        f"word, and {told} are told at once, with your name and your reason."
    )


def nothing_earned(page: Lane) -> str:
    return f"*{plain(page.lane)}*'s page has no `promotion`, so nothing is earned here. Its mode is set by hand."


def cannot_be_forced(page: Lane) -> str:
    """Below a bar that is not met."""
    if not page.approvers.break_glass:
        return "Nobody can pass over this."
    owner = person(page.owner.person)
    return (
        f"Nobody can pass over this but {owner}, in writing, which everyone is told: "
        f"`/lane mode {page.command} autonomous`."
    )


def proposed(page: Lane) -> str:
    """Above a bar that is met."""
    return f"The bar is met: the lease waits for signatures in {page.channels.approvals}."


def running(one: Lease) -> str:
    return f"▶️ It acts alone already: {lease(one)}"


def only_earned(page: Lane) -> str:
    return (
        f"*{plain(page.lane)}* earns its autonomy, and its page lets nobody pass over that. "
        f"`/lane promote {page.command}` says what is missing."
    )


def not_taken(why: str) -> str:
    return f"That was not taken: {plain(why)}."


def stands_no_more(why: str) -> str:
    return f"You have not signed: {WITHDRAWN.get(why, plain(why))}. The card says so."


# ------------------------------------------------------------------ what is told


def ended(event: le.LeaseEnded) -> str:
    return (
        f"⌛ The lease of *{plain(event.lane)}* has ended. From now on {words.MODE[event.mode]}; what had not run yet "
        "waits on its cards."
    )


def demoted(event: le.LaneDemoted, subjects: Mapping[str, str]) -> str:
    """To everyone: why, by what, and what holds now. `subjects`: what it rests on, each beside how people read it."""
    why = "; ".join(REASON.get(code, plain(code)) for code in event.reasons)
    lines = [
        f"{'🚨' if event.severe else '⛔'} *{plain(event.lane)} acts alone no more*: {why}. From now on "
        f"{words.MODE[event.mode]}; what had not run yet waits on its cards.",
        *(f"• {plain(told)}" for told in event.told[:10]),
        f"{_rests_on(subjects)}To act alone again it needs fresh evidence, and people who sign.",
    ]
    return "\n".join(lines)


def _rests_on(subjects: Mapping[str, str]) -> str:
    if not subjects:
        return ""
    first, more = plain(next(iter(subjects))), len(subjects) - _NAMED
    named = ", ".join([*subjects.values()][:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"It rests on {named}; `/lane audit {first}` tells what was done there. "


def called(told: str) -> str:
    """To those on call, for a severe error: what everyone is told."""
    return f"🚨 *A severe error.* Somebody looks now.\n{told}"


def broke_the_glass(event: le.LaneModeChanged) -> str:
    """Below the change of mode: the owner signed what the lane had not earned."""
    who = person(event.by.user)
    return f"\n🔨 *It had not earned this.* {who} signed for it alone. Their reason:\n{quoted(event.why)}"


def drill_told(page: Lane) -> str:
    return f"🧯 Tried. What came of it stands in {page.channels.approvals}; what was frozen waits there to be released."


def drilled(event: le.DrillHeld) -> str:
    """What trying the kill switch came to."""
    lane, who = plain(event.lane), person(event.by.user)
    after = "It writes again." if event.resumed else "It was stopped before, and stays so."
    if event.passed:
        return (
            f"🧯 {who} tried the kill switch of *{lane}*: it works. Stopped after {event.stopped_ms} ms; a write that "
            "tried to go out was refused by the gate and once more right before the wire, after "
            f"{event.refused_ms} ms. {after}"
        )
    gate = words.reasons(event.gate) if event.gate else "nothing"
    return (
        f"🚨 {who} tried the kill switch of *{lane}*, and *it does not work*: the gate said {plain(gate)}, and "
        f"{plain(event.wire) or 'nothing'} stood before the wire. Stop the process, then find out why. {after}"
    )
