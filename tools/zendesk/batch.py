"""Changing several tickets at once.

Zendesk takes a batch and works it off later ("Update Many Tickets", "Job Statuses"): the answer names a job, which is
asked until it has ended. Each ticket succeeds or fails by itself. What counts in the end is what the tickets are, so
that is read, and a batch that reached only some of them is refused by name: it is no success.
"""

import time
from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from tools.contract import (
    Change,
    Frozen,
    Internal,
    Preview,
    Refused,
    Retry,
    Risk,
    Routes,
    Stake,
    Target,
    ToolError,
    Unavailable,
    Undo,
    Wire,
    WriteTool,
)
from tools.wire import understand
from tools.zendesk.answers import JobAnswer, JobFound, JobsPage, TicketAnswer, TicketsFound, number, pages
from tools.zendesk.fields import BEFORE_IT_CLOSES, Settable, TagChange, in_words, settable
from tools.zendesk.reads import TicketId

MOST = 25  # tickets at once: as many as a person reads on a card; Zendesk takes 100
PATIENCE = 3.0  # seconds for a job to end while somebody waits; a small batch takes one or two
PAUSE = 0.2  # seconds between two looks at a job


class UpdateTicketsArguments(TagChange):
    tickets: Annotated[Routes[Internal[tuple[TicketId, ...]]], Field(min_length=1, max_length=MOST)]
    status: Internal[Settable] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.status is None and not self.add and not self.remove:
            raise ValueError("give a status, or tags to add or to remove")
        if len(set(self.tickets)) < len(self.tickets):
            raise ValueError("name each ticket once")
        return self

    def done(self, ticket: TicketAnswer) -> bool:
        return self.status in {None, ticket.status} and self.made(ticket.tags)


class BatchDone(Frozen):
    changed: Internal[list[str]]
    unchanged: Internal[list[str]]
    state: Internal[Literal["done", "working", "partly"]]


