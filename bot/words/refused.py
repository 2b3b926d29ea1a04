"""Why somebody could not do what they wanted, and what they can do instead. One sentence a code."""

from collections.abc import Mapping

from bot.slack.mrkdwn import person

REFUSED: Mapping[str, str] = {
    "REQUESTER": "You asked for this run, so somebody else has to decide on it. Any other approver can.",
    "FOR_THE_REQUESTER": "You would decide for the person who asked for this run. Any other approver can.",
    "NOT_AN_APPROVER": "You are not among those who decide on this, so nothing changed. The card says who does.",
    "CANNOT_VERIFY": "Slack did not say whether you are an approver, so nothing was decided. Try again in a minute.",
    "GUEST": "Guests cannot decide. Ask a full member who approves for this lane.",
    "OTHER_WORKSPACE": "Only people of this workspace can decide here. Ask somebody who works in it.",
    "BOT": "An app cannot decide. A person has to.",
    "DEACTIVATED": "This account is deactivated, so it cannot decide. Ask an approver who is here.",
    "STALE_VERSION": "This draft was replaced by a newer one. Look at the card as it stands now.",
    "EXPIRED": "The time for this decision has run out. Nothing was done; start the run again if it is still needed.",
    "NO_IDENTITY": "The command line proves no Slack identity, so it cannot let anything out. Decide in Slack.",
    "UNKNOWN_ACTION": "This draft is not on record. Look at the newest card of the run.",
    "NOT_WAITING": "This draft does not wait for that. The card shows what can be done with it.",
    "FROZEN": "The lane was stopped after this was approved. It can be released or rejected once the lane is resumed.",
    "STILL_ASKING": "The other system is still being asked. The card will say so when a person has to tell.",
    "CAP_APPROVER": "You have let through as much money today as one person may. Another approver can take this one.",
    "ALREADY_SAID": "You have said yes already. This one needs somebody else's yes as well.",
    "SAID_FOR_THEM": "That yes was given already, by a stand-in or for one. This one needs somebody else's as well.",
    "WROTE_IT": "You, or who you decide for, changed where this goes or made it more. Somebody else approves it.",
    "OTHER_GROUPS_TURN": "It is another group's turn to say yes. The card says whose.",
    "KILL_SWITCH": "The lane is stopped, so nothing can be approved. It can be resumed with `/lane resume`.",
    "PRACTICE": "This was a practice draft, wrong on purpose. Nothing was done; the card says what was wrong.",
    "UNKNOWN_REASON": "A no needs one of the lane's reasons. Choose one in the form that Reject… opens.",
    "NOTHING_CHANGED": "Nothing was changed: the draft says exactly that already. Approve it, or change something.",
    "UNDO_AS_IT_IS": "This takes back what was done, exactly. It can be approved or rejected, and not edited.",
    "NO_BREAK_GLASS": "This lane's page does not allow breaking the glass. The approvers have to decide.",
    "NOT_JUSTIFIED": "Breaking the glass needs a reason in writing, a whole sentence. Everyone will read it.",
    "NOT_YOURS_TO_CANCEL": "Only who asked for this run, or one of its approvers, can cancel it. Ask one of them.",
    "ALREADY_ENDED": "This run has ended already, so nothing is left to cancel. Start another if it is needed.",
}


def refused(code: str, winner: str = "", why: str = "") -> str:
    """Why somebody could not decide; `winner` was first, or has the card; `why` is the gate's own reason."""
    if code == "ALREADY_DECIDED":
        return f"{person(winner)} was first: this is decided already." if winner else "This is decided already."
    if code == "CLAIMED":
        return f"{person(winner)} is on it. They can let it go on the card; after 15 minutes it is free again."
    if code == "EDIT_BLOCKED":
        return f"Your version was not taken, because {why}. The draft waits as it was."
    return REFUSED.get(code, f"That was not possible ({code}).")
