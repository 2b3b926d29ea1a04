"""What holds for every test: nothing leaves this machine, a database is SQLite and PostgreSQL alike, and no example
fails for being slow.
"""

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("ours", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("ours")
pytest_plugins = ["databases"]


def _stay_home(host: Any) -> None:
    """Fails the test, past every `except Exception` that would take it for a network failure."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost"}:
        return
    try:
        inside = ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        inside = False
    if not inside:
        pytest.fail(f"a test reached for {name}: tests talk to this machine only")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        look_up = socket.getaddrinfo
        patch.setattr(socket, "getaddrinfo", lambda host, *more, **named: _asked(look_up, host, *more, **named))
        yield


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX:
            _stay_home(address[0])
        return connect(self, address)

    return guarded


def _asked(look_up: Any, host: Any, *more: Any, **named: Any) -> Any:
    if host != "0.0.0.0":  # it is asked for in order to listen
        _stay_home(host)
    return look_up(host, *more, **named)
