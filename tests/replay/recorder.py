"""Makes the suites that ship: each scene is run by the offline rules against the sandboxes, and what was asked and
answered is written down as a case. Read what it writes before you keep it.

    .venv/bin/python tests/replay/recorder.py [LANE …]
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.settings import Settings
from bot.wires import open_wires
from lanes.agent import Agent
from lanes.core import commands as c
from lanes.core.page import Mode
from lanes.core.replace import replace
from lanes.core.run import Action
from lanes.core.states import State
from lanes.core.values import Lease, Person
from lanes.editing import Editing
from lanes.engine import Engine
from lanes.executor import Executor
from lanes.library import Library
from lanes.loading import load_lanes
from lanes.models.offline import OfflineModel
from lanes.ready import ReadyLane
from lanes.replay.cases import written
from lanes.replay.keeping import keep
from lanes.replay.stage import TEAM, empty_ledger, ledger_of, put_in_mode
from lanes.replay.wires import RecordingWire, once, web
from tools import moment
from tools.contract import Unavailable, WriteTool
from tools.guard import in_memory
from tools.registry import TOOLS
from tools.sandboxes import seed
from tools.sandboxes import server as sandboxes

AT = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)  # a Thursday
SYSTEMS = ("zendesk", "stripe", "salesforce", "hubspot", "jira", "datadog")
SLACK = {"theo@northwind.example": "U0SALES", "jordan@example.com": "U0JORDAN"}  # who owns deals, as Slack knows them
World = Mapping[str, Any]  # system → its state


@dataclass(frozen=True)
class Scene:
    """One case to be recorded. `before` changes what the sandboxes hold; `said`: what people say of each draft, in
    their order; whatever is not named is approved.
    """

    lane: str
    case: str
    about: str
    subject: str
    before: Callable[[World], None] = lambda _: None
    faults: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    said: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()  # decision, reason, and its note or the edited fields
    inputs: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    mode: Mode | None = None  # as the page says
    lease: Lease | None = None


def unread(ready: ReadyLane) -> ReadyLane:
    """The lane, with read-backs that are not written down: a replay is told what a write left behind."""

    def past(tool: Any) -> Any:
        def read_back(self: Any, wire: Any, arguments: Any, key: str) -> Any:
            return tool.read_back(getattr(wire, "wire", wire), arguments, key)

        return type(type(tool).__name__, (type(tool),), {"read_back": read_back})()

    tools = {name: past(tool) if isinstance(tool, WriteTool) else tool for name, tool in ready.tools.items()}
    return replace(ready, tools=tools)


def without_suites(catalog: Path) -> dict[str, ReadyLane]:
    """The lanes, whose suites are about to be made."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "catalog"
        shutil.copytree(catalog, copy)
        for page in copy.glob("*.yml"):
            kept = [line for line in page.read_text().splitlines() if not line.startswith("suite:")]
            page.write_text("\n".join(kept))
        return load_lanes(copy, TOOLS)


class Recorder:
    """Sandboxes at one fixed moment, and the wires to them."""

    def __init__(self, urls: Mapping[str, str], empty: Path) -> None:
        os.environ.update(seed.ENVIRONMENT)
        where = {f"{name}_{kind}": url for name, url in urls.items() for kind in ("url", "web_url")}
        self.settings = Settings(_env_file=None, model="offline", **where)
        self.urls, self.empty = urls, empty
        self.lanes = without_suites(self.settings.catalog)

    def record(self, scene: Scene) -> str:
        """The case of one scene, as its file."""
        for url in self.urls.values():
            httpx2.post(f"{url}/_control/reset").raise_for_status()
        states = {name: httpx2.get(f"{url}/_control/state").json() for name, url in self.urls.items()}
        scene.before(states)
        for name, url in self.urls.items():
            httpx2.put(f"{url}/_control/state", json=states[name]).raise_for_status()
        for name, fault in scene.faults:
            httpx2.post(f"{self.urls[name]}/_control/faults", json=fault).raise_for_status()
        with ledger_of(self.empty) as (database, writer), moment.at(AT):
            return self._played(scene, database, writer)

    def _played(self, scene: Scene, database: Any, writer: Any) -> str:
        ready, run = unread(self.lanes[scene.lane]), f"{scene.lane}-{scene.case}"
        wires, kept, now = open_wires(self.settings, {scene.lane: ready}, in_memory), [], [AT]
        engine = Engine(database, writer, {scene.lane: ready}, team=TEAM, model="offline", clock=lambda: now[0])
        reading = {key: RecordingWire(key[1], wire, kept) for key, wire in wires.items()}
        editing = Editing(engine, lambda *key: reading[key], lambda email: SLACK.get(email, ""))
        agent = Agent(engine, OfflineModel(), lambda *key: reading[key], lambda email: SLACK.get(email, ""))
        executor = Executor(engine, lambda *key: wires[key], lambda *_: frozenset())
        writer.write(
            lambda connection: put_in_mode(connection, ready.page, scene.mode or ready.page.mode, scene.lease, AT)
        )
        said = list(scene.said)
        asker = Person(user="U0REP", team=TEAM)
        asked = {"inputs": scene.inputs, "message": scene.message}
        engine.handle(c.StartRun(run, scene.lane, scene.subject, asker, "C0", "d", **asked))
        while not engine.run(run).finished:
            try:
                agent.advance(run)
            except Unavailable:
                now[0] += timedelta(seconds=15)
                continue
            while opened := [a for a in engine.run(run).actions.values() if a.state in {State.HELD, State.CLEARED}]:
                self._decided(engine, run, editing, opened[0], said.pop(0) if said else ("approve", "", {}))
                executor.execute(run, opened[0].id, opened[0].version)
        for wire in wires.values():
            wire.close()
        events = Library(database).events(run)
        sys.stdout.write(f"{run}: {events[-1].outcome}: {events[-1].summary}\n")
        emails = {email: user for email, user in SLACK.items() if email in str(kept)}
        text = written(keep(events, ready, scene.case, scene.about, wire=once(kept), people=emails, lease=scene.lease))
        for name, url in self.urls.items():
            text = text.replace(url, web(name))
        return text

    def _decided(self, engine: Engine, run: str, editing: Editing, action: Action, said: Any) -> None:
        decision, reason, more = said
        for n in range(5):
            now = engine.run(run).actions[action.id]
            if now.state is not State.HELD or now.version != action.version:
                return
            written_anew = {**action.draft.arguments, **more}
            revision = editing.revise(engine.run(run), now, written_anew) if decision == "edit" else None
            voice = c.Voice(Person(user=f"U0LEAD{action.version}{n}", team=TEAM), c.Standing.MEMBER, stage=now.stage)
            engine.handle(c.Decide(
                run=run, action=action.id, version=action.version, digest=action.draft.digest, voice=voice,
                surface="card", delivery=f"{action.id}.{action.version}.{n}", decision=decision, reason=reason,
                note=more.get("note", ""), revision=revision,
            ))  # fmt: skip


def main(wanted: list[str]) -> None:
    from scenes import SCENES  # noqa: PLC0415

    apps = {name: sandboxes.create(name, clock=lambda: AT) for name in SYSTEMS}
    with sandboxes.serve(apps) as serving, empty_ledger() as empty:
        recorder = Recorder(serving.urls, empty)
        for scene in SCENES:
            if wanted and scene.lane not in wanted:
                continue
            folder = recorder.settings.catalog.parent / "suites" / scene.lane
            folder.mkdir(parents=True, exist_ok=True)
            text = recorder.record(scene)
            (folder / f"{scene.case}.yml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.modules["recorder"] = sys.modules["__main__"]
    main(sys.argv[1:])
