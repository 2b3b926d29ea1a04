"""The doctor names what is wrong and what to do, and changes nothing; systems and Slack are the twins."""

import json
import shutil
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.cli.doctor import examine
from bot.settings import CannotStart, Settings
from bot.workspace import seed as people
from bot.workspace.server import serve as serve_workspace
from lanes.files import FaultyPage
from tools.registry import DOCTORS
from tools.sandboxes import seed
from tools.sandboxes.server import TWINS, create, serve

CATALOG = Path(__file__).parents[2] / "lanes" / "catalog"
NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens there


@pytest.fixture(scope="module")
def slack():
    with serve_workspace() as workspace:
        yield workspace


@pytest.fixture(scope="module")
def twins():
    with serve({name: create(name) for name in TWINS}) as serving:
        yield serving.urls


@pytest.fixture
def house(slack, twins, tmp_path, monkeypatch):
    """Settings in which everything is there; `more` changes some. The catalog is a copy to spoil."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(CATALOG, tmp_path / "catalog")
    (tmp_path / "suites").symlink_to(CATALOG.parent / "suites")
    for name, value in seed.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    def made(**more):
        whole = {
            "catalog": tmp_path / "catalog", "model": "offline", "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": people.BOT_TOKEN, "SLACK_APP_TOKEN": people.APP_TOKEN,
            **{f"{name}_{kind}": url for name, url in twins.items() for kind in ("url", "web_url")},
        }  # fmt: skip
        return Settings(_env_file=None, **{**whole, **more})

    return made


def wrong(settings, lane=""):
    return [str(finding) for finding in examine(settings, lane) if not finding.fine]


def spoil(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_all_is_well_and_nothing_was_changed(house, twins):
    def states():
        return [httpx2.get(f"{url}/_control/state", trust_env=False).json() for url in twins.values()]

    before = states()
    said = [str(finding) for finding in examine(house())]
    assert [line for line in said if not line.startswith("✓ ")] == []
    assert "✓ support-refunds at stripe: address, credential and rights are right" in said
    assert said[-4:-2] == [
        "✓ Slack's bot token: the app is @lanekeeper in Northwind",
        "✓ Slack's app token: Socket Mode is open to it",
    ]
    assert "#support-approvals" in said[-2]
    assert said[-1] == "✓ the model: rules instead of a model, because LANEKEEPER_MODEL is offline"
    assert json.dumps(states()) == json.dumps(before)


def test_one_lane_is_looked_at_by_its_name_or_its_command(house):
    for name in ("support-triage", "triage"):
        looked_at = [finding.what for finding in examine(house(), name)]
        assert looked_at[:2] == ["support-triage at zendesk", "Slack's bot token"]
    with pytest.raises(CannotStart, match="there is no lane 'triaje'; there are crm-hygiene"):
        list(examine(house(), "triaje"))


def test_a_wrong_token_is_named_by_its_variable(house, monkeypatch):
    monkeypatch.setenv("LANEKEEPER_TRIAGE_ZENDESK_TOKEN", "a-guess")
    assert wrong(house()) == [
        "✗ support-triage at zendesk: zendesk answered 401: Couldn't authenticate you; put a valid credential into "
        "LANEKEEPER_TRIAGE_ZENDESK_TOKEN"
    ]


def test_a_token_from_a_file_is_named_by_its_file(house, tmp_path):
    (tmp_path / "token").write_text("a-guess")
    spoil(tmp_path / "catalog/identities.yml", "env:LANEKEEPER_TRIAGE_ZENDESK_TOKEN", f"file:{tmp_path}/token")
    (said,) = wrong(house())
    assert said.endswith(f"put a valid credential into {tmp_path}/token")


def test_a_token_that_is_not_set_is_said_as_at_the_start(house, monkeypatch):
    monkeypatch.delenv("LANEKEEPER_CRM_SALESFORCE_TOKEN")
    (said,) = wrong(house())
    assert "LANEKEEPER_CRM_SALESFORCE_TOKEN is not set" in said


def test_an_address_where_nobody_is_and_one_where_somebody_else_is(house, twins, slack):
    assert wrong(house(zendesk_url=NOWHERE), "triage") == [
        "✗ support-triage at zendesk: zendesk cannot be reached; is http://127.0.0.1:9 right? It is set in "
        "LANEKEEPER_ZENDESK_URL"
    ]
    for other in (twins["stripe"], slack.url):
        (said,) = wrong(house(zendesk_url=other), "triage")
        assert said.endswith(f"is {other} the address of your zendesk? It is set in LANEKEEPER_ZENDESK_URL")
    (said,) = wrong(house(zendesk_url=""), "triage")
    assert "LANEKEEPER_ZENDESK_URL is not set" in said


def test_a_missing_right_is_named(house, monkeypatch):
    monkeypatch.setenv("LANEKEEPER_REFUNDS_STRIPE_KEY", seed.STRIPE_READER)
    (said,) = wrong(house())
    assert said.startswith("✗ support-refunds at stripe: ")
    assert "refunds" in said.lower()
    assert said.endswith("The credential is the one in LANEKEEPER_REFUNDS_STRIPE_KEY")


def test_a_scope_that_no_tool_asks_for_is_most_likely_misspelt(house, tmp_path):
    spoil(
        tmp_path / "catalog/identities.yml",
        "  scopes: [zendesk:tickets.read]",
        "  scopes: [zendesk:tickets.read, zendesk:ticket.reply]",
    )
    assert wrong(house()) == [
        "✗ support-triage at zendesk: no tool asks for the scope zendesk:ticket.reply (did you mean "
        "zendesk:tickets.reply?); correct it in identities.yml, svc-support-triage"
    ]


def test_a_scope_that_a_tool_needs_and_nobody_wrote_does_not_load(house, tmp_path):
    spoil(tmp_path / "catalog/identities.yml", "stripe:refunds.write", "stripe:refund.write")
    with pytest.raises(FaultyPage, match=r"needs stripe:refunds\.write"):
        list(examine(house()))


def test_an_oauth_client_is_tried_as_a_token_is(house, tmp_path, monkeypatch):
    reference = "{oauth: {client_id: env:CRM_ID, client_secret: env:CRM_SECRET}}"
    spoil(tmp_path / "catalog/identities.yml", "env:LANEKEEPER_CRM_SALESFORCE_TOKEN", reference)
    monkeypatch.setenv("CRM_ID", "3MVG9sandboxCrm")
    monkeypatch.setenv("CRM_SECRET", "salesforce-client-secret")
    assert wrong(house(), "crm") == []
    monkeypatch.setenv("CRM_SECRET", "a-guess")
    (said,) = wrong(house(), "crm")
    assert "salesforce gives no token: it answered 400, invalid_client" in said
    assert said.endswith("put a valid credential into CRM_ID, CRM_SECRET")
    assert "a-guess" not in said


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{oauth: {client_id: env:CRM_ID}}", "oauth.client_secret: is missing"),
        ("{oauth: {client_id: env:A, client_secret: env:B, secret: env:C}}", "a field nobody reads"),
        ("{}", "write env:NAME, file:PATH, or {oauth"),
        ("7", "credentials.salesforce"),
    ],
)
def test_a_credential_in_no_shape_we_know_names_its_line(house, tmp_path, written, words):
    spoil(tmp_path / "catalog/identities.yml", "env:LANEKEEPER_CRM_SALESFORCE_TOKEN", written)
    with pytest.raises(FaultyPage, match=r"identities\.yml:") as said:
        list(examine(house()))
    assert words in str(said.value)


def test_a_grant_that_the_vendor_does_not_take_is_refused_before_it_is_tried(house, tmp_path, monkeypatch):
    reference = "{oauth: {client_id: env:A, client_secret: env:A, refresh_token: env:A}}"
    spoil(tmp_path / "catalog/identities.yml", "env:LANEKEEPER_TRIAGE_ZENDESK_TOKEN", reference)
    monkeypatch.setenv("A", "a")
    (said,) = wrong(house(), "triage")
    assert "leave refresh_token out" in said


def test_a_system_without_a_doctor_is_only_reached(house, monkeypatch):
    monkeypatch.delitem(DOCTORS, "salesforce")
    assert "✓ crm-hygiene at salesforce: only reachability was checked" in map(str, examine(house(), "crm"))
    said, of_truth = wrong(house(salesforce_url=NOWHERE), "crm")
    assert of_truth.startswith("✗ svc-truth at salesforce, for what people did: ")
    assert "salesforce cannot be reached" in said


def test_slack_tokens_are_tried_one_by_one(house):
    (said,) = wrong(house(SLACK_BOT_TOKEN="xoxb-wrong"))
    where = "api.slack.com/apps → your app → OAuth & Permissions → Bot User OAuth Token"
    assert said == f"✗ Slack: Slack answers invalid_auth; look at {where}"
    (said,) = wrong(house(SLACK_APP_TOKEN="xapp-wrong"))
    assert "invalid_auth" in said
    assert said.endswith("Basic Information → App-Level Tokens")
    (said,) = wrong(house(SLACK_APP_TOKEN=""))
    assert "SLACK_APP_TOKEN is not set" in said
    (said,) = wrong(house(SLACK_API_URL=f"{NOWHERE}/api/"))
    assert "Slack: it cannot be reached at http://127.0.0.1:9/api/" in said


def test_a_channel_that_the_app_is_not_in_is_named(house, tmp_path):
    spoil(tmp_path / "catalog/crm-hygiene.yml", "#revops-approvals", "#nowhere")
    (said,) = wrong(house())
    assert said.startswith("✗ Slack's channels: lane crm-hygiene speaks in #nowhere")


@pytest.fixture
def api():
    """Anthropic's page of a model, for one key."""

    async def model(request):
        if request.headers.get("x-api-key") != "sk-ant-good":
            return JSONResponse({"type": "error"}, 401)
        if request.path_params["name"] != "claude-sonnet-5-5":
            return JSONResponse({"type": "error"}, 404)
        return JSONResponse({"id": request.path_params["name"], "type": "model"})

    with serve({"api": Starlette(routes=[Route("/v1/models/{name}", model)])}) as serving:
        yield serving.urls["api"]


