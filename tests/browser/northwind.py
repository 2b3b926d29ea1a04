"""A running demo, and somebody in front of its page who can only type, click and read."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds; nearly everything happens within one, a start on a very busy machine takes twenty
RILEY, LENA, SAM, OMAR, RITA, THEO = "U0REP", "U0LEAD1", "U0LEAD2", "U0OWNER", "U0REVOPS", "U0SALES"
SUPPORT, APPROVALS, REVOPS, REVOPS_APPROVALS = "C0SUPPORT", "C0SUPPORTAPPROVALS", "C0REVOPS", "C0REVOPSAPPROVALS"
OURS = ("LANEKEEPER_", "SLACK_", "ANTHROPIC_")


def wait_until(question, what):
    """The first true answer; an AssertionError when there is none in time."""
    end = time.monotonic() + PATIENCE
    while not (answer := question()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return answer


def environment(**more):
    """A newcomer's: nothing of Lanekeeper's is set."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return bare | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | more


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
        return json.load(answer)


class Demo:
    """`lanekeeper demo` in a process of its own, started from another folder than ours."""

    def __init__(self, data, port=0, *, history=False):
        self.data, self.port, self.history, self.printed = Path(data), port, history, []

    def __enter__(self):
        command = [sys.executable, "-m", "bot.cli", "demo", "--port", str(self.port), "--data", str(self.data)]
        command += [] if self.history else ["--no-history"]
        self.data.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            command, cwd=self.data.parent, env=environment(), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        wait_until(lambda: "Ctrl-C stops it" in self.said or self.process.poll() is not None, "the demo did not start")
        assert self.process.poll() is None, self.said
        self.url = self._printed(r"Open +(http://\S+?)/?\n")
        self.systems = {
            name: "http://" + self._printed(rf"(?i:{name}) at ([0-9.:]+)")
            for name in ("zendesk", "stripe", "salesforce", "hubspot")
        }
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self.process.stdout.close()

    def interrupt(self):
        """Ctrl-C in the terminal; the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    @property
    def said(self):
        return "".join(self.printed)

    @property
    def children(self):
        listed = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in listed.stdout.split()]

    def state(self, system):
        return ask(f"{self.systems[system]}/_control/state")

    def slack_is_slow(self, method, seconds):
        """The next call of this method is answered late, as Slack sometimes does."""
        assert ask(f"{self.url}/_control/faults", {"method": method, "times": 1, "delay": seconds})["ok"]

    def lanekeeper(self, *words):
        """The command line beside the running demo, on its database."""
        where = environment(LANEKEEPER_DATABASE_URL=f"sqlite:///{self.data}/lanekeeper.sqlite")
        command = [sys.executable, "-m", "bot.cli", *words]
        done = subprocess.run(command, cwd=self.data, env=where, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _read(self):
        self.printed.extend(iter(self.process.stdout.readline, ""))

    def _printed(self, pattern):
        found = re.search(pattern, self.said)
        assert found, f"{pattern} is not in\n{self.said}"
        return found[1]


class Desk:
    """A page. `become`, `open`, `type` and `press` are a person's hands."""

    def __init__(self, page):
        self.page = page
        expect(page.get_by_test_id("person-switcher")).to_be_visible()

    def become(self, who, channel=None):
        switcher = self.page.get_by_test_id("person-switcher")
        switcher.click()
        person = self.page.get_by_test_id(f"person-{who}")
        name = person.locator("strong").inner_text()
        person.click()
        expect(switcher).to_contain_text(name)  # what they see has come by now
        if channel:
            self.open(channel)

    def open(self, channel):
        self.page.get_by_test_id(f"channel-{channel}").click()
        expect(self.page.get_by_test_id(f"channel-{channel}")).to_have_attribute("aria-current", "page")

    def type(self, text):
        field = self.page.get_by_test_id("composer")
        field.press_sequentially(text)
        field.press("Enter")
        expect(field).to_have_value("")

    def message(self, part):
        """The newest message in the open channel that says so."""
        return self.page.get_by_test_id("messages").get_by_test_id("message").filter(has_text=part).last

    def whisper(self, part):
        found = self.page.get_by_test_id("ephemeral").filter(has_text=part).last
        expect(found).to_contain_text("Only visible to you")
        return found

    def asks(self, text, *parts):
        """A command that is answered by words only its author sees."""
        before = self.page.get_by_test_id("ephemeral").count()
        self.type(text)
        expect(self.page.get_by_test_id("ephemeral")).to_have_count(before + 1)
        answer = self.page.get_by_test_id("ephemeral").last
        for part in parts:
            expect(answer).to_contain_text(part)
        return answer

    def thread_of(self, part):
        self.message(part).get_by_test_id("thread-link").click()
        return self.page.get_by_test_id("thread")

    def press(self, message, which, nth=0):
        message.locator(f"[data-action-id='lane:{which}']").nth(nth).click()

    @property
    def modal(self):
        return self.page.get_by_test_id("modal")

    def submit(self):
        self.modal.get_by_test_id("modal-submit").click()

    def close(self):
        self.modal.get_by_test_id("modal-close").click()
        expect(self.modal).not_to_be_visible()
