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
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from sqlalchemy import Engine as Database

from bot.cards.moving import Moving
from bot.cards.shown import ShownCards
from bot.deciding.modals import Modals
from bot.deciding.refusals import Refusals
from bot.desk import Desk
from bot.front import Front
from bot.home.digest import Digests
from bot.home.homes import Homes
from bot.lease.leases import Leases
from bot.looking.looking import Looking
from bot.looking.reminding import LaneReminding
from bot.modelling import build_model
from bot.notifier import Notifier
from bot.operations import Operations
from bot.people.absences import Absences
from bot.people.calling import Calling
from bot.people.reminding import Reminding
from bot.replaying import Replaying
from bot.scheduler import jobs_of, scheduler_of, work_of
from bot.settings import CannotStart, Settings, need_slack
from bot.slack.client import code, open_client, quiet
from bot.slack.lines import PING
from bot.slack.pace import Pace, unhurried
from bot.slack.reach import Reach, reach
from bot.wires import open_wires, systems
from lanes.agent import Agent
from lanes.core import effects as f
from lanes.core import proof_effects as pf
from lanes.core.run import Action, Run
from lanes.core.wanted import OfLane
from lanes.dispatcher import Dispatcher, Part
from lanes.engine import Clock, Engine, utc_now
from lanes.executor import Executor
from lanes.job_effects import JobEffects
from lanes.lane_effects import LaneEffects
from lanes.loading import load_lanes
from lanes.practising import Practising
from lanes.promotion.watching import Watching
from lanes.replay.nightly import Nightly
from lanes.replay.shelf import Shelf
from lanes.shadow.beside import Beside
from lanes.shadow.casework import Casework
from lanes.shadow.harvesting import Harvesting
from lanes.sweeping import Sweeping
from lanes.timetable import Timetable
from storage.alone import hold
from storage.database import connect, migrate
from storage.writer import Writer
from tools.contract import Unavailable, Wire
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
    reach: Reach
    homes: Homes
    modals: Modals
    scheduler: BackgroundScheduler
    wires: Mapping[tuple[str, str], HttpWire]
    release: Callable[[], None]  # of the hold on the database
    warnings: tuple[str, ...] = ()  # what will not work, a sentence each

    def start(self) -> None:
        spare_the_collector()
        self.dispatcher.start()
        self.scheduler.start()
        self.homes.start()
        self.modals.start()
        try:
            self.reach.open()
        except CannotStart:
            self.stop()
            raise

    def wait(self, stopped: threading.Event) -> None:
        """Until somebody sets `stopped`."""
        while not stopped.wait(timeout=1.0):
            pass

    def stop(self) -> None:
        """Take nothing new, let what is under way end, write what is waiting; what is left stays owed."""
        self.reach.close()
        self.scheduler.shutdown()
        self.dispatcher.stop()
        self.homes.stop()
        self.modals.stop()
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


