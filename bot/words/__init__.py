"""Every sentence of ours that a person reads and that does not belong to a tool's preview.

Plain words, the doer first; a refusal says why and what to do. Codes are for machines, these are for people.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.slack.mrkdwn import link, person, plain, quoted, when
from lanes.core.commands import Standing
from lanes.core.events import CardClaimed, DecisionRecorded, QuestionAsked
from lanes.core.page import Lane, Mode
from lanes.core.run import Action, Run

RULING: Mapping[str, str] = {
    "KILL_SWITCH": "the lane is stopped",
    "READ_ONLY": "the lane only reads",
    "NOT_A_TOOL_OF_THIS_LANE": "the tool is not among the lane's tools",
    "AMOUNT_NOT_POSITIVE": "the amount is not more than nothing",
    "SCOPE_MISSING": "the lane's identity has no right to it",
    "NO_RULE": "no line of the lane's policy allows it",
    "CAP_MONEY_PER_DAY": "it would pass the lane's money cap for the day",
    "CAP_PER_ACTION": "it is more than one action of this lane may move",
    "CAP_MONEY_PER_CUSTOMER": "it would pass what one customer may get in a day",
    "CAP_PER_CUSTOMER": "this customer has had as many of these today as the lane allows",
    "CAP_CURRENCY": "the lane's money cap is in another currency",
    "CAP_CUSTOMER_UNKNOWN": "it is not known which customer it would count for",
    "MODE_APPROVAL": "in this mode a person commits every write",
    "LEASE_ENDED": "there is no lease, or it has ended",
    "LEASE_OTHER_CONFIGURATION": "the lease was signed for another page, prompt, set of tools or model",
    "OUTSIDE_LEASE_SEGMENT": "the lease does not hold this kind of it",
    "DEMOTED": "the lane may not act alone any more",
    "OUTSIDE_LEASE": "the lease does not name this tool",
    "OVER_LEASE_CAP": "it is more than the lease lets go alone",
    "LEASE_USED_UP_TODAY": "the lease's writes for today are used up",
    "OTHER_SUBJECT": "it is about something else than what was asked for",
    "APPROVER_LEFT": "somebody who said yes may not decide any more, so people are asked again",
    "MODE_SHADOW": "the lane drafts in silence now",
    "UNDO": "taking something back is for a person to decide",
    "ALREADY_UNDER_WAY": "the same change is under way already",
    "DONE_BEFORE": "the same change was made not long ago",
    "THERE_ALREADY": "somebody seems to have done it already",
    "UNTRUSTED_VALUE": "a value stands only in words that others wrote",
    "UNSUPPORTED_VALUE": "a value stands in nothing the agent read",
    "EDITED": "a person changed it, so a person says yes",
    "NOT_REPEATABLE": "it could not be repeated safely, so it never goes alone",
    # what the catalog's own lanes call their lines of policy
    "LOW_VALUE": "the amount is low",
    "AMOUNT_OVER_AUTO": "the amount is above what may go alone",
    "HIGH_VALUE": "the amount is high",
    "TOO_LARGE": "the amount is too large for this lane",
    "FIXED_WORDS": "the wording is fixed",
    "CUSTOMER_FACING": "a customer reads it",
    "REFUND_DONE": "the refund is done",
    "CLOSES_A_DEAL": "it closes a deal",
    "FORECAST_CHANGE": "it changes the forecast",
    "PEOPLE_CLOSE_LOST_DEALS": "only people give a deal up",
    "CALLS_PEOPLE": "it calls people to work",
    "PEOPLE_CALL_THE_HIGHEST": "only people call the highest priority",
    "QUOTES_A_PRICE": "it quotes a price",
    "LARGE_QUOTE": "it quotes a large price, or one in a currency without a rule",
    "OWN_WORDS": "the wording is the agent's own",
    "PEOPLE_CLOSE_RENEWALS": "only people close a renewal",
}

SYSTEM: Mapping[str, str] = {"hubspot": "HubSpot"}  # the others are written as a name begins

OUTCOME: Mapping[str, str] = {
    "succeeded": "done, and checked against the systems",
    "fell_short": "finished, but the lane's success test does not hold",
    "no_evidence": "nothing was proposed: the records give no reason to",
    "rejected": "ended: a person said no",
    "expired": "ended: nobody decided in time, so nothing was done",
    "taken_over": "ended: a person does it by hand",
    "cancelled": "cancelled",
    "blocked": "ended: the lane's rules do not allow it",
    "failed": "ended: the other system refused",
    "uncertain": "a write was sent and never answered; a person has to look",
    "budget": "stopped: the run's budget is used up",
    "refusal": "stopped: the model declined to go on",
    "cut_short": "stopped: the model's answer was cut off",
    "malformed": "stopped: the model kept calling tools in ways they do not take",
    "model_refused": "stopped: the model could not be asked",
    "model_unavailable": "stopped: the model, or a system it reads, did not answer",
    "shadowed": "drafted in silence",
    "practice": "a practice draft, wrong on purpose; nothing was done",
}

ENDED: Mapping[str, str] = {  # how a card's title begins, for whoever reads thirty of them
    "succeeded": "Done",
    "rejected": "Rejected",
    "expired": "Expired",
    "taken_over": "Taken over",
    "cancelled": "Cancelled",
    "blocked": "Not allowed",
    "failed": "Failed",
    "fell_short": "Not finished",
    "no_evidence": "Nothing to do",
}  # everything else: Ended
_SAYS_ALL = frozenset({"expired", "taken_over", "uncertain"})  # ends whose codes add nothing: why it was held, say
_COUNTED: Mapping[str, str] = {  # behind a number; the others are their own name
    "no_evidence": "without evidence",
    "budget": "over budget",
    "refusal": "declined by the model",
    "malformed": "broken off",
    "model_refused": "without a model",
    "model_unavailable": "unanswered",
    "shadowed": "drafted in silence",
}

OUTCOME_SIGN: Mapping[str, str] = {
    "succeeded": "✅",
    "rejected": "🚫",
    "expired": "⌛",
    "taken_over": "🖐",
    "cancelled": "🚫",
    "blocked": "⛔",
    "shadowed": "•",
    "practice": "🐤",
}  # everything else asks for a look: ⚠️

STATE: Mapping[str, str] = {
    "held": "waiting",
    "cleared": "approved, starting",
    "executing": "running",
    "uncertain": "sent, no answer yet; asking the system",
    "done": "done",
    "failed": "failed",
    "blocked": "not allowed",
    "rejected": "rejected",
    "expired": "expired: nobody decided in time, nothing was done",
    "superseded": "replaced by a newer draft",
    "frozen": "frozen: the lane was stopped before this ran",
    "taken_over": "taken over by a person",
    "shadowed": "drafted in silence",
    "drafted": "drafted",
}

UNSETTLED = "sent, and no system can tell whether it happened"
NOT_CARRIED_OUT: Mapping[str, str] = {  # why a cleared draft went no further, where perhaps none replaced it
    "content_changed": "not carried out, because the record has changed since",
    "target_unavailable": "not carried out, because the system did not answer",
}

SIGN: Mapping[str, str] = {
    "held": "⏳",
    "cleared": "▶️",
    "executing": "▶️",
    "uncertain": "❔",
    "done": "✅",
    "failed": "⚠️",
    "blocked": "⛔",
    "rejected": "🚫",
    "expired": "⌛",
    "superseded": "↩️",
    "frozen": "🧊",
    "taken_over": "🖐",
}

TOOL: Mapping[str, str] = {
    "stripe.create_refund": "refund",
    "stripe.create_credit_note": "credit note",
    "stripe.void_credit_note": "voiding of the credit note",
    "stripe.set_subscription_cancellation": "change of when the subscription ends",
    "zendesk.reply": "reply to the customer",
    "zendesk.add_note": "note for colleagues",
    "zendesk.set_status": "change of the ticket's status",
    "zendesk.set_priority": "change of the ticket's priority",
    "zendesk.set_tags": "change of the ticket's tags",
    "zendesk.apply_macro": "macro on the ticket",
    "zendesk.create_ticket": "new ticket",
    "zendesk.update_tickets": "change of several tickets",
    "salesforce.update_opportunity": "update of the opportunity",
    "jira.create_issue": "new Jira issue",
    "salesforce.move_deal": "update of the opportunity with its reason",
    "salesforce.log_task": "activity on the opportunity",
    "salesforce.delete_task": "deletion of our activity",
    "hubspot.update_deal": "update of the deal",
    "hubspot.create_note": "note in HubSpot",
    "hubspot.delete_note": "deletion of the note",
}
_READ_ALOUD = (
    ("<= ", "is up to "), (">= ", "is at least "), ("== ", "is "), ("< ", "is under "), ("> ", "is over "),
    ("''", "(empty)"), ("'", ""), ("_", " "),
)  # fmt: skip

MODE: Mapping[Mode, str] = {
    Mode.SHADOW: "drafts in silence; nothing is posted and nothing is written",
    Mode.READ_ONLY: "reads, summarises and routes; writes nothing",
    Mode.APPROVAL: "a person commits every write",
    Mode.AUTONOMOUS: "low-risk writes may go alone, inside the lease; a person commits the rest",
}

STEP: Mapping[str, str] = {
    "zendesk.get_ticket": "Read the ticket",
    "zendesk.find_tickets": "Looked for the customer's other tickets",
    "zendesk.ticket_history": "Read the ticket's history",
    "zendesk.find_users": "Looked the person up",
    "zendesk.find_macros": "Read the macros",
    "stripe.find_customer": "Looked up the customer",
    "stripe.find_charges": "Looked up the customer's charges",
    "stripe.find_payments": "Looked up the customer's payments",
    "stripe.find_invoices": "Looked up the customer's invoices",
    "stripe.find_subscriptions": "Looked up the customer's subscriptions",
    "stripe.find_refunds": "Looked up the refunds",
    "salesforce.find_opportunities": "Read the account's opportunities",
    "salesforce.find_stalled_opportunities": "Looked for opportunities that stand still",
    "datadog.search_logs": "Searched the service's logs",
    "datadog.find_monitors": "Looked at its monitors",
    "jira.find_issues": "Looked for incidents like it",
    "jira.get_issue": "Read an incident",
    "salesforce.find_contacts": "Read the account's contacts",
    "salesforce.opportunity_history": "Read who changed the opportunity, and when",
    "hubspot.find_companies": "Looked up the company",
    "hubspot.find_contacts": "Looked up the contacts",
    "hubspot.find_deals": "Read the company's deals, contacts and notes",
    "answer": "Classified and routed it",
}


def unknown_command(word: str, lanes: Mapping[str, Lane]) -> str:
    starts = ", ".join(f"`/lane {lane.command}`" for lane in lanes.values())
    return f"`{plain(word)}` is neither a lane nor a command. Lanes start with {starts}; `/lane help` shows the rest."


def reasons(codes: tuple[str, ...]) -> str:
    """Reason codes of a ruling as a person reads them; a lane's own codes become words by themselves."""
    return "; ".join(RULING.get(code, code.replace("_", " ").lower()) for code in codes)


