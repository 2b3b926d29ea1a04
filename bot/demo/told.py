"""What the demo knows of the history that was made up for it: kept beside the data, so that later weeks join it."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

WEEKS = 10  # on the first day
SETTLED = timedelta(minutes=30)  # into Monday: by then what people did last week is read and matched
SEED = "Northwind"
TOLD = "history.json"
FILE = "sqlite:///"
GENERATED = "This is generated history of the demo: nobody in it exists, and what it cost is made up."


@dataclass(frozen=True)
class Told:
    """What has to be known to go on with a history: the Monday it begins with, its seed, how many weeks it has."""

    origin: date
    seed: str = SEED
    weeks: int = WEEKS

    def begin(self, index: int) -> datetime:
        return datetime.combine(self.origin, time(), UTC) + timedelta(weeks=index)

    @property
    def known_until(self) -> datetime:
        """When all is known of the week that is made up next: before it is made up, no time after that is told."""
        return self.begin(self.weeks + 1) + SETTLED

    def write(self, folder: Path) -> None:
        said = {"origin": self.origin.isoformat(), "seed": self.seed, "weeks": self.weeks}
        beside = folder / f"{TOLD}.new"
        beside.write_text(json.dumps(said), encoding="utf-8")
        beside.replace(folder / TOLD)

    def after(self, folder: Path) -> "Told":
        """One week more, from now on."""
        longer = replace(self, weeks=self.weeks + 1)
        longer.write(folder)
        return longer

    @classmethod
    def beside(cls, url: str) -> "Told | None":
        """What was made up for the database at this URL; None where nothing was."""
        return cls.read(Path(url.removeprefix(FILE)).parent) if url.startswith(FILE) else None

    @classmethod
    def read(cls, folder: Path) -> "Told | None":
        """None where the data has no history that is made up."""
        try:
            said = json.loads((folder / TOLD).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(date.fromisoformat(said["origin"]), said["seed"], said["weeks"])
