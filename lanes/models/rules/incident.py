"""incident-first-look: see whether a service is in trouble, and open one incident that says what is known.

Numbers come from Datadog, what fixed it before from Jira. What a log line or a colleague says is quoted; of a comment
only the sentences marked "Root cause:", "Fix:" or "Workaround:" are taken. Nothing here reaches a running system.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lanes.models.rules.onset import Onset, onset
from lanes.models.rules.seen import Call, Json, Seen, Step, Use

PROJECT = "OPS"
WINDOW = 120  # minutes of logs: what began this shift stands out against what came before
LOUD = ("Alert", "Warn", "No Data")  # states of a monitor that a draft shows one by one
LIKE = 3  # past incidents in a draft; nobody reads a fourth at night
MESSAGES = 3  # different error messages in a draft
WORDS = 120  # characters of a message or a summary that are quoted
MOST_TEXT = 300  # characters that a search of Jira takes
TELLING = re.compile(r"[^\W\d_]{5,}")  # words of a message that tell troubles apart; the short ones stand in every text
# A mark stands where a sentence begins; what it says ends with its sentence.
MARKED = re.compile(r"(?<![\w ])\s*(Root cause|Fix|Workaround):\s*(.+?)(?:[.!](?=\s+[A-Z])|[.!]?\s*$)", re.DOTALL)


@dataclass(frozen=True)
class Look:
    """What Datadog said of one service."""

    service: str
    logs: Json
    monitors: Sequence[Json]
    trouble: Onset | None

    def loud(self, *states: str) -> list[Json]:
        return [one for one in self.monitors if one["state"] in states]

    @property
    def wrong(self) -> bool:
        """An alert, or errors far above the usual; a warning alone wakes nobody."""
        return bool(self.trouble or self.loud("Alert"))


def plan(seen: Seen) -> Step:
    if trouble := seen.trouble():
        return trouble
    if opened := seen.settled("jira.create_issue"):
        return _opened(opened)
    service = seen.subject.casefold()
    answers, missing = seen.answers(
        Use("datadog.search_logs", {"service": service, "status": "error", "words": "", "minutes": WINDOW}),
        Use("datadog.find_monitors", {"service": service}),
    )
    if missing:
        return missing
    logs, monitors = answers
    look = Look(service, logs, monitors["monitors"], onset(logs))
    if not look.wrong and not look.loud("Warn"):
        return _calm(look)
    return _remember(seen, look)


def _remember(seen: Seen, look: Look) -> Step:
    """What Jira knows of this service, and of trouble that says the same."""
    said = next((str(one["text"]) for one in look.logs["messages"]), "") if look.trouble else ""
    texts = dict.fromkeys((" ".join(TELLING.findall(said))[:MOST_TEXT], look.service))
    answers, missing = seen.answers(
        *(Use("jira.find_issues", {"project": PROJECT, "text": text, "label": ""}) for text in texts if text)
    )
    if missing:
        return missing
    found = {one["issue"]: one for answer in answers for one in answer["issues"] if names(one, look.service)}
    pending = [one for one in found.values() if one["stage"] != "done"]
    for one in pending:
        if one["type"] == "Incident":
            return _known(look, one)
    if not look.wrong:
        return _calm(look)
    past = [one for one in found.values() if one["type"] == "Incident" and one["stage"] == "done" and lessons(one)]
    return (_draft(look, past[:LIKE], pending),)


def names(issue: Json, service: str) -> bool:
    """Is the issue about this service: by a label, or by its name in the summary or the description?"""
    text = f"{issue['summary']}\n{issue['description']}".casefold()
    whole = rf"(?<![\w-]){re.escape(service)}(?![\w-])"
    return service in issue["labels"] or re.search(whole, text) is not None


def lessons(issue: Json) -> dict[str, str]:
    """What the comments say it was and what ended it, by their own marks; the latest of each."""
    said = (match for comment in issue["comments"] for match in MARKED.finditer(comment["text"]))
    return {match[1]: " ".join(match[2].split()) for match in said}


def _calm(look: Look) -> str:
    errors = _count(look.logs, look.logs["errors"], "error")
    if not look.monitors and not look.logs["errors"]:
        return (
            f"No evidence: Datadog holds no error of the last {WINDOW} min and no monitor of {look.service}. "
            "Check that this is what its logs are tagged with."
        )
    warned = "".join(f" {_state(one, look)}; that alone is no incident." for one in look.loud("Warn"))
    return (
        f"No evidence: {look.service} shows no trouble. {errors} in the last {WINDOW} min, no more than usual, and "
        f"{_none_of(len(look.monitors))} in Alert.{warned} Nothing was opened."
    )


def _known(look: Look, issue: Json) -> str:
    return (
        f"No evidence for a new incident: {issue['issue']} {quoted(issue['summary'])} is open since "
        f"{issue['created'][:10]} ({issue['status']}), {issue['url']}. Now: {_now(look)} Nothing was opened."
    )


def _draft(look: Look, past: Sequence[Json], pending: Sequence[Json]) -> Use:
    alert = next(iter(look.loud("Alert")), None)
    parts = (_seen(look), _monitors(look), _before(past), _pending(pending), f"The log lines: {look.logs['url']}")
    description = "\n\n".join(part for part in parts if part)
    return Use(
        "jira.create_issue",
        {
            "project": PROJECT,
            "type": "Incident",
            "summary": f"{look.service} {_headline(look, alert)}",
            "description": description,
            "priority": "High" if alert and look.trouble else "Medium",
            "labels": [look.service, "first-look"],
            "why": _why(look, past),
        },
    )


def _headline(look: Look, alert: Json | None) -> str:
    """The same at every look at the same trouble, so that it is recognised."""
    if look.trouble is None:
        return f"trouble: monitor {quoted(alert['name'])} in Alert" if alert else "trouble"
    since = look.trouble.since
    return f"errors since {_clock(since)}" if since else f"errors for more than {WINDOW} min"


def _why(look: Look, past: Sequence[Json]) -> str:
    signs = ["its errors are far above the usual"] if look.trouble else []
    signs += ["a monitor is in Alert"] if look.loud("Alert") else []
    like = f" Most like it was {past[0]['issue']}. {_lesson(past[0])}" if past else ""
    return f"No open incident names {look.service}, and {' and '.join(signs)}.{like}"


def _now(look: Look) -> str:
    said = [_errors(look)]
    said += [f"{_state(one, look)}." for one in look.loud("Alert")[:2] or look.loud("Warn")[:1]]
    return " ".join(said)


def _errors(look: Look) -> str:
    trouble = look.trouble
    if trouble is None:
        return f"{_count(look.logs, look.logs['errors'], 'error')} in the last {WINDOW} min, no more than usual."
    until = datetime.fromisoformat(look.logs["until"])
    since = f"since {_clock(trouble.since)} ({_minutes(until - trouble.since)})" if trouble.since else "in all of it"
    errors = _count(look.logs, trouble.errors, "error")
    return f"{errors} {since}, {trouble.latest} of them in the last 5 min; usually {trouble.usual} in 5 min."


def _seen(look: Look) -> str:
    until = datetime.fromisoformat(look.logs["until"])
    lines = [f"SEEN at {_clock(until)}, {until:%Y-%m-%d}", _errors(look)]
    lines += [f"- {one['lines']} × {quoted(one['text'])}" for one in look.logs["messages"][:MESSAGES]]
    return "\n".join(lines)


def _monitors(look: Look) -> str:
    lines = [f"- {_state(one, look)}: {one['url']}" for one in look.loud(*LOUD)]
    rest = Counter(one["state"] for one in look.monitors if one["state"] not in LOUD)
    others = ", ".join(f"{count} {state}" for state, count in rest.items())
    return "\n".join(["MONITORS", *lines, f"- {'besides' if lines else 'all of them'}: {others or 'none'}"])


def _before(past: Sequence[Json]) -> str:
    lines = [f"- {_issue(one, one['created'][:10])} {_lesson(one)} {one['url']}" for one in past]
    return "\n".join(["THIS SERVICE BEFORE, most alike first", *(lines or ["- nothing that says what ended it"])])


def _pending(pending: Sequence[Json]) -> str:
    lines = [f"- {_issue(one, one['type'])} {one['url']}" for one in pending]
    return "\n".join(["ALSO OPEN", *lines]) if lines else ""


def _issue(issue: Json, what: str) -> str:
    return f"{issue['issue']}, {what}, {issue['status']}: {quoted(issue['summary'])}."


def _lesson(issue: Json) -> str:
    """What ended it, or at least what it was."""
    learnt = lessons(issue)
    mark = next(mark for mark in ("Fix", "Workaround", "Root cause") if mark in learnt)
    return f"{mark}: {quoted(learnt[mark], WORDS * 2)}."


def _opened(opened: Call) -> str:
    if opened.outcome == "shadowed":
        return f"The draft would open an incident, {quoted(opened.input['summary'])}; nothing was carried out."
    made = opened.answer.get("result") or {}
    where = f", {made['url']}" if made.get("url") else ""
    name = made.get("issue", "The incident")
    return f"{name} is open: {quoted(opened.input['summary'])}{where}. Nothing else was changed."


def _state(monitor: Json, look: Look) -> str:
    at, today = monitor["last_triggered"], look.logs["until"][:10]
    day = "" if at[:10] == today else f"{at[:10]} "
    when = f", last triggered {day}{_clock(datetime.fromisoformat(at))}" if at else ""
    return f"Monitor {quoted(monitor['name'])} is in {monitor['state']}{when}"


def quoted(text: str, most: int = WORDS) -> str:
    """Somebody's words, in one line, and shown as theirs."""
    flat = " ".join(str(text).replace("“", "'").replace("”", "'").split()).rstrip(".")
    return f"“{flat if len(flat) <= most else flat[: most - 1].rstrip() + '…'}”"


def _count(logs: Json, number: int, what: str) -> str:
    least = "" if logs["complete"] else "at least "
    return f"{least}{number} {what}{'s' if number != 1 else ''}".capitalize()


def _none_of(monitors: int) -> str:
    return f"none of its {monitors} monitors is" if monitors != 1 else "its one monitor is not"


def _minutes(span: timedelta) -> str:
    return f"{round(span.total_seconds() / 60)} min"


def _clock(at: datetime | None) -> str:
    return f"{at:%H:%M} UTC" if at else ""
