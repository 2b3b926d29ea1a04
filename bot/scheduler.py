"""The jobs there are, what each of them does, and the scheduler that calls.

Context: APScheduler's own triggers fire by the machine's clock and forget with their process. Decision: one interval
job of APScheduler asks the timetable every two seconds, at the start at once; what is due, what was missed and what
was fired before is told by our own table and by the engine's clock (see lanes/timetable.py), so that a clock that is
turned by a week brings the week's jobs. What we gave up: APScheduler's cron fields, job stores and misfire rules.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo

from apscheduler.schedulers.background import BackgroundScheduler

from bot.cards.moving import Moving
from bot.report.posting import Reports
from bot.words import adjudication as words_adjudication
from bot.words import canaries as words_canaries
from bot.words import jobs as words
from bot.words import moved as words_moved
from bot.words import replay as words_replay
from bot.words import report, truth
from lanes.adjudicating import Adjudicating
from lanes.core import effects as f
from lanes.core.periods import Daily, Every, Weekly
from lanes.engine import Engine
from lanes.jobs import Job, Progress, Work
from lanes.library import Library
from lanes.practising import Practising
from lanes.preferences import Preferences
from lanes.promotion.review import Review
from lanes.promotion.watching import Watching
from lanes.replay.nightly import Nightly
from lanes.shadow.casework import Casework, Matched
from lanes.shadow.harvesting import Harvesting
from lanes.timetable import Timetable
from storage.deliveries import Deliveries
from tools.contract import NotYet, Refused

TICK = timedelta(seconds=2)  # a job is at most that late; looking costs nothing while nothing is due
KEPT = timedelta(days=400)  # of firings: a year's reports, and a month to ask about them
_SLICE = 500  # streams verified at a time: a kill costs that many, about a second's work
MONDAY = Weekly(1, time(8, 0))  # the reports of the week before are there when people come to work
QUARTER = 15  # minutes: every time zone's full hour falls on a quarter of an hour
_WAITS = 10  # for a harvest under way: about three minutes; what it brings later is matched the next night
_NAMED = 5  # problems told one by one; the rest is a number


def jobs_of(zone: tzinfo, lanes: Iterable[str] = ()) -> tuple[Job, ...]:
    """Every job, in the zone of the settings, those of each lane among them. What is heavy comes when people sleep."""
    return (
        Job("harvest", Daily(time(1, 0)), zone),
        Job("measure", Daily(time(2, 0)), zone),
        Job("match", Daily(time(2, 30)), zone),
        Job("sweep_deliveries", Daily(time(3, 0)), zone),
        Job("verify_ledger", Daily(time(3, 30)), zone),
        Job("sweep_firings", Weekly(1, time(4, 0)), zone),
        Job("sweep_lanes", Daily(time(6, 0)), zone),
        Job("promotion_review", Daily(time(7, 0)), zone),
        Job("demotion_watch", Every(QUARTER), zone),
        Job("digests", Every(QUARTER), zone),
        Job("adjudication", Daily(time(8, 0)), zone),
        Job("weekly_overview", MONDAY, zone),
        *(Job("nightly_replay", Daily(time(5, 0)), zone, lane=lane) for lane in lanes),
        *(Job("weekly_report", MONDAY, zone, lane=lane) for lane in lanes),
        Job("announce_canaries", Daily(time(8, 15)), zone),
        Job("canaries", Every(QUARTER), zone),
        Job("look_at_rooms", Every(QUARTER), zone),
    )


def work_of(
    engine: Engine,
    *,
    deliveries: Deliveries,
    library: Library,
    timetable: Timetable,
    preferences: Preferences,
    harvesting: Harvesting,
    adjudicating: Adjudicating,
    practising: Practising,
    review: Review,
    watching: Watching,
    moving: Moving,
    reports: Reports,
    nightly: Nightly,
    casework: Casework,
) -> Mapping[str, Work]:
    """What each kind of job does."""
    clock = engine.clock
    return {
        "harvest": lambda _job, _period, progress: truth.harvested(harvesting.harvest(progress)),
        "measure": lambda *_: report.measured(reports.measuring.measure(clock())),
        "nightly_replay": lambda *asked: words_replay.night(nightly.replay(*asked)),
        "weekly_report": reports.post_lane,
        "weekly_overview": reports.post_overview,
        "match": lambda _job, _period, progress: truth.matched(_match(timetable, casework, progress)),
        "sweep_deliveries": lambda *_: words.forgotten(deliveries.sweep(clock()), "delivery", "deliveries"),
        "verify_ledger": lambda _job, _period, progress: _verify(library, progress),
        "sweep_lanes": lambda *_: words.swept(sweep(engine)),
        "promotion_review": lambda *_: words.reviewed(watching.all(drift=True), review.all()),
        "demotion_watch": lambda *_: words.watched(watching.all()),
        "digests": lambda *_: words.digests_owed(preferences.owe_digests()),
        "announce_canaries": lambda *_: words_canaries.asked_for(practising.announce()),
        "canaries": lambda _job, period, _progress: words_canaries.owed(practising.look(period.name)),
        "look_at_rooms": lambda *_: words_moved.looked(moving.look()),
        "adjudication": lambda *_: words_adjudication.asked(adjudicating.owe()),
        "sweep_firings": lambda *_: words.forgotten(timetable.sweep(clock() - KEPT), "firing", "firings"),
    }


def scheduler_of(timetable: Timetable, logger: logging.Logger) -> BackgroundScheduler:
    """Calls the timetable, one call at a time; a call that comes late, or would overlap, is left out."""
    scheduler = BackgroundScheduler(timezone=UTC, logger=logger)
    scheduler.add_job(
        timetable.fire_due, "interval", seconds=TICK.total_seconds(), next_run_time=datetime.now(UTC),
        id="fire_due", max_instances=1, coalesce=True, misfire_grace_time=None,
    )  # fmt: skip
    return scheduler


def sweep(engine: Engine) -> int:
    """Owe each lane that looks for its own work the sweep of this day, once; how many lanes."""
    day = engine.clock().date().isoformat()
    looking = [name for name, ready in engine.lanes.items() if ready.page.sweep]
    for name in looking:
        engine.owe(f"sweep:{name}:{day}", f.SweepLane(lane=name, period=day))
    return len(looking)


def _match(timetable: Timetable, casework: Casework, progress: Progress) -> Matched:
    """Hold drafts against deeds, after the harvest that is under way, for as long as that is worth waiting for."""
    waited = int(progress.before.get("waited", 0))
    if waited < _WAITS and timetable.under_way("harvest"):
        progress(waited=waited + 1)
        raise NotYet("HARVEST_UNDER_WAY", "what people did is being read", min(2.0**waited, 30.0))
    return casework.match(progress)


def _verify(library: Library, progress: Progress) -> str:
    """Read the history again, from where an earlier attempt stopped. Raises `Refused` when something does not fit."""
    after, streams = str(progress.before.get("after", "")), int(progress.before.get("streams", 0))
    problems = list(progress.before.get("problems", []))
    while True:
        found, names = library.verify_next(after, _SLICE)
        if not names:
            break
        after, streams = names[-1], streams + len(names)
        problems += [f"{one.stream} event {one.version}: {one.what}" for one in found]
        progress(after=after, streams=streams, problems=problems)
    if problems:
        progress()  # whoever fires it again wants it read again
        raise Refused("HISTORY_CHANGED", words.history_changed(problems[:_NAMED], len(problems), streams))
    return words.verified(streams)
