"""The two modals of App Home: the kill switch, which asks why, and when to be told and left alone."""

from collections.abc import Mapping

from bot.slack.blocks import Block, choice, modal, section, text_input
from bot.words import home as words_home
from bot.words.home import NEVER
from lanes.core.page import Lane
from lanes.core.quiet import Quiet
from storage.preferences import Preference

_EARLIEST, _LATEST = 6, 20  # the hours a digest is offered at: it is for the beginning of a working day


def stop(page: Lane) -> Block:
    """The kill switch asks once more, and why."""
    blocks = [
        section(words_home.stop_asks(page)),
        text_input("why", "Why?", lines=False, optional=False, hint="Everybody in the channel reads it."),
    ]
    return modal("home_stop", f"Stop {page.command}"[:24], {"l": page.lane}, blocks, submit="Stop it")


def settings(chosen: Preference | None) -> Block:
    """When to be told, and when to be left alone."""
    hours = {str(hour): words_home.hour(hour) for hour in range(24)}
    never, none = {NEVER: "No digest"}, {NEVER: "None"}
    offered = never | {one: said for one, said in hours.items() if _EARLIEST <= int(one) <= _LATEST}
    digest, begin, end = (
        NEVER if hour is None else str(hour)
        for hour in (
            chosen and chosen.digest_hour, chosen and chosen.quiet_from, chosen and chosen.quiet_to,
        )
    )  # fmt: skip
    blocks = [
        choice("digest", "Daily digest by direct message", offered, start=digest),
        choice("from", "Quiet hours from", none | hours, start=begin),
        choice("to", "Quiet hours until", none | hours, start=end),
        section(words_home.SETTINGS_HINT),
    ]
    return modal("home_settings", "My settings", {}, blocks, submit="Save")


def read_settings(given: Mapping[str, str]) -> tuple[int | None, Quiet | None]:
    """The digest's hour and the quiet hours. Raises ValueError with {field: sentence} as its argument."""
    hour, begin, end = (given[name] for name in ("digest", "from", "to"))
    if (begin == NEVER) != (end == NEVER):
        raise ValueError({"to" if end == NEVER else "from": words_home.ONE_OF_TWO})
    if begin == end and begin != NEVER:
        raise ValueError({"to": words_home.SAME_HOURS})
    quiet = None if begin == NEVER else Quiet(int(begin), int(end))
    return None if hour == NEVER else int(hour), quiet


def errors(given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the chosen hours, by block id; empty when nothing is."""
    try:
        read_settings(given)
    except ValueError as error:
        found = error.args[0]
        return found if isinstance(found, dict) else {"from": str(found)}
    return {}
