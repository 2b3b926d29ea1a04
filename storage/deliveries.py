"""Post from Slack, by its key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Engine

from storage import views
from storage.writer import Writer

KEPT = timedelta(days=7)  # long enough to answer "did my click arrive?", short enough not to hoard


@dataclass(frozen=True)
class Deliveries:
    """Reads what was stored before it was acknowledged."""

    database: Engine
    writer: Writer

    def get(self, delivery: str) -> str | None:
        """The payload as JSON, None when it is gone."""
        with self.database.connect() as connection:
            return views.delivery(connection, delivery)

    def sweep(self, now: datetime) -> int:
        """Forget what is older than it needs to be; how many."""
        return self.writer.write(partial(views.sweep_deliveries, before=now - KEPT))
