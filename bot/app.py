"""The one place that sees every floor: it makes the parts, hands them to each other, starts them and stops them."""

import gc
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from slack_bolt import App as BoltApp
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from sqlalchemy import Engine as Database

from bot.decisions import Decisions
from bot.desk import Desk
from bot.digest import Digests
from bot.home import Homes
from bot.home_clicks import HomeClicks
from bot.inquiry import Inquiry
from bot.listeners import listen
from bot.mine import Mine
from bot.modals import Modals
from bot.notifier import Notifier
from bot.operations import Operations
from bot.people import People
from bot.reminding import Reminding
from bot.scheduler import jobs_of, scheduler_of, work_of
from bot.settings import CannotStart, Settings, need_slack
from bot.slash import Slash
from bot.taking_back import TakingBack
from bot.wires import open_wires, systems
from lanes.agent import Agent
from lanes.core import effects as f
from lanes.dispatcher import Dispatcher, Part
from lanes.engine import Clock, Engine, utc_now
from lanes.executor import Executor
from lanes.job_effects import JobEffects
from lanes.lane_effects import LaneEffects
from lanes.library import Library
from lanes.loading import load_lanes
from lanes.models.base import Model
from lanes.preferences import Preferences
from lanes.queue import Queue
from lanes.ready import ReadyLane
from lanes.timetable import Timetable
from lanes.undo import Undoing
from storage.alone import hold
from storage.database import connect, migrate
from storage.deliveries import Deliveries
from storage.writer import Writer
from tools.contract import Wire
from tools.guard import Seconds, in_memory
from tools.registry import TOOLS
from tools.wire import HttpWire

log = structlog.get_logger("app")


@dataclass
class Lanekeeper:
    """A running Lanekeeper. `start` returns once Slack can reach it; `stop` lets work under way end."""

    engine: Engine
    dispatcher: Dispatcher
    writer: Writer
    database: Database
    bolt: BoltApp
    socket: SocketModeHandler
    homes: Homes
    scheduler: BackgroundScheduler
    wires: Mapping[tuple[str, str], HttpWire]
    release: Callable[[], None]  # of the hold on the database
    warnings: tuple[str, ...] = ()  # what will not work, a sentence each

    def start(self) -> None:
        spare_the_collector()
        self.dispatcher.start()
        self.scheduler.start()
        self.homes.start()
        self.socket.connect()  # type: ignore[no-untyped-call]

    def wait(self, stopped: threading.Event) -> None:
        """Until somebody sets `stopped`."""
        while not stopped.wait(timeout=1.0):
            pass

    def stop(self) -> None:
        """Take nothing new, let what is under way end, write what is waiting; what is left stays owed."""
        self.socket.close()  # type: ignore[no-untyped-call]
        self.scheduler.shutdown()
        self.dispatcher.stop()
        self.homes.stop()
        self.writer.close()
        for wire in self.wires.values():
            wire.close()
        self.release()
        self.database.dispose()


