"""Zendesk: read tickets with their history, find people and macros; reply, note, set, apply, open, change many.

Protocol facts are from the Support API reference, developer.zendesk.com/api-reference/ticketing: tickets, ticket
comments, ticket audits, incremental exports, satisfaction ratings, macros, job statuses, users, search, OAuth tokens.
"""

from tools.zendesk.audits import TicketAudits
from tools.zendesk.batch import UpdateTickets
from tools.zendesk.comments import AddNote, Reply
from tools.zendesk.create import CreateTicket
from tools.zendesk.fields import SetStatus, SetTags
from tools.zendesk.history import TicketHistory
from tools.zendesk.macros import ApplyMacro, FindMacros
from tools.zendesk.people import FindUsers
from tools.zendesk.priority import SetPriority
from tools.zendesk.ratings import Ratings
from tools.zendesk.reads import FindTickets, GetTicket
from tools.zendesk.rights import account, shortfalls

TOOLS = (
    GetTicket(),
    FindTickets(),
    TicketHistory(),
    FindUsers(),
    FindMacros(),
    Reply(),
    AddNote(),
    SetStatus(),
    SetPriority(),
    SetTags(),
    ApplyMacro(),
    CreateTicket(),
    UpdateTickets(),
)

TRUTHS = (TicketAudits(), Ratings())

__all__ = ["TOOLS", "TRUTHS", "account", "shortfalls"]
