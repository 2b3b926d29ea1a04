"""Works on what Slack delivered, after it was stored and acknowledged: commands, clicks, submissions, events.

Working on the same delivery twice does no harm: a run's id comes from its delivery, and a decision carries its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot import forms, start_forms, words
from bot.hearing import Hearing
from bot.home import Homes
from bot.notifier import Notifier
from bot.people import People
from bot.replying import Asked
from bot.slash import Slash
from bot.starting import Starting
from bot.taking_back import TakingBack
from bot.triggers import Triggers
from lanes.core import commands as c
from lanes.core import effects as f
from lanes.core.page import Mode
from lanes.core.run import Action, Run
from lanes.core.values import Person
from lanes.engine import Engine
from lanes.undo import window
from storage.deliveries import Deliveries
from tools.contract import Refused

log = structlog.get_logger("desk")


@dataclass(frozen=True)
class Desk:
    """Performs `answer_delivery`. Thread-safe."""

    engine: Engine
    client: WebClient
    people: People
    notifier: Notifier
    slash: Slash
    homes: Homes
    taking_back: TakingBack
    deliveries: Deliveries
    starting: Starting
    hearing: Hearing
    triggers: Triggers

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
            below = message.get("thread_ts") or message["ts"]
            self.starting.handed(_asked(body, effect.delivery, via="shortcut", thread=below), message)
        elif kind == "event_callback":
            self._event(body["event"], body["team_id"], effect.delivery)
        elif kind == "webhook":
            self.triggers.fire(body, effect.delivery)
        else:
            log.info("delivery_left_alone", kind=kind)

    def _click(self, body: Mapping[str, Any], action: Mapping[str, Any], delivery: str) -> None:
        which = str(action["action_id"]).removeprefix("lane:").partition("/")[0]
        if which == "open":
            return
        carried = json.loads(action["value"])
        by = _by(body)
        match which:
            case "approve" | "release" | "happened" | "did_not_happen":
                self._decide(carried, which, by, _channel(body), delivery)
            case "approve_all":
                for n, one in enumerate(carried):
                    self._decide(one, "approve", by, _channel(body), f"{delivery}/{n}")
            case "undo":
                self._undo(carried, by, _channel(body), delivery)
            case "begin":
                self.starting.clicked(_asked(body, delivery), carried)
            case "cancel":
                self._cancel(carried["r"], by, _channel(body), delivery)
            case "reject" | "details":
                self._open(which, carried, by, body, delivery)
            case _:
                log.info("click_left_alone", action=which)

    def _decide(self, carried: Mapping[str, Any], decision: str, by: Person, channel: str, delivery: str) -> None:
        run = self.engine.run(carried["r"])
        if run is None:
            self.notifier.whisper(channel, by.user, words.refused("UNKNOWN_ACTION"))
            return
        ready, action = self.engine.lanes[run.lane], run.actions.get(carried["a"])
        within = window(ready, action) if action and decision == "happened" else None
        self.engine.handle(c.Decide(
            run=run.id, action=carried["a"], version=carried["v"], digest=carried["d"],
            decision=decision,  # type: ignore[arg-type]  # one of those that `_click` names
            voice=self.people.voice(by, ready.page, run, action), surface="card", delivery=delivery,
            channel=channel, undo_within=within,
        ))  # fmt: skip

    def _undo(self, carried: Mapping[str, Any], by: Person, channel: str, delivery: str) -> None:
        """Draft the way back. Of what no system could settle, it is said first that it happened."""
        found = self._find(carried)
        if found and found[1].unsettled:
            self._decide(carried, "happened", by, channel, f"{delivery}/happened")
            found = self._find(carried)
            if found and found[1].unsettled:
                return  # refused, and they were told why
        said = self.taking_back.of(*found, by, delivery) if found else words.refused("UNKNOWN_ACTION")
        if said:
            self.notifier.whisper(channel, by.user, said)

    def _cancel(self, name: str, by: Person, channel: str, delivery: str) -> None:
        run = self.engine.run(name)
        if run is None:
            self.notifier.whisper(channel, by.user, words.refused("UNKNOWN_ACTION"))
            return
        standing = self.people.standing(by, self.engine.lanes[run.lane].page.approvers)
        self.engine.handle(c.Cancel(name, by, standing, delivery, channel))

    def _open(self, which: str, carried: Mapping[str, Any], by: Person, body: Mapping[str, Any], delivery: str) -> None:
        barred = self.people.may_start(by)
        if barred:
            self.notifier.whisper(_channel(body), by.user, words.barred(barred))
            return
        found = self._find(carried)
        if found is None:
            self.notifier.whisper(_channel(body), by.user, words.refused("UNKNOWN_ACTION"))
            return
        run, action = found
        if which == "details":
            view = forms.details(run, action)
        else:
            view = forms.reject(run, action, self.engine.lanes[run.lane].page, {**carried, "c": _channel(body)})
        try:
            self.client.views_open(trigger_id=body["trigger_id"], view=view)
        except SlackApiError as error:
            log.info("modal_not_opened", error=error.response.get("error"))
            self.notifier.whisper(_channel(body), by.user, words.TOO_LATE_TO_OPEN)
            return
        if which == "details":
            self.engine.handle(c.OpenDetails(run.id, action.id, action.version, by, delivery))

    def _find(self, carried: Mapping[str, Any]) -> tuple[Run, Action] | None:
        run = self.engine.run(carried["r"])
        action = run.actions.get(carried["a"]) if run else None
        return (run, action) if run and action else None

    def _submission(self, body: Mapping[str, Any], delivery: str) -> None:
        view = body["view"]
        if forms.errors(view):
            return
        carried, given, by = forms.carried(view), forms.answers(view), _by(body)
        match view["callback_id"]:
            case "lane:reject":
                self._reject(carried, given, by, delivery)
            case "lane:lease":
                self._sign(carried["lane"], view, by, delivery)
            case start_forms.START:
                self.starting.submitted(view, by, delivery)
            case other:
                log.info("submission_left_alone", callback=other)

    def _reject(self, carried: Mapping[str, Any], given: Mapping[str, str], by: Person, delivery: str) -> None:
        run = self.engine.run(carried["r"])
        if run is None:
            return
        voice = self.people.voice(by, self.engine.lanes[run.lane].page, run, run.actions.get(carried["a"]))
        self.engine.handle(c.Decide(
            run=run.id, action=carried["a"], version=carried["v"], digest=carried["d"], decision="reject", voice=voice,
            surface="modal", delivery=delivery, channel=carried.get("c", ""),
            reason=given["reason"], note=given.get("note", ""),
        ))  # fmt: skip

    def _sign(self, lane: str, view: Mapping[str, Any], by: Person, delivery: str) -> None:
        try:
            self.engine.handle_lane(c.SetMode(lane, Mode.AUTONOMOUS, by, forms.read_lease(view)), delivery)
        except Refused as refused:
            self.notifier.whisper("", by.user, refused.message)

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
            case _:
                return


def _by(body: Mapping[str, Any]) -> Person:
    user = body["user"]
    return Person(user=user["id"], team=user.get("team_id") or body["team"]["id"])


def _asked(body: Mapping[str, Any], delivery: str, **more: str) -> Asked:
    return Asked(_by(body), _channel(body), delivery, trigger=body.get("trigger_id", ""), **more)


def _channel(body: Mapping[str, Any]) -> str:
    return str((body.get("channel") or {}).get("id", ""))
