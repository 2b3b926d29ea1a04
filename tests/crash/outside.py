"""The world around a Lanekeeper that is killed: it stays up, in this process; Lanekeeper comes and goes in others.

`Launcher` starts processes. `Town` is one outside world: three sandboxes, a workspace, one ledger file, and a person
who does what people do: what Slack did not acknowledge, they try again; what it did, they never repeat.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from morning import early_morning

from bot.demo.running import SYSTEMS, environment
from bot.workspace import server as workspace
from lanes.library import Library
from storage.database import connect
from tools.sandboxes import server as sandboxes

PATIENCE = 40.0  # seconds; a step takes well under one, a lost acknowledgement three, a busy machine ten times that
REP, LENA, OMAR = "U0REP", "U0LEAD1", "U0OWNER"
SUPPORT, APPROVALS, LEADS = "C0SUPPORT", "C0SUPPORTAPPROVALS", "C0SUPPORTLEADS"


def fetch(url: str, body: object = None):
    """GET, or POST as JSON; the decoded answer."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
        text = answer.read()
        return json.loads(text) if text else None


class Launcher:
    """The parent of every Lanekeeper that is started here. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("launcher.py")), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._lock = threading.Lock()
        assert json.loads(self._parent.stdout.readline()) == {"ready": True}

    def ask(self, wanted: dict) -> dict:
        with self._lock:
            self._parent.stdin.write(json.dumps(wanted) + "\n")
            self._parent.stdin.flush()
            return json.loads(self._parent.stdout.readline())

    def close(self) -> None:
        self._parent.stdin.close()
        self._parent.wait()
        self._parent.stdout.close()


@dataclass
class Town:
    """One outside world, used by one case after the other."""

    launcher: Launcher
    folder: Path
    crashes: list[str] = field(default_factory=list)  # where the next starts shall die, in turn; after them nowhere
    by: str = "KILL"
    impatient: bool = (
        False  # whoever types does not look whether a command that was said to have failed shows after all
    )
    starts: int = 0
    repeats: int = 0  # commands and clicks that were not acknowledged and therefore done again
    ends: list[int] = field(default_factory=list)  # how each process that has ended did: an exit status, or -9
    _zone: str = ""  # whose clock the jobs of a day go by
    _ahead: float = 0  # seconds by which Lanekeeper's clock is turned forward
    _pid: int = 0
    _case: Path = Path()

    def __enter__(self):
        self.folder.mkdir()
        self._twins = sandboxes.serve({name: sandboxes.create(name) for name in SYSTEMS})
        self._slack = workspace.serve()
        return self

    def __exit__(self, *_):
        self.kill()
        self._slack.stop()
        self._twins.stop()

    def fresh(self, name: str, ledger: Path, *crashes: str, by: str = "KILL", impatient: bool = False):
        """The first day again; `ledger` is the file to begin with."""
        self.kill()
        for url in self._twins.urls.values():
            fetch(f"{url}/_control/reset", {})
        self.wait(lambda: not self.ask("status")["sockets"])
        self.tell("reset")
        self._case = self.folder / re.sub(r"[/*:]", "_", name)
        self._case.mkdir()
        shutil.copy(ledger, self._case / "lanekeeper.sqlite")
        self.crashes, self.by, self.impatient = list(crashes), by, impatient
        self.starts = self.repeats = 0
        self.ends, self._zone = [], early_morning()
        self.later(0)
        return self

    # ------------------------------------------------------------------ the process

    def start(self) -> None:
        """Start it, and return when it is connected or dead."""
        self.wait(lambda: not self.ask("status")["sockets"])
        at = self.crashes.pop(0) if self.crashes else ""
        environ = environment(self._case, self._twins.urls, self._slack.api_url)
        environ |= {"CRASH_AT": at, "CRASH_BY": self.by, "CLOCK": str(self._clock), "PYTHONWARNINGS": "error"}
        environ |= {"LANEKEEPER_TIME_ZONE": self._zone}
        self.starts += 1
        out, points = str(self._case / "out.txt"), str(self._case / f"points{self.starts}.txt")
        self._pid = self.launcher.ask({"start": environ, "out": out, "points": points})["pid"]
        self.wait(lambda: self.ask("status")["sockets"] >= 1 or not self.alive)

    @property
    def alive(self) -> bool:
        if not self._pid:
            return False
        status = self.launcher.ask({"poll": self._pid})["status"]
        if status is None:
            return True
        self._pid = 0
        self.ends.append(status)
        assert status in {-signal.SIGKILL, 0}, f"it ended by itself with {status}: {self.said}"
        return False

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal and wait for the end."""
        if self._pid:
            os.kill(self._pid, number)
            self.wait(lambda: not self.alive)

    def up(self) -> None:
        """Whoever looks after the machine starts it again."""
        while not self.alive:
            assert self.starts < 12, f"it does not stay up: {self.said}"
            self.start()

    def until(self, question, what: str = ""):
        """The first true answer, with Lanekeeper started again whenever it is dead."""

        def answered():
            self.up()
            return question()

        return self.wait(answered, what)

    def wait(self, question, what: str = ""):
        end = time.monotonic() + PATIENCE
        while not (answer := question()):
            assert time.monotonic() < end, f"{what or 'it did not happen'}; {self.where}"
            time.sleep(0.03)
        return answer

    @property
    def said(self) -> str:
        file = self._case / "out.txt"
        return file.read_text()[-3000:] if file.exists() else ""

    @property
    def where(self) -> str:
        """What to look at when something did not happen."""
        stories = [[f"{e.kind} {getattr(e, 'code', '')}" for e in run] for run in self.histories().values()]
        return f"buttons {self.buttons()}; owed {self.owed()}; ledger {stories}; said {self.said}"

    def points(self, start: int = 1) -> list[str]:
        """What the n-th process passed, in order."""
        file = self._case / f"points{start}.txt"
        return file.read_text().split("\n")[:-1] if file.exists() else []

    # ------------------------------------------------------------------ time, and a person's hands

    @property
    def _clock(self) -> Path:
        return self._case / "clock"

    def later(self, seconds: int) -> None:
        """Turn the clock of Lanekeeper, running or not, that far ahead of the machine's."""
        self._ahead = seconds
        written = self._clock.with_suffix(".new")  # it is read at any moment, and then it is whole
        written.write_text(str(seconds))
        written.replace(self._clock)

    def type(self, text: str, who: str = REP, channel: str = SUPPORT) -> None:
        """A command; typed again if Slack said that it failed and nothing shows after a while."""
        subject = text.rpartition(" ")[2]
        while True:
            self.up()
            before = len(self.messages(channel))
            if self._acknowledged("command", who, channel=channel, text=text):
                return
            if self.impatient:
                continue
            self.until(lambda: not self.owed(), "it did not come to rest after a lost command")
            if any(subject in str(m) for m in self.messages(channel)[before:]):
                return

    @property
    def struck(self) -> int:
        """How many processes reached the point they were to die at."""
        return sum("STRUCK" in self.points(n) for n in range(1, self.starts + 1))

    def press(self, what: str, who: str = LENA, channel: str = APPROVALS) -> None:
        """A button by its block's end and its name, "a1/1 approve"; again, at once, if Slack said that it failed."""
        while True:
            self.up()
            found = self.buttons(channel).get(what)
            if found is None:  # what was said to have failed had been stored
                assert self.repeats, f"no button {what}; {self.where}"
                return
            if self._acknowledged("click", who, **found):
                return

    def reject(self, draft: str, reason: str, who: str = LENA) -> None:
        """The form behind a draft's button, "a1/1", filled in and sent; asked for again where none opens."""
        while True:
            if not self._form(who):
                self.press(f"{draft} reject", who)
                self.until(lambda: self._form(who) or not self.owed(), "neither a form nor an end")
            elif self._acknowledged("submit", who, values={"reason": reason}):
                return
            self.up()
            if not self._form(who) and f"{draft} reject" not in self.buttons():
                return  # what was said to have failed had been stored

    def _form(self, who: str) -> object:
        return self.ask(f"view?user={who}")["top"]

    def _acknowledged(self, do: str, who: str, **wanted) -> bool:
        answer = self.act(do, who, **wanted)
        if answer.get("error") == "action_not_found" and self.repeats:
            return False  # the lost click had been stored, and its button went while the hand was on it: look again
        if not answer["ok"]:
            assert answer["error"] in {"dispatch_failed", "operation_timeout"}, answer
            self.wait(lambda: not self.alive, f"it lives and did not acknowledge: {answer}")
            self.repeats += 1
        return answer["ok"]

    def act(self, do: str, who: str, **wanted) -> dict:
        return self.tell("act", **({"do": do, "as": who} | wanted))

    def tell(self, lever: str, **wanted):
        return fetch(f"{self._slack.url}/_control/{lever}", wanted)

    # ------------------------------------------------------------------ eyes

    def ask(self, what: str):
        return fetch(f"{self._slack.url}/_control/{what}")

    def messages(self, channel: str = APPROVALS) -> list[dict]:
        return self.ask(f"messages?channel={channel}")["messages"]

    def whispers(self, who: str, channel: str = SUPPORT) -> list[str]:
        """What only this person sees in a channel."""
        return [w["message"].get("text", "") for w in self.ask(f"messages?channel={channel}&user={who}")["ephemeral"]]

    def buttons(self, channel: str = APPROVALS) -> dict[str, dict]:
        """Every button that waits for somebody: its name, and how to press it. A second card's bear its number.

        Undo waits for nobody: it stays for days.
        """
        found = {}
        for n, message in enumerate(self.messages(channel)):
            for block in message.get("blocks", []):
                if block["type"] != "actions":
                    continue
                for element in (one for one in block["elements"] if one["action_id"] != "lane:undo"):
                    which = block["block_id"].partition("/")[2]
                    name = f"{which} {element['action_id'].removeprefix('lane:')}" + (f" {n}" if n else "")
                    found[name] = {
                        "channel": channel, "ts": message["ts"], "action_id": element["action_id"],
                        "block_id": block["block_id"],
                    }  # fmt: skip
        return found

    def state(self, system: str) -> dict:
        return fetch(f"{self._twins.urls[system]}/_control/state")

    def fails(self, system: str, **how) -> None:
        fetch(f"{self._twins.urls[system]}/_control/faults", how)

    def refunds(self) -> list[dict]:
        """Refunds that the seed does not hold."""
        return [one for name, one in self.state("stripe")["refunds"].items() if name.startswith("re_3Sandbox")]

    def replies(self, number: int) -> list[dict]:
        """What our own identity wrote publicly on a ticket."""
        comments = self.ticket(number)["comments"]
        return [c for c in comments if c["author_id"] == 9003 and c["public"]]

    def ticket(self, number: int) -> dict:
        return self.state("zendesk")["tickets"][str(number)]

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self._case / 'lanekeeper.sqlite'}"

    def owed(self) -> list[str]:
        """What is owed now; the end of a draft's or a button's time, half an hour away and more, does not count."""
        soon = (time.time() + self._ahead + 600) * 1_000_000
        rows = self._rows(f"SELECT content FROM effect WHERE due < {soon:.0f}")
        return [json.loads(row[0])["kind"] for row in rows]

    def at_rest(self) -> bool:
        """There are runs, each has ended, and nothing is owed."""
        finished = [row[0] for row in self._rows("SELECT finished FROM run")]
        return bool(finished) and all(finished) and not self.owed()

    def reserved(self) -> list[tuple]:
        """What is held against the caps for drafts that are still open, and which changes somebody holds."""
        return self._rows(
            "SELECT what, total FROM tally WHERE day = 'open' AND total <> 0 UNION SELECT change, 1 FROM claim"
        )

    def _rows(self, query: str) -> list[tuple]:
        connection = sqlite3.connect(self._case / "lanekeeper.sqlite", timeout=10)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def histories(self) -> dict[str, tuple]:
        """Each run's events."""
        return self._read(lambda library: {row.run: library.events(row.run) for row in library.latest(100)})

    def verified(self) -> list:
        """What is wrong with the chains; nothing."""
        return self._read(lambda library: library.verify()[0])

    def _read(self, question):
        database = connect(self.database_url)
        try:
            return question(Library(database))
        finally:
            database.dispose()
