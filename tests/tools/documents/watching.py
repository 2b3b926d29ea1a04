"""Whatever the tests of the tools say to the sandboxes, and hear from them, is held against the vendors' documents.

A test that plans a fault spoils answers on purpose: from then until the sandbox is well again nothing is held. What a
sandbox refuses as wrong, or as something it never heard of, was a wrong request and meant to be.
"""

import json
from functools import cache

from documents.document import FOLDER, INVALID, Document
from documents.published import VENDORS
from documents.traffic import Exchange
from tools.sandboxes import server

API = ("/v1/", "/api/", "/rest/")  # everything else is a page for people, a token's address, or a test's own lever
SPOILERS = frozenset({"/_control/faults", "/_control/storm"})
HEALERS = frozenset({"/_control/reset", "/_control/heal"})

_new: list[tuple[str, Exchange]] = []
_judged: set[str] = set()


class Watched:
    """A sandbox, unchanged, whose exchanges are kept until somebody asks what was wrong with them."""

    def __init__(self, system, app) -> None:
        self._system = system
        self._app = app
        self._spoilt = False

    async def __call__(self, scope, receive, send) -> None:
        asked, said = [], []

        async def hear():
            asked.append(await receive())
            return asked[-1]

        async def tell(message):
            said.append(message)
            await send(message)

        await self._app(scope, hear, tell)
        path = scope["path"]
        if path in SPOILERS | HEALERS:
            self._spoilt = path in SPOILERS and scope["method"] == "POST"
        elif path.startswith(API) and not self._spoilt:
            _keep(self._system, scope, asked, said)


def create(system, *where, **how):
    """The sandbox of a system as `server.create` makes it, watched where its vendor's document lies there."""
    app = server.create(system, *where, **how)
    return Watched(system, app) if system in VENDORS and FOLDER.is_dir() else app


def complaints() -> list[str]:
    """What was wrong with everything said since this was last asked."""
    found = []
    while _new:
        system, exchange = _new.pop()
        document, words = _document(system), repr((system, exchange))
        if words not in _judged and not (exchange.status == 404 and not document.describes(exchange)):
            found += document.complaints(exchange)
        _judged.add(words)
    return found


@cache
def _document(system):
    return Document.of(VENDORS[system])


def _keep(system, scope, asked, said) -> None:
    body = b"".join(message.get("body", b"") for message in asked)
    answer = b"".join(message.get("body", b"") for message in said)
    status, heard = said[0]["status"], json.loads(answer) if answer else None
    read = bool(asked) and not asked[-1].get("more_body")  # a sandbox may refuse without having read the body
    meant = read and status not in INVALID
    query = scope["query_string"].decode()
    _new.append((system, Exchange(scope["method"], scope["path"], query, body, status, heard, meant)))
