"""Settings, read once, at the door, from the environment or a file `.env`. Nothing else reads them."""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tools.dialects import DIALECTS

_ENV_FILE = ".env"  # read after the environment, which wins
CATALOG = Path(__file__).resolve().parent.parent / "lanes" / "catalog"
APART = frozenset({"stripe", "hubspot", "datadog"})  # where people open records elsewhere than where the API is


class CannotStart(Exception):
    """Something needed at the start is missing or wrong; the message says what, and what to do."""


class Settings(BaseSettings):
    """Every setting there is. `LANEKEEPER_` stands before each name, except where the name is somebody else's."""

    model_config = SettingsConfigDict(env_prefix="LANEKEEPER_", env_file=_ENV_FILE, extra="ignore", frozen=True)

    database_url: str = "sqlite:///lanekeeper.sqlite"
    catalog: Path = CATALOG
    model: Literal["anthropic", "offline"] = "anthropic"
    log: Literal["console", "json"] = "console"
    time_zone: str = "UTC"  # by which "every day at three" and "this week" are meant, such as Europe/Berlin
    operations_channel: str = ""  # who runs Lanekeeper hears here of what concerns no single lane, such as #lane-ops

    slack_bot_token: SecretStr = Field(default=SecretStr(""), validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr = Field(default=SecretStr(""), validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field(default="https://slack.com/api/", validation_alias="SLACK_API_URL")
    slack_transport: Literal["socket", "http"] = "socket"  # who opens the connection: Lanekeeper, or Slack
    slack_connections: int = Field(default=2, ge=1, le=10)  # in Socket Mode; Slack allows ten, two outlive a refresh
    slack_rate: float = Field(default=1.0, gt=0)  # times what Slack grants every app; more only where it granted more
    http_host: str = "127.0.0.1"  # where requests come in, or a proxy brings them: Slack's, other systems', /health
    http_port: int | None = Field(default=None, ge=0, le=65_535)  # None: nothing listens; 0: any port that is free
    anthropic_api_key: SecretStr = Field(default=SecretStr(""), validation_alias="ANTHROPIC_API_KEY")
    anthropic_base_url: str = Field(default="https://api.anthropic.com", validation_alias="ANTHROPIC_BASE_URL")

    zendesk_url: str = ""  # https://acme.zendesk.com
    stripe_url: str = "https://api.stripe.com"
    stripe_web_url: str = "https://dashboard.stripe.com"
    salesforce_url: str = ""  # https://acme.my.salesforce.com
    hubspot_url: str = "https://api.hubapi.com"
    hubspot_web_url: str = ""  # https://app.hubspot.com/contacts/1234567, with the number of your account
    jira_url: str = ""  # https://acme.atlassian.net; for a service account https://api.atlassian.com/ex/jira/CLOUD-ID
    jira_web_url: str = ""  # https://acme.atlassian.net, where jira_url is another; else the same
    datadog_url: str = "https://api.datadoghq.com"  # api.datadoghq.eu and others, by the company's Datadog site
    datadog_web_url: str = "https://app.datadoghq.com"

    zendesk_webhook_secret: SecretStr = SecretStr("")  # the webhook's own signing secret
    salesforce_webhook_secret: SecretStr = SecretStr("")  # shared with the Apex callout that signs

    report_note: str = ""  # said below each report; the demo's says that its history is generated
    rate_limits: Annotated[Mapping[str, int], NoDecode] = {}  # system → requests a minute: zendesk=700, stripe=1500

    @field_validator(
        *("slack_api_url", "anthropic_base_url", "zendesk_url", "stripe_url", "salesforce_url"),
        *("hubspot_url", "jira_url", "datadog_url"),
    )
    @classmethod
    def _keeps_a_secret(cls, value: str) -> str:
        url = urlsplit(value)
        if value and url.scheme != "https" and not (url.scheme == "http" and _on_this_machine(url.hostname or "")):
            raise ValueError("write https://…, because credentials are sent there and nobody on the way may read them")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _ends_with_a_slash(cls, value: str) -> str:
        return value if value.endswith("/") else value + "/"

    @field_validator("time_zone")
    @classmethod
    def _a_zone(cls, value: str) -> str:
        try:
            _zone(value)
        except (LookupError, ValueError, OSError):  # what ZoneInfo makes of no such name, of ../x, of a whole continent
            raise ValueError(f"this machine knows no time zone {value!r}; write one such as Europe/Berlin") from None
        return value

    @field_validator("operations_channel")
    @classmethod
    def _a_channel(cls, value: str) -> str:
        if value and not re.fullmatch(r"#[a-z0-9_-]{1,79}", value):
            raise ValueError(f"{value!r} is no channel; write its name, such as #lane-ops")
        return value

    @property
    def zone(self) -> tzinfo:
        return _zone(self.time_zone)

    @field_validator("rate_limits", mode="before")
    @classmethod
    def _limit_by_system(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        limits: dict[str, int] = {}
        for entry in filter(None, (part.strip() for part in value.split(","))):
            system, _, calls = (part.strip() for part in entry.partition("="))
            if system not in DIALECTS:
                raise ValueError(f"there is no system {system!r}; there are {', '.join(sorted(DIALECTS))}")
            if not (calls.isascii() and calls.isdecimal() and int(calls)):
                raise ValueError(f"{entry!r} is no limit; write requests a minute, such as {system}=400")
            limits[system] = int(calls)
        return limits

    def api(self, system: str) -> str:
        """Where a system's API is. Raises `CannotStart` when that was not said."""
        return self._said(f"{system}_url", system)

    def web(self, system: str) -> str:
        """Where people open a system's records; the API's own address where no other is known."""
        name = f"{system}_web_url"
        return self._said(name, system) if system in APART or getattr(self, name, None) else self.api(system)

    def webhook_secrets(self, wanted: Iterable[str]) -> dict[str, SecretStr]:
        """By system, what the events that lanes wait for are signed with. Raises `CannotStart` when one is missing."""
        secrets: dict[str, SecretStr] = {}
        for system in wanted:
            secret: SecretStr = getattr(self, f"{system}_webhook_secret")
            if not secret.get_secret_value() or self.http_port is None:
                raise CannotStart(
                    f"a lane is started by events of {system}, and they cannot arrive: set LANEKEEPER_HTTP_PORT "
                    f"and LANEKEEPER_{system.upper()}_WEBHOOK_SECRET"
                )
            secrets[system] = secret
        return secrets

    def _said(self, name: str, system: str) -> str:
        url = str(getattr(self, name)).rstrip("/")
        if not url:
            variable = f"LANEKEEPER_{name.upper()}"
            raise CannotStart(
                f"{variable} is not set: a lane uses {system}; set it to your {system} address, https://…"
            )
        return url


def read_settings() -> Settings:
    """The settings of this process. Raises `CannotStart`."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        name = name if name.isupper() else f"LANEKEEPER_{name.upper()}"
        said = first["msg"].removeprefix("Value error, ")  # pydantic's words before ours
        raise CannotStart(f"{name} is wrong: {said}") from error


def _zone(name: str) -> tzinfo:
    """UTC needs no list of zones, which a small machine may lack."""
    return UTC if name == "UTC" else ZoneInfo(name)


def _on_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def secret(reference: str, wanted_by: str, where: str = "") -> SecretStr:
    """The secret a reference such as env:NAME or file:PATH leads to. Raises `CannotStart`, which says `where` one is
    handed out.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name) or dotenv_values(_ENV_FILE).get(name)
        if not value:
            raise CannotStart(f"{name} is not set: it holds the credential of {wanted_by}" + (where and f", {where}"))
        return SecretStr(value)
    if kind == "file":
        try:
            return SecretStr(Path(name).read_text(encoding="utf-8").strip())
        except OSError as error:
            raise CannotStart(f"the credential file {name} of {wanted_by} cannot be read: {error.strerror}") from error
    raise CannotStart(
        f"the credential of {wanted_by} is no reference (it is not repeated here, it may be the credential itself); "
        "write env:NAME or file:PATH"
    )


def need_slack(settings: Settings) -> None:
    """Raises `CannotStart` with the variable and where to get its value."""
    bot, ours = settings.slack_bot_token.get_secret_value(), settings.slack_app_token.get_secret_value()
    _need(bot, "SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions → Bot User OAuth Token")
    if settings.slack_transport == "socket":
        _need(ours, "SLACK_APP_TOKEN", "xapp-", "Basic Information → App-Level Tokens")
        return
    if not settings.slack_signing_secret.get_secret_value().strip():
        raise CannotStart(
            "SLACK_SIGNING_SECRET is not set: with LANEKEEPER_SLACK_TRANSPORT=http it proves that requests are "
            "Slack's; find it at api.slack.com/apps → your app → Basic Information → Signing Secret"
        )
    if settings.http_port is None:
        raise CannotStart(
            "LANEKEEPER_HTTP_PORT is not set: with LANEKEEPER_SLACK_TRANSPORT=http Slack's requests come in there; set "
            "it to the port that your Request URLs lead to, such as 3000"
        )


def _need(found: str, name: str, start: str, where: str) -> None:
    if not found:
        raise CannotStart(f"{name} is not set; find it at api.slack.com/apps → your app → {where}")
    if not found.startswith(start):
        raise CannotStart(f"{name} does not start with {start}; find the right one under {where}")