def spare_the_collector() -> None:
    """What has been loaded by now stays as long as the process; runs that are remembered live long, too.

    Looking through all of it again and again was a seventh of the work of a run.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def build(settings: Settings, *, clock: Clock = utc_now, seconds: Seconds = time.monotonic) -> Lanekeeper:
    """Make everything, without starting it. Raises `CannotStart`, `FaultyPage` or `StorageUnusable`.

    `clock` tells moments; by `seconds` is counted how long a failing vendor is left alone.
    """
    need_slack(settings)
    lanes = load_lanes(settings.catalog, TOOLS)
    model = build_model(settings, lanes)
    wires = open_wires(settings, lanes, in_memory, seconds)
    client = _client(settings)
    team = _team(client)
    database = connect(settings.database_url)
    release = hold(database)
    migrate(database)
    writer = Writer(database)
    engine = Engine(database, writer, lanes, team=team, model=model.label, clock=clock)
    library, people, notifier = Library(database), People(client, team), Notifier(client, engine)
    unseen = tuple(notifier.unseen(settings.operations_channel))
    for sentence in unseen:
        log.warning("channel_not_seen", said=sentence)

    def wire(identity: str, system: str) -> Wire:
        return wires[identity, system]

    def failing(lane: str) -> tuple[str, ...]:
        ready = lanes[lane]
        return tuple(one for one in systems(ready) if wires[ready.identity.name, one].failing)

    inquiry = Inquiry(engine, library, people, notifier, Mine(engine, people, Queue(database, engine.run)))
    preferences = Preferences(database, writer, engine.clock, people.time_zone)
    homes = Homes(client, engine, inquiry, database, writer, preferences, failing)
    taking_back = TakingBack(engine, library, Undoing(engine, wire), people)
    slash = Slash(engine, client, people, notifier, inquiry, taking_back)
    deliveries = Deliveries(database, writer)
    modals = Modals(client)
    decisions = Decisions(engine, people, notifier, modals, taking_back)
    at_home = HomeClicks(engine, homes, modals, notifier)
    desk = Desk(engine, people, notifier, slash, homes, at_home, decisions, deliveries)

    timetable = Timetable(database, writer, jobs_of(settings.zone), engine.clock)
    work = work_of(deliveries, library, timetable, preferences, engine.clock)

    parts = parts_of(
        agent=Agent(engine, model, wire), executor=Executor(engine, wire),
        of_lane=LaneEffects(engine, library, notifier.show_card), notifier=notifier, desk=desk,
        homes=homes, modals=modals, reminding=Reminding(engine, people, notifier, preferences),
        digests=Digests(engine, inquiry, notifier, database),
        jobs=JobEffects(writer, engine.clock, timetable.jobs, work),
        operations=Operations(notifier, timetable, lanes, settings.operations_channel),
    )  # fmt: skip
    dispatcher = Dispatcher(database, writer, parts, clock=clock)
    engine.to(dispatcher.offer)
    bolt = BoltApp(client=client, process_before_response=True, logger=_quiet("bolt", logging.ERROR))
    listen(bolt, engine)
    socket = SocketModeHandler(bolt, settings.slack_app_token.get_secret_value(), logger=_quiet("socket"))
    scheduler = scheduler_of(timetable, _quiet("scheduler", logging.ERROR))
    return Lanekeeper(engine, dispatcher, writer, database, bolt, socket, homes, scheduler, wires, release, unseen)


def build_model(settings: Settings, lanes: Mapping[str, ReadyLane]) -> Model:
    """The model of the settings. Raises `CannotStart` when it has no key, or no price for a lane's model."""
    if settings.model == "offline":
        from lanes.models.offline import OfflineModel  # noqa: PLC0415 - only one of the two is needed

        return OfflineModel()
    key = settings.anthropic_api_key.get_secret_value()
    if not key:
        raise CannotStart(
            "ANTHROPIC_API_KEY is not set; get a key at console.anthropic.com, or set LANEKEEPER_MODEL=offline to try "
            "Lanekeeper with rules instead of a model"
        )
    from lanes.models.anthropic import AnthropicModel  # noqa: PLC0415

    model = AnthropicModel(key, settings.anthropic_base_url)
    for ready in lanes.values():
        if not model.prices(ready.page.models.plan):
            raise CannotStart(
                f"lane {ready.page.lane}: no price is known for {ready.page.models.plan}, so its budget cannot be "
                "kept; name another model in its page"
            )
    return model


