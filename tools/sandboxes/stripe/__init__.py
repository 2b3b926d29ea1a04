"""A Stripe of one's own: customers, payments, refunds, invoices, credit notes, subscriptions, events.

Shapes follow docs.stripe.com/api, version 2022-11-15. It is as strict as Stripe: what it does not know is refused, and
so is what it knows of Stripe's and does not do itself, such as a credit note by lines. Refusals are said in Stripe's
words where those are known; a few that Stripe words otherwise say the same.
"""

from tools.sandboxes.stripe.account import Stripe

__all__ = ("Stripe",)
