"""Brings cases before people, a few at a time, and knows who may not judge them."""

import json
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Engine as Database

from lanes import casebook
from lanes.core import case_commands as cc
from lanes.core import proof_effects as pf
from lanes.core.case_state import CaseState
from lanes.core.decide_case import PATIENCE
from lanes.core.run import Action, Run
from lanes.core.states import State
from lanes.core.values import conducted
from lanes.engine import Engine
from lanes.promotion.audits import Alone, audited, went_alone
from lanes.promotion.watching import BACK
from lanes.proposing import ByEmail
from lanes.shadow.adjudication import OPEN_AT_ONCE, agent_is, handle, wanted
from lanes.shadow.cases import ELSE, Case
from storage import cases, proofs

_SOON, _THEN = frozenset({1, 3}), 7  # days after which people are reminded: soon at first, then every week


@dataclass(frozen=True)
class Looked:
    """A case with what is known of it: the row, the stream, the run that drafted it."""

    case: Case
    state: CaseState
    run: Run | None

    @property
    def action(self) -> Action | None:
        return self.run.actions.get(self.case.action) if self.run else None


@dataclass(frozen=True)
class Adjudicating:
    """Performs `ask_cases` and `draw_audit`. Thread-safe. `by_email` finds people in Slack."""

    engine: Engine
    database: Database
    by_email: ByEmail

    def ask(self, lane: str) -> int:
        """Ask about as many more cases of a lane as may be open at once; how many. What somebody could not tell and
        nobody else has answered is given up first.
        """
        with self.database.connect() as connection:
            old = cases.asked_before(connection, lane, self.engine.clock() - PATIENCE)
        for one in old:
            self.engine.handle_case(cc.GiveUpCase(one))
        with self.database.connect() as connection:
            room = OPEN_AT_ONCE - cases.asked(connection, lane)
            with closing(cases.unasked(connection, lane, self.engine.clock())) as rows:
                chosen = [*islice((one for one in rows if wanted(one.id, one.source, one.outcome)), max(room, 0))]
        for one in chosen:
            about = "audit" if one.source == "audit" else "comparison"
            side = "a" if about == "audit" else agent_is(one.id)
            self.engine.handle_case(cc.AskCase(one.id, lane, about, handle(one.id), side))  # type: ignore[arg-type]
        return len(chosen)

    def owe(self) -> int:
        """Let each lane's cases be brought before people; how many lanes."""
        for lane in self.engine.lanes:
            self.engine.owe(f"ask_cases:{lane}", pf.AskCases(lane=lane))
            self._remind(lane)
        return len(self.engine.lanes)

    def _remind(self, lane: str) -> None:
        """Owe a reminder on the days that are due, counted from the oldest thing that waits."""
        today, proposal = self.engine.clock().date(), self.engine.lane_state(lane).proposal
        _, oldest = self.waiting(lane)
        since = [oldest.state.asked.at] if oldest and oldest.state.asked else []
        since += [proposal.proposed.at] if proposal and not proposal.ended else []
        days = (today - min(since).date()).days if since else 0
        if days in _SOON or (days and days % _THEN == 0):
            name = today.isoformat()
            self.engine.owe(f"remind_lane:{lane}:{name}", pf.RemindLane(lane=lane, period=name))

    def waiting(self, lane: str) -> tuple[int, Looked | None]:
        """How many of a lane's cases wait for somebody who looks at them, and the one that has waited longest."""
        with self.database.connect() as connection:
            asked = cases.asked_before(connection, lane, self.engine.clock())
        return len(asked), self.look(asked[0]) if asked else None

    def draw(self, effect: pf.DrawAudit) -> None:
        """Draw whether somebody looks at an action that went alone."""
        run = self.engine.run(effect.run)
        action = run.actions.get(effect.action) if run else None
        if run is None or action is None or action.state is not State.DONE or not action.alone:
            return
        assert action.finished_at is not None
        one, draft = self._drawn(run, action), action.draft
        self.engine.handle_case(cc.DrawAudit(
            case=f"audit/{run.id}/{action.id}", lane=run.lane, run=run.id, action=action.id, done=action.finished_at,
            configuration=conducted(run.started.configuration, run.started.model), segment=one.segment,
            tool=draft.tool, subject=run.started.subject, arguments=draft.arguments, chance=one.chance,
            drawn=one.drawn,
        ))  # fmt: skip

    def _drawn(self, run: Run, action: Action) -> Alone:
        """The action with its draw, made as the watch over the lane makes it again; what is under no lease any more is
        looked at in any case.
        """
        promotion, state = self.engine.lanes[run.lane].page.promotion, self.engine.lane_state(run.lane)
        assert action.began_at is not None
        if promotion is None or state.leased_at is None:
            return Alone(run, action, ELSE, action.began_at)
        with self.database.connect() as connection:
            rows = proofs.begun(connection, run.lane, state.leased_at - BACK)
        runs = [found for row in rows if (found := self.engine.run(row.run))]
        drawn = audited(went_alone(runs, promotion), state)
        segment = promotion.segment(action.draft.tool, action.draft.arguments)
        mine = f"{run.id}/{action.id}"
        return next((one for one in drawn if one.id == mine), Alone(run, action, segment, action.began_at))

    def called(self, name: str) -> Looked | None:
        """The case that a card calls so."""
        with self.database.connect() as connection:
            case = casebook.find(connection, name)
        return self.look(case) if case else None

    def look(self, case: str) -> Looked | None:
        """A case; None where there is none of that id."""
        with self.database.connect() as connection:
            row, (state, _) = cases.find(connection, case), casebook.load(connection, case)
        if row is None:
            return None
        return Looked(Case.of(row), state, self.engine.run(row.run) if row.run else None)

    def barred(self, looked: Looked) -> tuple[frozenset[str], bool]:
        """Who may not judge a case: who did it by hand, as far as their address is known here, and who asked for the
        run. Beside it, whether Slack did not say.
        """
        with self.database.connect() as connection:
            told = cases.deed(connection, looked.case.fact) if looked.case.fact else None
        asked = {looked.run.started.by.user} if looked.run else set()
        email = str((json.loads(told).get("by") or {}).get("email", "")) if told else ""
        found = self.by_email(email) if email else ""
        return frozenset(asked | ({found} if found else set())), found is None
