"""One good call of every tool, against the seeded sandboxes. A tool without one fails the contract suite."""

from datetime import UTC, datetime, timedelta

from tools.sandboxes import seed

CREDENTIALS = {"zendesk": seed.ZENDESK_REFUNDS, "stripe": seed.STRIPE_REFUNDS, "salesforce": seed.SALESFORCE_CRM}
READERS = {"zendesk": seed.ZENDESK_TRIAGE, "stripe": seed.STRIPE_READER, "salesforce": seed.SALESFORCE_READER}

ADA = {"minor": 3800, "currency": "USD"}
ACME = "006Sb00000001AAAAA"
NEXT_MONTH = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()

READS = {
    "zendesk.get_ticket": {"ticket": "ZD-4821"},
    "zendesk.find_tickets": {"email": "ada@parkstudio.example"},
    "stripe.find_charges": {"email": "ada@parkstudio.example"},
    "salesforce.find_opportunities": {"account": "acme"},
}
WRITES = {
    "zendesk.reply": {"ticket": "ZD-4821", "template": "refund_confirmation", "amount": ADA},
    "zendesk.set_status": {"ticket": "ZD-4821", "status": "solved"},
    "stripe.create_refund": {"charge": "ch_3AdaPark02", "amount": ADA, "reason": "duplicate"},
    "salesforce.update_opportunity": {"opportunity": ACME, "stage": "Negotiation", "close_date": NEXT_MONTH},
}
METHODS = {
    "zendesk.reply": "PUT",
    "zendesk.set_status": "PUT",
    "stripe.create_refund": "POST",
    "salesforce.update_opportunity": "PATCH",
}
KEY = "5f" * 32
