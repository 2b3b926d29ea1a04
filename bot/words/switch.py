"""What a lane's switches say: stopped, let work again, another mode, and who may turn them."""

from collections.abc import Mapping

from bot.slack.mrkdwn import person, plain
from bot.words import MODE
from lanes.core.page import Lane, Mode


def which_lane(word: str, lanes: Mapping[str, Lane], named: str = "") -> str:
    """`named`: what was taken for a lane's name and is none."""
    unknown = f"`{plain(named)}` is not a lane. " if named else ""
    names = ", ".join(f"`/lane {word} {lane.command}`" for lane in lanes.values())
    return f"{unknown}Which lane? {names}"


def did_stop(lane: Lane | None) -> str:
    name = f"*{lane.lane}*" if lane else "Every lane"
    who = f"{person(lane.owner.person)} or one of its approvers" if lane else "Whoever owns or approves for every lane"
    return (
        f"{name} is stopped: nothing is written any more. {who} can let it write again, with "
        f"`/lane resume {lane.command if lane else 'all'}`."
    )


def did_resume(lane: Lane | None) -> str:
    name = f"*{lane.lane}*" if lane else "Every lane"
    return f"{name} may write again. What was frozen still needs a person to release it on its card."


def mode_now(lane: Lane, mode: Mode) -> str:
    modes = "\n".join(f"• `{one}`: {said}" for one, said in MODE.items())
    return f"*{lane.lane}* is in mode `{mode}`. `/lane mode {lane.command} <mode>` changes it:\n{modes}"


def no_such_mode(wanted: str) -> str:
    return f"`{plain(wanted)}` is not a mode. There are {', '.join(f'`{mode}`' for mode in Mode)}."


def mode_set(lane: Lane, mode: Mode) -> str:
    return f"*{lane.lane}* is now in mode `{mode}`: {MODE[mode]}."


def not_yours(lane: Lane) -> str:
    return f"Only {person(lane.owner.person)}, who owns *{lane.lane}*, or one of its approvers can do that."


def not_all_yours(others: list[Lane]) -> str:
    names = ", ".join(f"*{lane.lane}*" for lane in others)
    return (
        f"Only somebody who owns or approves for every lane can resume them all, and you do not for {names}. Nothing "
        "was changed. Whoever runs Lanekeeper can, with `lanekeeper resume all`."
    )