def test_an_operations_channel_that_the_app_is_not_in_is_named(house):
    assert wrong(house(operations_channel="#incidents")) == []
    (said,) = wrong(house(operations_channel="#nowhere"))
    assert said.startswith("✗ Slack's channels: LANEKEEPER_OPERATIONS_CHANNEL is #nowhere")


def test_the_models_key_and_price_are_looked_up(house, api, tmp_path):
    def said(key, url=api):
        settings = house(model="anthropic", ANTHROPIC_API_KEY=SecretStr(key), ANTHROPIC_BASE_URL=url)
        return [str(finding) for finding in examine(settings) if "model" in finding.what]

    assert said("sk-ant-good") == [
        "✓ the model claude-sonnet-5-5: key and price are known",
        "✗ the model claude-haiku-5-5: the API knows no such model; name another in the lane's page",
    ]
    assert "does not accept ANTHROPIC_API_KEY" in said("sk-ant-other")[0]
    assert "cannot be reached" in said("sk-ant-good", NOWHERE)[0]
    assert "ANTHROPIC_API_KEY is not set" in said("")[0]
    spoil(tmp_path / "catalog/crm-hygiene.yml", "plan: claude-sonnet-5-5", "plan: claude-unheard-of")
    assert "no price is known for claude-unheard-of" in said("sk-ant-good")[0]
