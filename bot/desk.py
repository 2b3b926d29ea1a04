"""Works on what Slack delivered, after it was stored and acknowledged: commands, clicks, submissions, events.

Working on the same delivery twice does no harm: a run's id comes from its delivery, and a decision carries its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot import forms
from bot.decisions import ON_DRAFTS, Decisions, Said, carried_by
from bot.home import Homes
from bot.home_clicks import CLICKS, FORMS, HomeClicks
from bot.notifier import Notifier
from bot.people import People
from bot.slash import Slash
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.page import Mode
from lanes.core.values import Person
from lanes.engine import Engine
from storage.deliveries import Deliveries
from tools.contract import Refused

log = structlog.get_logger("desk")


@dataclass(frozen=True)
class Desk:
    """Performs `answer_delivery`. Thread-safe."""

    engine: Engine
    people: People
    notifier: Notifier
    slash: Slash
    homes: Homes
    at_home: HomeClicks
    decisions: Decisions
    deliveries: Deliveries

    def answer(self, effect: f.AnswerDelivery, again: bool) -> None:
        content = effect.content or self.deliveries.get(effect.delivery)
        if not content:
            return
        body = json.loads(content)
        kind = body.get("type")
        if "command" in body:
            self.slash.answer(body, effect.delivery)
        elif kind == "block_actions":
            for n, action in enumerate(body["actions"]):
                self._click(body, action, f"{effect.delivery}/{n}")
        elif kind == "view_submission":
            self._submission(body, effect.delivery)
        elif kind == "event_callback":
            self._event(body["event"])
        else:
            log.info("delivery_left_alone", kind=kind)

    def _click(self, body: Mapping[str, Any], action: Mapping[str, Any], delivery: str) -> None:
        which, by = str(action["action_id"]).removeprefix("lane:"), _by(body)
        at = str((body.get("view") or {}).get("type", ""))
        if at == "home":
            self.homes.clicked(by.user, body["view"])
        if which in ON_DRAFTS:
            said = Said(by, _channel(body), {"": "card", "home": "home"}.get(at, "modal"), delivery, body)
            self.decisions.click(which, carried_by(action), said)
        elif which in CLICKS:
            whole = delivery.rpartition("/")[0]
            self.at_home.click(which, carried_by(action), Said(by, "", "home", whole, body))
        elif which != "open":
            log.info("click_left_alone", action=which)

    def _submission(self, body: Mapping[str, Any], delivery: str) -> None:
        view = body["view"]
        if forms.errors(view):
            return
        carried, given, by = forms.carried(view), forms.answers(view), _by(body)
        match str(view["callback_id"]).removeprefix("lane:"):
            case "lease":
                self._sign(carried["lane"], view, by, delivery)
            case which if which in ON_DRAFTS:
                said = Said(by, carried.get("c", ""), "modal", delivery, body)
                self.decisions.submitted(which, carried, given, said)
            case which if which in FORMS:
                self.at_home.submitted(which, carried, given, Said(by, "", "home", delivery, body))
            case other:
                log.info("submission_left_alone", callback=other)

    def _sign(self, lane: str, view: Mapping[str, Any], by: Person, delivery: str) -> None:
        try:
            self.engine.handle_lane(c.SetMode(lane, Mode.AUTONOMOUS, by, forms.read_lease(view)), delivery)
        except Refused as refused:
            self.notifier.whisper("", by.user, refused.message)

    def _event(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "app_home_opened" if event.get("tab", "home") == "home":
                self.homes.opened(event["user"])
            case "subteam_members_changed" | "subteam_updated":
                self.people.changed()
            case _:
                return


def _by(body: Mapping[str, Any]) -> Person:
    user = body["user"]
    return Person(user=user["id"], team=user.get("team_id") or body["team"]["id"])


def _channel(body: Mapping[str, Any]) -> str:
    return str((body.get("channel") or {}).get("id", ""))
