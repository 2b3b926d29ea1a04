"""Wires that a test can hurry or interrupt, and the bench that holds them and the sandboxes."""

from collections.abc import Mapping
from datetime import timedelta

import httpx2
from pydantic import SecretStr
from tool_examples import CREDENTIALS

from tools.wire import Connection, HttpWire


class Hurried(HttpWire):
    """A wire that waits a fraction of a second, so that a timeout need not be waited for; it notes what it changed."""

    def __init__(self, connection) -> None:
        super().__init__(connection)
        self.changed: list[tuple[str, str]] = []

    def call(self, method, path, *, timeout, changes=False, **more):
        if changes:
            self.changed.append((method, path))
        return super().call(method, path, timeout=min(timeout, timedelta(seconds=0.4)), changes=changes, **more)


class Interrupted(HttpWire):
    """A wire around whose first change something happens outside: right before it, or right after."""

    def __init__(self, connection, before, after) -> None:
        super().__init__(connection)
        self._before, self._after = before, after

    def call(self, method, path, *, changes=False, **more):
        if not changes:
            return super().call(method, path, changes=changes, **more)
        before, after = self._before, self._after
        self._before = self._after = lambda: None
        before()
        try:
            return super().call(method, path, changes=changes, **more)
        finally:
            after()


class Bench:
    """The sandboxes of one test, and wires to them."""

    def __init__(self, urls: Mapping[str, str], http: httpx2.Client) -> None:
        self.urls = urls
        self.http = http
        self._wires: list[HttpWire] = []

    def wire(self, system: str, credential: str | None = None, *, hurried: bool = False) -> HttpWire:
        url = self.urls[system]
        connection = Connection(system, url, url, SecretStr(credential or CREDENTIALS[system]))
        wire = Hurried(connection) if hurried else HttpWire(connection)
        self._wires.append(wire)
        return wire

    def interrupted(self, system: str, *, before=lambda: None, after=lambda: None) -> HttpWire:
        url = self.urls[system]
        wire = Interrupted(Connection(system, url, url, SecretStr(CREDENTIALS[system])), before, after)
        self._wires.append(wire)
        return wire

    def fault(self, system: str, kind: str, **more) -> None:
        answer = self.http.post(f"{self.urls[system]}/_control/faults", json={"kind": kind, **more})
        assert answer.status_code == 201, answer.text

    def fault_on_write(self, tool, kind: str, **more) -> None:
        """Plan a fault for the request with which `tool` changes something, found by watching it do so once."""
        wire = self.wire(tool.system, hurried=True)
        tool.write(wire, tool.arguments(**tool.example), "0" * 64)
        self.reset()
        [(method, path)] = wire.changed
        self.fault(tool.system, kind, method=method, path=path.replace("0" * 64, "*"), **more)

    def tell(self, system: str, what: str, **more) -> None:
        """Have something happen outside: a colleague's change, a lock."""
        answer = self.http.post(f"{self.urls[system]}/_control/{what}", json=more)
        assert answer.is_success, answer.text

    def state(self, system: str) -> dict:
        return self.http.get(f"{self.urls[system]}/_control/state").json()

    def reset(self) -> None:
        for url in self.urls.values():
            self.http.post(f"{url}/_control/reset")

    def close(self) -> None:
        for wire in self._wires:
            wire.close()
