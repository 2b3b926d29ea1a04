"""Everything on one machine: sandboxes and workspace in this process, Lanekeeper itself as a process of its own,
started as anybody would start it, with nothing but its environment and the clock that the workspace's page turns.
"""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from bot.demo.told import FILE, GENERATED, TOLD
from bot.settings import CannotStart, Settings
from bot.workspace import seed as workspace_seed
from bot.workspace import server as workspace
from bot.workspace import state as workspace_state
from bot.workspace.clock import FILE_NAME, Clock
from tools.sandboxes import seed as sandbox_seed
from tools.sandboxes import server as sandboxes

Child = subprocess.Popen[str]
DATABASE = "lanekeeper.sqlite"
LOCK = "demo.lock"  # held while a demo runs on a folder
_PATIENCE = 10  # seconds for a process of ours to stop by itself
UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.ENOTDIR})
SYSTEMS = {  # as they are spoken
    "zendesk": "Zendesk",
    "stripe": "Stripe",
    "salesforce": "Salesforce",
    "hubspot": "HubSpot",
    "jira": "Jira",
    "datadog": "Datadog",
}
_HINTS = [  # what the page offers after a "/": the first nine at once, the others as they are typed
    {"text": "/lane", "hint": "choose a lane, fill in what it needs"},
    {"text": "/lane refunds ZD-4821", "hint": "draft the refund of a charge made twice"},
    {"text": "/lane triage ZD-4830", "hint": "say what a ticket is about and who should take it"},
    {"text": "/lane priority ZD-4850", "hint": "set how urgent a ticket is, by what it says"},
    {"text": "/lane crm acme", "hint": "bring an account's opportunity up to date"},
    {"text": "/lane renew acme", "hint": "prepare a renewal: the forecast and the quote"},
    {"text": "/lane incident checkout-api", "hint": "look at a service in trouble, and open an incident"},
    {"text": "/lane status", "hint": "what each lane is doing, and what waits"},
    {"text": "/lane help", "hint": "everything else"},
    {"text": "/lane inbox", "hint": "what waits for you"},
    {"text": "/lane show refunds", "hint": "a lane's page in plain words"},
    {"text": "/lane audit ZD-4821", "hint": "who did what to a ticket, a customer, a person"},
    {"text": "/lane audit why ZD-4821", "hint": "why something was held"},
    {"text": "/lane undo ZD-4821", "hint": "take back what was done; somebody else approves it"},
    {"text": "/lane report refunds", "hint": "how last week went, held against people"},
    {"text": "/lane ready refunds", "hint": "what a lane is measured against, row by row"},
    {"text": "/lane promote refunds", "hint": "what is missing before it may act alone"},
    {"text": "/lane mode refunds", "hint": "how much a lane may do"},
    {"text": "/lane stop refunds", "hint": "stop all writing at once"},
    {"text": "/lane resume refunds", "hint": "let it write again"},
    {"text": "/lane away", "hint": "let a colleague decide for you"},
]
_WELCOME = """Up after {took:.1f} s.

  Open  {page}/

{history}  1. You are Riley, in #support. Type   /lane refunds ZD-4821   and open #support-approvals.
  2. Become Lena (bottom left). Approve the refund, then the reply and the solving, which join its card.
  3. Become Theo, in #revops. Type      /lane crm acme          then approve as Rita, in #revops-approvals.
  4. Still Theo. Type                   /lane renew acme        then approve both drafts as Rita, with one click.
  5. Become Ravi, in #incidents. Type   /lane incident checkout-api   then approve as Dana, in #incident-approvals.

  The clock at the top lets time pass, for reminders and expiry{week};
  "Manage" beside it changes people, groups and channels, and lets Slack fail.

  Ctrl-C stops it; everything is kept in {data}."""
_HISTORY = """  Ten weeks have been made up for you; nobody in them exists. Become Omar, and look at
     #support-reports     last week, in figures: agreement, money, what people did with the drafts
     #revops-approvals    renewals is over its bar: a lease waits for two signatures
     #support-approvals   support-priority has lost its lease: somebody took back what it did alone
     /lane ready refunds, /lane promote refunds     14 clean cases short of a lease

"""


