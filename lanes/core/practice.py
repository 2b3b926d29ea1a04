"""Practice drafts: wrong on purpose, announced beforehand, told at once, and never carried out.

A lane whose page asks for `canaries` puts one among its cards now and then, so that it is known whether approvers look.

1. Nothing clears one. A yes is refused and counts as missed; a no, or an edit of what is wrong, counts as found;
   silence, taking it over, and asking about it count as neither. Whatever it was, they are told right away.
2. It claims no change, counts in no cap, is no precedent and no case, and its key begins with `PRACTICE` of
   `tools/contract.py`, at which the executor stops, and behind it the wire.
3. Its card is like any other. So the person that asked for the run it was made of is shown as who asked; in the ledger
   a practice run is asked for by nobody.
"""

from lanes.core import commands as c
from lanes.core import events as e
from lanes.core.events import RunEvent
from lanes.core.facts import Facts
from lanes.core.run import Action, Run
from lanes.core.values import Person
from lanes.core.ways_in import source_of, unasked

VIA = "canary"  # how such a run came in
ENDED = "practice"  # its outcome, and why its draft stands no more
REVEALED = "PRACTICE"  # the code of a refusal
SEEMS = f"{VIA}:"  # begins the source of a practice run; what follows is the id of who seems to have asked


def shown_as(by: Person) -> Person:
    """Who stands where a practice run's requester would: nobody, shown as `by`."""
    return unasked(f"{SEEMS}{by.user}", by.team)


def seems_asked_by(run: Run) -> Person:
    """Whose request a run is, or seems to be: nobody approves what seems to be their own."""
    by = run.started.by
    source = source_of(by.user)
    return Person(user=source.removeprefix(SEEMS), team=by.team) if source.startswith(SEEMS) else by


def decided(action: Action, command: c.OnDraft, wish: str, facts: Facts) -> tuple[RunEvent, ...]:
    """Somebody who may decide has: the end of the practice, with what it was counted as."""
    found: bool | None = None
    if wish in {"approve", "break_glass"}:
        found = False
    elif wish in {"reject", "edit"}:
        found = True
    where = {"at": facts.now, "action": action.id, "version": action.version}
    if found and isinstance(command, c.Decide):
        said: RunEvent = e.DecisionRecorded(
            **where, decision=command.decision, by=command.by, on_behalf=command.voice.on_behalf,
            stage=command.voice.stage, reason=command.reason, note=command.note, surface=command.surface,
            standing=command.voice.standing, delivery=command.delivery,
        )  # fmt: skip
    else:
        said = e.DecisionRefused(
            **where, decision=wish, by=command.by, code=REVEALED, surface=command.surface, channel=command.channel,
            delivery=command.delivery,
        )  # fmt: skip
    return (said, *ended(action, facts, found=found, by=command.by))


def ended(action: Action, facts: Facts, *, found: bool | None, by: Person | None = None) -> tuple[RunEvent, ...]:
    """What was held is told for what it is, and the run is over: the agent has no part in it."""
    where = {"at": facts.now, "action": action.id, "version": action.version}
    over: RunEvent = e.ActionSuperseded(**where, reason=ENDED, detail="it was a practice draft, wrong on purpose")
    if by is None:
        over = e.ActionExpired(**where)
    return (e.PracticeEnded(**where, found=found, by=by), over, e.RunFinished(at=facts.now, outcome=ENDED))


def mended(run: Run, command: c.Decide) -> bool:
    """Does an edit change what is wrong? Whatever else it changes, the flaw would go out with it."""
    practice, revision = run.started.practice, command.revision
    if practice is None or revision is None:
        return False
    before = run.actions[command.action].draft.arguments
    return any(_at(before, path) != _at(revision.proposal.arguments, path) for path in practice.fields)


def _at(arguments: object, path: str) -> object:
    for step in path.split("."):
        if isinstance(arguments, dict):
            arguments = arguments.get(step)
        elif isinstance(arguments, list | tuple) and step.isdecimal() and int(step) < len(arguments):
            arguments = arguments[int(step)]
        else:
            return None
    return arguments
