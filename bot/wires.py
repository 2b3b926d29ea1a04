"""From settings and identities to wires: one connection per identity and system, one guard per vendor."""

import time
from collections.abc import Mapping

from pydantic import SecretStr

from bot.settings import CannotStart, Settings, secret
from bot.words.credentials import WHERE
from lanes.ready import CredentialReference, Identity, ReadyLane
from tools.credentials import Grant, unfit
from tools.guard import Buckets, Guard, Seconds, in_memory
from tools.limits import Pace
from tools.wire import Connection, HttpWire

Wires = dict[tuple[str, str], HttpWire]


def open_wires(
    settings: Settings, lanes: Mapping[str, ReadyLane], buckets: Buckets, seconds: Seconds = time.monotonic
) -> Wires:
    """A wire for each identity and system that some lane uses, or reads what people did with. Raises `CannotStart`.

    `buckets` makes what counts requests to a vendor: in memory for one process, or one that several processes share.
    `seconds` is by what an open breaker counts its rest.
    """
    wires: Wires = {}
    guards: dict[str, Guard] = {}
    for ready in lanes.values():
        for identity, system in (*_used(ready), *_read(ready)):
            if (identity.name, system) in wires:
                continue
            if system not in guards:
                guards[system] = open_guard(settings, system, buckets, seconds)
            wires[identity.name, system] = HttpWire(connection(settings, identity, system), guards[system])
    return wires


def _used(ready: ReadyLane) -> list[tuple[Identity, str]]:
    return [(ready.identity, system) for system in systems(ready)]


def _read(ready: ReadyLane) -> list[tuple[Identity, str]]:
    return [(ready.truth_identity, system) for system in truth_systems(ready)]


def truth_systems(ready: ReadyLane) -> list[str]:
    """The outside systems that tell what people did in a lane's work."""
    return sorted({source.system for source in ready.truths})


def systems(ready: ReadyLane) -> list[str]:
    """The outside systems that a lane's tools use."""
    finder = ready.finder
    return sorted({tool.system for tool in (*ready.tools.values(), *([finder] if finder else []))})


def open_guard(
    settings: Settings, system: str, buckets: Buckets = in_memory, seconds: Seconds = time.monotonic
) -> Guard:
    """The guard of one vendor, at the pace of the settings or else the vendor's usual one."""
    per_minute = settings.rate_limits.get(system)
    return Guard(system, Pace(per_minute, 60) if per_minute else None, buckets=buckets, clock=seconds)


def connection(settings: Settings, identity: Identity, system: str) -> Connection:
    """Where an identity reaches a system, and with what. Raises `CannotStart`."""
    held = _held(identity.credentials[system], system, f"{identity.name} at {system}")
    return Connection(system, settings.api(system), settings.web(system), held)


def _held(reference: CredentialReference, system: str, wanted_by: str) -> SecretStr | Grant:
    if reference.secret is not None:
        return secret(reference.secret, wanted_by, WHERE.get(system, ""))
    oauth = reference.oauth
    assert oauth is not None, "a reference is one or the other"
    grant = Grant(
        secret(oauth.client_id, wanted_by).get_secret_value(),
        secret(oauth.client_secret, wanted_by),
        secret(oauth.refresh_token, wanted_by) if oauth.refresh_token else None,
        oauth.scope,
    )
    if why := unfit(system, grant):
        raise CannotStart(f"the credential of {wanted_by}: {why}")
    return grant