def build(
    settings: Settings, *, clock: Clock = utc_now, seconds: Seconds = time.monotonic, ping: float = PING
) -> Lanekeeper:
    """Make everything, without starting it. Raises `CannotStart`, `FaultyPage` or `StorageUnusable`.

    `clock` tells moments; by `seconds` is counted how long a failing vendor is left alone, and Slack's pace; `ping` is
    how many seconds are between two pings on a line to Slack.
    """
    need_slack(settings)
    lanes = load_lanes(settings.catalog, TOOLS)
    model = build_model(settings, lanes)
    wires = open_wires(settings, lanes, in_memory, seconds)
    client = open_client(
        settings.slack_bot_token.get_secret_value(), settings.slack_api_url, Pace(settings.slack_rate, seconds)
    )
    team, me = _ourselves(client)
    database = connect(settings.database_url)
    release = hold(database)
    migrate(database)
    writer = Writer(database)
    engine = Engine(database, writer, lanes, team=team, model=model.label, clock=clock)

    def wire(identity: str, system: str) -> Wire:
        return wires[identity, system]

    def failing(lane: str) -> tuple[str, ...]:
        ready = lanes[lane]
        return tuple(one for one in systems(ready) if wires[ready.identity.name, one].failing)

    front = Front.of(
        client, me, engine, database, writer=writer, wire=wire, failing=failing, settings=settings,
    )  # fmt: skip
    library, people, notifier = front.library, front.people, front.notifier
    unseen = tuple(notifier.unseen(settings.operations_channel))
    for sentence in unseen:
        log.warning("channel_not_seen", said=sentence)

    def left(run: Run, action: Action) -> frozenset[str]:
        return people.left(lanes[run.lane].page, run, action)

    timetable = Timetable(database, writer, jobs_of(settings.zone, lanes), engine.clock)
    harvesting = Harvesting(database, writer, lanes, wires, engine.clock)
    watching = Watching(engine, database)
    practising = Practising(engine, database)
    nightly = Nightly(engine, model, Shelf(settings.catalog.resolve().parent, database), database, writer)
    work = work_of(
        engine, deliveries=front.deliveries, library=library, timetable=timetable, preferences=front.preferences,
        adjudicating=front.looking.adjudicating, practising=practising, review=front.leases.review, watching=watching,
        moving=front.moving, harvesting=harvesting, reports=front.reports, nightly=nightly,
        casework=Casework(database, writer, lanes, TOOLS, engine.clock),
    )  # fmt: skip

    parts = parts_of(
        agent=Agent(engine, model, wire, people.by_email), executor=Executor(engine, wire, left),
        of_lane=LaneEffects(engine, library, front.shown.show_card_in_time), sweeping=Sweeping(engine, wire),
        beside=Beside(engine),
        notifier=notifier, desk=front.desk, homes=front.homes, shown=front.shown,
        reminding=Reminding(engine, people, notifier, front.batches, front.preferences),
        digests=Digests(engine, front.inquiry, notifier, database),
        jobs=JobEffects(writer, engine.clock, timetable.jobs, work),
        operations=Operations(notifier, timetable, lanes, settings.operations_channel),
        calling=Calling(engine, people, notifier), absences=front.absences, moving=front.moving,
        replaying=Replaying(nightly, notifier),
        looking=front.looking, practising=practising, leases=front.leases, watching=watching,
    )  # fmt: skip
    dispatcher = Dispatcher(database, writer, parts, engine.changed_elsewhere, clock=clock)
    engine.to(dispatcher.offer)
    front.batches.to(dispatcher.offer)
    front.moving.owe("start")
    way = reach(settings, client, engine, writer, ping)
    scheduler = scheduler_of(timetable, quiet("scheduler", logging.ERROR))
    return Lanekeeper(
        engine, dispatcher, writer, database, way, front.homes, front.modals, scheduler, wires, release, unseen
    )


