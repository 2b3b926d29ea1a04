"""Works on what Slack delivered, after it was stored and acknowledged: commands, clicks, submissions, events.

Working on the same delivery twice does no harm: a run's id comes from its delivery, and a decision carries its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from bot import replaying, words
from bot.cards.moving import TOLD, Moving
from bot.deciding import edits, forms
from bot.deciding.decisions import ON_DRAFTS, Decisions, Said, carried_by
from bot.home.clicks import CLICKS, FORMS, HomeClicks
from bot.home.homes import Homes
from bot.lease import leases
from bot.looking.cards import PREFIX
from bot.looking.looking import FORM, Looking
from bot.notifier import Notifier
from bot.people.standing import People
from bot.ways_in import forms as start_forms
from bot.ways_in.hearing import Hearing
from bot.ways_in.replying import Asked
from bot.ways_in.slash import Slash
from bot.ways_in.starting import Starting
from bot.ways_in.triggers import Triggers
from bot.words.refused import refused
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core import lane_commands as lc
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
    decisions: Decisions
    deliveries: Deliveries
    starting: Starting
    hearing: Hearing
    triggers: Triggers
    at_home: HomeClicks
    leases: leases.Leases
    looking: Looking
    keeping: replaying.Keeping
    moving: Moving

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
        elif kind == "message_action":
            message = body["message"]
            inside = message.get("thread_ts") or ""
            below = {"thread": inside or message["ts"], "inside": inside}
            self.starting.handed(_asked(body, effect.delivery, via="shortcut", **below), message)
        elif kind == "event_callback":
            self._event(body["event"], body["team_id"], effect.delivery)
        elif kind == "webhook":
            self.triggers.fire(body, effect.delivery)
        else:
            log.info("delivery_left_alone", kind=kind)

    def _click(self, body: Mapping[str, Any], action: Mapping[str, Any], delivery: str) -> None:
        which, by = str(action["action_id"]).removeprefix("lane:").partition("/")[0], _by(body)
        at = str((body.get("view") or {}).get("type", ""))
        if at == "home":
            self.homes.clicked(by.user, body["view"])
        carried = carried_by(action)
        if carried is None:
            log.info("click_left_alone", action=which)
        elif which in ON_DRAFTS:
            said = Said(by, _channel(body), {"": "card", "home": "home"}.get(at, "modal"), delivery, body)
            self.decisions.click(which, carried, said)
        elif which in CLICKS:
            whole = delivery.rpartition("/")[0]
            self.at_home.click(which, carried, Said(by, "", "home", whole, body))
        elif which in leases.CLICKS:
            self.leases.click(which, carried, Said(by, _channel(body), "card", delivery, body))
        elif which.startswith(PREFIX):
            self.looking.click(which, carried, Said(by, _channel(body), "card", delivery, body))
        elif which == replaying.CLICK:
            self.keeping.click(carried, Said(by, _channel(body), "card", delivery, body))
        elif which == "begin":
            self.starting.clicked(_asked(body, delivery, offer=_address(body)), carried)
        elif which == "cancel":
            self._cancel(carried["r"], by, _channel(body), delivery)
        else:
            log.info("click_left_alone", action=which)

    def _cancel(self, name: str, by: Person, channel: str, delivery: str) -> None:
        run = self.engine.run(name)
        if run is None:
            self.notifier.whisper(channel, by.user, refused("UNKNOWN_ACTION"))
            return
        standing = self.people.standing(by, self.engine.lanes[run.lane].page.approvers)
        self.engine.handle(c.Cancel(name, by, standing, delivery, channel))

    def _submission(self, body: Mapping[str, Any], delivery: str) -> None:
        view = body["view"]
        if forms.errors(view, self.engine.clock().date()) or edits.errors(self.engine, view):
            return
        carried, given, by = forms.carried(view), forms.answers(view), _by(body)
        match str(view["callback_id"]).removeprefix("lane:"):
            case "lease":
                self._sign(carried["lane"], view, by, delivery)
            case leases.FORM:
                self.leases.submitted(carried, given, Said(by, "", "modal", delivery, body))
            case which if which in ON_DRAFTS:
                said = Said(by, carried.get("c", ""), "modal", delivery, body)
                self.decisions.submitted(which, carried, given, said)
            case which if which == FORM:
                self.looking.submitted(carried, given, Said(by, carried.get("c", ""), "modal", delivery, body))
            case which if which in FORMS:
                self.at_home.submitted(which, carried, given, Said(by, "", "home", delivery, body))
            case which if f"lane:{which}" == start_forms.START:
                self.starting.submitted(view, by, delivery)
            case other:
                log.info("submission_left_alone", callback=other)

    def _sign(self, lane: str, view: Mapping[str, Any], by: Person, delivery: str) -> None:
        """Rights are looked at when the form comes back, too: who opened it may be here no more."""
        if barred := self.people.may_start(by):
            self.notifier.whisper("", by.user, words.barred(barred))
            return
        try:
            asked = forms.read_lease(view, self.engine.clock().date())
            lease = asked.model_copy(update={"configuration": self.engine.conducted(lane)})
            why = forms.answers(view).get("why", "")
            self.engine.handle_lane(lc.SetMode(lane, Mode.AUTONOMOUS, by, lease, why), delivery)
        except Refused as error:
            self.notifier.whisper("", by.user, error.message)

    def _event(self, event: Mapping[str, Any], team: str, delivery: str) -> None:
        match event["type"]:
            case "app_mention":
                self.hearing.heard(event, team, delivery)
            case "message" if event.get("channel_type") == "im":
                self.hearing.heard(event, team, delivery)
            case "app_home_opened" if event.get("tab", "home") == "home":
                self.homes.opened(event["user"])
            case "subteam_members_changed" | "subteam_updated":
                self.people.changed()
            case "app_uninstalled" | "tokens_revoked":
                self.notifier.client.auth_test()  # so /health knows; asked again until Slack takes our token
            case kind if kind in TOLD:
                self.moving.heard(event, delivery)
            case _:
                return


def _by(body: Mapping[str, Any]) -> Person:
    user = body["user"]
    return Person(user=user["id"], team=user.get("team_id") or body["team"]["id"])


def _asked(body: Mapping[str, Any], delivery: str, **more: str) -> Asked:
    return Asked(_by(body), _channel(body), delivery, trigger=body.get("trigger_id", ""), **more)


def _address(body: Mapping[str, Any]) -> str:
    """Where what was clicked can be changed, if only one person sees it."""
    return str(body.get("response_url") or "")


def _channel(body: Mapping[str, Any]) -> str:
    return str((body.get("channel") or {}).get("id", ""))
