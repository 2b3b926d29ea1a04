"""The account: its endpoints, whose key may do what, and what is done once under a key.

Idempotency follows docs.stripe.com/api/idempotent_requests: an answer is kept once a request has begun to be carried
out, refusals of its parameters are not; the same key with other parameters is an error, and so is a key whose first
request is still at work.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.routing import Route

from tools.sandboxes import seed
from tools.sandboxes.state import State
from tools.sandboxes.stripe import credit_notes, lists, people, refunds, subscriptions
from tools.sandboxes.stripe.books import Books, Row
from tools.sandboxes.stripe.forms import Form, Kind, StoppedError, names, read, refusal
from tools.sandboxes.stripe.pages import Pages
from tools.sandboxes.twin import Call, Clock, ProblemError, Said, Twin

VERSION = "2022-11-15"
LONGEST_KEY = 255  # characters, "Idempotent requests"
PLURALS: Mapping[str, str] = {kind: f"/v1/{kind}s" for kind in lists.FILTERS}
GUARDED: Mapping[str, str] = {kind: f"{'charge' if kind == 'refund' else kind}_read" for kind in lists.FILTERS}


class Stripe(Twin):
    system: ClassVar[str] = "stripe"
    act = people.Act
    in_part = (("POST", "/v1/refunds"),)

    def __init__(self, state: State, clock: Clock) -> None:
        super().__init__(state, clock)
        self._books = Books(state, clock)
        self._working: set[str] = set()  # keys whose first request is at work

    def routes(self) -> list[Route]:
        pages = Pages(self._books)
        return [
            self.api("GET", "/v1/credit_notes/preview", "credit_note_read", self._preview),
            *(self.api("GET", path, GUARDED[kind], self._lister(kind)) for kind, path in PLURALS.items()),
            *(self.api("GET", f"{path}/{{id}}", GUARDED[kind], self._shower(kind)) for kind, path in PLURALS.items()),
            self.api("POST", "/v1/refunds", "charge_write", self._once(self._refund)),
            self.api("POST", "/v1/credit_notes", "credit_note_write", self._once(self._credit)),
            self.api("POST", "/v1/credit_notes/{id}/void", "credit_note_write", self._once(self._void)),
            self.api("POST", "/v1/subscriptions/{id}", "subscription_write", self._once(self._subscribe)),
            self.page("/customers/{id}", pages.customer),
            self.page("/payments/{id}", pages.payment),
            self.page("/invoices/{id}", pages.invoice),
            self.page("/subscriptions/{id}", pages.subscription),
            self.page("/", pages.index),
        ]

    def by_hand(self, act: people.Act, at: datetime) -> Mapping[str, Any]:
        return people.done(Books(self.state, lambda: at), act)

    def authenticate(self, token: str, scope: str) -> None:
        holder = seed.STRIPE_TOKENS.get(token)
        shown = f"{token[:3]}***{token[-4:]}" if len(token) > 8 else "***"
        if holder is None:
            raise refusal(401, "", f"Invalid API Key provided: {shown}")
        if scope not in holder.scopes:
            words = (
                f"The provided key '{shown}' does not have the required permissions for this endpoint on account "
                f"'acct_sandbox'. Having the 'rak_{scope}' permission would allow this request to continue."
            )
            raise refusal(403, "", words)

    async def body(self, request: Request) -> Mapping[str, Any]:
        sent = await request.body()
        kind = request.headers.get("content-type", "").partition(";")[0]
        if sent and kind != "application/x-www-form-urlencoded":
            raise refusal(400, "", "Invalid request: send parameters as application/x-www-form-urlencoded")
        return dict(parse_qsl(sent.decode(), keep_blank_values=True))

    def refusal(self, status: int, code: str, message: str, **more: Any) -> ProblemError:
        return refusal(status, code, message, **more)

    def headers(self) -> Mapping[str, str]:
        return {"Request-Id": f"req_sandbox{self.served:06d}", "Stripe-Version": VERSION}

    async def _answer(self, request: Request, scope: str, handle: Callable[[Call], Said]) -> Said:
        """What time has brought comes first. A key stays at work from before the body is there until the answer is."""
        if refunds.settle(self._books) | subscriptions.end(self._books):
            self.state.save()
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        if key in self._working:
            words = (
                "There is currently another in-progress request using this Idempotent Key (that probably means you "
                f"submitted twice, and the other request is still going through): {key}. Please try again later."
            )
            busy = refusal(409, "idempotency_key_in_use", words, type="idempotency_error")
            raise ProblemError(busy.status, busy.body, {"Stripe-Should-Retry": "true"})
        try:
            if key:
                self._working.add(key)
            return await super()._answer(request, scope, handle)
        finally:
            self._working.discard(key)

    def _read(self, call: Call, given: Mapping[str, str], kinds: Mapping[str, Kind], *required: str) -> Form:
        version = call.headers.get("stripe-version", VERSION)
        if version != VERSION:
            raise refusal(400, "", f"Invalid Stripe API version: {version}")
        return read(given, kinds, *required)

    def _lister(self, kind: str) -> Callable[[Call], Said]:
        def show(call: Call) -> Said:
            form = self._read(call, call.query, {**lists.PAGING, **lists.FILTERS[kind]})
            lists.check(self._books, form)
            found = lists.page(self._books, kind, call.path, form)
            wanted = form.get("expand", [])
            if any(not one.startswith("data.") for one in wanted):
                raise refusal(400, "", f"This property cannot be expanded ({wanted[0]}).", param="expand")
            fields = [one.removeprefix("data.") for one in wanted]
            return Said({**found, "data": [self._expanded(call, kind, row, fields) for row in found["data"]]})

        return show

    def _shower(self, kind: str) -> Callable[[Call], Said]:
        def show(call: Call) -> Said:
            form = self._read(call, call.query, {"expand": names})
            gone = self._books.data["gone"].get(call.parts["id"])  # of a deleted customer its id is left
            if gone is not None and gone["object"] == kind:
                return Said(gone)
            row = self._books.found(kind, call.parts["id"])
            return Said(self._expanded(call, kind, row, form.get("expand", [])))

        return show

    def _expanded(self, call: Call, kind: str, row: Row, fields: list[str]) -> Row:
        """A record in full takes the right to read it."""
        for field in fields:
            self.authenticate(call.token, GUARDED[lists.expandable(kind, field)])
        return lists.expanded(self._books, kind, row, fields)

    def _once(self, handle: Callable[[Call], Row]) -> Callable[[Call], Said]:
        """A change, done once under its key."""

        def answer(call: Call) -> Said:
            key = call.headers.get("idempotency-key", "")
            if len(key) > LONGEST_KEY:
                raise refusal(400, "", f"Idempotency keys are up to {LONGEST_KEY} characters long", type=_KEY)
            kept = self._books.kept(key) if key else None
            if kept is not None:
                _same(key, kept, call)
                return Said(kept["body"], kept["status"], {"Idempotent-Replayed": "true"})
            self._books.request = {"id": self.headers()["Request-Id"], "idempotency_key": key or None}
            try:
                said = Said({**handle(call)})
            except StoppedError as problem:
                said = Said(problem.body, problem.status)
            if key:
                self._books.keep(key, call.path, call.body, said.status, said.body)
            return said

        return answer

    def _refund(self, call: Call) -> Row:
        return refunds.create(self._books, self._read(call, call.body, refunds.FIELDS), slowly=call.in_part)

    def _preview(self, call: Call) -> Said:
        form = self._read(call, call.query, credit_notes.FIELDS, "invoice")
        return Said(credit_notes.preview(self._books, form))

    def _credit(self, call: Call) -> Row:
        return credit_notes.create(self._books, self._read(call, call.body, credit_notes.FIELDS, "invoice"))

    def _void(self, call: Call) -> Row:
        self._read(call, call.body, {})
        return credit_notes.void(self._books, call.parts["id"])

    def _subscribe(self, call: Call) -> Row:
        form = self._read(call, call.body, subscriptions.FIELDS)
        return subscriptions.update(self._books, call.parts["id"], form)


_KEY = "idempotency_error"


def _same(key: str, kept: Mapping[str, Any], call: Call) -> None:
    otherwise = f"Try using a key other than '{key}' if you meant to execute a different request."
    if kept["path"] != call.path:
        words = "Keys for idempotent requests can only be used for the same endpoint they were first used for"
        raise refusal(400, "", f"{words} ('{call.path}' vs '{kept['path']}'). {otherwise}", type=_KEY)
    if kept["form"] != dict(call.body):
        words = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        raise refusal(400, "", f"{words} {otherwise}", type=_KEY)