def parts_of(
    *, agent: Agent, executor: Executor, of_lane: LaneEffects, notifier: Notifier, desk: Desk, homes: Homes,
    modals: Modals, reminding: Reminding, digests: Digests, jobs: JobEffects, operations: Operations,
) -> dict[type[Any], Part]:  # fmt: skip
    """Which part performs which effect, and what it says when it has to give up."""

    def card(effect: f.ShowCard, again: bool) -> None:
        notifier.show_card(effect, again)
        if run := notifier.engine.run(effect.run):
            modals.settle(run)
        homes.ask()

    def and_homes(perform: Callable[[Any, bool], None]) -> Callable[[Any, bool], None]:
        """What shows on Home although no card is drawn for it."""

        def both(effect: Any, again: bool) -> None:
            perform(effect, again)
            homes.ask()

        return both

    return {
        f.Advance: Part(lambda x, _: agent.advance(x.run), lambda x, why: agent.give_up(x.run, why)),
        f.Execute: Part(
            lambda x, _: executor.execute(x.run, x.action, x.version),
            lambda x, why: executor.give_up(x.run, x.action, x.version, why),
        ),
        f.Settle: Part(
            lambda x, _: executor.settle(x.run, x.action, x.version),
            lambda x, why: executor.give_up(x.run, x.action, x.version, why),
        ),
        f.ExpireHeld: Part(of_lane.expire, _lost),
        f.FreezeLane: Part(and_homes(of_lane.freeze), _lost),
        f.RedrawLane: Part(and_homes(of_lane.redraw_cards), _lost),
        f.ShowCard: Part(card, notifier.card_lost),
        f.ShowProgress: Part(and_homes(notifier.show_progress), _lost),
        f.TellRefusal: Part(notifier.tell_refusal, _lost),
        f.TellBreakGlass: Part(reminding.tell_break_glass, _lost),
        f.TellQuestion: Part(reminding.tell_question, _lost),
        f.RemindHeld: Part(reminding.remind, _lost),
        f.TellWaiting: Part(reminding.tell_waiting, _lost),
        f.TellAwake: Part(and_homes(reminding.tell_awake), _lost),
        f.TellDigest: Part(digests.tell, _lost),
        f.HandOver: Part(notifier.hand_over, _lost),
        f.TellLane: Part(notifier.tell_lane, _lost),
        f.AnswerDelivery: Part(and_homes(desk.answer), _lost),
        f.RunJob: Part(jobs.perform, jobs.give_up),
        f.TellJobFailed: Part(operations.tell_job_failed, _lost),
    }


def _lost(effect: Any, why: str) -> None:
    """Slack would not take it, for a minute and more. The state is right all the same; only the telling failed."""
    log.error("undeliverable", effect=effect.kind, queue=effect.queue, why=why)


def _client(settings: Settings) -> WebClient:
    client = WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=15,
        logger=_quiet("slack", logging.CRITICAL),
    )
    client.retry_handlers = [
        RateLimitErrorRetryHandler(max_retry_count=2),
        _ServerErrors(max_retry_count=2),
        _LostConnections(max_retry_count=1),
    ]
    return client


def _posts(request: HttpRequest) -> bool:
    """A message may be up although the answer was lost: the notifier looks for it before it posts again."""
    return request.url.endswith("/chat.postMessage")


class _ServerErrors(ServerErrorRetryHandler):
    def _can_retry(self, *, request: HttpRequest, **more: Any) -> bool:
        return not _posts(request) and super()._can_retry(request=request, **more)


class _LostConnections(ConnectionErrorRetryHandler):
    def _can_retry(self, *, request: HttpRequest, **more: Any) -> bool:
        return not _posts(request) and super()._can_retry(request=request, **more)


def _team(client: WebClient) -> str:
    """The workspace we serve. Raises `CannotStart` when Slack does not know our token."""
    try:
        return str(client.auth_test()["team_id"])
    except SlackApiError as error:
        code = error.response.get("error")
        raise CannotStart(
            f"Slack does not accept SLACK_BOT_TOKEN ({code}); copy it again from OAuth & Permissions → "
            "Bot User OAuth Token"
        ) from error
    except (SlackClientError, OSError) as error:
        raise CannotStart(f"Slack cannot be reached at {client.base_url}: {error}") from error


def _quiet(name: str, level: int = logging.WARNING) -> logging.Logger:
    """A library's own log, from `level` on; what a call raises is told by whoever called."""
    logger = logging.getLogger(f"lanekeeper.{name}")
    logger.setLevel(level)
    return logger
