"""Credentials travel over TLS or stay on this machine, and no sentence repeats a password."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from bot.settings import CannotStart, need_slack, read_settings, secret
from storage.database import StorageUnusable, connect, without_password

SENT_TO = ("SLACK_API_URL", "ANTHROPIC_BASE_URL", "LANEKEEPER_ZENDESK_URL", "LANEKEEPER_STRIPE_URL",
           "LANEKEEPER_SALESFORCE_URL", "LANEKEEPER_HUBSPOT_URL", "LANEKEEPER_JIRA_URL",
           "LANEKEEPER_DATADOG_URL")  # fmt: skip


@pytest.fixture(autouse=True)
def no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", SENT_TO)
@pytest.mark.parametrize(
    "url", ["http://acme.example/api/", "http://10.0.0.4", "http://127.0.0.1.evil.example", "acme"]
)
def test_a_credential_is_never_sent_in_the_clear(monkeypatch, name, url):
    monkeypatch.setenv(name, url)

    with pytest.raises(CannotStart, match=f"^{name} is wrong: write https://…, because credentials are sent there"):
        read_settings()


@pytest.mark.parametrize(
    "url", ["https://acme.example", "http://127.0.0.1:8000", "http://localhost", "http://[::1]:80"]
)
def test_tls_and_this_machine_are_fine(monkeypatch, url):
    monkeypatch.setenv("LANEKEEPER_STRIPE_URL", url)

    assert read_settings().api("stripe") == url


def test_where_people_open_hubspot_cannot_be_guessed(monkeypatch):
    """The address holds the account's number."""
    with pytest.raises(CannotStart, match="LANEKEEPER_HUBSPOT_WEB_URL is not set"):
        read_settings().web("hubspot")
    monkeypatch.setenv("LANEKEEPER_HUBSPOT_WEB_URL", "https://app.hubspot.com/contacts/1234567/")

    assert read_settings().web("hubspot") == "https://app.hubspot.com/contacts/1234567"
    assert read_settings().api("hubspot") == "https://api.hubapi.com"


@pytest.mark.parametrize("url", ["postgresql//ada:hunter2@db/lanes", "postgresql://ada:hunter2@db:hunter2/lanes"])
def test_a_malformed_database_url_is_not_repeated(url):
    with pytest.raises(StorageUnusable, match="not a database URL") as said:
        connect(url)
    assert "hunter2" not in str(said.value)
    assert said.value.__suppress_context__


def test_a_database_url_is_shown_without_its_password():
    assert without_password("postgresql+psycopg://ada:hunter2@db/lanes") == "postgresql+psycopg://ada:***@db/lanes"


def test_limits_are_requests_a_minute_by_system(monkeypatch):
    assert read_settings().rate_limits == {}
    monkeypatch.setenv("LANEKEEPER_RATE_LIMITS", " zendesk=700, stripe = 1500,")
    assert read_settings().rate_limits == {"zendesk": 700, "stripe": 1500}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("zendesk=fast", "'zendesk=fast' is no limit; write requests a minute, such as zendesk=400"),
        ("zendesk=0", "'zendesk=0' is no limit"),
        ("zendesk=-3", "'zendesk=-3' is no limit"),
        ("zendesk", "'zendesk' is no limit"),
        ("zendsk=400", "there is no system 'zendsk'; there are "),
        ('{"zendesk": 400}', "there is no system"),
    ],
)
def test_a_limit_that_is_none_says_what_to_write(monkeypatch, written, words):
    monkeypatch.setenv("LANEKEEPER_RATE_LIMITS", written)
    with pytest.raises(CannotStart, match=r"^LANEKEEPER_RATE_LIMITS is wrong: ") as said:
        read_settings()
    assert words in str(said.value)


def test_the_time_zone_is_utc_until_somebody_says_otherwise(monkeypatch):
    assert read_settings().zone is UTC
    monkeypatch.setenv("LANEKEEPER_TIME_ZONE", "America/New_York")
    assert read_settings().zone == ZoneInfo("America/New_York")


@pytest.mark.parametrize("written", ["Berlin", "Europe", "../Europe/Berlin", "", "GMT+25"])
def test_a_time_zone_that_is_none_says_what_to_write(monkeypatch, written):
    monkeypatch.setenv("LANEKEEPER_TIME_ZONE", written)
    with pytest.raises(CannotStart, match=r"^LANEKEEPER_TIME_ZONE is wrong: this machine knows no time zone .*Berlin$"):
        read_settings()


@pytest.mark.parametrize("written", ["lane-ops", "#Lane Ops", "C0123456"])
def test_an_operations_channel_is_written_as_people_do(monkeypatch, written):
    monkeypatch.setenv("LANEKEEPER_OPERATIONS_CHANNEL", written)
    with pytest.raises(CannotStart, match=r"^LANEKEEPER_OPERATIONS_CHANNEL is wrong: .* such as #lane-ops$"):
        read_settings()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN is not set; find it at"),
        ({"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN does not start with xoxb-"),
        ({}, "SLACK_APP_TOKEN is not set; find it at"),
        (
            {"LANEKEEPER_SLACK_TRANSPORT": "http"},
            "SLACK_SIGNING_SECRET is not set: with LANEKEEPER_SLACK_TRANSPORT=http",
        ),
        (
            {"LANEKEEPER_SLACK_TRANSPORT": "http", "SLACK_SIGNING_SECRET": "s"},
            "LANEKEEPER_HTTP_PORT is not set: with LANEKEEPER_SLACK_TRANSPORT=http Slack's requests come in there",
        ),
    ],
)
def test_what_slack_needs_and_is_missing_is_said_with_where_to_find_it(monkeypatch, given, words):
    for name, value in ({"SLACK_BOT_TOKEN": "xoxb-1"} | given).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart, match=f"^{words}"):
        need_slack(read_settings())


def test_by_http_no_app_token_is_needed(monkeypatch):
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "LANEKEEPER_SLACK_TRANSPORT": "http",
        "LANEKEEPER_HTTP_PORT": "3000",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    need_slack(read_settings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANEKEEPER_SLACK_TRANSPORT", "carrier pigeon"),
        ("LANEKEEPER_SLACK_CONNECTIONS", "0"),
        ("LANEKEEPER_SLACK_CONNECTIONS", "11"),
        ("LANEKEEPER_SLACK_RATE", "0"),
        ("LANEKEEPER_HTTP_PORT", "70000"),
    ],
)
def test_a_setting_that_cannot_be_is_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart, match=f"^{name} is wrong: "):
        read_settings()


def test_jiras_pages_are_where_its_api_is_unless_a_service_account_asks_elsewhere(monkeypatch):
    monkeypatch.setenv("LANEKEEPER_JIRA_URL", "https://acme.atlassian.net")
    assert read_settings().web("jira") == "https://acme.atlassian.net"
    monkeypatch.setenv("LANEKEEPER_JIRA_URL", "https://api.atlassian.com/ex/jira/1122")
    monkeypatch.setenv("LANEKEEPER_JIRA_WEB_URL", "https://acme.atlassian.net/")
    assert (read_settings().api("jira"), read_settings().web("jira")) == (
        "https://api.atlassian.com/ex/jira/1122",
        "https://acme.atlassian.net",
    )


def test_a_credential_that_was_written_where_its_reference_belongs_is_not_repeated():
    with pytest.raises(CannotStart, match=r"of svc-support for stripe is no reference .* write env:NAME") as no:
        secret("rk_live_51very_secret", "svc-support for stripe")
    assert "rk_live" not in str(no.value)
