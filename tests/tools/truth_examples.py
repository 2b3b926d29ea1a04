"""What people do in each system, and what its source is to tell of it: the kinds of change, one by one.

`ACTS` are put to the sandbox's own pages, a second apart unless they say when; `TOLD` is what becomes of them, in any
order: (ref, tool, arguments or words).
"""

ADA, ACME, GLOBEX = 5001, "006Sb00000001AAAAA", "006Sb00000002AAAAA"
DANA, RAVI = "5b10a2844c20165700ede201", "5b10a2844c20165700ede202"
LENA, SAM = 9001, 9002
DOUBT = "Please look again, Ada."


def usd(minor):
    return {"minor": minor, "currency": "USD"}


ACTS = {
    "zendesk.ticket_audits": [
        {"by": LENA, "ticket": 4821, "update": {"comment": {"body": "Looks doubled.", "public": False}}},
        {
            "by": LENA,
            "ticket": 4821,
            "update": {
                "comment": {"body": "We have refunded it."},
                "status": "solved",
                "priority": "high",
                "tags": ["billing", "refunded"],
            },
        },
        {"by": SAM, "ticket": 4822, "update": {"status": "hold", "assignee_id": SAM}},
        {"by": SAM, "ticket": 4830, "update": {"status": "open"}},
    ],
    "stripe.refunds": [
        {"refund": {"charge": "ch_3AdaPark02", "reason": "duplicate"}},
        {"refund": {"charge": "ch_3TomasRuiz02", "amount": 1200, "reason": "requested_by_customer"}},
        {"refund": {"charge": "ch_3TomasRuiz02", "amount": 800}},
    ],
    "stripe.credit_notes": [
        {"credit": {"invoice": "in_1GraceMoyo02", "amount": 4000, "reason": "order_change"}},
        {"credit": {"invoice": "in_1BenHarper01", "amount": 500, "reason": "duplicate", "credit_amount": 500}},
    ],
    "stripe.events": [
        {"credit": {"invoice": "in_1GraceMoyo02", "amount": 4000, "reason": "order_change"}},
        {"void": "cn_1Sandbox0001"},
    ],
    "salesforce.opportunity_history": [
        {"by": 1, "opportunity": ACME, "fields": {"StageName": "Negotiation", "CloseDate": "2099-03-31"}},
        {"by": 2, "opportunity": GLOBEX, "fields": {"NextStep": ""}},
        {"by": 2, "opportunity": GLOBEX, "fields": {"Amount": 30000}},
    ],
    "salesforce.activities": [
        {"by": 1, "opportunity": ACME, "log": {"subject": "Call with Dana", "text": "She agreed."}},
        {"by": 3, "opportunity": GLOBEX, "log": {"subject": "Send the order form", "due": "2099-01-15"}},
    ],
    "hubspot.deal_history": [
        {"by": 101, "deal": "53001", "properties": {"dealstage": "7002", "closedate": "2099-03-31T12:00:00Z"}},
        {"by": 102, "deal": "53003", "properties": {"amount": "16500.5"}},
        {"by": 102, "deal": "53003", "properties": {"dealname": "Initech — Analytics"}},
        {
            "by": 103,
            "new": {
                "company": "52001",
                "properties": {"dealname": "Acme — More", "pipeline": "default", "dealstage": "qualifiedtobuy"},
            },
        },
    ],
    "hubspot.notes": [
        {"by": 101, "note": {"text": "Dana wants <b>one</b> year.", "contact": "51001", "deal": "53001"}},
        {"by": 102, "note": {"text": "No deal yet.", "contact": "51002"}},
    ],
    "jira.issues": [
        {
            "by": DANA,
            "new": {
                "project": "OPS",
                "type": "Incident",
                "summary": "Exports time out",
                "description": "Since nine.\n\nEU only.",
                "labels": ["exports"],
                "priority": "High",
            },
        },
        {"by": RAVI, "issue": "OPS-15", "edit": {"summary": "Exports are slow", "labels": ["exports", "eu"]}},
    ],
    "jira.changelog": [
        {"by": DANA, "issue": "OPS-14", "move": {"to": "Monitoring"}},
        {"by": DANA, "issue": "OPS-14", "move": {"to": "Resolved", "resolution": "Done"}},
        {"by": RAVI, "issue": "OPS-14", "edit": {"priority": "High"}},
    ],
    "jira.comments": [
        {"by": DANA, "issue": "OPS-14", "comment": "Seen again."},
        {"by": RAVI, "issue": "OPS-14", "comment": "Fixed.\n\nBoth receivers are back."},
        {"by": RAVI, "issue": "OPS-13", "comment": "Related."},
    ],
}

_ADA_TICKET, _TOMAS_TICKET, _GRACE_TICKET = (f"zendesk.ticket ZD-{number}" for number in (4821, 4822, 4830))
_ACME, _GLOBEX = f"salesforce.opportunity {ACME}", f"salesforce.opportunity {GLOBEX}"

