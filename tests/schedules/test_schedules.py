"""Whatever happens on the line, and wherever the process dies: one effect at most, and what is reported is so.

Thousands of schedules, made by hypothesis from a seed of each tool's own, so that a failure comes again. Each is one
approved write, carried out by the real executor against the real sandbox, in one thread and without a socket; time is
turned by hand. Every write tool is tried, as the registry lists them.
"""

from collections import Counter
from dataclasses import dataclass, field
from zlib import crc32

import pytest
import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from one_run import ACTION, RUN, Memory, lanes_of
from vendor import OF_CHANGES, OF_READS, SLOWEST, Clock, Killed, Line, Vendor, by_hand, essence

from lanes.core.states import FINAL, State
from lanes.executor import Executor
from lanes.sending import ABSENT_AFTER
from storage.database import StorageUnusable
from tools.contract import NotYet, Retry, Unavailable, WriteTool
from tools.registry import TOOLS

WRITES = [tool for tool in TOOLS if isinstance(tool, WriteTool)]
SCHEDULES = 2_100  # in all, at the least
EACH = -(-SCHEDULES // len(WRITES))
PERFORMANCES = 400  # of one action: far more than a day's settling takes, at a look each half minute
TRIES = 6  # as the dispatcher's


@dataclass(frozen=True)
class Schedule:
    changes: list[str]
    reads: list[str]
    commits: list[str]
    downs: list[float]  # seconds until a killed process is up again, each time; at last half a second
    late_by: float  # seconds that a late request is under way


downs = st.lists(st.sampled_from((0.5, 20.0, 130.0, 300.0)), max_size=4)
anything = st.builds(
    Schedule,
    changes=st.lists(st.sampled_from(OF_CHANGES), max_size=6),
    reads=st.lists(st.sampled_from(OF_READS), max_size=12),
    commits=st.lists(st.sampled_from(("ok", "ok", "killed", "killed_after", "unstored")), max_size=4),
    downs=downs,
    late_by=st.sampled_from((5.0, 30.0, SLOWEST)),
)
# Where it is easiest to be wrong: the intent is old when the first request leaves, and that one arrives late.
late_and_old = st.builds(
    Schedule,
    changes=st.lists(st.sampled_from(("late", "killed_late", "forbidden", "broken", "killed")), min_size=1, max_size=4),
    reads=st.lists(st.sampled_from(("ok", "ok", "ok", "killed")), max_size=8),
    commits=st.lists(st.sampled_from(("ok", "killed_after", "unstored")), max_size=3),
    downs=downs,
    late_by=st.just(SLOWEST),
)
schedules = anything | late_and_old


@dataclass
class Case:
    """One tool with its sandbox, the run whose write is approved, and what the sandbox holds before and after it."""

    tool: WriteTool
    lanes: dict
    clock: Clock
    line: Line
    approved: object = None
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    met: Counter = field(default_factory=Counter)
    ends: Counter = field(default_factory=Counter)

    def prepare(self):
        vendor = self.line.vendor
        vendor.fresh()
        self.approved = Memory(self.lanes, self.clock).approved(self.tool, self.line)
        self.before = essence(vendor.state())
        draft = self.approved.actions[ACTION].draft
        self.tool.write(self.line, self.tool.arguments.model_validate(draft.arguments), draft.key)
        self.clock.sleep(600)
        self.tool.read_back(self.line, self.tool.arguments.model_validate(draft.arguments), draft.key)
        self.after = essence(vendor.state())
        assert self.before != self.after

    def play(self, schedule):
        """The action at its end, however often the process died on the way there."""
        self.clock.passed = 0.0
        vendor = self.line.vendor
        vendor.fresh(schedule.changes, schedule.reads, schedule.late_by)
        memory = Memory(self.lanes, self.clock, self.approved)
        memory.commits = list(schedule.commits)
        executor, tries, downs = self._start(memory), 0, list(schedule.downs)
        for _ in range(PERFORMANCES):
            action = memory.known.actions[ACTION]
            if action.state in FINAL or action.unsettled:
                break
            perform = executor.settle if action.state is State.UNCERTAIN else executor.execute
            self.clock.sleep(5.0)
            try:
                try:
                    perform(RUN, ACTION, 1)
                except Unavailable as error:
                    tries += not isinstance(error, NotYet)
                    self.clock.sleep(min(error.retry_after or 8.0, 30.0))
                    if tries >= TRIES:
                        executor.give_up(RUN, ACTION, 1, str(error))
                        tries = 0
            except StorageUnusable:
                self.clock.sleep(1.0)
            except Killed:
                self.clock.sleep(downs.pop(0) if downs else 0.5)
                executor, tries = self._start(memory), 0
        assert not executor.left, "it still remembers a request whose outcome is on record"
        self.met.update(vendor.met | {f"{one} commit" for one in memory.met})
        return memory.known.actions[ACTION]

    def _start(self, memory):
        self.line.fresh()
        return Executor(memory, lambda identity, system: self.line, lambda *_: frozenset())


@dataclass
class Everything:
    """What came up over all tools."""

    met: Counter = field(default_factory=Counter)
    ends: Counter = field(default_factory=Counter)
    played: int = 0


@pytest.fixture(scope="module")
def everything():
    return Everything()


@pytest.fixture(scope="module")
def lanes(tmp_path_factory):
    return lanes_of(tmp_path_factory.mktemp("lanes"), WRITES)


@pytest.fixture(scope="module")
def clock():
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        by_hand(patch, clock)
        yield clock


@pytest.fixture(scope="module")
def lines(clock):
    systems = {tool.system for tool in WRITES}
    lines = {system: Line(system, Vendor(system, clock), clock) for system in systems}
    yield lines
    for line in lines.values():
        line.close()


@pytest.fixture(autouse=True)
def _quiet():
    structlog.configure(processors=[lambda *_: (_ for _ in ()).throw(structlog.DropEvent)])
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("tool", WRITES, ids=lambda tool: tool.name)
def test_whatever_happens_there_is_one_effect_at_most_and_the_report_is_true(tool, lanes, clock, lines, everything):
    case = Case(tool, lanes, clock, lines[tool.system])
    case.prepare()
    played = 0

    @seed(crc32(tool.name.encode()))  # for each tool other schedules, and the same ones every time
    @settings(
        max_examples=EACH, database=None, deadline=None, phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(schedules)
    def play(schedule):
        nonlocal played
        played += 1
        action = case.play(schedule)
        case.ends[action.state] += 1
        true_of(case, action)

    play()
    assert played >= EACH
    everything.met.update(case.met)
    everything.ends.update(case.ends)
    everything.played += played


def test_all_of_it_came_up(everything):
    """Every fate of every kind of request, and both ends, over all tools together."""
    assert everything.played >= SCHEDULES
    assert {*OF_CHANGES, *OF_READS, "killed commit", "killed_after commit", "unstored commit"} <= set(everything.met)
    assert {State.DONE, State.FAILED} <= set(everything.ends)


def true_of(case, action):
    """One effect at most; done is there, failed is not, and nothing was sent over what might be under way."""
    vendor, story = case.line.vendor, f"{action.state} {action.code} {action.message}; sent {case.line.vendor.sent}"
    held = essence(vendor.state())
    assert held in (case.before, case.after), f"more than one effect: {story}"
    assert action.state in {State.DONE, State.FAILED, State.SUPERSEDED} or action.unsettled, f"no end: {story}"
    if action.state is State.DONE:
        assert held == case.after, f"reported done, and it is not: {story}"
    if action.state in {State.FAILED, State.SUPERSEDED}:
        assert held == case.before, f"reported {action.state}, and it was done: {story}"
    if case.tool.retry in {Retry.CHECK_FIRST, Retry.UNSAFE}:
        for (at, fate), (again, _) in zip(vendor.sent, vendor.sent[1:], strict=False):
            said_no = fate in {"ok", "busy", "busy_long", "forbidden"}
            assert said_no or again - at >= ABSENT_AFTER.total_seconds(), f"sent over a lost one: {story}"
