"""Where a case can be looked at: where the system shows what the person did, else the record that it is about."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from urllib.parse import quote

from bot.settings import CannotStart, Settings
from lanes.core.page import Lane, Subject
from lanes.report.compared import Named

Fact = Callable[[str], str | None]


def url_of(page: Lane, web: Mapping[str, str], fact: Fact) -> Callable[[Named], str]:
    """`web` is where people open each system; `fact` gives what is kept of a fact, JSON."""

    def url(case: Named) -> str:
        told = fact(case.fact) if case.fact else None
        there = str(json.loads(told).get("url", "")) if told else ""
        return there or _record(page.subject, web, case.subject)

    return url


def webs(settings: Settings, pages: Iterable[Lane]) -> dict[str, str]:
    """Where people open the systems that the lanes' subjects are of, as far as the settings say."""
    found = {}
    for system in {page.subject.kind.partition(".")[0] for page in pages}:
        with suppress(CannotStart, AttributeError):  # the subject is of no system, such as a service
            found[system] = settings.web(system)
    return found


def _record(subject: Subject, web: Mapping[str, str], name: str) -> str:
    """Empty where the page does not say how a record's address looks, or the subject is not of its kind."""
    start = web.get(subject.kind.partition(".")[0], "")
    before, after = subject.pattern.split("{id}")
    if not (start and subject.link and name.startswith(before) and name.endswith(after)):
        return ""
    bare = name.removeprefix(before).removesuffix(after)
    return start + subject.link.replace("{id}", quote(bare, safe=""))
