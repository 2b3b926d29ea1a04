"""How figures are written for people: never a share without what it is of, and of nothing "no evidence"."""

from datetime import timedelta

from lanes.evidence.intervals import Share

NO_EVIDENCE = "no evidence"


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def share(of: Share, unit: str = "") -> str:
    """As in "94.2 % of 86 runs [87.1, 97.5]"."""
    if of.value is None:
        return NO_EVIDENCE
    low, high = (100 * end for end in (of.wilson.low, of.wilson.high))
    return f"{percent(of.value)} of {many(of.of, unit) if unit else f'{of.of:,}'} [{low:.1f}, {high:.1f}]"


def short_share(of: Share) -> str:
    """The same without its interval, where there is no room for it."""
    return NO_EVIDENCE if of.value is None else f"{percent(of.value)} of {of.of:,}"


def dollars(amount: float) -> str:
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    return f"{sign}${size:,.2f}" if size >= 0.01 or not size else f"{sign}${size:.4f}"


def span(of: timedelta | None) -> str:
    """As in "8 s", "14 min", "3 h 20 min", "2 d 4 h"."""
    if of is None:
        return "–"
    seconds = of.total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def many(count: int, one: str, more: str = "") -> str:
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"
