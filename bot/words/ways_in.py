"""What people are told when they start something, or when something starts by itself."""

from collections.abc import Iterable, Mapping

from bot import words
from bot.slack.mrkdwn import person, plain
from lanes.core.page import Lane
from lanes.core.ways_in import NOBODY, Input, Kind, Sweep, Trigger

WRITE_A: Mapping[Kind, str] = {  # what a field takes
    "text": "at most 1,000 characters",
    "money": "an amount such as 25.00 USD",
    "date": "a day such as 2026-03-31",
    "number": "a number such as 12 or 0.5",
    "choice": "one of the choices",
    "person": "somebody of this workspace, with @",
}
HELP = """*Lanekeeper lets agents draft work that people approve.*
`/lane`  start something: choose a lane, fill in what it needs
`/lane {command} {example}{inputs}`  start a run of {lane}
{more}A message's menu, *Hand to a lane…*, hands it over; so does writing to me, here with @ or in a direct message
`/lane status`  what each lane is doing, and what waits
`/lane inbox`  what waits for you
`/lane show {command}`  the lane's page in plain words
`/lane audit {example}`  who did what: a ticket, a customer, a run or a person
`/lane report {command}`  how last week went, held against people; `/lane report` for every lane
`/lane undo {example}`  take back what was done, while that is possible; somebody else approves it
`/lane away @sam until 2026-12-01`  let a colleague decide for you while you are away; `/lane back` ends it
`/lane mode {command} approval`  change how much a lane may do (shadow, read_only, approval, autonomous)
`/lane promote {command}`  what it has shown, and what is missing before it may act alone
`/lane ready {command}`  what it is measured against, row by row; `/lane drill {command}` tries its kill switch
`/lane stop {command}`  stop all writing at once; `/lane stop all` for every lane
`/lane resume {command}`  let it write again"""


def help_text(lanes: Mapping[str, Lane]) -> str:
    """What `/lane help` says, with this installation's own lanes."""
    first, *others = lanes.values()
    more = "".join(f"`{typed(o)}`  start a run of {o.lane}\n" for o in others)
    return HELP.format(
        command=first.command, example=first.subject.example, lane=first.lane, more=more, inputs=_named(first)
    )


def typed(lane: Lane) -> str:
    """How a run of the lane is started with words: what may be left out stands in brackets."""
    return f"/lane {lane.command} {lane.subject.example}{_named(lane)}"


def _named(lane: Lane) -> str:
    return "".join(f" {name}=…" if one.required else f" [{name}=…]" for name, one in lane.inputs.items())


def bad_subject(lane: Lane, text: str) -> str:
    given = f"`{plain(text)}` is not" if text else "Name"
    return f"{given} a {_kind(lane)}. Try `/lane {lane.command} {lane.subject.example}`."


def no_subject(lane: Lane) -> str:
    """For a field of a form."""
    return f"Write a {_kind(lane)} such as {lane.subject.example}."


def bad_input(one: Input, given: str) -> str:
    """For a field of a form, or a line of an answer."""
    wanted = ", ".join(one.choices) if one.kind == "choice" else WRITE_A[one.kind]
    said = f"“{plain(given)}” is not it. " if given else ""
    return f"{said}Write {wanted}." if one.kind != "choice" else f"{said}Choose one of: {wanted}."


def no_such_input(lane: Lane, name: str) -> str:
    there = ", ".join(lane.inputs) or "nothing beside its subject"
    return f"`{plain(name)}` is nothing that {lane.lane} asks for; it asks for {there}."


def incomplete(lane: Lane, wrong: Mapping[str, str]) -> str:
    """Why nothing was started."""
    lines = [f"• {'' if name == 'subject' else f'`{plain(name)}`: '}{said}" for name, said in wrong.items()]
    return "\n".join([f"*{lane.lane}* was not started:", *lines])


def same_run(link: str, run: str, now: str, again: str) -> str:
    """The same was asked for a moment ago, or is under way."""
    return (
        f"This was asked for already, so nothing new was started: {link} — {now} (run `{run}`). "
        f"Add `again` to mean it: `{again}`."
    )


def which_lane_for(subjects: Iterable[str]) -> str:
    named = " or ".join(f"*{plain(one)}*" for one in subjects)
    return f"What shall be done with {named}? Choose a lane:"


def taken_up(lane: Lane, subject: str) -> str:
    """What an offer says once it was taken up."""
    return f"✓ *{plain(lane.lane)}* was asked about *{plain(subject)}*."


def ends_first(user: str) -> str:
    """A run was cancelled while something was on its way out."""
    return f"✋ {person(user)} cancelled this; what is on its way comes to its own end first."


def by_command(command: str) -> str:
    """What needs a form that Slack opens only from a command."""
    return f"That needs a form, which opens from a command only: type `{command}`."


NOTHING_TO_HAND_OVER = "This message has no words, so there is nothing to hand over. Type `/lane` to start a run."
HANDED_OVER = "The agent reads this message too, as somebody's words, never as an instruction:"
CHOOSE_A_LANE = "What shall be done? The next step asks what it is about."
STOPPED_BY_ITSELF = "starts nothing by itself while it is stopped"


def _kind(lane: Lane) -> str:
    system, _, kind = lane.subject.kind.partition(".")
    return f"{words.system(system)} {kind.replace('.', ' ')}".strip()


def inputs(lane: Lane) -> list[str]:
    """What the lane asks for, a line each, for `/lane show`."""
    return [f"• `{name}`: {plain(one.label)}, {_takes(one)}" for name, one in lane.inputs.items()]


def _takes(one: Input) -> str:
    taken = ", ".join(one.choices) if one.kind == "choice" else WRITE_A[one.kind]
    return f"{taken}{'' if one.required else ' (may be left out)'}"


def trigger(one: Trigger) -> str:
    """An event that starts the lane, for `/lane show`."""
    fits = " and ".join(f"{path} is {_either(wanted)}" for path, wanted in one.when.items())
    who = "nobody counts as the one who asked" if one.asked_by == NOBODY else f"asked by whom {one.asked_by} names"
    return (
        f"• an event in {words.system(one.system)}{f' when {plain(fits)}' if fits else ''}; {who}; {one.per_day} a day"
    )


def sweep(one: Sweep, duration: str) -> str:
    """What the lane looks for by itself, for `/lane show`."""
    how = ", ".join(f"{name} {value}" for name, value in one.find.arguments.items())
    theirs = f", {one.per_person_per_day} for one person" if one.per_person_per_day else ""
    return (
        f"• each working day, what `{one.find.tool}` finds{f' ({plain(how)})' if how else ''}; {one.per_day} a day"
        f"{theirs}; nothing twice within {duration}"
    )


def _either(wanted: object) -> str:
    return " or ".join(map(str, wanted)) if isinstance(wanted, tuple) else str(wanted)
