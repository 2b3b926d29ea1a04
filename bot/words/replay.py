"""What a replay says: what changed first in a case, then the rest; and that a lane's came to less than before."""

from collections.abc import Sequence

from bot.slack.mrkdwn import clamp, plain
from lanes.replay.cases import Case
from lanes.replay.differences import Difference, What
from lanes.replay.nightly import Result
from lanes.replay.running import Verdict

_NOTHING = "nothing"
_TOLD = 5  # cases of one message; the rest is a number
_LONGEST = 400  # characters of one difference in it


def difference(one: Difference) -> str:  # noqa: C901, PLR0911, PLR0912 - one line a kind
    """One difference, in a sentence without its full stop."""
    found, expected = one.found or _NOTHING, one.expected or _NOTHING
    match one.what:
        case What.NOT_CALLED:
            return f"{one.where} is not called any more ({expected})"
        case What.CALLED_TOO:
            return f"{one.where} is called as well ({found})"
        case What.CALL_FAILED if not one.expected:
            return f"{one.where} fails with {found}"
        case What.CALL_FAILED if not one.found:
            return f"{one.where} does not fail with {expected} any more"
        case What.CALL_FAILED:
            return f"{one.where} fails with {found}, not with {expected}"
        case What.ARGUMENT:
            return f"{one.where} has {one.field} {found}, not {expected}"
        case What.NOT_DRAFTED if one.found:
            return f"{one.where} is not drafted any more, its call fails with {one.found}"
        case What.NOT_DRAFTED:
            return f"{one.where} is not drafted any more ({expected})"
        case What.DRAFTED_TOO:
            return f"{one.where} is drafted as well ({found})"
        case What.RULING:
            return f"{one.where} is ruled {found}, not {expected}"
        case What.BECAME:
            return f"{one.where} ends as {found}, not as {expected}"
        case What.OUTCOME if not one.found:
            return f"the run does not end, it was {expected}"
        case What.OUTCOME:
            return f"the run ends as {found}, not as {expected}"
        case What.REASONS:
            return f"the run ends because of {found}, not of {expected}"
        case What.ANSWER:
            return f"the answer says {one.field} {found}, not {expected}"
        case What.STEPS:
            return f"it takes {found} turns of the model, at most {expected} are expected"
        case What.COST:
            return f"it costs ${found}, at most ${expected} is expected"
        case What.READS_ELSE:
            return f"{one.where or 'it'} asks for what was not recorded: {found}; what would come then is not known"


def failed(verdict: Verdict) -> list[str]:
    """A failing case, line by line: what changed first, then the rest."""
    first, *rest = verdict.differences
    about = f": {verdict.about}" if verdict.about else ""
    return [
        f"  {verdict.case}{about}",
        f"      first: {difference(first)}",
        *(f"      then:  {difference(one)}" for one in rest),
    ]


def lane(name: str, model: str, verdicts: Sequence[Verdict]) -> str:
    """How one lane's suite went."""
    passed = sum(one.passed for one in verdicts)
    turns, cost = sum(one.steps for one in verdicts), sum(one.cost for one in verdicts)
    spent = f", ${cost / 1_000_000:.4f}" if cost else ""
    return f"{name}: {passed} of {len(verdicts)} cases pass ({model}, {turns} turns{spent})"


def night(result: Result | None) -> str:
    """What came of a nightly replay, beside the job."""
    if result is None:
        return "no cases"
    many = len(result.passed) + len(result.failed)
    dropped = f", {len(result.dropped)} of the rest passed before" if result.dropped else ""
    return f"{len(result.passed)} of {many} cases pass{dropped}"


def dropped(result: Result) -> str:
    """To the lane's owner and its channel: which cases fail that passed before, and what changed first in each."""
    many = len(result.dropped)
    one = "a recorded case fails that passed" if many == 1 else f"{many} recorded cases fail that passed"
    lines = [f"*Replay of {plain(result.lane)}*: {one} the time before."]
    for name in result.dropped[:_TOLD]:
        said = clamp(difference(result.failed[name]), _LONGEST)
        lines.append(f"• `{plain(name)}`: {plain(said)}")
    if many > _TOLD:
        lines.append(f"• and {many - _TOLD} more")
    lines.append(
        "Page, prompt, model or tools have changed since. Nothing was touched; "
        f"`lanekeeper replay {plain(result.lane)}` shows everything that differs."
    )
    return "\n".join(lines)


NOT_YOURS_TO_KEEP = "Only the lane's owner and its approvers say what the lane is held against."


def kept(case: Case, *, new: bool) -> str:
    """To whoever kept a run as a case."""
    if not new:
        return f"This run is a replay case already: `{plain(case.case)}`."
    return (
        f"Kept as replay case `{plain(case.case)}` of {plain(case.lane)}: from now on every night's replay, and "
        f"`lanekeeper replay {plain(case.lane)}`, expects what happened here."
    )


def not_kept(why: str) -> str:
    return f"This cannot be kept as a replay case: {plain(why)}."


def no_cases(name: str) -> str:
    return f"{name}: no cases; `lanekeeper replay add RUN` keeps one"
