"""When people want to be told and when left alone; and the digests that are due by that."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import partial

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from lanes.core import effects as f
from lanes.core.canonical import canonical
from lanes.core.quiet import Quiet, digest_due, quiet_until
from lanes.engine import Clock
from storage import outbox, preferences
from storage.clock import to_micros
from storage.outbox import Owed
from storage.preferences import Preference
from storage.writer import Writer

TOO_LATE = timedelta(hours=12)  # a digest of this morning is of no use at night; tomorrow's says what still waits

Zone = Callable[[str], tzinfo | None]  # of somebody's clock, by Slack id; None: Slack does not say just now


@dataclass(frozen=True)
class Preferences:
    """Thread-safe."""

    database: Database
    writer: Writer
    clock: Clock
    zone: Zone

    def of(self, person: str) -> Preference | None:
        """What somebody has chosen; None: nothing."""
        with self.database.connect() as connection:
            return preferences.find(connection, person)

    def choose(self, person: str, *, digest_hour: int | None, quiet: Quiet | None) -> Preference:
        """Only people themselves choose for themselves."""
        chosen = Preference(
            person, self.clock(), person, digest_hour, quiet.begin if quiet else None, quiet.end if quiet else None
        )
        self.writer.write(partial(preferences.keep, one=chosen))
        return chosen

    def quiet_until(self, person: str) -> datetime | None:
        """When somebody's quiet hours are over; None: they are not in any, or it is not known."""
        chosen = self.of(person)
        quiet = quiet_of(chosen) if chosen else None
        zone = self.zone(person) if quiet else None
        return quiet_until(quiet, zone, self.clock()) if zone else None

    def owe(self, effect: f.TellAwake | f.TellWaiting) -> None:
        """Have something told later, once, however often this is said."""
        assert effect.due is not None
        name = (
            f"quiet:{effect.queue}:{canonical(effect.model_dump(mode='json', exclude={'due'}))}@{to_micros(effect.due)}"
        )
        owed = Owed(name, canonical(effect.model_dump(mode="json")), effect.due)
        self.writer.write(partial(_owe_once, owed))

    def owe_digests(self) -> int:
        """Owe the digest of everybody whose hour has come: once a person and date of theirs. How many."""
        with self.database.connect() as connection:
            wanted = preferences.with_digest(connection)
        return sum(self._owe_digest(one) for one in wanted)

    def _owe_digest(self, one: Preference) -> bool:
        zone, now = self.zone(one.person), self.clock()
        if zone is None or one.digest_hour is None:
            return False  # asked again in a quarter of an hour
        day, due = digest_due(one.digest_hour, quiet_of(one), zone, now)
        if due <= one.set_at or now - due > TOO_LATE or day.isoformat() <= one.digest_day:
            return False
        return self.writer.write(partial(_owe, one.person, day.isoformat(), now))


def quiet_of(chosen: Preference) -> Quiet | None:
    if chosen.quiet_from is None or chosen.quiet_to is None:
        return None
    return Quiet(chosen.quiet_from, chosen.quiet_to)


def _owe_once(owed: Owed, connection: Connection) -> None:
    if not outbox.owed(connection, owed.id):
        outbox.put(connection, [owed])


def _owe(person: str, day: str, now: datetime, connection: Connection) -> bool:
    """The mark and the work: neither without the other."""
    new = preferences.mark(connection, person, day)
    if new:
        effect = f.TellDigest(user=person, day=day)
        outbox.put(connection, [Owed(f"digest:{person}:{day}", canonical(effect.model_dump(mode="json")), now)])
    return new
