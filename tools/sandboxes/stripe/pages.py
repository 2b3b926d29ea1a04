"""The pages of the dashboard that people open from a card."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tools.sandboxes import page
from tools.sandboxes.stripe.books import Books, Row, dollars


class Pages:
    """Each takes the parts of a path; None is a page that is not there."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def customer(self, parts: Mapping[str, Any]) -> str | None:
        row = self._books.rows("customer").get(parts["id"])
        if row is None:
            return None
        facts = [
            ("Customer", row["id"]),
            ("E-mail", row["email"]),
            ("Credit for the next invoice", dollars(-row["balance"])),
            ("Overdue", "yes" if row["delinquent"] else "no"),
            ("Since", _when(row["created"])),
        ]
        tables = [
            self._payments(self._of("charge", row)),
            self._invoices(self._of("invoice", row)),
            self._subscriptions(self._of("subscription", row)),
        ]
        return page.page("Stripe", "Customer", row["name"], page.facts(facts), *tables)

    def payment(self, parts: Mapping[str, Any]) -> str | None:
        """By the charge's id, or the payment intent's."""
        intent = self._books.rows("payment_intent").get(parts["id"], {})
        charge = self._books.rows("charge").get(intent.get("latest_charge", parts["id"]))
        if charge is None:
            return None
        customer = self._books.rows("customer").get(charge["customer"] or "", {})
        facts = [
            ("Payment", charge["id"]),
            ("Status", _status(charge)),
            ("Amount", dollars(charge["amount"])),
            ("Refunded", dollars(charge["amount_refunded"])),
            ("Customer", f"{customer.get('name', '—')} ({customer.get('email', '—')})"),
            ("Description", charge["description"]),
            ("Invoice", charge["invoice"] or "—"),
            ("Paid", _when(charge["created"])),
        ]
        refunds = [
            (
                refund["id"],
                dollars(refund["amount"]),
                refund["reason"] or "—",
                " · ".join(filter(None, (refund["status"], refund.get("failure_reason")))),
                _when(refund["created"]),
            )
            for refund in self._books.rows("refund").values()
            if refund["charge"] == charge["id"]
        ]
        heads = ("Refund", "Amount", "Reason", "Status", "When")
        shown = page.table("Refunds", heads, refunds) if refunds else "<p>No refunds yet.</p>"
        return page.page("Stripe", "Payment", f"{dollars(charge['amount'])} USD", page.facts(facts), shown)

    def invoice(self, parts: Mapping[str, Any]) -> str | None:
        row = self._books.rows("invoice").get(parts["id"])
        if row is None:
            return None
        facts = [
            ("Invoice", row["number"] or row["id"]),
            ("Status", row["status"]),
            ("Billed to", f"{row['customer_name']} ({row['customer_email']})"),
            ("Total", dollars(row["total"])),
            ("Paid", dollars(row["amount_paid"])),
            ("Still owed", dollars(row["amount_remaining"])),
            ("Made", _when(row["created"])),
        ]
        lines = [(line["description"], dollars(line["amount"])) for line in row["lines"]["data"]]
        notes = [
            (note["number"], dollars(note["amount"]), note["reason"] or "—", note["status"], _when(note["created"]))
            for note in self._books.rows("credit_note").values()
            if note["invoice"] == row["id"]
        ]
        heads = ("Credit note", "Amount", "Reason", "Status", "When")
        shown = page.table("Credit notes", heads, notes) if notes else "<p>No credit notes yet.</p>"
        items = page.table("Lines", ("For", "Amount"), lines)
        return page.page("Stripe", "Invoice", row["number"] or "Draft", page.facts(facts), items, shown)

    def subscription(self, parts: Mapping[str, Any]) -> str | None:
        row = self._books.rows("subscription").get(parts["id"])
        if row is None:
            return None
        customer = self._books.rows("customer")[row["customer"]]
        facts = [
            ("Subscription", row["id"]),
            ("Status", row["status"]),
            ("Customer", f"{customer['name']} ({customer['email']})"),
            ("Price", dollars(row["items"]["data"][0]["price"]["unit_amount"])),
            ("Period ends", _when(row["current_period_end"])),
            ("Then", "it ends" if row["cancel_at_period_end"] else "it goes on"),
        ]
        return page.page("Stripe", "Subscription", self._plan(row), page.facts(facts))

    def index(self, _: Mapping[str, Any]) -> str:
        people = [
            (page.Link(f"/customers/{one['id']}", one["name"]), one["email"])
            for one in self._books.rows("customer").values()
        ]
        return page.page(
            "Stripe",
            "The account",
            "Payments",
            self._payments(self._books.rows("charge").values()),
            self._invoices(self._books.rows("invoice").values()),
            self._subscriptions(self._books.rows("subscription").values()),
            page.table("Customers", ("Customer", "E-mail"), people),
        )

    def _of(self, kind: str, customer: Row) -> list[Row]:
        return [row for row in self._books.rows(kind).values() if row["customer"] == customer["id"]]

    def _name(self, row: Row) -> str:
        return str(self._books.rows("customer")[row["customer"]]["name"])

    def _plan(self, row: Row) -> str:
        price = row["items"]["data"][0]["price"]
        return str(price["nickname"] or self._books.rows("product")[price["product"]]["name"])

    def _payments(self, rows: Iterable[Row]) -> str:
        cells = [
            (
                page.Link(f"/payments/{row['id']}", row["id"]),
                self._name(row),
                dollars(row["amount"]),
                _status(row),
                row["description"],
            )
            for row in _newest(rows)
        ]
        return page.table("Payments", ("Payment", "Customer", "Amount", "Status", "Description"), cells)

    def _invoices(self, rows: Iterable[Row]) -> str:
        cells = [
            (
                page.Link(f"/invoices/{row['id']}", row["number"] or row["id"]),
                row["customer_name"],
                dollars(row["total"]),
                row["status"],
                dollars(row["amount_remaining"]),
            )
            for row in _newest(rows)
        ]
        return page.table("Invoices", ("Invoice", "Customer", "Total", "Status", "Still owed"), cells)

    def _subscriptions(self, rows: Iterable[Row]) -> str:
        cells = [
            (
                page.Link(f"/subscriptions/{row['id']}", row["id"]),
                self._name(row),
                self._plan(row),
                row["status"],
                _when(row["current_period_end"]),
            )
            for row in _newest(rows)
        ]
        return page.table("Subscriptions", ("Subscription", "Customer", "Plan", "Status", "Period ends"), cells)


def _newest(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: int(row["created"]), reverse=True)


def _status(charge: Row) -> str:
    return str("refunded" if charge["refunded"] else "disputed" if charge["disputed"] else charge["status"])


def _when(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
