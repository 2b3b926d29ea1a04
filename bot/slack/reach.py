"""How others reach Lanekeeper: Slack by lines that we open, or at a door where it knocks, and at the same door whoever
tells of an event or asks for our health. What listens to Slack is the same either way.
"""

import logging
from dataclasses import dataclass

from slack_bolt import App as BoltApp

from bot.settings import Settings
from bot.slack.client import PacedClient, quiet
from bot.slack.health import Health
from bot.slack.http import Door, health_route, slack_route
from bot.slack.lines import Lines
from bot.slack.listeners import listen
from bot.slack.webhooks import webhooks
from lanes.engine import Engine
from storage.writer import Writer


@dataclass
class Reach:
    """`lines` are ours to Slack; without any, Slack comes in at the `door`. At least one of the two is there."""

    bolt: BoltApp
    lines: Lines | None
    door: Door | None

    def open(self) -> None:
        """Slack can reach us from now on. Raises `CannotStart`."""
        if self.door:
            self.door.open()
        if self.lines:
            self.lines.open()

    def close(self) -> None:
        """Nothing new comes in; what has come in is answered."""
        if self.door:
            self.door.close()
        if self.lines:
            self.lines.close()


def reach(settings: Settings, client: PacedClient, engine: Engine, writer: Writer, ping: float) -> Reach:
    """As the settings say; `need_slack` has seen that nothing is missing. Raises `CannotStart` when a lane waits for
    events and they could not come in.
    """
    bolt = BoltApp(
        client=client, process_before_response=True, logger=quiet("bolt", logging.ERROR),
        request_verification_enabled=False,  # http.py has verified already; a socket opens by a ticket
    )  # fmt: skip
    listen(bolt, engine)
    awaited = {one.system for ready in engine.lanes.values() for one in ready.page.triggers}
    lines, routes = None, webhooks(engine, settings.webhook_secrets(sorted(awaited)))
    if settings.slack_transport == "socket":
        token = settings.slack_app_token.get_secret_value()
        lines = Lines(bolt, token, settings.slack_api_url, settings.slack_connections, ping)
    else:
        routes.append(slack_route(bolt, settings.slack_signing_secret.get_secret_value()))
    health = Health(writer, engine.clock, lines.up if lines else None, lambda: client.trouble)
    routes.append(health_route(health.troubles))
    door = None if settings.http_port is None else Door(settings.http_host, settings.http_port, routes)
    return Reach(bolt, lines, door)
