"""Stripe: customers, payments, invoices, subscriptions; refunds, credit notes, the end of a subscription.

Protocol facts are from docs.stripe.com/api. Every request names the version 2022-11-15, and the answers read here have
that version's shape: a charge brings its refunds only where they are asked for, a subscription carries its own
`current_period_end`, an invoice its `charge` and `payment_intent`. Amounts are integers in Stripe's unit of the
currency (`amounts`), lists come by cursor (`answers.pages`).

A POST under an `Idempotency-Key` happens once. Stripe may forget a key of API v1 once it is 24 hours old ("Idempotent
requests"; those of v2 live 30 days, "API v2 overview"), and what comes later under the same key happens again. So the
key stands in the metadata of a refund and of a credit note as well: what is older is looked for by that mark, which
stays for good.
"""

from tools.stripe.charges import FindCharges, FindPayments
from tools.stripe.credit_notes import CreateCreditNote
from tools.stripe.customers import FindCustomer
from tools.stripe.events import CameBack
from tools.stripe.given_back import IssuedNotes, Refunds
from tools.stripe.invoices import FindInvoices
from tools.stripe.refunds import CreateRefund, FindRefunds
from tools.stripe.rights import shortfalls
from tools.stripe.subscriptions import FindSubscriptions, SetSubscriptionCancellation
from tools.stripe.voiding import VoidCreditNote

__all__ = ("TOOLS", "TRUTHS", "shortfalls")

TOOLS = (
    FindCustomer(),
    FindCharges(),
    FindPayments(),
    FindInvoices(),
    FindSubscriptions(),
    FindRefunds(),
    CreateRefund(),
    CreateCreditNote(),
    VoidCreditNote(),
    SetSubscriptionCancellation(),
)

TRUTHS = (Refunds(), IssuedNotes(), CameBack())
