"""Bulk updates: taken at once, worked off ticket by ticket while time passes, told of by a job status.

Job Statuses and "Update Many Tickets" of the Support API reference. What is due is done when somebody next asks.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from tools.sandboxes import seed
from tools.sandboxes.state import State
from tools.sandboxes.tickets import record
from tools.sandboxes.twin import Call, Clock, Said
from tools.sandboxes.zendesk import lists
from tools.sandboxes.zendesk.rules import BULK_FIELDS, CLOSED, asked, check, refusal

EACH = 0.06  # seconds a ticket takes; a batch waits as long before its first one
MOST = 100  # tickets a batch
COLLIDED = "The ticket was being changed at the same moment"
UNDER_WAY = 30  # jobs queued or at work at one time


class Batches:
    """The jobs of one account. `author` tells whose credential a call carries."""

    def __init__(self, state: State, clock: Clock, author: Callable[[Call], int]) -> None:
        self._state = state
        self._clock = clock
        self._author = author

    def start(self, call: Call) -> Said:
        ids = call.query.get("ids", "").split(",")
        if not all(one.isdecimal() for one in ids) or len(ids) > MOST:
            raise refusal(400, "InvalidParameter", f"ids must be 1 to {MOST} ticket ids with commas between them")
        change = asked(call.body, BULK_FIELDS)
        check(change)
        jobs = self._state.data["jobs"]
        if sum(len(job["results"]) < len(job["ids"]) for job in jobs.values()) >= UNDER_WAY:
            raise refusal(429, "TooManyJobs", "Too many jobs are queued or running. Please try again later.")
        name = hashlib.sha256(f"job {len(jobs)}".encode()).hexdigest()[:32]
        began, author = self._clock().timestamp(), self._author(call)
        failing = ids[-1:] if call.in_part else []
        jobs[name] = {
            "ids": ids, "change": change, "author": author, "began": began, "results": [], "failing": failing,
        }  # fmt: skip
        return Said({"job_status": self._told(name)})

    def show(self, call: Call) -> Said:
        name = call.parts["job"]
        if name not in self._state.data["jobs"]:
            raise refusal(404, "RecordNotFound", "Not found")
        return Said({"job_status": self._told(name)})

    def listed(self, call: Call) -> Said:
        """Those that ended last stand first, and before those that have not ended."""
        told = [self._told(name) for name in reversed(self._state.data["jobs"])]
        told.sort(key=lambda job: job["status"] != "completed")
        return Said(lists.by_cursor(call.query, "job_statuses", told))

    def catch_up(self) -> None:
        """Do what is due by now."""
        now = self._clock()
        for job in self._state.data["jobs"].values():
            due = min(int((now.timestamp() - job["began"]) / EACH), len(job["ids"]))
            for index in range(len(job["results"]), due):
                job["results"].append(self._work(index, job, now.strftime(seed.ISO)))

    def _work(self, index: int, job: Any, at: str) -> dict[str, Any]:
        number = int(job["ids"][index])
        entry = self._state.data["tickets"].get(str(number))
        failed = {"index": index, "id": number, "error": "TicketUpdateFailed"}
        if entry is None:
            return {**failed, "error": "TicketNotFound", "details": f"Ticket {number} not found"}
        if entry["ticket"]["status"] == "closed":
            return {**failed, "details": CLOSED}
        if str(number) in job.get("failing", ()):
            return {**failed, "details": COLLIDED}
        record(self._state.data, entry, job["author"], job["change"], at)
        return {"action": "update", "id": number, "status": "Updated", "success": True}

    def _told(self, name: str) -> dict[str, Any]:
        job = self._state.data["jobs"][name]
        done, total = len(job["results"]), len(job["ids"])
        status = "completed" if done == total else "working" if done else "queued"
        return {
            "id": name,
            "job_type": "Bulk Update Ticket",
            "url": f"/api/v2/job_statuses/{name}.json",
            "total": total,
            "progress": done,
            "status": status,
            "message": "Completed" if done == total else None,
            "results": job["results"] if done == total else None,
        }
