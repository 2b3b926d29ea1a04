"""`lanekeeper doctor`: is everything in place that the lanes need? It asks every system, Slack and the model, says of
each what is wrong and what to do, and changes nothing.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx2
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import words
from bot.modelling import build_model, open_api
from bot.settings import CannotStart, Settings, need_slack
from bot.wires import connection, open_guard, systems, truth_systems
from bot.words import jobs as words_jobs
from lanes.loading import load_lanes
from lanes.ready import CredentialReference, Identity, ReadyLane
from tools.contract import Refused, ToolError, Unavailable, Wire, WriteTool
from tools.registry import DOCTORS, TOOLS, TRUTHS
from tools.wire import HttpWire

TIMEOUT = timedelta(seconds=10)
_NO_ANSWER = frozenset({"UNREACHABLE", "TIMEOUT", "DISCONNECTED"})
_NOT_THE_API = frozenset({"REDIRECTED", "BAD_ANSWER", "NOT_FOUND", "SCHEMA_DRIFT"})


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and a sentence on it: what is right, or what is wrong and what to do."""

    what: str
    fine: bool
    said: str

    def __str__(self) -> str:
        return f"{'✓' if self.fine else '✗'} {self.what}: {self.said}"


def examine(settings: Settings, lane: str = "") -> Iterator[Finding]:
    """One finding after the other, of one lane or of all. Raises `CannotStart` and `FaultyPage`."""
    lanes = load_lanes(settings.catalog, TOOLS)
    if lane:
        found = [ready for ready in lanes.values() if lane in {ready.page.lane, ready.page.command}]
        if not found:
            raise CannotStart(f"there is no lane {lane!r}; there are {', '.join(lanes)}")
        lanes = {ready.page.lane: ready for ready in found}
    for ready in lanes.values():
        for system in systems(ready):
            yield _system(settings, ready.identity, system, f"{ready.page.lane} at {system}")
    read = {(ready.truth_identity.name, system): ready for ready in lanes.values() for system in truth_systems(ready)}
    for (_, system), ready in sorted(read.items(), key=lambda one: one[0]):
        who = ready.truth_identity
        if who is not ready.identity or system not in systems(ready):
            yield _system(settings, who, system, f"{who.name} at {system}, for what people did")
    yield from _slack(settings, lanes)
    yield from _model(settings, lanes)


def _system(settings: Settings, who: Identity, system: str, what: str) -> Finding:
    scopes = {scope for scope in who.scopes if scope.partition(":")[0] == system}
    if unknown := [_unknown(scope) for scope in sorted(scopes) if not _asked_for(scope)]:
        return Finding(what, False, f"{'; '.join(unknown)}; correct it in identities.yml, {who.name}")
    try:
        wire = HttpWire(connection(settings, who, system), open_guard(settings, system))
    except CannotStart as error:
        return Finding(what, False, str(error))
    try:
        lacking = DOCTORS[system](wire, frozenset(scopes)) if system in DOCTORS else _reach(wire)
    except (Refused, Unavailable) as error:
        return Finding(what, False, _advice(settings, system, who.credentials[system], error))
    finally:
        wire.close()
    if lacking:
        said = "; ".join(sentence.rstrip(".") for sentence in lacking)
        return Finding(what, False, f"{said}. The credential is the one in {_names(who.credentials[system])}")
    checked = "address, credential and rights are right" if system in DOCTORS else "only reachability was checked"
    return Finding(what, True, checked)


def _asked_for(scope: str) -> bool:
    """Does some tool or source ask for it, for a part of it, or for what it is a part of?"""
    known = _known_scopes()
    return any(scope == one or scope.startswith(f"{one}.") or one.startswith(f"{scope}.") for one in known)


def _known_scopes() -> set[str]:
    owners = {one for tool in TOOLS if isinstance(tool, WriteTool) for one in tool.owner_scopes}
    read = {one for source in TRUTHS for one in source.scopes}
    return owners | read | {one for tool in TOOLS for one in tool.scopes}


def _unknown(scope: str) -> str:
    known = sorted(_known_scopes())
    meant = difflib.get_close_matches(scope, known, 1)
    return f"no tool asks for the scope {scope}" + (f" (did you mean {meant[0]}?)" if meant else "")


def _reach(wire: Wire) -> tuple[str, ...]:
    """Whether anybody answers there, whatever the answer."""
    try:
        wire.call("GET", "/", timeout=TIMEOUT)
    except ToolError as error:
        if error.code in _NO_ANSWER:
            raise
    return ()


