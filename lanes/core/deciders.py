"""Whose turn it is to decide, as far as the run itself tells: the owner of the record, or the lane's approvers.

the draft …                                   who decides
in a lane without `record_owner`              the approvers
of a rule with stages                         the stage's group
whose record nobody is known to own           the approvers
whose owner asked for it                      the approvers
that is held                                  the owner alone, until they have said yes or let the last reminder pass
in every other state, or after that           the owner and the approvers
"""

from lanes.core.page import Lane
from lanes.core.practice import seems_asked_by
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import Person


def asker(run: Run, action: Action) -> Person:
    """Who wants it done, and is never the one to let it through."""
    return action.draft.asked_by or seems_asked_by(run)


def owner(page: Lane, run: Run, action: Action) -> str:
    """Slack id of whoever decides as the owner of the record, alone or beside the approvers; empty: nobody does."""
    if not page.approvers.record_owner or (action.ruling and action.ruling.stages):
        return ""
    named = action.draft.record_owner
    return "" if named == asker(run, action).user else named


def owner_alone(page: Lane, run: Run, action: Action) -> str:
    """Slack id of whoever alone may decide now, as the owner of the record; empty: the approvers may."""
    named, reminders = owner(page, run, action), len(page.approvers.remind)
    late = reminders and action.reminded >= reminders
    spoken = any(named in {one.by.user, one.on_behalf} for one in action.yes)
    return "" if late or spoken or action.state is not State.HELD else named
