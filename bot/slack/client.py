"""Lanekeeper's way to Slack's Web API: at Slack's pace, and patient where asking again does no harm."""

import logging
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, ServerErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.web import SlackResponse

from bot.slack.pace import POSTS, SHARES, Pace
from bot.words.health import slack_refuses_us
from tools.contract import NotYet

TIMEOUT = 15  # seconds for one request; Slack answers in one, an upload takes some
BUSY = 30.0  # seconds a method rests when Slack says 429 and not for how long
LOCKED_OUT = 20.0  # seconds until Slack is asked again whether it takes our token
TOKEN_WRONG = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type", "account_inactive", "token_revoked"})

log = structlog.get_logger("slack")


def code(error: SlackApiError) -> str:
    """Slack's word for what is wrong."""
    return str(error.response.get("error"))


class PacedClient(WebClient):
    """A `WebClient` whose calls raise `NotYet` when it is not their turn, or when Slack says 429: nothing was done.

    They do so as well while Slack takes our token no more (the app was removed, or its token revoked): what is owed
    stays owed until it is installed again. Only a token that Slack has never taken is refused as what it is.
    """

    def __init__(self, pace: Pace, **settings: Any) -> None:
        super().__init__(**settings)
        self._pace = pace
        self._taken = False
        self.trouble = ""  # a sentence while Slack takes our token no more

    def api_call(self, api_method: str, **how: Any) -> SlackResponse:
        said = how.get("json") or how.get("params") or how.get("data") or {}
        try:
            with self._pace.turn(api_method, str(said.get("channel") or "")):
                answer = super().api_call(api_method, **how)
        except SlackApiError as error:
            why = code(error)
            if why in TOKEN_WRONG and self._taken:
                self.trouble = slack_refuses_us(why)
                log.error("slack_refuses_us", code=why, said=self.trouble)  # noqa: TRY400 - the code says it all
                raise NotYet("SLACK_REFUSES_US", self.trouble, LOCKED_OUT) from error
            if error.response.status_code != 429:
                raise
            wait = _seconds(error.response.headers.get("Retry-After", ""))
            self._pace.rest(api_method, wait)
            raise NotYet("SLACK_BUSY", f"Slack is busy with {api_method}", wait) from error
        if self.trouble:
            log.warning("slack_takes_us_again")
        self._taken, self.trouble = True, ""
        return answer


def open_client(token: str, url: str, pace: Pace) -> PacedClient:
    """A client that asks again by itself where that does no harm."""
    client = PacedClient(pace, token=token, base_url=url, timeout=TIMEOUT, logger=quiet("slack", logging.CRITICAL))
    client.retry_handlers = [_ServerErrors(max_retry_count=2), _LostConnections(max_retry_count=1)]
    return client


def quiet(name: str, level: int = logging.WARNING) -> logging.Logger:
    """A library's own log, from `level` on; what a call raises is told by whoever called."""
    logger = logging.getLogger(f"lanekeeper.{name}")
    logger.setLevel(level)
    return logger


def _seconds(said: str) -> float:
    return float(said) if said.isdecimal() else BUSY


def _posts(request: HttpRequest) -> bool:
    """A message or a file may be up although the answer was lost: it is looked for before it is posted again."""
    return request.url.endswith((f"/{POSTS}", f"/{SHARES}"))


class _ServerErrors(ServerErrorRetryHandler):
    def _can_retry(self, *, request: HttpRequest, **more: Any) -> bool:
        return not _posts(request) and super()._can_retry(request=request, **more)


class _LostConnections(ConnectionErrorRetryHandler):
    def _can_retry(self, *, request: HttpRequest, **more: Any) -> bool:
        return not _posts(request) and super()._can_retry(request=request, **more)