@dataclass
class Demo:
    """One demo: `run` returns when somebody presses Ctrl-C."""

    data: Path
    port: int
    history: bool = True  # with ten weeks that are made up, where there is nothing yet
    _stopped: threading.Event = field(default_factory=threading.Event)
    _children: "list[Child]" = field(default_factory=list)

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stop())
        began = time.monotonic()
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            with alone(self.data):
                self._work(began)
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            raise CannotStart(
                f"{self.data} cannot be written: {error.strerror}; mend that, or name another folder: "
                "lanekeeper demo --data …"
            ) from error
        say("Stopped. Your data is kept; `make demo-reset` starts over.")

    def _work(self, began: float) -> None:
        clock = Clock(self.data.resolve() / FILE_NAME)
        making = self._make_history(clock)
        try:
            self._serve(began, clock, making)
        finally:
            end(making)

    def _stop(self) -> None:
        """Whoever is waited for ends, so that no start is finished first."""
        self._stopped.set()
        for child in self._children:
            child.send_signal(signal.SIGTERM)

    def _serve(self, began: float, clock: Clock, making: "Child | None") -> None:
        turned = self.data.resolve() / FILE_NAME
        apps = {name: sandboxes.create(name, self.data, clock=clock) for name in SYSTEMS}
        ports = {name: self.port + n for n, name in enumerate(SYSTEMS, 1)} if self.port else {}
        with sandboxes.serve(apps, ports) as twins:
            where = ", ".join(f"{SYSTEMS[name]} at {url.partition('//')[2]}" for name, url in twins.urls.items())
            say(f"Sandboxes: {where}")
            for name in twins.moved:
                say(f"Port {ports[name]} is taken, so {SYSTEMS[name]} took another one.")
            say("Workspace: a small Slack for this machine …")
            with workspace.serve(self.port, self.data, hints=_HINTS, clock=clock) as slack:
                if self.port and not slack.url.endswith(f":{self.port}"):
                    say(f"Port {self.port} is taken, so the workspace took another one.")
                self._until_made(making)
                if self._stopped.is_set():
                    return
                say("Lanekeeper: a Bolt app, over Socket Mode, on SQLite …")
                child = self._start(environment(self.data, twins.urls, slack.api_url), turned)
                try:
                    if self._until_connected(child) and not self._stopped.is_set():
                        took = time.monotonic() - began
                        say(self._welcome(slack.url, took))
                        self._watch(child)
                finally:
                    end(child)

    def _welcome(self, page: str, took: float) -> str:
        made_up = (self.data / TOLD).exists()
        history, week = (_HISTORY, ", or a whole week of everybody's work") if made_up else ("", "")
        return _WELCOME.format(page=page, took=took, data=self.data, history=history, week=week)

    def _make_history(self, clock: Clock) -> "Child | None":
        """A process that makes the history, beside everything else that starts; None where there is one, or none is
        wanted: with lanes of your own nothing is known to make up.
        """
        file = self.data.resolve() / DATABASE
        if not self.history or file.exists() or os.environ.get("LANEKEEPER_CATALOG"):
            return None
        say("History: ten weeks of people and agents, all of it generated; nobody in it exists …")
        ours = [sys.executable, "-m", "bot.demo.making", str(file), clock().isoformat()]
        return self._begin(ours)

    def _until_made(self, making: "Child | None") -> None:
        """Say how far it is."""
        if making is None:
            return
        assert making.stdout is not None
        for line in making.stdout:
            say(f"History: {line.strip()} …")
        if making.wait() and not self._stopped.is_set():
            raise CannotStart("the history could not be made; `lanekeeper demo --no-history` starts without one")

    def _start(self, environ: dict[str, str], turned: Path) -> "Child":
        return self._begin([sys.executable, "-m", "bot.cli", "run", "--clock", str(turned)], environ)

    def _begin(self, ours: list[str], environ: Mapping[str, str] | None = None) -> "Child":
        child = subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
            ours, env=environ, text=True, stdout=subprocess.PIPE, start_new_session=True
        )
        self._children.append(child)
        if self._stopped.is_set():
            child.terminate()
        return child

    def _until_connected(self, child: "Child") -> bool:
        assert child.stdout is not None
        for line in child.stdout:
            if "is connected" in line:
                threading.Thread(target=child.stdout.read, daemon=True).start()  # so that it never blocks on us
                return True
        if not self._stopped.is_set():
            raise CannotStart("Lanekeeper did not start; its own words stand above")
        return False

    def _watch(self, child: "Child") -> None:
        while not self._stopped.wait(timeout=0.5):
            if child.poll() is not None:
                raise CannotStart("Lanekeeper ended by itself; its own words stand above. Start again with `make demo`")


