"""Answers from the record, in Slack's markup: who did what to whom, for how much, on whose yes; and why it was held.

Pure: runs and their events in, lines out. Long answers come in pages; every page says which one it is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot import words
from bot.cards.doubts import before, provenance
from bot.cards.lines import settled
from bot.record.history import story
from bot.slack.mrkdwn import clamp, person, plain, when
from bot.words import record as words_record
from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.run import Action, Run
from lanes.core.states import State

PAGE = 3400  # characters of one answer: Slack recommends 4,000 at the most, and its head and foot need room
_LINE = 1500  # characters of one line of an answer
_SUBJECT = 90  # characters of what a run is about; no page takes a longer one
_UNTOLD = frozenset({State.DRAFTED, State.SHADOWED})
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(\|[^>]*)?>")
_MAILTO = re.compile(r"<mailto:([^|>]+)(\|[^>]*)?>")
_PAGE = re.compile(r"\s+page\s+(\d{1,4})$", re.IGNORECASE)
_WHY = re.compile(r"why\b(?:\s+(?:was|were|is|did|does|has))?\s*(.*)", re.IGNORECASE | re.DOTALL)
_WHO = re.compile(
    r"who\s+(?:has\s+|was\s+|is\s+)?(?:refunded|approved|changed|touched|asked(?:\s+for|\s+about)?|did|decided(?:\s+on)?|"
    r"rejected|credited|updated|for)?\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
_TAIL = re.compile(
    r"\s+(?:been\s+)?(?:held|waiting|wait|blocked|stopped|frozen|refunded|approved|rejected|expired|go\s+alone)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Question:
    """What somebody wants to know. `term`: a ticket, a customer, a person's id, a run."""

    asks: Literal["who", "why"]
    term: str
    page: int = 1

    @property
    def again(self) -> str:
        """How the same is asked once more."""
        return f"why {self.term}" if self.asks == "why" else self.term


def read(text: str) -> Question:
    """`cus_1`, `@lena page 2`, `why ZD-4821`, `why was ZD-4821 held?`, `who refunded ada@example.com?`"""
    text = _MAILTO.sub(r"\1", _MENTION.sub(r"\1", text)).strip()
    paged = _PAGE.search(text)
    text = text[: paged.start()] if paged else text
    page = max(int(paged[1]), 1) if paged else 1
    text = text.rstrip("?!. ").strip()
    if found := _WHY.fullmatch(text):
        return Question("why", _bare(_TAIL.sub("", found[1])), page)
    if " " in text and (found := _WHO.fullmatch(text)):
        return Question("who", _bare(found[1]), page)
    return Question("who", _bare(text), page)


def who(term: str, runs: Sequence[Run], *, more: bool) -> list[str]:
    """Every run about something, the newest first, with all it did. `more`: there are older ones that are not read."""
    head = words_record.about(len(runs), named(term), more=more)
    moved = _moved(runs)
    return [head, *([words_record.done(moved)] if moved else []), *(line for run in runs for line in _brief(run))]


def whole(run: Run, events: tuple[RunEvent, ...]) -> list[str]:
    """One run's story, an event a line."""
    return [f"*Run {run.id}*, {plain(run.started.subject)}", *story(events, person)]


def why(run: Run, events: Iterable[RunEvent]) -> list[str]:
    """What the rules said of each draft of a run, when, and what was doubtful about it."""
    told = [line for event in events for line in _ruled(run, event)]
    head = words_record.why_about(run)
    return [head, *told] if told else [head, _nothing_held(run)]


def paged(lines: Sequence[str], question: Question) -> str:
    """The page of an answer that was asked for, and how to ask for the next one."""
    pages: list[list[str]] = [[]]
    for line in (clamp(one, _LINE) for one in lines):
        if pages[-1] and sum(map(len, pages[-1])) + len(pages[-1]) + len(line) > PAGE:
            pages.append([])
        pages[-1].append(line)
    number = min(question.page, len(pages))
    foot = [words_record.page_of(number, len(pages), question.again)] if len(pages) > 1 else []
    return "\n".join([*pages[number - 1], *foot])


def named(term: str) -> str:
    """A person by name, everything else as it was written."""
    return person(term) if re.fullmatch(r"[UW][A-Z0-9]{2,}", term) else f"`{plain(term)}`"


def _bare(term: str) -> str:
    return term.strip().strip("`'\"“”").strip()


def _moved(runs: Sequence[Run]) -> list[str]:
    """What was done in these runs and stands, by kind of write; with the money it moved."""
    count, money = Counter[str](), Counter[tuple[str, str]]()
    for run in runs:
        undone = {one.draft.undoes for one in run.actions.values() if one.state is State.DONE}
        for action in run.actions.values():
            if action.state is not State.DONE or action.draft.undoes or action.id in undone:
                continue
            count[action.draft.tool] += 1
            if amount := action.draft.stake.amount:
                money[action.draft.tool, amount.currency] += amount.minor
    return [words_record.moved(tool, n, words_record.sums(tool, money)) for tool, n in count.most_common()]


def _brief(run: Run) -> Iterator[str]:
    ended = words.OUTCOME.get(run.finished.outcome, run.finished.outcome) if run.finished else "under way"
    who = "a practice draft" if run.practice else f"asked by {person(run.started.by.user)}"
    asked = f"{who} {when(run.started.at, '{date_short_pretty} {time}')}"
    about = clamp(plain(run.started.subject), _SUBJECT)
    yield f"• *{about}* · {plain(run.lane)} · {asked} · {ended} · `/lane audit {run.id}`"
    for action in run.actions.values():
        if action.state not in _UNTOLD:
            back = run.taken_back(action.id)
            said = settled(action, taken_back=bool(back and back.state is State.DONE))
            yield f"    ↳ {plain(action.draft.preview.sentence)}: {said}"


def _ruled(run: Run, event: RunEvent) -> Iterator[str]:
    if not isinstance(event, e.ActionHeld | e.ActionBlocked | e.ActionFrozen | e.ActionCleared):
        return
    if isinstance(event, e.ActionCleared) and event.how != "auto":
        return
    action = run.actions.get(event.action)
    if action is None:
        return
    current = action.version == event.version
    ruling = event.ruling
    yield words_record.ruled(event, action if current else None)
    codes = ", ".join(f"`{plain(code)}`" for code in ruling.reasons)
    yield f"    because {words.reasons(ruling.reasons)} ({codes})"
    if ruling.rule:
        yield f"    rule: {plain(words.rule(ruling.rule))}"
    if needs := words_record.needs(ruling):
        yield f"    {needs}"
    if current and not isinstance(event, e.ActionFrozen):
        yield from (f"    {line}" for line in _doubtful(action))
        yield f"    now: {settled(action)}"


def _doubtful(action: Action) -> list[str]:
    """Where each of its values stands, and whether the same was done before."""
    return [*before(action.draft), *provenance(action.draft)]


def _nothing_held(run: Run) -> str:
    if run.finished is None:
        return "Nothing of it has been held so far: the agent is still working."
    reasons = "; ".join(plain(one) for one in run.finished.reasons)
    because = f" ({reasons})" if reasons else ""
    return f"Nothing of it was held. It {words.OUTCOME.get(run.finished.outcome, run.finished.outcome)}{because}."
