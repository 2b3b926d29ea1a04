"""The modals that start a run: which lane, then what it is about and what the lane asks for.

What a modal carries stands in `Start`, as ids; the words of a message that is handed over stay with its delivery.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from bot.deciding import forms
from bot.deciding.forms import View
from bot.slack.blocks import Block, choice, context, date_input, modal, person_input, section, text_input
from bot.slack.mrkdwn import clamp, plain, quoted
from bot.ways_in.asking import SUBJECT, Read, read
from bot.words import ways_in as words
from lanes.core.page import Lane
from lanes.core.ways_in import Input
from tools.contract import Frozen

WHICH, START = "lane:which", "lane:start"  # callback ids
_LANE = "lane"
_MOST_FOUND = 5  # subjects of one lane that a message is searched for; who hands over more picks one
_SHOWN = 300  # characters of a message above the form; the person has the whole of it behind the modal
_LABEL = 75  # characters of a choice
_ROOM = 1900  # characters of what is carried; Slack takes 2,000 in a button, 3,000 in a modal


class Start(Frozen):
    """What a way in knows before it asks."""

    lane: str = ""
    channel: str = ""
    thread: str = ""
    inside: str = ""
    via: str = "command"
    delivery: str = ""  # of the message that is handed over, where one is
    found: Mapping[str, tuple[str, ...]] = {}  # lane → the subjects that the message speaks of
    given: Mapping[str, str] = {}  # what was typed already, subject included
    offer: str = ""  # where the offer that led here is settled

    @classmethod
    def of(cls, view: Mapping[str, Any]) -> Self:
        return cls.model_validate(forms.carried(view))

    def carried(self) -> dict[str, Any]:
        """Small enough for a modal and for a button: what was found or typed is left out before anything else is."""
        spare: tuple[dict[str, Any], ...] = ({}, {"found": {}}, {"found": {}, "given": {}})
        for spared in spare:
            made = self.model_copy(update=spared)
            if len(made.model_dump_json(exclude_defaults=True)) <= _ROOM:
                break
        return made.model_dump(mode="json", exclude_defaults=True)


def found(text: str, lanes: Mapping[str, Lane]) -> dict[str, tuple[str, ...]]:
    """By lane, the subjects a text speaks of."""
    every = ((name, page.subject.find(text)[:_MOST_FOUND]) for name, page in lanes.items())
    return {name: subjects for name, subjects in every if subjects}


def which(start: Start, lanes: Mapping[str, Lane], text: str = "") -> View:
    """Ask for the lane; the first that the message speaks of is chosen already."""
    first = next((name for name in lanes if name in start.found), "")
    offered = {name: clamp(f"{page.command}: {page.purpose}", _LABEL) for name, page in lanes.items()}
    said = _message(text) if text else [section(words.CHOOSE_A_LANE)]
    blocks = [*said, choice(_LANE, "Lane", dict(list(offered.items())[:100]), start=first)]
    return modal("which", "Hand to a lane" if text else "Start a run", start.carried(), blocks, submit="Next")


def ask(start: Start, page: Lane, wrong: Mapping[str, str] | None = None) -> View:
    """Ask for what one lane needs, filled in as far as it is known. `wrong` says above what to mend."""
    carried = start.model_copy(update={"lane": page.lane}).carried()
    told = [section(words.incomplete(page, wrong))] if wrong else []
    subject = _subject(page, start.found.get(page.lane, ()), start.given.get(SUBJECT, ""))
    fields = [_field(name, one, start.given.get(name, "")) for name, one in page.inputs.items()]
    about = context(clamp(f"*{page.lane}* — {plain(page.purpose)}", 2900))
    return modal("start", "Start a run", carried, [*told, subject, *fields, about], submit="Start")


def chosen(view: Mapping[str, Any], lanes: Mapping[str, Lane]) -> tuple[Start, Lane | None]:
    """What a submitted modal was opened with, and the lane it is about."""
    start = Start.of(view)
    name = forms.answers(view).get(_LANE) or start.lane
    return start, lanes.get(name)


def filled(view: Mapping[str, Any], page: Lane) -> Read:
    """What was filled in, as the page understands it."""
    given = forms.answers(view)
    inputs = {name: said for name, said in given.items() if name in page.inputs and said}
    about = read(page, given.get(SUBJECT, ""), inputs)
    if SUBJECT not in about.wrong:
        return about
    return Read(about.subject, about.inputs, {**about.wrong, SUBJECT: words.no_subject(page)})


def _message(text: str) -> list[Block]:
    return [section(f"{words.HANDED_OVER}\n{quoted(clamp(text, _SHOWN))}")]


def _subject(page: Lane, known: Sequence[str], given: str) -> Block:
    """What it is about: a choice where the message speaks of several, else a line to write."""
    if len(known) > 1:
        return choice(SUBJECT, "About", {one: one for one in known}, start=known[0])
    start = given or (known[0] if known else "")
    hint = f"Such as {page.subject.example}"
    return text_input(SUBJECT, "About", lines=False, optional=False, hint=hint, start=start[:150])


def _field(name: str, one: Input, given: str) -> Block:
    """One input; what was typed wrong stands in it, where the field can hold it, to be mended."""
    value, optional = one.read(given) if given else None, not one.required
    match one.kind:
        case "choice":
            return choice(name, one.label, one.choices, optional=optional, start=value or "")
        case "date":
            return date_input(name, one.label, value or "", optional=optional)
        case "person":
            return person_input(name, one.label, value or "", optional=optional)
        case "text":
            return text_input(name, one.label, lines=True, optional=optional, start=given[:1000])
        case "money" | "number":
            hint = words.WRITE_A[one.kind]
            hint = f"{hint[:1].upper()}{hint[1:]}"
            return text_input(name, one.label, lines=False, optional=optional, hint=hint, start=given[:150])
