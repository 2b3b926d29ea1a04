"""Sandboxes in which people act at any time, and readings of what they did."""

from datetime import UTC, datetime, timedelta

import httpx2
from bench import Bench

from tools.registry import truth
from tools.sandboxes import seed

SYSTEMS = ("zendesk", "stripe", "salesforce", "hubspot", "jira")
LATER = timedelta(minutes=5)  # after which every source tells what was done


class Clock:
    """The sandboxes' clock: this machine's, and as much ahead of it as a test says."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Field(Bench):
    """A bench whose people act. `began` is some hours ago: there the acts begin, and every reading."""

    def __init__(self, serving, clock) -> None:
        super().__init__(serving.urls, httpx2.Client(trust_env=False))
        self.clock = clock
        self.clock.ahead = timedelta()
        self.began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)

    def close(self) -> None:
        super().close()
        self.http.close()

    def act(self, system, *acts, apart=timedelta(seconds=1)):
        """People do this one after the other; what they made."""
        timed = [{"at": (self.began + n * apart).isoformat(), **act} for n, act in enumerate(acts, 1)]
        answer = self.http.post(f"{self.urls[system]}/_control/person", json=timed)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def harvester(self, system):
        return self.wire(system, seed.HARVESTERS[system])

    def pages(self, source, *, since=None, cursor=None, ours=frozenset(), wire=None):
        """Every page of a reading, each asked for with the cursor of the one before."""
        source = truth(source) if isinstance(source, str) else source
        wire = wire or self.harvester(source.system)
        found = []
        while not found or cursor is not None:
            assert len(found) < 400, "a reading that does not end"
            found.append(source.read(wire, since or self.began, cursor, ours=ours))
            cursor = found[-1].cursor
        return found

    def deeds(self, source, **more):
        """Those since the people began to act: what the sandbox was seeded with is left out."""
        return [one for page in self.pages(source, **more) for one in page.deeds if one.at >= self.began]

    def reactions(self, source, **more):
        return [one for page in self.pages(source, **more) for one in page.reactions if one.at >= self.began]

    def seeds(self, source):
        """The ids of what is told before anybody acts."""
        return {one.id for page in self.pages(source) for one in page.deeds}