def _advice(settings: Settings, system: str, held: CredentialReference, error: ToolError) -> str:
    address = f"LANEKEEPER_{system.upper()}_URL"
    match error.code:
        case "WRONG_CREDENTIAL":
            return f"{error.message}; put a valid credential into {_names(held)}"
        case "NO_RIGHT":
            return f"{error.message}; grant that to the credential in {_names(held)}, or use another"
        case code if code in _NO_ANSWER:
            return f"{error.message}; is {settings.api(system)} right? It is set in {address}"
        case code if code in _NOT_THE_API:
            return f"{error.message}; is {settings.api(system)} the address of your {system}? It is set in {address}"
        case _:
            return f"{error.message}; run this again later"


def _names(held: CredentialReference) -> str:
    """The variables and files that a credential is made of, as a person looks for them."""
    oauth = held.oauth
    parts = [held.secret] if oauth is None else [oauth.client_id, oauth.client_secret, oauth.refresh_token]
    return ", ".join(part.removeprefix("env:").removeprefix("file:") for part in parts if part)


def _slack(settings: Settings, lanes: Mapping[str, ReadyLane]) -> Iterator[Finding]:
    try:
        need_slack(settings)
    except CannotStart as error:
        yield Finding("Slack", False, str(error))
        return
    client = WebClient(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, timeout=10)
    where = "OAuth & Permissions → Bot User OAuth Token"
    try:
        found = client.auth_test()
        yield Finding("Slack's bot token", True, f"the app is @{found['user']} in {found['team']}")
        where = "Basic Information → App-Level Tokens"
        if settings.slack_transport == "socket":
            client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
            yield Finding("Slack's app token", True, "Socket Mode is open to it")
        where = "OAuth & Permissions → Scopes"
        yield from _channels(client, lanes, settings.operations_channel)
    except SlackApiError as error:
        needed = error.response.get("needed")
        said = f"Slack answers {error.response.get('error')}" + (f", {needed} is missing" if needed else "")
        yield Finding("Slack", False, f"{said}; look at api.slack.com/apps → your app → {where}")
    except (SlackClientError, OSError) as error:
        yield Finding("Slack", False, f"it cannot be reached at {client.base_url}: {error}")


def _channels(client: WebClient, lanes: Mapping[str, ReadyLane], operations: str) -> Iterator[Finding]:
    joined: set[str] = set()
    for page in client.conversations_list(types="public_channel,private_channel", limit=200):
        joined.update(f"#{one['name']}" for one in page["channels"] if one.get("is_member"))
    pages = [ready.page for ready in lanes.values()]
    named = dict.fromkeys((page.lane, name) for page in pages for name in (page.channels.approvals, page.fallback.to))
    lost = [words.channel_not_seen(lane, channel) for lane, channel in named if channel not in joined]
    lost += [words_jobs.operations_not_seen(one) for one in {operations} - joined if one]
    for sentence in lost:
        yield Finding("Slack's channels", False, sentence)
    if not lost:
        yield Finding(
            "Slack's channels",
            True,
            ", ".join(dict.fromkeys([*(channel for _, channel in named), *filter(None, [operations])])),
        )


def _model(settings: Settings, lanes: Mapping[str, ReadyLane]) -> Iterator[Finding]:
    try:
        build_model(settings, lanes)
    except CannotStart as error:
        yield Finding("the model", False, str(error))
        return
    if settings.model == "offline":
        yield Finding("the model", True, "rules instead of a model, because LANEKEEPER_MODEL is offline")
        return
    with open_api(settings) as http:
        for name in dict.fromkeys(ready.page.models.plan for ready in lanes.values()):
            yield _one_model(http, name)


def _one_model(http: httpx2.Client, name: str) -> Finding:
    """Its own page in the API costs nothing and needs a key; docs.claude.com, "Get a Model"."""
    what = f"the model {name}"
    try:
        status = http.get(f"/v1/models/{name}").status_code
    except httpx2.HTTPError:
        return Finding(what, False, f"{http.base_url} cannot be reached; it is set in ANTHROPIC_BASE_URL")
    match status:
        case 200:
            return Finding(what, True, "key and price are known")
        case 401 | 403:
            return Finding(what, False, "the API does not accept ANTHROPIC_API_KEY; make one at console.anthropic.com")
        case 404:
            return Finding(what, False, "the API knows no such model; name another in the lane's page")
        case _:
            return Finding(what, False, f"the API answered {status}; run this again later")
