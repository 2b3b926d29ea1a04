"""Many people click at random on many open cards while lines to Slack are cut: what came of each click, what stands.

The hands know nothing of the rules. What must have come of a click is computed afterwards, from the ledger and from
what the workspace delivered and was told, by the few lines of `fates`.
"""

import json
import random
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from case import Case
from crowd import Crowd
from eyes import wait_until, words
from house import APPROVALS, LENA, OWNER, REP, REVOPS, REVOPS_APPROVALS, RITA, SAM, SUPPORT, THEO

from bot.cards.buttons import value
from bot.slack.intake import delivery_key
from lanes.core.refuse import SAME_DIGEST
from lanes.core.states import FINAL, State
from storage import outbox

PEOPLE = (LENA, SAM, OWNER, REP, RITA, THEO)  # approvers of either lane, and two who ask
ROOMS = (APPROVALS, SUPPORT, REVOPS, REVOPS_APPROVALS)
BUTTONS = ("approve", "approve", "approve", "twice", "approve_all", "reject", "reject", "details", "edit")
WISHES = ("claim", "let_go", "put_off", "take_over", "ask")
ELSEWHERE = ("/lane status", "/lane inbox", "/lane show refunds", "home")
FORMS = {
    "lane:reject": {"reason": "other"}, "lane:take_over": {"note": "By hand"}, "lane:put_off": {"for": "960"},
    "lane:ask": {"to": "requester", "text": "Is this so?"}, "lane:edit": {},
}  # fmt: skip
LEFT_OPEN = 0.25  # of the forms
OVER = "Decided meanwhile"
MISSED = frozenset({"dispatch_failed", "operation_timeout"})  # what a person is told when a click was not acknowledged


