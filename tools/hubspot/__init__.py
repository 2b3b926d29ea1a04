"""HubSpot: find contacts, companies and deals, update a deal, leave a note and take it away.

Protocol facts are from HubSpot's developer documentation, developers.hubspot.com/docs: CRM objects v3, search, notes,
pipelines, associations v4, account information, error handling, usage guidelines.
"""

from tools.hubspot.changes import DealChanges
from tools.hubspot.deals import FindDeals
from tools.hubspot.delete import DeleteNote
from tools.hubspot.left import NotesLeft
from tools.hubspot.notes import CreateNote
from tools.hubspot.past import GetDealHistory
from tools.hubspot.people import FindCompanies, FindContacts
from tools.hubspot.rights import shortfalls
from tools.hubspot.update import UpdateDeal

__all__ = ["TOOLS", "TRUTHS", "shortfalls"]

TOOLS = (FindContacts(), FindCompanies(), FindDeals(), GetDealHistory(), UpdateDeal(), CreateNote(), DeleteNote())

TRUTHS = (DealChanges(), NotesLeft())