def because(outcome: str, codes: Sequence[str], rejections: Mapping[str, str]) -> list[str]:
    """Why a run ended so, for a person: a lane's own reasons and the gate's codes become words, sentences stay."""
    if outcome in _SAYS_ALL:
        return []
    return [rejections.get(one) or RULING.get(one) or _spoken(one) for one in codes]


def counted(outcome: str) -> str:
    """How runs ended, behind their number: "3 without evidence"."""
    return _COUNTED.get(outcome, outcome.replace("_", " "))


def system(name: str) -> str:
    """An outside system, as it is written: "zendesk" is "Zendesk"."""
    return SYSTEM.get(name, name.capitalize())


def _spoken(code: str) -> str:
    """A code is no sentence: NOT_FOUND is "not found"."""
    return code.replace("_", " ").lower() if code.isupper() and " " not in code else code


def rule(said: str) -> str:
    """A line of policy as a person reads it: "refund when amount is up to 500.00 USD"."""
    for tool, spoken in TOOL.items():
        said = said.replace(tool, spoken)
    what, _, when = said.partition(" when ")
    for sign, spoken in _READ_ALOUD:
        when = when.replace(sign, spoken)
    return what if when in {"", "always"} else f"{what} when {when}"


def money(micro_usd: int) -> str:
    """Model spend: millionths of a dollar, as much of it as says something."""
    dollars = micro_usd / 1_000_000
    return "$0" if not micro_usd else f"${dollars:.4f}" if dollars < 1 else f"${dollars:.2f}"


