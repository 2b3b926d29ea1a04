"""Everything between Slack and the engine, put together: who is who, what is shown, who answers what was sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from slack_sdk import WebClient
from sqlalchemy import Engine as Database

from bot.cards.moving import Moving
from bot.cards.shown import ShownCards
from bot.deciding.decisions import Decisions
from bot.deciding.edits import Edits
from bot.deciding.modals import Modals
from bot.deciding.taking_back import TakingBack
from bot.deciding.the_rest import TheRest
from bot.desk import Desk
from bot.home.clicks import HomeClicks
from bot.home.homes import Homes
from bot.home.mine import Mine
from bot.lease.leases import Leases
from bot.looking.looking import Looking
from bot.notifier import Notifier
from bot.people.absences import Absences
from bot.people.standing import People
from bot.record.inquiry import Inquiry
from bot.replaying import Keeping
from bot.report.attaching import Attaching
from bot.report.links import webs
from bot.report.posting import Reports
from bot.report.reporting import Reporting
from bot.settings import Settings
from bot.ways_in.hearing import Hearing
from bot.ways_in.replying import Replies
from bot.ways_in.slash import Slash
from bot.ways_in.starting import Starting
from bot.ways_in.triggers import Triggers
from lanes.adjudicating import Adjudicating
from lanes.batches import Batches
from lanes.core.page import Lane, Mode
from lanes.editing import Editing
from lanes.engine import Engine
from lanes.executor import Wires
from lanes.library import Library
from lanes.preferences import Preferences
from lanes.promotion.drill import Drill
from lanes.promotion.readiness import Readiness
from lanes.promotion.review import Review
from lanes.promotion.strata import Strata
from lanes.queue import Queue
from lanes.report.gathering import Gathering, evidence
from lanes.report.measuring import Measuring
from lanes.undo import Undoing
from storage.deliveries import Deliveries
from storage.writer import Writer


@dataclass(frozen=True)
class Front:
    """The parts that others need as well; the rest is known to the desk alone."""

    library: Library
    people: People
    notifier: Notifier
    inquiry: Inquiry
    preferences: Preferences
    homes: Homes
    modals: Modals
    absences: Absences
    deliveries: Deliveries
    batches: Batches
    shown: ShownCards
    moving: Moving
    desk: Desk
    leases: Leases
    looking: Looking
    reports: Reports

    @classmethod
    def of(
        cls, client: WebClient, me: str, engine: Engine, database: Database, *, writer: Writer, wire: Wires,
        failing: Callable[[str], tuple[str, ...]], settings: Settings,
    ) -> Self:  # fmt: skip
        """`me` is our own user in Slack; `failing` names the systems of a lane that do not answer just now."""
        library, notifier = Library(database), Notifier.of(client, engine)
        people = People(client, engine.team, engine.stands_in_for)
        inquiry = Inquiry(engine, library, people, notifier, Mine(engine, people, Queue(database, engine.run)))
        preferences = Preferences(database, writer, engine.clock, people.time_zone)
        homes = Homes(client, engine, inquiry, database, writer, preferences, failing)
        taking_back = TakingBack(engine, library, Undoing(engine, wire, people.by_email), people)
        absences = Absences(engine, library, people, notifier, homes)
        deliveries, replies = Deliveries(database, writer), Replies(client, notifier)
        starting = Starting(engine, people, replies, inquiry, deliveries)
        modals = Modals(client, engine)
        review = Review(engine, Readiness(engine, database, Strata(engine, database)))
        leases = Leases(engine, people, notifier, modals, review, Drill(engine))
        reports = _reports(settings, engine, database, writer, notifier)
        reporting = Reporting(engine.lanes, reports, replies)
        slash = Slash(engine, people, replies, inquiry, taking_back, starting, absences, leases, reporting)
        batches = Batches(database, writer, engine)
        shown = ShownCards(engine, batches, notifier, modals)
        edits = Edits(engine, people, notifier, Editing(engine, wire, people.by_email), library, deliveries)
        moving = Moving(engine, library, notifier, me)
        the_rest = TheRest(engine, library, people)
        decisions = Decisions(engine, people, notifier, modals, taking_back, edits, the_rest)
        looking = Looking(engine, people, notifier, modals, Adjudicating(engine, database, people.by_email))
        desk = Desk(
            engine, people, notifier, slash, homes, decisions, deliveries, starting, Hearing(slash, me),
            Triggers(engine, people), HomeClicks(engine, homes, modals, notifier), leases,
            looking, Keeping(engine, people, notifier, library, writer), moving,
        )  # fmt: skip
        return cls(
            library, people, notifier, inquiry, preferences, homes, modals, absences, deliveries, batches, shown,
            moving, desk, leases, looking, reports,
        )  # fmt: skip


def _reports(settings: Settings, engine: Engine, database: Database, writer: Writer, notifier: Notifier) -> Reports:
    def mode_of(lane: str) -> Mode:
        return engine.regime(lane).mode

    def pages() -> dict[str, Lane]:
        return {name: ready.page for name, ready in engine.lanes.items()}

    return Reports(
        Gathering(database, engine.lanes, mode_of, evidence(Strata(engine, database)), settings.zone),
        Measuring(database, writer, pages),
        notifier, Attaching(notifier.client), engine.clock, webs(settings, pages().values()),
        settings.operations_channel, settings.report_note,
    )  # fmt: skip