class UpdateTickets(WriteTool[UpdateTicketsArguments, BatchDone]):
    name = "zendesk.update_tickets"
    summary = "Set the status of several Zendesk tickets at once, add tags to them, remove tags from them."
    arguments = UpdateTicketsArguments
    result = BatchDone
    scopes: ClassVar = frozenset({"zendesk:tickets.read", "zendesk:tickets.bulk"})
    example: ClassVar = {"tickets": ["ZD-4830", "ZD-4836"], "add": ["outage_follow_up"]}
    retry = Retry.NATURAL_KEY
    risk = Risk.MEDIUM
    noun = "tickets"
    undo_within = BEFORE_IT_CLOSES
    settles_within = timedelta(minutes=10)  # a batch waits behind the account's other jobs

    def look(self, wire: Wire, arguments: UpdateTicketsArguments) -> Target:
        found = _tickets(wire, arguments, self)
        users = {user.id: user for user in found.users}
        by_name = {f"ZD-{one.id}": one for one in found.tickets}
        if lost := [name for name in arguments.tickets if name not in by_name]:
            raise Refused("NOT_FOUND", f"Zendesk has no {_listed(lost)}")
        if closed := [name for name, one in by_name.items() if one.status == "closed"]:
            raise Refused("CLOSED", f"{_listed(closed)} cannot be changed any more; leave out what is closed")
        if all(arguments.done(one) for one in found.tickets):
            raise Refused("NO_CHANGE", "All of these tickets are that way already")
        named = {*arguments.add, *arguments.remove}
        askers = {one.requester_id for one in found.tickets}
        asker = users.get(askers.pop()) if len(askers) == 1 else None
        pinned: dict[str, str] = {}
        seen: dict[str, str] = {"customer": (asker.email or str(asker.id)) if asker else ""}
        for name, one in by_name.items():
            pinned[name] = " ".join(["open" if one.status == "new" else one.status, *sorted(named & {*one.tags})])
            seen |= {f"{name} status": one.status, f"{name} tags": " ".join(sorted(one.tags))}
        return Target(ref=f"zendesk.tickets {' '.join(arguments.tickets)}", url=wire.web, pinned=pinned, seen=seen)

    def preview(self, arguments: UpdateTicketsArguments, target: Target) -> Preview:
        changes: list[Change] = []
        for name in arguments.tickets:
            status, tags = str(target.seen[f"{name} status"]), str(target.seen[f"{name} tags"]).split()
            if arguments.status not in {None, status}:
                changes.append(Change(field=f"{name} status", before=status, after=str(arguments.status)))
            if not arguments.made(tags):
                after = ", ".join(arguments.after(tags))
                changes.append(Change(field=f"{name} tags", before=", ".join(tags), after=after))
        does = ", ".join(part for part in (_status(arguments), in_words(arguments)) if part)
        count = f"{len(arguments.tickets)} {'ticket' if len(arguments.tickets) == 1 else 'tickets'}"
        return Preview(sentence=f"Change {count}: {does}", changes=tuple(changes))

    def stake(self, arguments: UpdateTicketsArguments, target: Target) -> Stake:
        """The customer, where all of the tickets are one customer's."""
        return Stake(customer=str(target.seen["customer"]) or None)

    def needs(self, arguments: UpdateTicketsArguments) -> frozenset[str]:
        fields = {"status": arguments.status is not None, "tags": bool(arguments.add or arguments.remove)}
        wanted = {f"zendesk:tickets.bulk.{field}" for field, asked in fields.items() if asked}
        return self.scopes - {"zendesk:tickets.bulk"} | wanted

    def business_key(self, arguments: UpdateTicketsArguments) -> str:
        tags = f"+{' '.join(sorted(arguments.add))} -{' '.join(sorted(arguments.remove))}"
        return f"tickets {' '.join(sorted(arguments.tickets))} {arguments.status or ''} {tags}"

    def write(self, wire: Wire, arguments: UpdateTicketsArguments, key: str) -> BatchDone:
        """Raises `Refused` PARTLY_DONE or NOT_DONE, with the tickets by name, where the job tells of failures."""
        change: dict[str, object] = {"status": arguments.status} if arguments.status else {}
        change |= {"additional_tags": arguments.add} if arguments.add else {}
        change |= {"remove_tags": arguments.remove} if arguments.remove else {}
        answer = wire.call(
            "PUT",
            "/api/v2/tickets/update_many.json",
            query={"ids": ",".join(map(number, arguments.tickets))},
            json={"ticket": change},
            timeout=self.timeout,
            changes=True,
        )
        job = understand(JobFound, answer, self.name, changes=True).job_status
        try:
            job = self._ended(wire, job)
            done = self._state(wire, arguments, at_work=not job.ended)
        except ToolError:  # it was taken; that it cannot be followed now says nothing against it
            return BatchDone(changed=[], unchanged=list(arguments.tickets), state="working")
        if done.state == "partly" and job.failed:
            raise _failed(done, job)
        return done  # a job without a failure whose tickets are otherwise: `holds` says so, nobody knows why

    def _ended(self, wire: Wire, job: JobAnswer) -> JobAnswer:
        """The job when it has ended, or as it is when patience has."""
        until = time.monotonic() + PATIENCE
        while not job.ended and time.monotonic() < until:
            time.sleep(PAUSE)
            answer = wire.call("GET", f"/api/v2/job_statuses/{job.id}.json", timeout=self.timeout)
            job = understand(JobFound, answer, self.name).job_status
        return job

    def _state(self, wire: Wire, arguments: UpdateTicketsArguments, *, at_work: bool) -> BatchDone:
        changed = {f"ZD-{one.id}" for one in _tickets(wire, arguments, self).tickets if arguments.done(one)}
        unchanged = [name for name in arguments.tickets if name not in changed]
        state: Literal["done", "working", "partly"] = "done" if not unchanged else "working" if at_work else "partly"
        return BatchDone(changed=sorted(changed), unchanged=unchanged, state=state)

    def read_back(self, wire: Wire, arguments: UpdateTicketsArguments, key: str) -> BatchDone | None:
        """A job carries no mark: while any is at work in the account, unchanged tickets may still be changed."""
        until = time.monotonic() + PATIENCE
        while True:
            at_work = self._at_work(wire)  # before the tickets: what ends in between is seen in them
            done = self._state(wire, arguments, at_work=at_work)
            if done.state != "working" or time.monotonic() > until:
                break
            time.sleep(PAUSE)
        if done.changed:
            return done
        if done.state == "working":
            raise Unavailable("STILL_WORKING", "Zendesk is at work on a batch that may be this one", PATIENCE)
        return None

    def _at_work(self, wire: Wire) -> bool:
        listed = pages(wire, "/api/v2/job_statuses.json", JobsPage, self.name, self.timeout)
        return any(not job.ended for page in listed for job in page.job_statuses)

    def holds(self, arguments: UpdateTicketsArguments, result: BatchDone) -> bool:
        return result.state == "done" and {*result.changed} == {*arguments.tickets}

    def pending(self, result: BatchDone) -> bool:
        return result.state == "working"

    def undo(self, arguments: UpdateTicketsArguments, target: Target, result: BatchDone | None) -> Undo | None:
        """One call takes it back only where all of the tickets were alike in what was changed."""
        seen = target.seen
        statuses = {settable(str(seen[f"{name} status"])) for name in arguments.tickets} if arguments.status else {None}
        tags = [set(str(seen[f"{name} tags"]).split()) for name in arguments.tickets]
        touched = {*arguments.add, *arguments.remove}
        if len(statuses) > 1 or any(one & touched != tags[0] & touched for one in tags):
            return None
        back = {"add": sorted({*arguments.remove} & tags[0]), "remove": sorted({*arguments.add} - tags[0])}
        return Undo(tool=self.name, arguments={"tickets": arguments.tickets, "status": statuses.pop(), **back})


def _tickets(wire: Wire, arguments: UpdateTicketsArguments, tool: UpdateTickets) -> TicketsFound:
    """Those that exist: Zendesk leaves the others out."""
    query = {"ids": ",".join(map(number, arguments.tickets)), "include": "users"}
    answer = wire.call("GET", "/api/v2/tickets/show_many.json", query=query, timeout=tool.timeout)
    return understand(TicketsFound, answer, tool.name)


def _failed(done: BatchDone, job: JobAnswer) -> Refused:
    why = {f"ZD-{one.id}": one.details or one.error or "" for one in job.results or () if one.error}
    told = [f"{name} ({why[name]})" if why.get(name) else name for name in done.unchanged]
    if not done.changed:
        return Refused("NOT_DONE", f"Zendesk changed none of the tickets: {_listed(told)}")
    return Refused("PARTLY_DONE", f"Zendesk changed {_listed(done.changed)}, and not {_listed(told)}")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _status(arguments: UpdateTicketsArguments) -> str:
    return f"set to {arguments.status}" if arguments.status else ""
