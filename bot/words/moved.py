"""What people read when a card cannot hang where the lane's cards hang."""

from collections.abc import Mapping, Sequence

from bot.slack.mrkdwn import link, person, plain
from lanes.core.page import Lane
from lanes.core.run import Run

_RESTRICTED = ("restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel")
WHY_MOVED: Mapping[str, str] = {
    "is_archived": "the channel is archived",
    "is_inactive": "the channel is archived",
    "not_in_channel": "the app is not in the channel any more",
    "channel_not_found": "the channel is not there any more, or the app is not in it",
    **dict.fromkeys(_RESTRICTED, "who may post in the channel is restricted"),
}
_WAY_BACK: Mapping[str, str] = {
    "is_archived": "Unarchive it",
    "is_inactive": "Unarchive it",
    "not_in_channel": "Invite the app to it",
    "channel_not_found": "Create it, or invite the app to it",
    **dict.fromkeys(_RESTRICTED, "Let the app post there"),
}
_NAMED = 5  # cards named one by one; the rest is a number


def moved(page: Lane, why: str, cards: Sequence[tuple[str, str]]) -> str:
    """To the owner and the fallback people; `cards`: what each card is about, and where it hangs now."""
    named = [link(url, subject) if url else f"*{plain(subject)}*" for subject, url in cards[:_NAMED]]
    more = f" and {len(cards) - _NAMED} more" if len(cards) > _NAMED else ""
    where = f" Open ones: {', '.join(named)}{more}." if named else ""
    return (
        f"⚠️ Cards of *{plain(page.lane)}* cannot hang in {plain(page.channels.approvals)}: "
        f"{reason(why)}. They hang in {plain(page.fallback.to)} instead, or with the lane's owner "
        f"where that is gone as well.{where} Whoever may decide finds them on the app's Home, too. Nothing was decided "
        f"by this. {_way_back(why)}, or let the lane's page name another one; new cards hang "
        "there from then on."
    )


def report(room: str, why: str) -> str:
    """On a report that hangs elsewhere: where it belongs."""
    return (
        f"⚠️ This belongs in {plain(room)}, where nothing can be said: {reason(why)}. {_way_back(why)}, or name another "
        "one; the next report is posted there."
    )


def reason(why: str) -> str:
    """Slack's word as a sentence says it."""
    return WHY_MOVED.get(why, plain(why))


def _way_back(why: str) -> str:
    return _WAY_BACK.get(why, "Mend the channel")


def where(run: Run, page: Lane) -> str:
    """Where a run's card hangs, or is going to."""
    if run.card is None or not run.moved:
        return page.channels.approvals
    direct = run.card.channel.startswith("D")
    return f"a message to {person(page.owner.person)}" if direct else f"<#{run.card.channel}>"


def looked(rooms: int) -> str:
    """What the job that looks at rooms came to."""
    return f"{rooms} channel{'s' if rooms != 1 else ''} with open cards looked at" if rooms else "no card is open"


def elsewhere(url: str) -> str:
    """In place of a card that hangs elsewhere now."""
    return f"↪️ This card hangs elsewhere now: {link(url, 'open it')}." if url else "↪️ This card hangs elsewhere now."