TOLD = {
    "zendesk.ticket_audits": [
        (_ADA_TICKET, "zendesk.add_note", {"ticket": "ZD-4821", "text": "Looks doubled."}),
        (
            _ADA_TICKET,
            "zendesk.reply",
            {"ticket": "ZD-4821", "template": "free_text", "text": "We have refunded it."},
        ),
        (_ADA_TICKET, "zendesk.set_status", {"ticket": "ZD-4821", "status": "solved"}),
        (_ADA_TICKET, "zendesk.set_priority", {"ticket": "ZD-4821", "priority": "high"}),
        (
            _ADA_TICKET,
            "zendesk.set_tags",
            {"ticket": "ZD-4821", "add": ["refunded"], "remove": ["duplicate_charge"]},
        ),
        (_TOMAS_TICKET, "", "status: open → hold"),
        (_GRACE_TICKET, "", "took it up: new → open"),
    ],
    "stripe.refunds": [
        (
            "stripe.charge ch_3AdaPark02",
            "stripe.create_refund",
            {"charge": "ch_3AdaPark02", "amount": usd(3800), "reason": "duplicate"},
        ),
        (
            "stripe.charge ch_3TomasRuiz02",
            "stripe.create_refund",
            {"charge": "ch_3TomasRuiz02", "amount": usd(1200), "reason": "requested_by_customer"},
        ),
        (
            "stripe.charge ch_3TomasRuiz02",
            "stripe.create_refund",
            {"charge": "ch_3TomasRuiz02", "amount": usd(800)},
        ),
    ],
    "stripe.credit_notes": [
        (
            "stripe.invoice in_1GraceMoyo02",
            "stripe.create_credit_note",
            {
                "invoice": "in_1GraceMoyo02",
                "amount": usd(4000),
                "reason": "order_change",
                "credit_to": "invoice",
            },
        ),
        (
            "stripe.invoice in_1BenHarper01",
            "stripe.create_credit_note",
            {"invoice": "in_1BenHarper01", "amount": usd(500), "reason": "duplicate", "credit_to": "balance"},
        ),
    ],
    "stripe.events": [
        ("stripe.credit_note cn_1Sandbox0001", "stripe.void_credit_note", {"credit_note": "cn_1Sandbox0001"}),
    ],
    "salesforce.opportunity_history": [
        (_ACME, "salesforce.update_opportunity", {"opportunity": ACME, "stage": "Negotiation"}),
        (_ACME, "salesforce.update_opportunity", {"opportunity": ACME, "close_date": "2099-03-31"}),
        (_GLOBEX, "salesforce.update_opportunity", {"opportunity": GLOBEX, "clear_next_step": True}),
        (_GLOBEX, "", "Amount: 22500 → 30000"),
    ],
    "salesforce.activities": [
        (
            _ACME,
            "salesforce.log_task",
            {"opportunity": ACME, "subject": "Call with Dana", "text": "She agreed.", "due": ""},
        ),
        (
            _GLOBEX,
            "salesforce.log_task",
            {"opportunity": GLOBEX, "subject": "Send the order form", "text": "", "due": "2099-01-15"},
        ),
    ],
    "hubspot.deal_history": [
        ("hubspot.deal 53001", "hubspot.update_deal", {"deal": "53001", "stage": "7002"}),
        ("hubspot.deal 53001", "hubspot.update_deal", {"deal": "53001", "close_date": "2099-03-31"}),
        ("hubspot.deal 53003", "hubspot.update_deal", {"deal": "53003", "amount": usd(1650050)}),
        ("hubspot.deal 53003", "", "dealname: Initech — Analytics"),
        ("hubspot.deal 54006", "", "created the deal"),
    ],
    "hubspot.notes": [
        (
            "hubspot.contact 51001",
            "hubspot.create_note",
            {"template": "free_text", "text": "Dana wants one year.", "contact": "51001", "deal": "53001"},
        ),
        (
            "hubspot.contact 51002",
            "hubspot.create_note",
            {"template": "free_text", "text": "No deal yet.", "contact": "51002"},
        ),
    ],
    "jira.issues": [
        (
            "jira.project OPS",
            "jira.create_issue",
            {
                "project": "OPS",
                "type": "Incident",
                "summary": "Exports time out",
                "description": "Since nine.\n\nEU only.",
                "priority": "High",
                "labels": ["exports"],
            },
        ),
    ],
    "jira.changelog": [
        ("jira.issue OPS-14", "jira.transition_issue", {"issue": "OPS-14", "status": "Monitoring"}),
        (
            "jira.issue OPS-14",
            "jira.transition_issue",
            {"issue": "OPS-14", "status": "Resolved", "resolution": "Done"},
        ),
        ("jira.issue OPS-14", "", "priority: Low → High"),
    ],
    "jira.comments": [
        ("jira.issue OPS-14", "jira.add_comment", {"issue": "OPS-14", "text": "Seen again."}),
        (
            "jira.issue OPS-14",
            "jira.add_comment",
            {"issue": "OPS-14", "text": "Fixed.\n\nBoth receivers are back."},
        ),
        ("jira.issue OPS-13", "jira.add_comment", {"issue": "OPS-13", "text": "Related."}),
    ],
}
# by which person, where the system says it: the first of ACTS
FIRST_BY = {
    "zendesk.ticket_audits": ("9001", "Lena Fischer", "lena@example.com"),
    "salesforce.opportunity_history": ("005Sb00000001AAAAA", "Theo Lindqvist", "theo@northwind.example"),
    "salesforce.activities": ("005Sb00000001AAAAA", "Theo Lindqvist", "theo@northwind.example"),
    "hubspot.deal_history": ("101", "", ""),
    "hubspot.notes": ("101", "", ""),
    "jira.issues": (DANA, "Dana Whitfield", "dana@example.com"),
    "jira.changelog": (DANA, "Dana Whitfield", "dana@example.com"),
    "jira.comments": (DANA, "Dana Whitfield", "dana@example.com"),
}
# a field that a source reads of each answer
READ = {
    "zendesk.ticket_audits": "after_cursor",
    "zendesk.ratings": "satisfaction_ratings",
    "stripe.refunds": "has_more",
    "stripe.credit_notes": "has_more",
    "stripe.events": "has_more",
    "salesforce.opportunity_history": "records",
    "salesforce.activities": "records",
    "hubspot.deal_history": "companyCurrency",
    "hubspot.notes": "results",
    "jira.issues": "issues",
    "jira.changelog": "issues",
    "jira.comments": "issues",
}
