"""What Lanekeeper says where something is over, or is elsewhere by now."""


def no_answer_needed(asked: str, became: str) -> str:
    """A question whose draft was decided before anybody answered."""
    return f"{asked}\nNo answer is needed any more. {became}"
