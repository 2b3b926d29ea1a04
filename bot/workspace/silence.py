"""A socket that dies without a word: it stays open, and neither side hears the other any more.

So ends a connection behind a router that has forgotten it. No frame of ours can tell it, so it is played where frames
come in: the server takes bytes and reads none of them, pings included.
"""

from __future__ import annotations

from typing import Any, Final, cast

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_NAME: Final = "lanekeeper.silence"


class Line(WebSocketsSansIOProtocol):
    """uvicorn's own protocol, and a way to make it deaf."""

    deaf = False

    def data_received(self, data: bytes) -> None:
        if not self.deaf:
            super().data_received(data)

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):  # not where the handshake was refused
            cast("dict[str, Any]", self.scope)[_NAME] = self


def silence(socket: WebSocket) -> None:
    """From now on nothing goes through."""
    socket.scope[_NAME].deaf = True


def is_silent(socket: WebSocket) -> bool:
    return bool(socket.scope[_NAME].deaf)
