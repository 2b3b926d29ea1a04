"""A Stripe of one's own: customers, charges, refunds, idempotency keys.

Shapes follow docs.stripe.com/api, version 2022-11-15; idempotency follows docs.stripe.com/api/idempotent_requests: an
answer is kept once a request has begun to be carried out, refusals of its parameters are not, and the same key with
other parameters is an error.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.routing import Route

from tools.sandboxes import page, seed
from tools.sandboxes.twin import Call, ProblemError, Said, Twin

VERSION = "2022-11-15"
REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer"})
REFUND_FIELDS = frozenset({"charge", "amount", "reason"})
PERMISSION = {
    "charge_read": "rak_charge_read",
    "refund_write": "rak_charge_write",
    "customer_read": "rak_customer_read",
}


class Stripe(Twin):
    system: ClassVar[str] = "stripe"

    def routes(self) -> list[Route]:
        return [
            self.api("GET", "/v1/customers", "customer_read", self._customers),
            self.api("GET", "/v1/customers/{customer}", "customer_read", self._customer),
            self.api("GET", "/v1/charges", "charge_read", self._charges),
            self.api("GET", "/v1/charges/{charge}", "charge_read", self._charge),
            self.api("GET", "/v1/refunds", "charge_read", self._refunds),
            self.api("GET", "/v1/refunds/{refund}", "charge_read", self._refund),
            self.api("POST", "/v1/refunds", "refund_write", self._create_refund),
            self.page("/payments/{charge}", self._payment_page),
            self.page("/", self._index),
        ]

    def authenticate(self, token: str, scope: str) -> None:
        holder = seed.STRIPE_TOKENS.get(token)
        if holder is None:
            shown = f"{token[:3]}…{token[-4:]}" if len(token) > 8 else "…"
            raise self.refusal(401, "", f"Invalid API Key provided: {shown}")
        if scope not in holder.scopes:
            words = "The provided key does not have the required permissions for this endpoint."
            raise self.refusal(403, "", f"{words} '{PERMISSION[scope]}' would allow this request to continue.")

    async def body(self, request: Request) -> Mapping[str, Any]:
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            raise self.refusal(400, "", "Invalid request: send parameters as application/x-www-form-urlencoded")
        return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))

    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        kind = more.pop("type", "api_error" if status >= 500 else "invalid_request_error")
        error = {"type": kind, "message": message, **({"code": code} if code else {}), **more}
        return ProblemError(status, {"error": error})

    def headers(self) -> Mapping[str, str]:
        return {"Request-Id": f"req_sandbox{self.served:06d}", "Stripe-Version": VERSION}

    def _known(self, call: Call, given: Mapping[str, Any], *allowed: str) -> None:
        version = call.headers.get("stripe-version", VERSION)
        if version != VERSION:
            raise self.refusal(400, "", f"Invalid Stripe API version: {version}")
        for name in given:
            if name not in allowed:
                raise self.refusal(400, "parameter_unknown", f"Received unknown parameter: {name}", param=name)

    def _found(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] | None = self.state.data[f"{kind}s"].get(name)
        if found is None:
            raise self.refusal(404, "resource_missing", f"No such {kind}: '{name}'", param="id")
        return found

    def _listed(self, call: Call, kind: str, rows: list[dict[str, Any]]) -> Said:
        """Newest first, by cursor, 10 at a time unless `limit` says otherwise."""
        limit = call.query.get("limit", "10")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            raise self.refusal(400, "parameter_invalid_integer", "limit must be between 1 and 100", param="limit")
        ordered = sorted(rows, key=lambda row: (row["created"], row["id"]), reverse=True)
        after = call.query.get("starting_after")
        if after is not None:
            ids = [row["id"] for row in ordered]
            if after not in ids:
                raise self.refusal(400, "resource_missing", f"No such {kind}: '{after}'", param="starting_after")
            ordered = ordered[ids.index(after) + 1 :]
        more = len(ordered) > int(limit)
        return Said({"object": "list", "url": call.path, "has_more": more, "data": ordered[: int(limit)]})

    def _customers(self, call: Call) -> Said:
        self._known(call, call.query, "email", "limit", "starting_after")
        email = call.query.get("email")  # told apart by case, as Stripe does
        rows = [row for row in self.state.data["customers"].values() if email in {None, row["email"]}]
        return self._listed(call, "customer", rows)

    def _customer(self, call: Call) -> Said:
        self._known(call, call.query)
        return Said(self._found("customer", call.parts["customer"]))

    def _charges(self, call: Call) -> Said:
        self._known(call, call.query, "customer", "limit", "starting_after")
        customer = call.query.get("customer")
        rows = [row for row in self.state.data["charges"].values() if customer in {None, row["customer"]}]
        return self._listed(call, "charge", rows)

    def _charge(self, call: Call) -> Said:
        self._known(call, call.query, "expand[]")
        charge = self._found("charge", call.parts["charge"])
        wanted = call.query.get("expand[]")
        if wanted not in {None, "customer"}:
            raise self.refusal(400, "", f"This property cannot be expanded ({wanted}).", param="expand")
        if wanted and charge["customer"]:
            charge = {**charge, "customer": self.state.data["customers"][charge["customer"]]}
        return Said(charge)

    def _refunds(self, call: Call) -> Said:
        self._known(call, call.query, "charge", "limit", "starting_after")
        charge = call.query.get("charge")
        if charge is not None:
            self._found("charge", charge)
        rows = [row for row in self.state.data["refunds"].values() if charge in {None, row["charge"]}]
        return self._listed(call, "refund", rows)

    def _refund(self, call: Call) -> Said:
        self._known(call, call.query)
        return Said(self._found("refund", call.parts["refund"]))

    def _create_refund(self, call: Call) -> Said:
        key = call.headers.get("idempotency-key")
        kept = self.state.data["keys"].get(key) if key else None
        if kept is not None:
            if kept["path"] != call.path or kept["form"] != dict(call.body):
                words = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                raise self.refusal(400, "", words, type="idempotency_error")
            return Said(kept["body"], kept["status"], {"Idempotent-Replayed": "true"})
        charge, amount = self._checked(call)
        said = self._carry_out(call, charge, amount)
        if key:
            self.state.data["keys"][key] = {
                "path": call.path,
                "form": dict(call.body),
                "status": said.status,
                "body": said.body,
            }
        return said

    def _checked(self, call: Call) -> tuple[dict[str, Any], int]:
        """The parameters themselves: what is wrong here is not remembered under the key."""
        marks = [name for name in call.body if name.startswith("metadata[") and name.endswith("]")]
        self._known(call, call.body, *REFUND_FIELDS, *marks)
        if not call.body.get("charge"):
            raise self.refusal(400, "parameter_missing", "Missing required param: charge.", param="charge")
        charge = self._found("charge", call.body["charge"])
        if call.body.get("reason", "duplicate") not in REASONS:
            raise self.refusal(400, "", f"Invalid reason: must be one of {', '.join(sorted(REASONS))}", param="reason")
        amount = call.body.get("amount", str(charge["amount"] - charge["amount_refunded"]))
        if not amount.isdecimal():
            raise self.refusal(400, "parameter_invalid_integer", f"Invalid integer: {amount}", param="amount")
        return charge, int(amount)

    def _carry_out(self, call: Call, charge: dict[str, Any], amount: int) -> Said:
        left = charge["amount"] - charge["amount_refunded"]
        refused = None
        if charge["status"] != "succeeded":
            refused = self.refusal(400, "", f"Charge {charge['id']} has not succeeded and cannot be refunded.")
        elif charge["disputed"]:
            refused = self.refusal(400, "charge_disputed", f"Charge {charge['id']} has been charged back.")
        elif not left:
            code = "charge_already_refunded"
            refused = self.refusal(400, code, f"Charge {charge['id']} has already been refunded.")
        elif not 0 < amount <= left:
            words = f"Refund amount ({_dollars(amount)}) is greater than unrefunded amount on charge ({_dollars(left)})"
            refused = self.refusal(400, "", words, param="amount")
        if refused is not None:
            return Said(refused.body, refused.status)
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.state.data["last_refund"] += 1
        made = seed.refund(
            f"re_3Sandbox{self.state.data['last_refund']:04d}", charge, amount, int(self.clock().timestamp())
        )
        made["reason"] = call.body.get("reason")
        marks = {name: value for name, value in call.body.items() if name.startswith("metadata[")}
        made["metadata"] = {name.removeprefix("metadata[").removesuffix("]"): value for name, value in marks.items()}
        self.state.data["refunds"][made["id"]] = made
        return Said(dict(made))

    def _payment_page(self, parts: Mapping[str, Any]) -> str | None:
        charge = self.state.data["charges"].get(parts["charge"])
        if charge is None:
            return None
        customer = self.state.data["customers"].get(charge["customer"] or "", {})
        status = "Refunded" if charge["refunded"] else "Disputed" if charge["disputed"] else charge["status"].title()
        rows = [
            ("Payment", charge["id"]),
            ("Status", status),
            ("Amount", _dollars(charge["amount"])),
            ("Refunded", _dollars(charge["amount_refunded"])),
            ("Customer", f"{customer.get('name', '—')} ({customer.get('email', '—')})"),
            ("Description", charge["description"]),
            ("Paid", _when(charge["created"])),
        ]
        refunds = [
            (
                refund["id"],
                _dollars(refund["amount"]),
                refund["reason"] or "—",
                refund["status"],
                _when(refund["created"]),
            )
            for refund in self.state.data["refunds"].values()
            if refund["charge"] == charge["id"]
        ]
        heads = ("Refund", "Amount", "Reason", "Status", "When")
        shown = page.table("Refunds", heads, refunds) if refunds else "<p>No refunds yet.</p>"
        return page.page("Stripe", "Payment", f"{_dollars(charge['amount'])} USD", page.facts(rows), shown)

    def _index(self, _: Mapping[str, Any]) -> str:
        customers = self.state.data["customers"]
        rows = [
            (
                page.Link(f"/payments/{charge['id']}", charge["id"]),
                customers[charge["customer"]]["name"],
                _dollars(charge["amount"]),
                "refunded" if charge["refunded"] else charge["status"],
                charge["description"],
            )
            for charge in sorted(self.state.data["charges"].values(), key=lambda one: -one["created"])
        ]
        heads = ("Payment", "Customer", "Amount", "Status", "Description")
        return page.page("Stripe", "All payments", "Payments", page.table("", heads, rows))


def _dollars(cents: int) -> str:
    """Every seeded charge is in US dollars."""
    return f"${cents // 100:,}.{cents % 100:02d}"


def _when(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