def parts_of(
    *, agent: Agent, executor: Executor, of_lane: LaneEffects, sweeping: Sweeping, beside: Beside, notifier: Notifier,
    desk: Desk, homes: Homes, shown: ShownCards, reminding: Reminding, digests: Digests, jobs: JobEffects,
    operations: Operations, replaying: Replaying, calling: Calling, absences: Absences, looking: Looking,
    practising: Practising, leases: Leases, watching: Watching, moving: Moving,
) -> dict[type[Any], Part]:  # fmt: skip
    """Which part performs which effect, and what it says when it has to give up."""

    def of_a_lane(perform: Callable[[Any, bool], None]) -> Part:
        def performed(effect: OfLane, again: bool) -> None:
            homes.ask()  # a lane's cards may take minutes, and Home says first that it is stopped
            perform(effect, again)
            homes.ask()

        return Part(performed, _lost)

    def progress(effect: f.ShowProgress, again: bool) -> None:
        with unhurried():
            notifier.show_progress(effect, again)

    def and_homes(perform: Callable[[Any, bool], None]) -> Callable[[Any, bool], None]:
        """What shows on Home as well."""

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
        f.FreezeLane: of_a_lane(of_lane.freeze),
        f.RedrawLane: of_a_lane(of_lane.redraw_cards),
        f.RecallLane: of_a_lane(of_lane.recall),
        pf.ShowLease: Part(and_homes(leases.show), _lost),
        pf.TellDemotion: Part(leases.tell_demotion, _lost),
        pf.WatchLane: Part(watching.watch, _lost),
        f.ShowCard: Part(and_homes(shown.show_card), notifier.card_lost),
        f.ShowBatch: Part(and_homes(shown.show_batch), shown.batch_lost),
        f.ShowProgress: Part(and_homes(progress), _lost),
        f.TellRefusal: Part(Refusals(notifier.engine, notifier).tell, _lost),
        f.TellBreakGlass: Part(reminding.tell_break_glass, _lost),
        f.TellQuestion: Part(reminding.tell_question, _lost),
        f.RemindHeld: Part(reminding.remind, _lost),
        f.TellWaiting: Part(reminding.tell_waiting, _lost),
        f.TellBatchWaiting: Part(reminding.tell_batch_waiting, _lost),
        f.TellAwake: Part(and_homes(reminding.tell_awake), _lost),
        f.TellDigest: Part(digests.tell, _lost),
        f.CallApprovers: Part(calling.call, _lost),
        f.TellAbsence: Part(absences.tell, _lost),
        f.RedrawPerson: Part(absences.redraw, _lost),
        f.HandOver: Part(notifier.hand_over, _lost),
        f.TellLane: Part(notifier.tell_lane, _lost),
        f.TellMoved: Part(moving.tell_moved, _lost),
        f.LookAtRooms: Part(moving.look_again, _lost),
        f.SweepLane: Part(sweeping.sweep, _not_swept),
        pf.AskCases: Part(lambda x, _: looking.ask(x), _lost),
        pf.RemindLane: Part(LaneReminding(looking.engine, notifier, looking.adjudicating).remind, _lost),
        pf.PostCanary: Part(lambda x, _: practising.post(x), _lost),
        pf.DrawAudit: Part(lambda x, _: looking.adjudicating.draw(x), _lost),
        pf.ShowCase: Part(looking.show, _lost),
        pf.TellCaseRefused: Part(looking.tell_refused, _lost),
        pf.ShadowBeside: Part(beside.start, _lost),
        f.AnswerDelivery: Part(and_homes(desk.answer), _lost),
        f.RunJob: Part(jobs.perform, jobs.give_up),
        f.TellJobFailed: Part(operations.tell_job_failed, _lost),
        pf.TellReplayDrop: Part(replaying.tell_drop, _lost),
    }


def _not_swept(effect: f.SweepLane, why: str) -> None:
    """The system would not say what there is to do; the next period looks again."""
    log.error("not_swept", lane=effect.lane, period=effect.period, why=why)


def _lost(effect: Any, why: str) -> None:
    """Slack would not take it, for a minute and more. The state is right all the same; only the telling failed."""
    log.error("undeliverable", effect=effect.kind, queue=effect.queue, why=why)


def _ourselves(client: WebClient) -> tuple[str, str]:
    """The workspace we serve, and our own user in it. Raises `CannotStart` when Slack does not know our token."""
    try:
        known = client.auth_test()
        return str(known["team_id"]), str(known["user_id"])
    except SlackApiError as error:
        raise CannotStart(
            f"Slack does not accept SLACK_BOT_TOKEN ({code(error)}); copy it again from OAuth & Permissions → "
            "Bot User OAuth Token"
        ) from error
    except (SlackClientError, OSError, Unavailable) as error:
        raise CannotStart(f"Slack cannot be reached at {client.base_url}: {error}") from error
