"""The whole house in one process: sandboxes, a workspace, and the real Lanekeeper between them, over loopback.

`House` has a person's hands (type, click, submit) and three pairs of eyes: what people see in Slack, what the systems
hold, what the ledger says. Nothing in it is a double; time passes only when a test says so.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from case import Case
from eyes import fetch, wait_until, words
from slack_bolt import BoltRequest

from bot.app import build
from bot.settings import Settings
from bot.slack.lines import PING
from bot.workspace.signed_http import body_of, signed
from lanes.library import Library
from storage import outbox
from tools.guard import REST

REP, LENA, SAM, OWNER, GUEST = "U0REP", "U0LEAD1", "U0LEAD2", "U0OWNER", "U0GUEST"
RITA, THEO = "U0REVOPS", "U0SALES"
DANA, RAVI = "U0ONCALL", "U0ENGINEER"
SUPPORT, APPROVALS, LEADS = "C0SUPPORT", "C0SUPPORTAPPROVALS", "C0SUPPORTLEADS"
REVOPS, REVOPS_APPROVALS = "C0REVOPS", "C0REVOPSAPPROVALS"
INCIDENTS, INCIDENT_APPROVALS = "C0INCIDENTS", "C0INCIDENTAPPROVALS"
ON_VIEWS = {"submit", "close"}  # what is done to the modal on top
over_both = pytest.mark.parametrize("transport", ["socket", "http"])
MANIFEST = Path(__file__).parents[2] / "manifest.yml"


@dataclass
class Clock:
    """The machine's clock, and how far a test has turned it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def seconds(self) -> float:
        """The same turning for what counts seconds only."""
        return time.monotonic() + self.ahead.total_seconds()


