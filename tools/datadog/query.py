"""A log query made of values: each stands between quotation marks, so that none of them can ask for something else.

Source: "Log Search Syntax", docs.datadoghq.com/logs/explorer/search_syntax. `service` and `status` are reserved
attributes and take no "@"; several values of one are joined by OR inside parentheses.
"""

from collections.abc import Mapping
from typing import Literal

Status = Literal["any", "error", "warn", "info"]

# What each of ours asks for. Datadog maps whatever a program wrote to these ("Log Status Remapper"); what is worse than
# an error counts as one. Emergencies and warnings are spelled both ways, by where they were mapped.
STATUSES: Mapping[Status, tuple[str, ...]] = {
    "any": (),
    "error": ("error", "critical", "alert", "emergency", "emerg"),
    "warn": ("warn", "warning"),
    "info": ("info", "notice", "ok", "debug"),
}
ERRORS = frozenset(STATUSES["error"])


def log_query(service: str, status: Status, words: str) -> str:
    """`words` must stand in the message one after the other; empty asks for nothing."""
    terms = [f"service:{quoted(service)}"]
    if wanted := STATUSES[status]:
        terms.append(f"status:({' OR '.join(map(quoted, wanted))})")
    if words.strip():
        terms.append(quoted(words.strip()))
    return " ".join(terms)


def quoted(value: str) -> str:
    """A value as one term; what would end it is escaped, and a line end is a space."""
    escaped = " ".join(value.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
