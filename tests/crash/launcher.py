"""Starts `lanekeeper run` again and again, quickly, and kills it at a named point.

A parent imports the product once; for each line of JSON on its standard input it does what the line asks and answers
with one line. A child is forked for every start, and is from then on what `lanekeeper run` is, with the environment of
the line and nothing of its siblings.

    {"start": {environment}, "out": file, "points": file}   → {"pid": …}
    {"poll": pid}                                           → {"status": null while it runs, else as of wait(2)}

The points are planted here, from outside; the product knows nothing of them:

    commit-before:J  commit-after:J    around COMMIT, for each job J of the batch: written / nobody told yet
    effect-before:K  effect-after:K    around the performance of an effect of kind K
    wire-before:R    wire-after:R      around a request R to an outside system
    slack-before:M   slack-after:M     around a Web API call M
    ack-before       ack-after         around the acknowledgement of a delivery

Their clock is the machine's, turned forward by the seconds that stand in the file `CLOCK`, whenever it is read.

`CRASH_AT="commit-after:Begin#2"` is the second time that point is passed; there the child kills itself, or does what
`CRASH_BY` says: KILL (the default) or TERM.
"""

import gc
import inspect
import json
import os
import re
import signal
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from pathlib import Path

import alembic.command
import alembic.config
import alembic.runtime.migration
import alembic.script  # noqa: F401 - this and httpcore2: imported late by the product, here once for every child
import httpcore2  # noqa: F401
from slack_sdk import WebClient, WebhookClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from sqlalchemy import Engine as Database
from sqlalchemy import event

import bot.app
import bot.cli.main
import lanes.executor
import lanes.models.offline
import lanes.sending
import tools.wire
from lanes.dispatcher import Part
from storage.writer import Writer
from tools.wire import HttpWire

_NUMBER = re.compile(r"[0-9]+|\b[a-z]{2}_\w+")


class Points:
    """Counts the points that are passed, writes each down, and strikes at the one it was told."""

    def __init__(self, file: str, at: str, by: str) -> None:
        self._out = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._at, self._by = at, getattr(signal, f"SIG{by}")
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def passed(self, *names: str) -> None:
        with self._lock:
            for name in names:
                self._seen[name] += 1
                point = f"{name}#{self._seen[name]}"
                os.write(self._out, f"{point}\n".encode())
                if point == self._at:
                    os.write(self._out, b"STRUCK\n")
                    os.kill(os.getpid(), self._by)


def around(points: Points, owner: type, method: str, kind: str, name) -> None:
    """Put a point before and after a method; `name(*args, **named)` says what the points are called."""
    original = getattr(owner, method)

    @wraps(original)
    def planted(self, *args, **named):
        called = name(*args, **named)
        points.passed(f"{kind}-before{called}")
        answer = original(self, *args, **named)
        points.passed(f"{kind}-after{called}")
        return answer

    setattr(owner, method, planted)


def plant(points: Points) -> None:
    around(points, HttpWire, "call", "wire", lambda verb, path, **_: f":{verb} {_NUMBER.sub('*', path)}")
    around(points, WebClient, "api_call", "slack", lambda method, **_: f":{method}")
    around(points, WebhookClient, "send_dict", "slack", lambda *_, **__: ":response_url")
    around(points, SocketModeClient, "send_socket_mode_response", "ack", lambda *_: "")
    plant_commits(points)
    plant_effects(points)


def plant_commits(points: Points) -> None:
    batch = threading.local()
    commit = Writer._commit

    def noted(self, asked):
        batch.jobs = [job_name(one.job) for one in asked] or ["sweep"]
        commit(self, asked)
        batch.jobs = []

    def around_commit(moment, statement):
        if statement == "COMMIT" and getattr(batch, "jobs", None):
            points.passed(*(f"commit-{moment}:{job}" for job in batch.jobs))

    event.listen(Database, "before_cursor_execute", lambda c, k, statement, *_: around_commit("before", statement))
    event.listen(Database, "after_cursor_execute", lambda c, k, statement, *_: around_commit("after", statement))
    Writer._commit = noted


def job_name(job) -> str:
    """The command a job carries out, or the job's own name."""
    if isinstance(job, partial):
        command = type(job.args[0]).__name__ if job.args else ""
        return command if command not in {"", "str"} else job.func.__name__.strip("_")
    return getattr(job, "__name__", "job")


def plant_effects(points: Points) -> None:
    parts_of = bot.app.parts_of

    def planted(part: Part) -> Part:
        def perform(effect, again):
            points.passed(f"effect-before:{effect.kind}")
            part.perform(effect, again)
            points.passed(f"effect-after:{effect.kind}")

        return Part(perform, part.give_up)

    bot.app.parts_of = lambda **named: {kind: planted(part) for kind, part in parts_of(**named).items()}


def turn_clocks(file: Path) -> None:
    """Time passes for the process when the file says so, also while it runs."""
    bot.app.build = partial(bot.app.build, clock=lambda: datetime.now(UTC) + timedelta(seconds=int(file.read_text())))


def child(wanted: dict) -> None:
    """Become `lanekeeper run`."""
    out = os.open(wanted["out"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(out, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.setsid()
    os.environ.clear()
    os.environ.update(wanted["start"])
    plant(Points(wanted["points"], os.environ.get("CRASH_AT", ""), os.environ.get("CRASH_BY", "KILL")))
    turn_clocks(Path(os.environ["CLOCK"]))
    sys.argv = ["lanekeeper", "run"]
    bot.cli.main.main()


def warm_up() -> None:
    """What a process does once in its life is done here for all children; it is most of what a start costs."""
    inspect.stack()  # Bolt asks for it; the first answer takes longest
    tools.wire._trusted(trust_env=False)
    gc.collect()
    gc.freeze()  # a child's collector leaves alone what it shares with its siblings


def answer(**said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def main() -> None:
    os.chdir(Path(sys.argv[1]))  # no .env lies there
    lanes.sending.ABSENT_AFTER = lanes.executor.ABSENT_AFTER = timedelta(seconds=1)  # the sandboxes answer at once
    warm_up()
    answer(ready=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        if "poll" in wanted:
            pid, status = os.waitpid(wanted["poll"], os.WNOHANG)
            answer(status=os.waitstatus_to_exitcode(status) if pid else None)
            continue
        pid = os.fork()
        if not pid:
            child(wanted)
            return
        answer(pid=pid)


if __name__ == "__main__":
    main()