@dataclass
class House:
    """One test's own: a fresh ledger file, reset sandboxes, an empty workspace."""

    slack: object  # bot.workspace.server.Handle
    sandboxes: dict[str, str]
    settings: Settings
    clock: Clock = field(default_factory=Clock)
    ping: float = PING  # seconds between two pings on a line to Slack
    _before: dict = field(default_factory=dict)  # by person, the modal as it was when they clicked in it

    # ------------------------------------------------------------------ the process

    def start(self):
        self.lanekeeper = build(self.settings, clock=self.clock, seconds=self.clock.seconds, ping=self.ping)
        self.lanekeeper.start()
        if self.lanekeeper.reach.lines:
            every = self.settings.slack_connections
            wait_until(lambda: self.ask("status")["sockets"] == every, what="Lanekeeper did not connect")
        else:
            self.tell("transport", url=f"{self.lanekeeper.reach.door.url}/slack/events")
        return self

    def stop(self):
        self._hang_up()
        self.lanekeeper.stop()

    def leave(self) -> threading.Thread:
        """Stop beside the next test: nothing is performed any more, only Slack's client takes another second."""
        self._hang_up()
        self.lanekeeper.dispatcher.stop()
        self.lanekeeper.homes.stop()
        self.lanekeeper.modals.stop()
        leaving = threading.Thread(target=self.lanekeeper.stop)
        leaving.start()
        return leaving

    def _hang_up(self):
        """Slack's client waits up to 3 s for a silent socket before it closes it, so the workspace hangs up first."""
        clients = [line.client for line in self.lanekeeper.reach.lines._lines] if self.lanekeeper.reach.lines else []
        for client in clients:
            client.auto_reconnect_enabled = False
        self.tell("drop", reason=None)
        wait_until(lambda: not any(client.is_connected() for client in clients))

    def restart(self):
        self.stop()
        self.start()

    @property
    def engine(self):
        return self.lanekeeper.engine

    @property
    def library(self):
        return Library(self.lanekeeper.database)

    @property
    def database_file(self) -> Path:
        return Path(self.settings.database_url.removeprefix("sqlite:///"))

    def later(self, **span):
        """Let Lanekeeper's time pass."""
        self.clock.ahead += timedelta(**span)
        self.lanekeeper.dispatcher.offer([])

    def quiet(self):
        """Wait until nothing can be done right now."""
        wait_until(self.rests, what="Lanekeeper did not come to rest")

    def rests(self):
        """Nothing can be done right now."""
        dispatcher, database = self.lanekeeper.dispatcher, self.lanekeeper.database
        with database.connect() as connection:
            owed = {one.id for one in outbox.all_due(connection, self.clock())}
        rounds = self.lanekeeper.homes.idle() and self.lanekeeper.modals.idle()
        return dispatcher.idle() and rounds and not owed - dispatcher._finished

    # ------------------------------------------------------------------ hands and eyes in Slack

    def tell(self, lever, **wanted):
        return fetch(f"{self.slack.url}/_control/{lever}", wanted)

    def ask(self, what):
        return fetch(f"{self.slack.url}/_control/{what}")

    def act(self, do, who, **wanted):
        """What a person does. A modal lies over everything else: whoever goes on beside one has closed it before."""
        top = self.ask(f"view?user={who}")["top"]
        if top and do not in ON_VIEWS and not wanted.get("view_id"):
            self.tell("act", **{"do": "close", "as": who, "all": True})
        self._before[who] = (top["id"], top["hash"]) if top and do == "click" and wanted.get("view_id") else None
        return self.tell("act", **({"do": do, "as": who} | wanted))

    def type(self, text, who=REP, channel=SUPPORT):
        """A slash command."""
        answer = self.act("command", who, channel=channel, text=text)
        assert answer["ok"], answer

    def answer(self, text, who=REP, channel=SUPPORT):
        """A slash command that is answered by words only its author sees; those words."""
        before = len(self.whispers(who, channel))
        self.type(text, who, channel)
        return wait_until(lambda: self.whispers(who, channel)[before:], what=f"{text} was not answered")[-1]

    def messages(self, channel=SUPPORT):
        return self.ask(f"messages?channel={channel}")["messages"]

    def whispers(self, who, channel=APPROVALS):
        return [words(w["message"]) for w in self.ask(f"messages?channel={channel}&user={who}")["ephemeral"]]

    def hears(self, who, part, channel=APPROVALS):
        """Wait until somebody is whispered something that contains `part`."""
        return wait_until(
            lambda: next((said for said in self.whispers(who, channel) if part in said), None),
            what=lambda: f"{who} did not hear {part!r}, but {self.whispers(who, channel)}",
        )

    def reads(self, channel, part):
        """Wait until a channel holds a message that contains `part`."""
        return wait_until(
            lambda: next((words(m) for m in self.messages(channel) if part in words(m)), None),
            what=f"{channel} does not say {part!r}",
        )

    def below(self, place):
        """The replies in a message's thread."""
        return [m for m in self.messages(place.channel) if m.get("thread_ts") == place.ts and m["ts"] != place.ts]

    def modal(self, who):
        """The modal that came of what this person did last: a new one, or the same one drawn anew."""

        def top():
            found = self.ask(f"view?user={who}")["top"]
            return found if found and (found["id"], found["hash"]) != self._before.get(who) else None

        return wait_until(top, what=f"{who} sees no modal, or what they clicked in changed nothing")

    def submit(self, who, **values):
        return self.act("submit", who, values=values)

    def home(self, who):
        return words(self.ask(f"view?user={who}")["home"] or {})

    def calls(self, method):
        return self.ask(f"calls?method={method}")["calls"]

    def slack_fails(self, method, **how):
        assert self.tell("faults", method=method, **how)["ok"]

    def delivered(self, kind):
        """The last payload of this kind that the workspace sent."""
        return self.ask(f"deliveries?type={kind}")["deliveries"][-1]["payload"]

    def deliver(self, payload):
        """Hand over a payload as Slack would, for what no hand in the workspace can do: repeat one, or forge one."""
        if self.lanekeeper.reach.lines:
            return self.lanekeeper.reach.bolt.dispatch(BoltRequest(body=payload, mode="socket_mode"))
        kind = "slash_commands" if "command" in payload else "interactive"
        return self.knock(*body_of(kind if "event" not in payload else "events_api", payload))

    def asks_anew(self, group="S0LEADS"):
        """Slack says that a group has changed, and it is heard: whatever was known of people is asked anew."""
        event = {"type": "subteam_members_changed", "subteam_id": group}
        self.deliver({
            "type": "event_callback", "event_id": f"Ev{group}{time.monotonic_ns()}", "team_id": "T0LOCAL", "token": "",
            "event": event, "api_app_id": "A0LANEKEEPER",
        })  # fmt: skip
        self.quiet()

    def knock(self, body, content_type, headers=None):
        """POST to where Slack's requests come in, signed as of now where no headers say otherwise; the status."""
        url = f"{self.lanekeeper.reach.door.url}/slack/events"
        sent = {"Content-Type": content_type, **(signed(body, int(time.time())) if headers is None else headers)}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, sent)) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    @contextmanager
    def somebody_is(self, user, **flags):
        """The workspace's admin changes a user: `deleted=True` deactivates them."""
        door = next(route for route in self.slack.server.config.app.routes if route.path == "/api/{method}")
        people = door.endpoint.__self__.slack.state.people
        before = people[user]
        people[user] = before | flags
        try:
            yield
        finally:
            people[user] = before

    # ------------------------------------------------------------------ eyes in the systems

    def state(self, system):
        return fetch(f"{self.sandboxes[system]}/_control/state")

    def fails(self, system, kind, path="*", **how):
        fetch(f"{self.sandboxes[system]}/_control/faults", {"kind": kind, "path": path, **how})

    def heals(self, system):
        """The system is well again, its records stay; and it has been left alone for long enough to be asked."""
        fetch(f"{self.sandboxes[system]}/_control/heal", {})
        self.later(seconds=REST + 1)

    def tell_twins(self, lever):
        for url in self.sandboxes.values():
            fetch(f"{url}/_control/{lever}", {})

    @property
    def refunds(self):
        """Refunds that the seed does not hold."""
        return [one for name, one in self.state("stripe")["refunds"].items() if name.startswith("re_3Sandbox")]

    def ticket(self, number):
        return self.state("zendesk")["tickets"][str(number)]

    def replies(self, number):
        """What our own identity wrote publicly on a ticket."""
        return [c for c in self.ticket(number)["comments"] if c["author_id"] == 9003 and c["public"]]

    def by_hand(self, system, **act):
        """Somebody does this in the system's own pages."""
        return fetch(f"{self.sandboxes[system]}/_control/person", act)

    def refund_by_hand(self, charge, minor):
        """Somebody refunds in Stripe's own dashboard."""
        request = urllib.request.Request(
            f"{self.sandboxes['stripe']}/v1/refunds", f"charge={charge}&amount={minor}".encode(),
            {"Authorization": "Bearer rk_sandbox_refunds", "Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def customer_writes(self, number, text):
        """The ticket's customer writes once more."""
        fetch(f"{self.sandboxes['zendesk']}/_control/customer", {"ticket": number, "text": text})

    # ------------------------------------------------------------------ runs

    def runs(self):
        return [Case(self, row.run) for row in reversed(self.library.latest(100))]

    def begin(self, subject="ZD-4821", lane="refunds", who=REP, channel=SUPPORT):
        """Type the command that starts a run; the run, as soon as it is on record."""
        known = {case.id for case in self.runs()}
        self.type(f"/lane {lane} {subject}", who, channel)

        def theirs():  # another may begin by itself meanwhile
            return next((one for one in self.runs() if one.id not in known and one.run.started.by.user == who), None)

        return wait_until(theirs, what=f"{subject}: no run began")

    def held(self, subject="ZD-4821", **more):
        """Begin a run and wait until its card hangs, with something to decide."""
        case = self.begin(subject, **more)
        wait_until(lambda: case.run.card and case.run.waiting, what=lambda: f"{subject}: no card; {case.story()}")
        return case

    def ended(self, subject="ZD-4821", **more):
        """Begin a run that waits for nobody, and wait for its end."""
        case = self.begin(subject, **more)
        case.ends()
        return case
