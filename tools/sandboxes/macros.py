"""The macros of the made-up company. What stands in {{…}} is filled in when a macro is applied."""

from dataclasses import dataclass
from typing import Any

WRITTEN = "2025-11-03T08:30:00Z"  # when an admin last touched them


@dataclass(frozen=True)
class Macro:
    """`actions` are field and value, as Zendesk's Actions reference names them."""

    number: int
    title: str
    description: str
    actions: tuple[tuple[str, str], ...]
    active: bool = True


REFUNDED = (
    "Hi {{ticket.requester.first_name}},\n\nThe refund is on its way. Banks usually take 5 to 10 days to show it. "
    "Your reference is {{ticket.id}}.\n\nKind regards,\nCustomer Support"
)
RECEIPT = (
    "Hi {{ticket.requester.first_name}},\n\nCould you send us the receipt of the payment you mean? A photo is enough; "
    "please cover the card number.\n\nKind regards,\nCustomer Support"
)

MACROS = (
    Macro(
        31,
        "Refund made",
        "Tells the customer, tags the ticket and solves it",
        (("status", "solved"), ("current_tags", "refunded"), ("comment_value", REFUNDED)),
    ),
    Macro(
        32,
        "Ask for receipt",
        "Asks for proof of payment and waits",
        (("status", "pending"), ("current_tags", "waiting_receipt"), ("comment_value", RECEIPT)),
    ),
    Macro(
        33,
        "Possible fraud",
        "Raises the priority and leaves a note",
        (
            ("priority", "urgent"),
            ("current_tags", "fraud_check"),
            ("comment_mode_is_public", "false"),
            ("comment_value", "Check the card's country against the account's before anything is refunded."),
        ),
    ),
    Macro(
        34,
        "Hand to finance",
        "Gives the ticket to the finance group",
        (("group_id", "7007"), ("remove_tags", "duplicate_charge")),
    ),
    Macro(35, "Refund made (2019)", "Replaced by Refund made", (("status", "solved"),), active=False),
)


def seeded() -> dict[str, Any]:
    """Every macro as the API answers it, by its number."""
    return {
        str(macro.number): {
            "id": macro.number,
            "title": macro.title,
            "description": macro.description,
            "active": macro.active,
            "actions": [{"field": field, "value": value} for field, value in macro.actions],
            "restriction": None,
            "position": macro.number,
            "created_at": WRITTEN,
            "updated_at": WRITTEN,
        }
        for macro in MACROS
    }
