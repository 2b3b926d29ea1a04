"""Performs what is owed: threads of this process, fed from memory and, after a restart, from the outbox.

Context: effects must survive a kill, start within a millisecond, and never overtake their own kind. Decision: a row a
piece of work, offered to a thread right after its commit; work of one queue (a run's card, a run's writes) is performed
in order by one thread at a time; a row goes when its work is done. Performing twice does no harm, so there are no
leases. What we gave up: a second process; whoever needs one moves to PostgreSQL and the other dispatcher.
"""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from queue import SimpleQueue
from typing import Any

import structlog
from sqlalchemy import Engine as Database

from lanes.core import effects as f
from lanes.core.effects import Effect
from lanes.engine import Clock, utc_now
from storage import outbox
from storage.database import StorageUnusable
from storage.outbox import Owed
from storage.writer import Writer
from tools.contract import NotYet, Unavailable

log = structlog.get_logger("dispatcher")
_POLL = 0.5  # seconds between looks at the outbox, for work that another process (the command line) has owed
_TRIES = 6  # performances of one effect, about a minute with the waits between; after it, it is given up in words
_EVER = timedelta(days=3650)
_LONGEST_WAIT = 30.0  # seconds between two of them


@dataclass(frozen=True)
class Part:
    """What performs one kind of effect. `again`: it may have been performed before, by a process that was killed."""

    perform: Callable[[Any, bool], None]
    give_up: Callable[[Any, str], None]


@dataclass
class _Work:
    id: str
    effect: Effect
    attempts: int = 0
    again: bool = False

    def __post_init__(self) -> None:
        self.queue = self.effect.queue


_Bell = SimpleQueue[None]  # what wakes one worker