def duration(span: timedelta) -> str:
    """4h, 30 min, 2 days."""
    seconds = int(span.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{seconds} seconds"


RECONCILE = (
    "*Did it happen?* It was sent, and no answer came that tells. Look at the record, then say what it shows: until "
    "then it counts against the caps, and nobody does it again."
)
UNDO_WHAT = "What? `/lane undo ZD-4821` or, for one of several changes, `/lane undo <run> <action>`."
UNDO_WHICH = "Several changes can be taken back. Choose one:"


def cannot_undo(why: str) -> str:
    return f"That cannot be undone here: {plain(why)}. Nothing was changed."


def undo_drafted(channel: str) -> str:
    return f"The way back is drafted on its card in {channel}. Somebody else has to approve it."


def takes_back(sentence: str, user: str) -> str:
    return f"↩️ {person(user)} asked to take this back: {plain(sentence)}"


def nothing_to_undo(term: str) -> str:
    return f"Nothing on record about `{plain(term)}` can be taken back (any more)."


VERB: Mapping[str, str] = {
    "approve": "approved",
    "reject": "rejected",
    "edit": "edited",
    "take_over": "taken over",
    "release": "released",
    "break_glass": "let through by breaking the glass",
    "happened": "found done",
    "did_not_happen": "found not done",
}
SNOOZE_MOVES_NOTHING = "Only you stop seeing it. Its deadline stays, and the others see it as before."


def voice(said: DecisionRecorded) -> str:
    """Who decided, and for whom where they stood in for somebody."""
    return f"{person(said.by.user)} for {person(said.on_behalf)}" if said.on_behalf else person(said.by.user)


TOO_LARGE = "This is too large to show whole here. Open Details to read all of it; it can be approved there."
TOO_LARGE_ANYWHERE = "This is too large to show whole, even here, so nobody can approve it. Reject it or take it over."


def still_waiting(action: Action, called: str, claim: CardClaimed | None) -> str:
    until = f", until {when(action.until, '{date_short_pretty} {time}')}" if action.until else ""
    taken = f" {person(claim.by.user)} is on it." if claim else ""
    return f"⏰ {called} this still waits{until}: {plain(action.draft.preview.sentence)}.{taken}"


def awake(run: Run, where: str) -> str:
    what = plain(run.waiting[0].draft.preview.sentence)
    until = run.waiting[0].until
    end = f" It waits until {when(until, '{date_short_pretty} {time}')}." if until else ""
    return f"⏰ You put this off until now: {link(where, what) if where else what}.{end}"


def question(run: Run, asked: QuestionAsked) -> str:
    what = plain(run.actions[asked.action].draft.preview.sentence)
    who = person(run.started.by.user)
    return f"❓ {who}, {person(asked.by.user)} asks before deciding on “{what}”:\n{quoted(asked.text)}"


def broke_the_glass(run: Run, what: str, user: str) -> str:
    return f"*{person(user)} broke the glass* in *{plain(run.lane)}*: {what}. Nobody else was asked. Their reason:"


MEANWHILE = "⚠️ *While this was open, the draft has moved on:*"
NOT_ASKED_OF_YOU = "This question is for the person who asked for the run. Only they can answer it."
MODAL_IN_SHORT = (
    "Slack does not take all of this. It stands whole in the audit: `lanekeeper audit show`, with the run's id from "
    "the card."
)
HOME_IN_SHORT = "Slack does not take all of this page. `/lane inbox` lists what waits for you, `/lane status` all."
TOO_LATE_TO_OPEN = "Slack closed the window for opening this before it could be shown. Please try once more."


def and_more(count: int) -> str:
    return f"and {count} more: `/lane inbox`"


def card_lost(run: Run, channel: str) -> str:
    """Nobody can decide, because nobody sees what there is to decide."""
    until = min((a.until for a in run.waiting if a.until), default=None)
    wait = f" until {when(until, '{date_short_pretty} {time}')} and then expires" if until else ""
    return (
        f"⚠️ The card about *{plain(run.started.subject)}* could not be shown in {plain(channel)}; is the app in that "
        f"channel? Nothing was decided by this: what was drafted waits{wait}. Lanekeeper's log says what Slack said."
    )


def channel_not_seen(lane: str, channel: str) -> str:
    return f"lane {lane} speaks in {channel}, which the app cannot see: create the channel, or invite the app there"


def barred(standing: Standing) -> str:
    """Why somebody may not use lanes."""
    said = {
        Standing.GUEST: "Guests cannot use lanes. Ask a full member to start this for you.",
        Standing.STRANGER: "Only people of this workspace can use lanes here.",
        Standing.BOT: "An app cannot start a lane.",
        Standing.DEACTIVATED: "This account is deactivated.",
    }
    return said.get(standing, "Slack did not say who you are, so nothing was started. Try again in a minute.")


def stopped(lane: Lane) -> str:
    return f"*{lane.lane}* is stopped, so nothing was started. `/lane resume {lane.command}` lets it work again."


def nothing_can_be_approved(lane: str) -> str:
    return f"🛑 Nothing can be approved while *{plain(lane)}* is stopped. `/lane resume {plain(lane)}` lets it go on."
