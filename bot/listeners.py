"""What Bolt calls: acknowledge, at once, and nothing else. The work is owed already (`intake.py`), `desk.py` does it.

The one exception is a modal's own errors: Slack takes them only as the answer to the submission, so they are found
here, by a look at the submitted values and at the draft, which is in memory.
"""

import re
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App

from bot import edits, forms
from bot.intake import intake
from lanes.engine import Engine

OURS = re.compile(r"^lane:")
EVENTS = ("app_home_opened", "subteam_members_changed", "subteam_updated")


def listen(app: App, engine: Engine) -> None:
    """Put the middleware and every listener in place. `manifest.yml` names the same events and the same command."""
    app.middleware(intake(engine))
    app.command("/lane")(_acknowledge)
    app.action(OURS)(_acknowledge)
    app.view(OURS)(_submitted(engine))
    for event in EVENTS:
        app.event(event)(_acknowledge_event)


def _acknowledge(ack: Ack) -> None:
    ack()


def _acknowledge_event() -> None:
    """Bolt has acknowledged the event itself."""


def _submitted(engine: Engine) -> Callable[[Ack, dict[str, Any]], None]:
    def submitted(ack: Ack, view: dict[str, Any]) -> None:
        errors = forms.errors(view) or edits.errors(engine, view)
        if errors:
            ack(response_action="errors", errors=errors)
        else:
            ack()

    return submitted
