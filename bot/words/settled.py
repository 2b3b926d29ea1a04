"""What Lanekeeper says where something is over, or is elsewhere by now."""

from datetime import datetime

from bot.slack.mrkdwn import DAY, plain, when


def no_answer_needed(asked: str, became: str) -> str:
    """A question whose draft was decided before anybody answered."""
    return f"{asked}\nNo answer is needed any more. {became}"


NOT_YOURS_TO_LET_GO = "Nobody has this card, or somebody else has it, so there was nothing to let go."
NOT_PUT_OFF = "Nothing waits for a decision here any more, so there was nothing to put off."


def put_off(subject: str, until: datetime) -> str:
    """To whoever did it."""
    return f"💤 {plain(subject)} comes back to you {when(until, DAY)}. On Home it stands below what waits until then."
