"""crm-hygiene: bring an account's open opportunities in line with what their latest activity says in so many words.

Only the marks "Next step: …", "Expected close: YYYY-MM-DD" and "Stage: …" are read; prose is not interpreted.
"""

import re
from collections.abc import Mapping
from datetime import date

from lanes.models.rules.seen import Json, Seen, Step, Use

MARKS: Mapping[str, str] = {"next_step": "Next step", "close_date": "Expected close", "stage": "Stage"}
ANY = "|".join(MARKS.values())
# A value ends with its line, its sentence, or where the next mark begins.
VALUE = rf"(.+?)(?=[.;,]?\s*(?:$|\b(?:{ANY}):)|[.;]\s)"


def plan(seen: Seen) -> Step:
    if trouble := seen.trouble():
        return trouble
    if (read := seen.read("salesforce.find_opportunities")) is None:
        return (Use("salesforce.find_opportunities", {"account": seen.subject}),)
    if any(call.settled for call in seen.since(read)):
        return _summary(seen)
    if not read.answer.get("account"):
        return f"No evidence: Salesforce knows no account {seen.subject}."
    return _updates(seen.subject, read.answer.get("opportunities") or [])


def _updates(subject: str, opportunities: list[Json]) -> Step:
    pending = [one for one in opportunities if not str(one.get("stage", "")).startswith("Closed")]
    said = [(one, activity, marks(activity)) for one in pending if (activity := latest(one))]
    if not any(found for _, _, found in said):
        return (
            f"No evidence: {len(pending)} open of {len(opportunities)} opportunities of {subject} were read, and no "
            f'latest activity states "Next step:", "Expected close:" or "Stage:".'
        )
    uses = [_update(one, activity, new) for one, activity, found in said if (new := differing(one, found))]
    return (
        tuple(uses) or f"Nothing to change: the opportunities of {subject} already say what their latest activity says."
    )


def _summary(seen: Seen) -> str:
    done = [call for call in seen.calls if call.settled]
    verb = "was" if done[-1].outcome == "done" else "would be"
    read = seen.read("salesforce.find_opportunities")
    names = {one["opportunity"]: one.get("name") for one in (read.answer.get("opportunities") or [] if read else [])}
    ids = [str(call.input["opportunity"]) for call in done]
    which = ", ".join(names.get(one) or one for one in ids)
    return f"{which} {verb} brought in line with the latest activity. No other field differs."


def latest(opportunity: Json) -> Json | None:
    return max(opportunity.get("activities") or [], key=lambda activity: str(activity.get("at", "")), default=None)


def marks(activity: Json) -> dict[str, str]:
    """The marked values of an activity, by field; what is no date written YYYY-MM-DD is no mark of one."""
    text = f"{activity.get('subject', '')}\n{activity.get('text', '')}"
    found = {
        field: match.group(1).strip(" .;,")
        for field, mark in MARKS.items()
        if (match := re.search(rf"\b{mark}:[ \t]*{VALUE}", text, re.IGNORECASE | re.MULTILINE))
    }
    return {field: value for field, value in found.items() if field != "close_date" or _is_date(value)}


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def differing(opportunity: Json, found: Mapping[str, str]) -> dict[str, str]:
    """What the marks say and the record does not; another spelling in capitals is the same."""
    return {
        field: value
        for field, value in found.items()
        if value.casefold() not in ("", str(opportunity.get(field) or "").casefold())
    }


def _update(opportunity: Json, activity: Json, new: Mapping[str, str]) -> Use:
    changes = "; ".join(f'{MARKS[field]} "{value}"' for field, value in new.items())
    why = (
        f'The latest activity, "{activity.get("subject", "")}" of {str(activity.get("at", ""))[:10]}, says {changes}. '
        f"The opportunity {opportunity.get('name', '')} says otherwise."
    )
    fields = {field: new.get(field, "") for field in MARKS}
    return Use("salesforce.update_opportunity", {"opportunity": opportunity["opportunity"], **fields, "why": why})
