"""A bad day: every system storms while many people start runs and approve whatever is put before them.

Time is turned when nothing is left to do, so that waits of minutes take no minutes. Not faster than a replica lags: an
absence that was looked for after two minutes would otherwise be one of a moment ago.
"""

import time
from collections import Counter
from dataclasses import dataclass, field

from case import Case
from crowd import Crowd, Wish
from eyes import fetch
from house import DANA, LENA, RITA, House

from lanes.core.states import State
from tools.sandboxes.faults import STORMY

APPROVERS = {
    "support-refunds": LENA,
    "support-triage": LENA,
    "crm-hygiene": RITA,
    "renewals": RITA,
    "incident-first-look": DANA,
}
LAG = 0.4  # seconds that a stale read may be behind, on the machine's clock
PAUSE = 0.5  # seconds of the machine's clock that a turn of the house's takes: more than `LAG`
TURN = 31.0  # seconds of the house's clock: what is postponed for the longest time comes up
AGAIN = 2.0  # seconds after which a click that came to nothing is done once more


@dataclass
class BadDay:
    """`live` one, then look at `cases`; `met` says what the storm did to each system."""

    house: House
    seed: int
    share: float = 0.2
    kinds: tuple[str, ...] = STORMY
    delay: float = 0.15  # seconds that a request is held up
    cases: list[Case] = field(default_factory=list)
    met: dict[str, Counter] = field(default_factory=dict)
    requests: int = 0
    turned: float = 0.0  # seconds, on the house's clock
    _clicked: dict = field(default_factory=dict)

    def live(self, patience: float, **how_many: int) -> "BadDay":
        """From the first command until nothing moves any more; `how_many` runs of what kind."""
        wishes = self._gather(how_many)
        self._storm()
        try:
            for wish in wishes:
                self.house.type(f"/lane {wish.lane} {wish.subject}", wish.who, wish.channel)
            self._until_evening(len(wishes), patience)
        finally:
            self._calm()
        self.house.quiet()
        return self

    def _gather(self, how_many: dict[str, int]) -> list[Wish]:
        """The wishes of all kinds, in turns."""
        crowd = Crowd(self.house)
        kinds = [getattr(crowd, kind)(count) for kind, count in how_many.items()]
        crowd.move_in()
        longest = max(map(len, kinds))
        return [kind[n] for n in range(longest) for kind in kinds if n < len(kind)]

    def _until_evening(self, wanted: int, patience: float) -> None:
        end = time.monotonic() + patience
        while True:
            self.cases = [Case(self.house, row.run) for row in reversed(self.house.library.latest(10 * wanted))]
            assert time.monotonic() < end, f"the day does not end: {self.story()}"
            if self._approve():
                continue
            if not self.house.rests():
                time.sleep(0.02)
            elif len(self.cases) == wanted and all(map(ended, self.cases)):
                return
            else:
                time.sleep(PAUSE)
                if self.house.rests():
                    self.turned += TURN
                    self.house.later(seconds=TURN)

    def _approve(self) -> int:
        """Approve what hangs there; how many clicks that took."""
        made = 0
        for case in self.cases:
            run = case.run
            for action in run.waiting if run.card else ():
                last = self._clicked.get((run.id, action.id, action.version), 0.0)
                if time.monotonic() - last < AGAIN:
                    continue
                if case.click(APPROVERS[run.lane], "approve", action.id, action.version)["ok"]:
                    self._clicked[run.id, action.id, action.version] = time.monotonic()
                    made += 1
        return made

    def _storm(self) -> None:
        wanted = {"seed": self.seed, "share": self.share, "kinds": self.kinds}
        wanted |= {"delay": self.delay, "lag": LAG, "burst": 2}
        for url in self.house.sandboxes.values():
            fetch(f"{url}/_control/storm", wanted)

    def _calm(self) -> None:
        for system, url in self.house.sandboxes.items():
            told = fetch(f"{url}/_control/storm", method="DELETE")
            self.met[system] = Counter(told["met"])
            self.requests += told["requests"]

    def outcomes(self) -> Counter:
        """How many runs of a lane ended how."""
        return Counter(
            (case.run.lane, case.run.finished.outcome if case.run.finished else "open") for case in self.cases
        )

    def actions(self) -> Counter:
        """How many actions of a tool are in which state, and why where one is said."""
        every = (action for case in self.cases for action in case.run.actions.values())
        return Counter((one.draft.tool, one.state.value, one.code) for one in every)

    def story(self) -> str:
        return f"{dict(self.outcomes())}, {dict(self.actions())}"


def ended(case: Case) -> bool:
    """Nothing of it will move by itself any more."""
    run = case.run
    settled = all(a.state is not State.UNCERTAIN or a.unsettled for a in run.actions.values())
    return run.finished is not None and settled
