"""What each vendor has of its own on the wire: how a credential is shown, and how an error is said."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.contract import Refused, ToolError, Unavailable, Uncertain


def bearer(credential: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def _datadog_keys(credential: str) -> Mapping[str, str]:
    """Both of "api_key:application_key"; docs.datadoghq.com/api/latest/authentication."""
    api, _, application = credential.partition(":")
    return {"DD-API-KEY": api, "DD-APPLICATION-KEY": application}


def no_hint(_: Mapping[str, str]) -> str:
    return ""


@dataclass(frozen=True)
class Dialect:
    """What a vendor has of its own on the wire: headers, and where an error keeps its code and its words."""

    headers: Mapping[str, str]  # beside the credential
    error: Callable[[Any], tuple[str, str]]
    known: Mapping[str, tuple[type[ToolError], str]]  # error codes that say more than their HTTP status
    sign: Callable[[str], Mapping[str, str]] = bearer  # a fixed credential as headers; a token is always borne
    hint: Callable[[Mapping[str, str]], str] = no_hint  # what the headers of a refusal add to its words


def basic(credential: str) -> Mapping[str, str]:
    """`credential` is "user:password", RFC 7617."""
    return {"Authorization": f"Basic {b64encode(credential.encode()).decode()}"}


def _zendesk_error(body: Any) -> tuple[str, str]:
    """{"error": "RecordInvalid", "description": …, "details": {…}}, or "error" as an object with title and message."""
    error = body.get("error") or ""
    if isinstance(error, dict):
        return str(error.get("title") or ""), str(error.get("message") or "")
    details = body.get("details") or {}
    inner = [str(item.get("description")) for items in details.values() for item in items]
    return str(error), "; ".join(inner) or str(body.get("description") or error)


def _stripe_error(body: Any) -> tuple[str, str]:
    """{"error": {"type": …, "code": …, "message": …}}, https://docs.stripe.com/api/errors."""
    error = body["error"]
    return str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")


def _stripe_hint(headers: Mapping[str, str]) -> str:
    """Which of Stripe's limits was hit, "Rate limits": global-rate, endpoint-concurrency …"""
    reason = headers.get("Stripe-Rate-Limited-Reason", "")
    return f"limit: {reason}" if reason else ""


def _salesforce_error(body: Any) -> tuple[str, str]:
    """[{"errorCode": …, "message": …, "fields": […]}], REST API Developer Guide, "Status Codes and Error Responses".

    A status of 300 comes with the addresses of the records that bear one external ID.
    """
    if isinstance(body, list) and isinstance(body[0], str):
        return "MULTIPLE_CHOICES", f"{len(body)} records bear the same external ID"
    words = []
    for error in body:
        fields = ", ".join(error.get("fields") or [])
        words.append(f"{error.get('message') or ''}{f' ({fields})' if fields else ''}")
    return str(body[0].get("errorCode") or ""), "; ".join(words)


def _datadog_error(body: Any) -> tuple[str, str]:
    """{"errors": ["Forbidden"]}: words, and no code."""
    return "", "; ".join(map(str, body["errors"]))


def _jira_error(body: Any) -> tuple[str, str]:
    """{"errorMessages": […], "errors": {field: …}}, REST API v3, "Status codes"; there are no codes."""
    fields = (f"{name}: {said}" for name, said in (body.get("errors") or {}).items())
    return "", "; ".join((*(str(said) for said in body.get("errorMessages") or ()), *fields))


def _hubspot_error(body: Any) -> tuple[str, str]:
    """{"status": "error", "message": …, "correlationId": …, "category": …}, "Error handling"; no field is certain.

    What is wrong with a single property stands as a code inside the message.
    """
    words = str(body.get("message") or "")
    inner = "PROPERTY_DOESNT_EXIST"
    return inner if inner in words else str(body.get("category") or ""), words


DIALECTS: Mapping[str, Dialect] = {
    "zendesk": Dialect({}, _zendesk_error, {"IdempotentRequestError": (Refused, "KEY_REUSED")}),
    "stripe": Dialect(
        {"Stripe-Version": "2022-11-15"},
        _stripe_error,
        {
            "idempotency_error": (Refused, "KEY_REUSED"),
            "idempotency_key_in_use": (Uncertain, "IN_FLIGHT"),  # our first request under this key is still at work
            "lock_timeout": (Unavailable, "BUSY"),
            "resource_missing": (Refused, "NOT_FOUND"),  # 404 for what the path names, 400 for what a parameter does
        },
        hint=_stripe_hint,
    ),
    "salesforce": Dialect(
        {},
        _salesforce_error,
        {
            "REQUEST_LIMIT_EXCEEDED": (Unavailable, "RATE_LIMITED"),  # sent with 403
            "UNABLE_TO_LOCK_ROW": (Unavailable, "BUSY"),  # sent with 400
            "QUERY_TIMEOUT": (Unavailable, "BUSY"),
            "INVALID_SESSION_ID": (Refused, "WRONG_CREDENTIAL"),
            "INSUFFICIENT_ACCESS_OR_READONLY": (Refused, "NO_RIGHT"),  # sent with 400 or 403
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (Refused, "NO_RIGHT"),
            "INVALID_FIELD_FOR_INSERT_UPDATE": (Refused, "NO_RIGHT"),  # field-level security
            "ENTITY_IS_DELETED": (Refused, "GONE"),
            "DUPLICATES_DETECTED": (Refused, "DUPLICATE"),  # a duplicate rule of the organisation
            "FIELD_CUSTOM_VALIDATION_EXCEPTION": (Refused, "VALIDATION_RULE"),  # its words are an administrator's
            "MULTIPLE_CHOICES": (Refused, "AMBIGUOUS"),
        },
    ),
    "datadog": Dialect({}, _datadog_error, {}, _datadog_keys),
    "hubspot": Dialect({}, _hubspot_error, {"PROPERTY_DOESNT_EXIST": (Refused, "PROPERTY_MISSING")}),
    "jira": Dialect({}, _jira_error, {}, basic),
}
