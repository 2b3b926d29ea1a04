"""App Home: what waits for me, what the lanes are doing, how the last runs ended."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from slack_sdk import WebClient
from sqlalchemy import Engine as Database

from bot import words
from bot.blocks import Block, actions, button, context, divider, header, section
from bot.card_buttons import value
from bot.card_lines import changes
from bot.in_short import publish
from bot.inquiry import Inquiry
from bot.mrkdwn import person, plain, when
from bot.pace import unhurried
from lanes.core.run import Run
from lanes.core.values import Person
from lanes.engine import Engine
from storage import views
from storage.writer import Writer
from tools.contract import NotYet

log = structlog.get_logger("home")
_MINE = 15  # decisions shown; the rest is counted
_LAST = 8  # ended runs shown
_KEPT_FRESH = timedelta(hours=8)  # a shift: who opened Home within it sees it change by itself


@dataclass
class Homes:
    """Publishes App Home for those who open it, and again when something changes."""

    client: WebClient
    engine: Engine
    inquiry: Inquiry
    database: Database
    writer: Writer
    _shown: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def opened(self, user: str) -> None:
        """Somebody opened Home."""
        self.writer.write(partial(views.seen, user=user, now=self.engine.clock()))
        with self._lock:
            self._shown.pop(user, None)
        self.publish(user)

    def refresh(self) -> float | None:
        """Something changed: publish again for those who looked lately; in how many seconds the rest, where Slack
        grants no more for now. A failure is logged, not passed on.
        """
        try:
            with self.database.connect() as connection:
                users = views.visitors(connection, self.engine.clock() - _KEPT_FRESH)
        except Exception as error:  # noqa: BLE001 - what called for it is done already and must not be done again for this
            log.warning("homes_not_refreshed", error=repr(error))
            return None
        for user in users:
            try:
                with unhurried():
                    self.publish(user)
            except NotYet as early:
                return early.retry_after
            except Exception as error:  # noqa: BLE001 - likewise
                log.warning("home_not_published", user=user, error=repr(error))
        return None

    def publish(self, user: str) -> None:
        """Draw Home for one person, and send it if it differs from what they have."""
        view = self.view(Person(user=user, team=self.engine.team))
        with self._lock:
            if self._shown.get(user) == str(view):
                return
            self._shown[user] = str(view)
        try:
            publish(self.client, user, view)
        except Exception:
            with self._lock:
                self._shown.pop(user, None)
            raise

    def view(self, by: Person) -> dict[str, Any]:
        """The view itself; whoever may not use lanes reads nothing of them."""
        barred = self.inquiry.people.may_start(by)
        if barred:
            return {"type": "home", "blocks": [section(words.barred(barred))]}
        mine = list(self.inquiry.mine(by))
        blocks = [header(f"Waiting for you: {len(mine)}" if mine else "Nothing waits for you")]
        for run in mine[:_MINE]:
            blocks += self._item(run)
        if len(mine) > _MINE:
            blocks.append(context(f"and {len(mine) - _MINE} more: `/lane inbox`"))
        blocks += [header("Lanes"), *self._lanes(), divider(), header("Last outcomes"), *self._last()]
        return {"type": "home", "blocks": blocks[:100]}

    def _item(self, run: Run) -> list[Block]:
        action = run.waiting[0]
        until = f"until {when(action.until, '{date_short_pretty} {time}')}" if action.until else ""
        buttons = [button("details", "Details", value(run, action))]
        url = self.inquiry.notifier.permalink(run.card) if run.card else ""
        if url:
            buttons.insert(0, {**button("open", "Open the card", [], "primary"), "url": url})
        return [
            section(f"*{plain(action.draft.preview.sentence)}*{changes(action.draft)}"),
            context(
                f"{plain(run.lane)} · {plain(run.started.subject)} · asked by {person(run.started.by.user)} · {until}"
            ),
            actions(f"{run.id}/home", *buttons),
            divider(),
        ]

    def _lanes(self) -> list[Block]:
        out = []
        for name, ready in self.engine.lanes.items():
            regime = self.engine.regime(name)
            stopped = " · 🛑 *stopped*" if regime.stopped else ""
            waiting = len(self.inquiry.library.waiting(name))
            out.append(section(
                f"*{name}* · `{regime.mode}`{stopped} · {waiting} waiting\n{plain(ready.page.purpose)}\n"
                f"`/lane {ready.page.command} {ready.page.subject.example}` · owner {person(ready.page.owner.person)}"
            ))  # fmt: skip
        return out

    def _last(self) -> list[Block]:
        ended = [row for row in self.inquiry.library.latest(_LAST * 3) if row.finished][:_LAST]
        lines = [
            f"{words.OUTCOME_SIGN.get(row.outcome, '⚠️')} *{plain(row.subject)}* · {row.lane} · "
            f"{words.OUTCOME.get(row.outcome, row.outcome)} · {when(row.finished, '{date_short_pretty} {time}')}"
            for row in ended
        ]
        return [section("\n".join(lines) or "No run has ended yet. Start one with `/lane help`.")]
