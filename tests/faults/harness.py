"""A harness that records the restores of the incident and simulates other callers."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import httpx

from neon_sandbox import Clock, incident
from neon_sandbox.model.rules import OPERATION_DURATIONS
from neon_sandbox.scenario import ROLE, instant
from tests.client.harness import BEFORE_DELETE, PRODUCTION
from tests.faults.evidence import CALL, OTHERS, EventClock, RecordingStorage
from tests.faults.schedule import EARLIER, LATEST, RestoreCase
from tests.harness import UNLIMITED, SandboxHarness

WRITES_EVERY = 2.5
"""Seconds between two commits of the application."""
RETRIES = 10
"""Attempts of another caller while operations run."""
ENDED = frozenset({"finished", "failed", "cancelled"})
"""The statuses of the sandbox's operations that do not change any more."""


class Harness(SandboxHarness):
    """A sandbox that records restores, set up for a task."""

    def __init__(
        self,
        task: RestoreCase,
        *,
        protected: bool = False,
        clock: Clock | None = None,
        operation_durations: Mapping[str, timedelta] = OPERATION_DURATIONS,
    ) -> None:
        self.task = task
        self.storage = RecordingStorage()
        clock = clock or EventClock(instant("14:40:00"))
        super().__init__(
            incident(clock, self.storage, operation_durations=operation_durations, plan=UNLIMITED)
        )
        self.model = self.storage.model = self.sandbox.model
        self.destination = self.sandbox.branch(task.branch).id
        self.deleted: set[str] = set()
        commits = self.storage.commits(PRODUCTION)
        self.good_lsn = next(c.lsn for c in commits[::-1] if c.time.isoformat() < BEFORE_DELETE)
        if task.earlier:
            asked = {"source_branch_id": self.destination, "source_timestamp": BEFORE_DELETE}
            self.restore_for_others(self.destination, asked | {"preserve_under_name": "before"})
            self.run_until_idle()
            self.storage.executed.clear()
        self.protected = self.model.branches[self.destination].protected = protected
        self.before = {key: self.storage.commits(key) for key in self.model.branches}

    @property
    def event_clock(self) -> EventClock:
        """The event clock of the sandbox."""
        assert isinstance(self.sandbox.clock, EventClock)
        return self.sandbox.clock

    def ask(self, method: str, path: str, body: object = None, **query: Any) -> httpx.Response:
        """Send a request to a path below the branches as another caller."""
        self.storage.by = OTHERS
        try:
            return super().ask(method, f"/branches{path}", body, **query)
        finally:
            self.storage.by = CALL

    def restore_for_others(self, branch: str, asked: dict[str, str], tries: int = 1) -> None:
        """Restore a branch as another caller, and retry on 423."""
        answer = self.ask("POST", f"/{branch}/restore", asked)
        if answer.status_code == 423 and tries > 1:
            again = partial(self.restore_for_others, branch, asked, tries - 1)
            self.event_clock.after(2, again)

    def concurrent_restore(self) -> None:
        """Restore the same branch to another state, as another caller."""
        if self.model.branches[self.destination].is_root:
            asked = {"source_branch_id": self.destination, "source_timestamp": EARLIER}
        else:
            asked = {"source_branch_id": self.model.default_branch().id}
        asked["preserve_under_name"] = "theirs"
        self.restore_for_others(self.destination, asked, RETRIES)

    def body(self, name: str | None) -> dict[str, str]:
        """Return the body of the task's restore request."""
        source = self.sandbox.branch(self.task.source or self.task.branch)
        asked = {"source_branch_id": source.id}
        if self.task.timestamp:
            asked["source_timestamp"] = self.task.timestamp
        if self.task.by_lsn:
            asked["source_lsn"] = str(self.good_lsn)
        return asked | ({"preserve_under_name": name} if name and self.task.keeps else {})

    def duplicate_restore(self, name: str | None) -> None:
        """Send the same restore as another caller."""
        if self.task.keeps:
            self.restore_for_others(self.destination, self.body(name), RETRIES)

    def delete(self, what: str, name: str | None) -> None:
        """Delete a branch as another caller, if Neon allows it."""
        names = {"destination": self.task.branch, "source": self.task.source, "backup": name}
        for branch in list(self.model.branches.values()):
            if branch.name == names[what] and self.ask("DELETE", f"/{branch.id}").is_success:
                self.deleted.add(branch.id)

    def cancel_work(self) -> None:
        """Cancel the operations that have not ended."""
        unfinished = self.unfinished()
        self.model._queue._requests.clear()
        for key in unfinished:
            self.model.operations[key].status = "cancelled"

    def unfinished(self) -> frozenset[str]:
        """Return the ids of the operations that have not ended."""
        self.model.tick()
        every = self.model.operations.values()
        return frozenset(one.id for one in every if one.status not in ENDED)

    def at_work(self) -> bool:
        """Return whether Neon is at work on the branch of the task."""
        self.model.tick()
        branch = self.model.branches.get(self.destination)
        return branch is not None and branch.current_state == "resetting"

    def restore_before(self) -> float:
        """Restore the same branch as another caller, and return the seconds until it has ended."""
        self.concurrent_restore()
        end = self.model.idle_at()
        lasts = (end - self.model.now()).total_seconds() if end else 0.0
        self.event_clock.sleep(lasts)
        return lasts

    def write(self) -> None:
        """Commit to the restored branch and its source every `WRITES_EVERY` seconds."""
        for name in dict.fromkeys((self.task.branch, self.task.source or self.task.branch)):
            for branch in self.model.branches.values():
                if branch.name == name and self.model.endpoints_of(branch):
                    now = self.model.now()
                    self.storage.commit(branch.id, "shop", "-- an order", role=ROLE, at=now)
        self.event_clock.after(WRITES_EVERY, self.write)

    def run_out(self) -> None:
        """Wait until late requests have arrived and all operations have ended."""
        self.event_clock.sleep(LATEST + 2 * RETRIES)
        self.run_until_idle()
