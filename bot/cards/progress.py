"""What the person who asked sees: one message where they asked, and one in its thread, updated as work goes on."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import words
from bot.cards.doubts import before
from bot.cards.lines import state
from bot.slack.blocks import Block, actions, button, sections
from bot.slack.mrkdwn import DAY, clamp, link, person, plain, quoted, when
from bot.words import ways_in as ways
from bot.words.edit import edited_by
from bot.words.moved import where
from lanes.core.page import Lane
from lanes.core.run import Run
from lanes.core.states import State


@dataclass(frozen=True)
class Progress:
    """`root` is the message where it was asked for, `thread` the one below it; `cancel`: what ends the run."""

    root: str
    thread: str
    cancel: Block | None = None

    def blocks(self, text: str) -> list[Block]:
        """A text with the button below it, as long as there is something to cancel."""
        return [*sections(text), self.cancel] if self.cancel else []


def progress(run: Run, lane: Lane) -> Progress:
    """Both texts, from the state."""
    started = run.started
    root = f"{person(started.by.user)} asked *{plain(run.lane)}* about *{plain(started.subject)}* — {now(run, lane)}"
    if run.silent:
        return Progress(root, "In shadow mode the lane drafts in silence: no card will appear and nothing is written.")
    lines = [*_steps(run), *_drafts(run, lane)]
    if run.finished:
        lines.append(_ending(run, lane))
    elif run.at_rest:
        lines.append("⏳ working …")
    if run.cancelled and not run.finished:
        lines.append(ways.ends_first(run.cancelled.by.user))
    cancel = actions(f"{run.id}/cancel", button("cancel", "Cancel", {"r": run.id}))
    still = run.finished is None and run.cancelled is None
    thread = clamp("\n".join(lines) or "⏳ reading …", 3900)
    return Progress(clamp(root, 2900), thread, cancel if still else None)


def now(run: Run, lane: Lane) -> str:
    """How far a run is, in a few words."""
    if run.cancelled and run.finished and run.finished.outcome == "cancelled":
        return f"cancelled by {person(run.cancelled.by.user)}"
    if run.finished:
        given = run.finished.answer if run.finished.outcome == "succeeded" else None
        return _answer(given) if given else words.OUTCOME.get(run.finished.outcome, run.finished.outcome)
    if run.waiting:
        until = min((a.until for a in run.waiting if a.until), default=None)
        return f"waiting in {where(run, lane)}" + (f" until {when(until, DAY)}" if until else "")
    return "working"


def _steps(run: Run) -> list[str]:
    out = []
    for answer in run.answers.values():
        label = words.STEP.get(answer.tool, plain(answer.tool))
        first, *others = answer.evidence or (None,)
        seen = f": {link(first.url, first.label) if first.url else plain(first.label)}" if first else ""
        seen += f" and {len(others)} more" if others else ""
        out.append(f"✓ {label}{seen}" if answer.ok else f"⚠️ {label}: {plain(answer.code.replace('_', ' ').lower())}")
    return out


def _drafts(run: Run, lane: Lane) -> list[str]:
    out = []
    for action in run.actions.values():
        said = state(action)
        if action.state is State.HELD:
            said = f"waiting in {where(run, lane)}"
        if action.state is State.BLOCKED and action.ruling:
            said += f": {words.reasons(action.ruling.reasons)}"
            said += "".join(f" · {line}" for line in before(action.draft))
        if action.state is State.REJECTED:
            who = f" by {person(action.decided[-1].by.user)}" if action.decided else ""
            note = f" — “{plain(action.message)}”" if action.message else ""
            said += f"{who}: {plain(lane.rejections.get(action.code, action.code))}{note}"
        if action.draft.edit:
            said = f"{edited_by(action.draft.edit)} — {said}"
        out.append(f"{words.SIGN.get(action.state, '✎')} {plain(action.draft.preview.sentence)} — {said}")
    return out


def _answer(answer: Mapping[str, str]) -> str:
    """What a lane that only reads has found, in one line."""
    chosen = {name: value.replace("_", " ") for name, value in answer.items() if name != "summary"}
    return " · ".join(f"{plain(name)} *{plain(value)}*" for name, value in chosen.items())


def _ending(run: Run, lane: Lane) -> str:
    assert run.finished is not None
    ended = run.finished
    found = ended.answer if ended.outcome == "succeeded" else None
    said = words.OUTCOME.get(ended.outcome, ended.outcome).capitalize()
    lines = ["", _answer(found) if found else f"*{said}*"]
    if run.cancelled:
        lines[-1] += f" by {person(run.cancelled.by.user)}" if ended.outcome == "cancelled" else ""
    summary = (ended.answer or {}).get("summary") or ended.summary
    if summary:
        lines.append(quoted(summary))
    told = ended.outcome in {"blocked", "rejected"}  # on the line of the draft
    lines += [] if told else [plain(reason) for reason in words.because(ended.outcome, ended.reasons, lane.rejections)]
    lines.append(f"_run {run.id} · {words.money(run.cost)} · {plain(run.started.model)}_")
    return "\n".join(lines)