@dataclass
class Clicking:
    """`open` the cards, let people `click`, `settle`, then look at `findings`; one seed makes the same people."""

    house: Any  # its House
    seed: int
    people: int = 8
    pause: float = 0.4  # seconds a person thinks, at most twice as long
    cases: list[Case] = field(default_factory=list)
    answered: Counter = field(default_factory=Counter)  # what the workspace said to a hand
    members: dict = field(default_factory=dict)  # of channels
    drained: float = 0.0  # seconds from the last click until nothing was owed

    def open(self, patience: float = 120.0, **how_many: int) -> None:
        """So many cards of each kind hang and wait."""
        self.house.tell("keep", entries=1_000_000)  # all of it is looked at
        crowd = Crowd(self.house)
        wishes = [wish for kind, count in how_many.items() for wish in getattr(crowd, kind)(count)]
        crowd.move_in()
        for wish in wishes:
            self.house.type(f"/lane {wish.lane} {wish.subject}", wish.who, wish.channel)
        latest = self.house.library.latest

        def hang():
            self.cases = [Case(self.house, row.run) for row in latest(2 * len(wishes))]
            return len(self.cases) == len(wishes) and all(one.run.card and one.run.waiting for one in self.cases)

        wait_until(hang, patience, lambda: f"{sum(bool(c.run.card) for c in self.cases)} of {len(wishes)} cards hang")
        wait_until(self.house.rests, patience, "it does not come to rest")

    def click(self, seconds: float, cut_every: int) -> None:
        """Everybody clicks for so long; every so-manieth delivery cuts the line that carries it."""
        self.house.tell("cut", every=cut_every)
        self.members = {room["id"]: room["members"] for room in self.house.ask("everything")["channels"]}
        end = time.monotonic() + seconds
        with ThreadPoolExecutor(self.people) as pool:
            hands = [pool.submit(self._hand, n, end) for n in range(self.people)]
            self.answered = sum((hand.result() for hand in hands), Counter())
        self.house.tell("cut", every=0)

    def settle(self, patience: float = 300.0) -> None:
        """Wait until all that is owed to Slack has been said."""
        began = time.monotonic()
        quiet = 0.0

        def still():  # what is postponed is not due for a moment
            nonlocal quiet
            quiet = (quiet or time.monotonic()) if self.house.rests() and not self._owed() else 0.0
            return quiet and time.monotonic() - quiet > 1.0

        wait_until(still, patience, lambda: f"still owed: {self._owed()}")
        self.drained = time.monotonic() - began

    def findings(self) -> list[str]:
        """What is not as it must be, a sentence each."""
        return [*self._lost(), *self._doubled(), *self._unsettled()]

    # ------------------------------------------------------------------ hands

    def _hand(self, nth: int, end: float) -> Counter:
        chance = random.Random(f"{self.seed}/{nth}")
        who, said = PEOPLE[nth % len(PEOPLE)], Counter()
        while time.monotonic() < end:
            for answer in self._act(who, chance):
                said["ok" if answer["ok"] else answer["error"]] += 1
            time.sleep(chance.uniform(0, 2 * self.pause))
        return said

    def _act(self, who: str, chance: random.Random) -> list:
        what = chance.choice((*BUTTONS, *BUTTONS, *WISHES, *ELSEWHERE))
        if what == "home":
            return [self.house.act("open_home", who)]
        if what.startswith("/"):
            return [self.house.act("command", who, channel=SUPPORT, text=what)]
        case = chance.choice(self._before(who))
        run = case.run
        action = chance.choice(run.waiting or tuple(run.actions.values()))
        if what in WISHES:
            carried = {**value(run, action), "d": action.draft.digest[:SAME_DIGEST]}
            chosen = json.dumps({"w": what, **carried}, separators=(",", ":"))
            row, place = f"{run.id}/{action.id}/{action.version}", run.card
            clicks = [self.house.act("click", who, channel=place.channel, ts=place.ts, action_id="lane:more",
                                     block_id=row, value=chosen)]  # fmt: skip
        else:
            twice = what == "twice"
            which = "approve" if twice else what
            clicks = [case.click(who, which, action.id, action.version) for _ in range(1 + twice)]
        return clicks + self._fill(who, chance)

    def _before(self, who: str) -> list[Case]:
        """The cards that somebody sees: those in the channels they are in."""
        return [case for case in self.cases if who in self.members[case.run.card.channel]]

    def _fill(self, who: str, chance: random.Random) -> list:
        """Send the form on top, or leave it open."""
        top = self.house.ask(f"view?user={who}")["top"]
        if not top or top["callback_id"] not in FORMS or chance.random() < LEFT_OPEN:
            return []
        return [self.house.act("submit", who, view_id=top["id"], values=FORMS[top["callback_id"]])]

    # ------------------------------------------------------------------ eyes

    def delivered(self) -> list:
        return [one for one in self.house.ask("deliveries")["deliveries"] if one["type"] != "events_api"]

    def events(self) -> list:
        """What the ledger says came of a delivery, everywhere: (delivery, kind, code, user)."""
        return [
            (one.delivery.split("/")[0], one.kind, getattr(one, "code", ""), one.by.user)
            for case in self.cases for one in case.events() if getattr(one, "delivery", "") and hasattr(one, "by")
        ]  # fmt: skip

    def _owed(self) -> list[str]:
        """What is to be shown or told within a minute."""
        with self.house.lanekeeper.database.connect() as connection:
            soon = outbox.all_due(connection, self.house.clock() + timedelta(minutes=1))
        kinds = [json.loads(one.content)["kind"] for one in soon]
        return [kind for kind in kinds if kind.startswith(("show", "tell", "redraw", "freeze"))]

    def _lost(self):
        """Each acknowledged delivery came to something: it stands in the ledger, opened a form, or was answered."""
        came, needs = {name for name, *_ in self.events()}, Counter()
        why = defaultdict(list)
        opened = {c["args"].get("trigger_id") for m in ("views.open", "views.push") for c in self.house.calls(m)}
        for one in self.delivered():
            body, key = one["payload"], delivery_key(one["payload"])
            if one["error"] or (one["answer"] or {}).get("response_action") == "errors":
                continue  # the person was told at once
            if any(clicked.get("selected_option", 1) is None for clicked in body.get("actions", ())):
                continue  # an entry that the menu had lost by then: in Slack nobody can choose it
            if key not in came and body.get("trigger_id") not in opened:
                user = body.get("user_id") or body["user"]["id"]
                needs[user] += 1
                why[user].append(str(body.get("text") or body.get("actions") or body["view"]["callback_id"]))
        for _, kind, _, user in self.events():
            needs[user] += kind == "decision.refused"
        for user, count in needs.items():
            if (told := self.told(user)) < count:
                yield f"{user} was to be told {count} times, and was {told} times: {why[user]}"

    def told(self, user: str) -> int:
        """How often somebody was told something in a whisper or a direct message."""
        direct = self.house.ask(f"messages?channel=D0{user.removeprefix('U0')}&user={user}")
        rooms = [self.house.ask(f"messages?channel={room}&user={user}") for room in ROOMS]
        return len(direct["messages"]) + sum(len(room["ephemeral"]) for room in (*rooms, direct))

    def _doubled(self):
        """One recorded decision of a person on a version, one write of an approved draft, none of any other."""
        for case in self.cases:
            said = Counter((e.action, e.version, e.by.user) for e in case.events("decision.recorded"))
            yield from (f"{case.id} {one} was recorded {n} times" for one, n in said.items() if n > 1)
            began = Counter((e.action, e.version) for e in case.events("execution.started"))
            yield from (f"{case.id} {one} was begun {n} times" for one, n in began.items() if n > 1)
            yes = {e.action for e in case.events("decision.recorded") if e.decision == "approve"}
            alone = {a.id for a in case.run.actions.values() if a.alone or a.ruling.verdict == "auto"}
            yield from (f"{case.id} {one} began without a yes" for one, _ in began if one not in yes | alone)
        made = Counter(one["metadata"]["lanekeeper_key"] for one in self.house.refunds)
        every = [a for case in self.cases for a in case.run.actions.values() if a.draft.tool == "stripe.create_refund"]
        done = Counter(a.draft.key for a in every if a.state is State.DONE)
        if made != done:
            yield f"refunds at Stripe and on record differ: {made - done} {done - made}"

    def _unsettled(self):
        """Message, progress, Home and open modals say what the state is."""
        shown = {m["ts"]: m for room in ROOMS for m in self.house.messages(room)}
        for case in self.cases:
            run = case.run
            offered = {
                (block["block_id"].split("/")[1], e["action_id"])
                for block in shown[run.card.ts]["blocks"] if block["type"] == "actions" for e in block["elements"]
            }  # fmt: skip
            for action in run.actions.values():
                approve = (action.id, "lane:approve") in offered
                if approve != (action.state is State.HELD):
                    yield f"{run.id}/{action.id} is {action.state}, and its card offers {offered}"
            if run.finished and "waiting in" in str(shown[run.thread.place.ts]["text"]):
                yield f"{run.id} has ended, and its thread says that it waits"
        yield from self._modals()
        yield from self._homes()

    def _modals(self):
        for who in set(PEOPLE):
            for view in self.house.ask(f"view?user={who}")["stack"]:
                carried = json.loads(view["private_metadata"] or "{}")
                rows = [json.loads(e["value"]) for b in view["blocks"] if b["type"] == "actions"
                        for e in b["elements"] if e.get("action_id") == "lane:approve"]  # fmt: skip
                told = "the draft has moved on" in words(view)  # a form keeps what was typed into it
                for about in [one for one in (carried, *rows) if one.get("r") and not told]:
                    action = self.house.engine.run(about["r"]).actions[about["a"]]
                    if action.state in FINAL or action.version != about["v"]:
                        yield f"{who} looks at “{view['title']['text']}” of {about['r']}, which is {action.state}"

    def _homes(self):
        for who in set(PEOPLE):
            home = self.house.home(who)
            ended = sorted(
                (row for row in self.house.library.latest(2 * len(self.cases)) if row.finished),
                key=lambda row: row.finished,
            )
            for row in ended[-8:] if home else ():
                if self.house.engine.run(row.run).started.subject not in home:
                    yield f"the Home of {who} does not show the end of {row.subject}"
