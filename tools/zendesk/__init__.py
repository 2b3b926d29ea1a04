"""Zendesk: read a ticket, find a customer's tickets, reply, set the status.

Protocol facts are from the Support API reference, developer.zendesk.com/api-reference/ticketing: tickets, ticket
comments, ticket audits, search.
"""

from tools.zendesk.reads import FindTickets, GetTicket
from tools.zendesk.writes import Reply, SetStatus

TOOLS = (GetTicket(), FindTickets(), Reply(), SetStatus())