def environment(data: Path, urls: dict[str, str], slack_api: str) -> dict[str, str]:
    """The environment of a Lanekeeper that speaks to sandboxes and workspace only."""
    ours = {
        "LANEKEEPER_DATABASE_URL": f"sqlite:///{data.resolve()}/{DATABASE}",
        "LANEKEEPER_MODEL": "offline",
        "SLACK_BOT_TOKEN": workspace_seed.BOT_TOKEN,
        "SLACK_APP_TOKEN": workspace_seed.APP_TOKEN,
        "SLACK_API_URL": slack_api,
        "LANEKEEPER_REPORT_NOTE": GENERATED if (data / TOLD).exists() else "",
        "LANEKEEPER_SLACK_RATE": "50",  # the workspace of this machine grants more than Slack does
        **{f"LANEKEEPER_{name.upper()}_URL": url for name, url in urls.items()},
        **{f"LANEKEEPER_{name.upper()}_WEB_URL": url for name, url in urls.items()},
    }
    return {**os.environ, **sandbox_seed.ENVIRONMENT, **ours}


def followed(settings: Settings, file: Path) -> Clock:
    """The clock that the workspace's page turns. Raises `CannotStart` beside a real Slack, where time is what it is."""
    if not _plays_slack(settings):
        raise CannotStart("--clock is the demo's own; with a real Slack, start `lanekeeper run` without it")
    return Clock(file)


def beside(settings: Settings) -> Clock | None:
    """The same clock, for a command beside the demo's ledger. None where time is what it is: with a token of a real
    Slack, and wherever one of the files is missing that every demo keeps beside its ledger.
    """
    if settings.slack_bot_token.get_secret_value() and not _plays_slack(settings):
        return None
    if not settings.database_url.startswith(FILE):
        return None
    folder = Path(settings.database_url.removeprefix(FILE)).parent
    kept = (FILE_NAME, workspace_state.FILE_NAME, *(f"{name}.json" for name in SYSTEMS))
    return Clock(folder / FILE_NAME) if all((folder / name).is_file() for name in kept) else None


def _plays_slack(settings: Settings) -> bool:
    return urlsplit(settings.slack_api_url).hostname in workspace.LOOPBACK


def end(child: "Child | None") -> None:
    """Ask a process of ours to stop, and see to it."""
    if child is None:
        return
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            say(f"A process did not stop within {_PATIENCE} s and was ended; what is left is done at the next start.")
            child.kill()
            child.wait()
    if child.stdout:
        child.stdout.close()


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """One demo on one folder. Raises `CannotStart` while another one runs on it."""
    try:
        with FileLock(data / LOCK, timeout=0):
            yield
    except Timeout:
        raise CannotStart(
            f"a demo is running on {data}; press Ctrl-C where it runs, or name another folder: lanekeeper demo --data …"
        ) from None


def forget(data: Path) -> None:
    """Throw the demo's data away. Raises `CannotStart` where a folder holds something else, or a demo runs on it."""
    if data.is_dir() and any(data.iterdir()) and not any((data / f"{name}.json").exists() for name in SYSTEMS):
        raise CannotStart(f"{data} holds no data of a demo, so nothing was deleted; name the demo's own folder")
    if data.is_dir():
        with alone(data):
            shutil.rmtree(data)
    say(f"{data} is gone; `make demo` starts over.")


def say(text: str) -> None:
    print(text, flush=True)
