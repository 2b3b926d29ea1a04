"""Where each system hands out what an identity shows it, and in which form Lanekeeper wants it."""

from collections.abc import Mapping

WHERE: Mapping[str, str] = {
    "zendesk": "an OAuth access token, from Admin Center → Apps and integrations → APIs",
    "stripe": "a restricted key, from dashboard.stripe.com → Developers → API keys",
    "salesforce": "an access token of a connected app; or name its OAuth client in identities.yml",
    "hubspot": "the access token of a private app, from Settings → Integrations → Private Apps",
    "jira": "e-mail:API-token; a token is made at id.atlassian.com → Security → API tokens",
    "datadog": "API-key:application-key, both from Organization Settings",
}
KEY = "get a key at console.anthropic.com, or set LANEKEEPER_MODEL=offline to try it with rules instead of a model"


def no_key() -> str:
    return f"ANTHROPIC_API_KEY is not set; {KEY}"


def wrong_key(api: str) -> str:
    return f"{api} does not accept ANTHROPIC_API_KEY; {KEY}"