@dataclass
class Dispatcher:
    """One for a process. `offer` may be called from any thread."""

    database: Database
    writer: Writer
    parts: Mapping[type[Any], Part]
    elsewhere: Callable[[Effect], None] = lambda _: None  # told of work that another process has owed
    threads: int = 24  # they mostly wait for others; a third never takes patient work, so that clicks find one free
    clock: Clock = utc_now
    _known: set[str] = field(default_factory=set)
    _finished: set[str] = field(default_factory=set)  # performed, but their rows may still be there
    _seen: set[str] = field(default_factory=set)  # rows that were there when the outbox was looked at last
    _queues: dict[str, deque[_Work]] = field(default_factory=dict)
    _ready: deque[str] = field(default_factory=deque)
    _patient: deque[str] = field(default_factory=deque)
    _later: list[tuple[datetime, int, _Work]] = field(default_factory=list)
    _order: Any = field(default_factory=itertools.count)
    _lock: Any = field(default_factory=threading.Lock)
    _idle: list[_Bell] = field(default_factory=list)  # of workers that take anything; the last to rest is called first
    _quick: list[_Bell] = field(default_factory=list)  # of those that take no patient work
    _clock: threading.Condition = field(default_factory=threading.Condition)
    _busy: int = 0
    _stopping: bool = False
    _workers: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Take up what was owed when the last process ended, and begin to perform."""
        self._fetch(again=True)
        quick = self.threads // 3
        work = [partial(self._work, patient=n >= quick) for n in range(self.threads)]
        named = [(f"work-{n}", target) for n, target in enumerate(work)] + [("clock", self._tick)]
        self._workers = [threading.Thread(target=target, name=name, daemon=True) for name, target in named]
        for worker in self._workers:
            worker.start()

    def offer(self, owed: Sequence[tuple[str, Effect]]) -> None:
        """Work whose row has just been committed."""
        now = self.clock()
        with self._lock:
            for name, effect in owed:
                if name not in self._known:
                    self._known.add(name)
                    self._place(_Work(name, effect), effect.due, now)

    def stop(self, patience: float = 8.0) -> None:
        """Take up nothing new, and wait for what is under way. What is left stays owed."""
        with self._lock:
            self._stopping = True
            for bell in (*self._idle, *self._quick):
                bell.put(None)
        with self._clock:
            self._clock.notify()
        for worker in self._workers:
            worker.join(timeout=patience)

    def idle(self) -> bool:
        """Nothing can be done right now: no work under way, none that is due."""
        with self._lock:
            return not self._busy and not self._ready and not self._patient

    def _place(self, work: _Work, due: datetime | None, now: datetime) -> None:
        if due is not None and due > now:
            heapq.heappush(self._later, (due, next(self._order), work))
            return
        queue = self._queues.get(work.queue)
        if queue and queue[0] is work:  # it was postponed, and its queue has waited with it
            self._call(work)
        elif queue is None:
            self._queues[work.queue] = deque([work])
            self._call(work)
        else:
            queue.append(work)

    def _call(self, work: _Work) -> None:
        """A queue's head may be performed: wake somebody who may take it. Nobody is woken for two pieces."""
        if work.effect.patient:
            self._patient.append(work.queue)
            resting = self._idle
        else:
            self._ready.append(work.queue)
            resting = self._quick or self._idle
        if resting:
            resting.pop().put(None)

    def _work(self, *, patient: bool) -> None:
        bell: _Bell = SimpleQueue()
        while work := self._await(bell, patient=patient):
            done = self._perform(work)
            with self._lock:
                self._busy -= 1
                self._after(work, done=done)

    def _await(self, bell: _Bell, *, patient: bool) -> _Work | None:
        """The next piece of work, waited for; None when there shall be no more."""
        while True:
            with self._lock:
                if self._stopping:
                    return None
                if self._ready or (patient and self._patient):
                    self._busy += 1
                    return self._next(self._queues[(self._ready or self._patient).popleft()])
                (self._idle if patient else self._quick).append(bell)
            bell.get()

    def _next(self, queue: deque[_Work]) -> _Work:
        """The queue's first work; where the same effect waits behind it, once is enough for both."""
        while len(queue) > 1 and queue[0].effect == queue[1].effect:
            spared = queue.popleft()
            queue[0].again |= spared.again
            self._known.discard(spared.id)
            self._finished.add(spared.id)
            self.writer.finished(spared.id)
        return queue[0]

    def _after(self, work: _Work, *, done: bool) -> None:
        if not done:
            return  # postponed: nothing of its queue may overtake it
        queue = self._queues[work.queue]
        queue.popleft()
        self._known.discard(work.id)
        self._finished.add(work.id)
        if queue:
            self._call(queue[0])
        else:
            del self._queues[work.queue]

    def _perform(self, work: _Work) -> bool:
        part = self.parts[type(work.effect)]
        try:
            part.perform(work.effect, work.again)
        except StorageUnusable as error:
            log.warning("effect_not_stored", effect=work.id, error=str(error))
            self._postpone(work, 1.0, stored=False)
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, the work stays owed until it is given up in words
            return self._failed(work, part, error)
        self.writer.finished(work.id)
        return True

    def _failed(self, work: _Work, part: Part, error: Exception) -> bool:
        if isinstance(error, NotYet):
            log.info("effect_postponed", effect=work.id, why=error.message)
        else:
            work.attempts += 1
            odd = not isinstance(error, Unavailable)
            log.warning("effect_failed", effect=work.id, attempt=work.attempts, error=repr(error), exc_info=odd)
        if work.attempts < _TRIES:
            said = error.retry_after if isinstance(error, Unavailable) else None
            self._postpone(work, min(said or 0.5 * 2**work.attempts, _LONGEST_WAIT), stored=True)
            return False
        try:
            part.give_up(work.effect, str(error))
        except Exception:
            log.exception("giving_up_failed", effect=work.id)
            self._postpone(work, _LONGEST_WAIT, stored=False)
            return False
        self.writer.finished(work.id)
        return True

    def _postpone(self, work: _Work, seconds: float, *, stored: bool) -> None:
        due = self.clock() + timedelta(seconds=seconds)
        work.again = True
        if stored:
            try:
                self.writer.write(partial(outbox.postpone, which=work.id, due=due, attempts=work.attempts))
            except StorageUnusable as error:
                log.warning("effect_not_postponed", effect=work.id, error=str(error))
        with self._lock:
            heapq.heappush(self._later, (due, next(self._order), work))
        with self._clock:
            self._clock.notify()

    def _tick(self) -> None:
        """Bring up what has become due, and what other processes have owed."""
        looked = time.monotonic()
        while True:
            with self._clock:
                self._clock.wait(timeout=self._nap())
            if self._stopping:
                return
            with self._lock:
                now = self.clock()
                while self._later and self._later[0][0] <= now:
                    self._place(heapq.heappop(self._later)[2], None, now)
            if time.monotonic() - looked >= _POLL:
                looked = time.monotonic()
                self._fetch(again=False)

    def _nap(self) -> float:
        with self._lock:
            soonest = self._later[0][0] - self.clock() if self._later else timedelta(seconds=_POLL)
        return max(min(soonest.total_seconds(), _POLL), 0.01)

    def _fetch(self, *, again: bool) -> None:
        """Take what is due; of what was not there at the last look, nothing yet: it may be about to be offered."""
        with self._lock:
            finished = set(self._finished)
        try:
            with self.database.connect() as connection:
                rows = outbox.all_due(connection, self.clock() + _EVER if again else self.clock())
        except Exception:  # the database is away for a moment; the next look finds the same rows
            log.exception("outbox_not_read")
            return
        with self._lock:
            self._finished -= finished - {row.id for row in rows}
            for row in rows:
                if again or row.id in self._seen:
                    self._take(row, again=again)
            self._seen = {row.id for row in rows}

    def _take(self, row: Owed, *, again: bool) -> None:
        if row.id in self._known or row.id in self._finished:
            return
        self._known.add(row.id)
        try:
            effect = f.load(row.content)
            self.parts[type(effect)]
        except (ValueError, KeyError):  # written by a newer version: it stays owed for the one that knows it
            log.error("effect_not_understood", effect=row.id)  # noqa: TRY400 - the kind says it all
            return
        self.elsewhere(effect)
        self._place(_Work(row.id, effect, row.attempts, again), row.due, self.clock())
