"""What Bolt calls: acknowledge, at once, and nothing else. The work is owed already (`intake.py`), `desk.py` does it.

The one exception is a modal's own answer, its errors or its next step: Slack takes it only with the acknowledgement of
the submission, so it is found here, by a look at the submitted values and at the draft, which is in memory.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack, App

from bot.cards import moving
from bot.deciding import edits, forms
from bot.slack.intake import intake
from bot.ways_in import forms as start_forms
from lanes.core.page import Lane
from lanes.engine import Engine

OURS = re.compile(r"^lane:")
SHORTCUT = "lane:hand_over"
EVENTS = (
    "app_home_opened", "app_mention", "message.im", "subteam_members_changed", "subteam_updated", "app_uninstalled",
    "tokens_revoked", *moving.TOLD,
)  # fmt: skip


def listen(app: App, engine: Engine) -> None:
    """Put the middleware and every listener in place. `manifest.yml` names the same events and the same command."""
    app.middleware(intake(engine))
    app.command("/lane")(_acknowledge)
    app.action(OURS)(_acknowledge)
    app.shortcut(SHORTCUT)(_acknowledge)
    app.view(OURS)(_submitted(engine))
    for event in EVENTS:
        app.event(event.partition(".")[0])(_acknowledge_event)  # Slack subscribes to message.im and sends message


def _acknowledge(ack: Ack) -> None:
    ack()


def _acknowledge_event() -> None:
    """Bolt has acknowledged the event itself."""


def _submitted(engine: Engine) -> Callable[[Ack, dict[str, Any]], None]:
    """What a submission is answered with: what to mend, the next step, or nothing."""
    lanes = {name: ready.page for name, ready in engine.lanes.items()}

    def submitted(ack: Ack, view: dict[str, Any]) -> None:
        if view["callback_id"] in {start_forms.WHICH, start_forms.START}:
            ack(**_of_start(view, lanes))
        elif errors := forms.errors(view, engine.clock().date()) or edits.errors(engine, view):
            ack(response_action="errors", errors=errors)
        else:
            ack()

    return submitted


def _of_start(view: dict[str, Any], lanes: Mapping[str, Lane]) -> dict[str, Any]:
    start, page = start_forms.chosen(view, lanes)
    if page is None:
        return {}
    if view["callback_id"] == start_forms.WHICH:
        return {"response_action": "update", "view": start_forms.ask(start, page)}
    wrong = start_forms.filled(view, page).wrong
    return {"response_action": "errors", "errors": dict(wrong)} if wrong else {}
