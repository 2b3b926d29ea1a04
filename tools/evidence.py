"""How much of what was read a card can bear."""

CITED = 5  # entries of a list: with more, nobody reads the card
QUOTE = 200  # characters of one quote


def clamp(text: str, most: int = QUOTE) -> str:
    """In one line, at most `most` characters long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"
