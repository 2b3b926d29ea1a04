"""Salesforce: an account's opportunities and contacts, an opportunity's history; change it, log an activity, or both.

Protocol facts are from the REST API Developer Guide, v62.0 (Query, sObject Rows, sObject Rows by External ID, sObject
Describe, Composite, Limits, Conditional Request Headers), the SOQL and SOSL Reference and the Object Reference. The
organisation has multiple currencies switched on, and a custom field `Lanekeeper_Key__c` of Activity, a text of 64
characters marked as external ID: by it an activity of ours is found again. `shortfalls` says what of this is missing.
"""

from tools.salesforce.changes import Activities, OpportunityChanges
from tools.salesforce.history import OpportunityHistory
from tools.salesforce.moves import MoveDeal
from tools.salesforce.opportunities import UpdateOpportunity
from tools.salesforce.reads import FindContacts, FindOpportunities
from tools.salesforce.rights import account, shortfalls
from tools.salesforce.stalled import FindStalledOpportunities
from tools.salesforce.tasks import DeleteTask, LogTask

__all__ = ["TOOLS", "TRUTHS", "account", "shortfalls"]

TOOLS = (
    FindOpportunities(),
    FindContacts(),
    OpportunityHistory(),
    FindStalledOpportunities(),
    UpdateOpportunity(),
    LogTask(),
    DeleteTask(),
    MoveDeal(),
)

TRUTHS = (OpportunityChanges(), Activities())
