"""Restores that differ in the data that they could lose."""

from __future__ import annotations

from dataclasses import dataclass

from tests.client.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION

EARLIER = "2026-11-20T14:00:00Z"


@dataclass(frozen=True)
class RestoreCase:
    """A restore: its branch, source and point in time, and whether it keeps a backup branch.

    With ``earlier``, a first restore of production leaves the backup branch ``before``.
    """

    words: str
    branch: str = "production"
    source: str | None = None
    timestamp: str | None = None
    by_lsn: bool = False
    keeps: bool = True
    rollback: bool = False
    earlier: bool = False

    @property
    def post(self) -> int:
        """The index of the exchange that sends the restore when there is no fault, from 0."""
        return 2 if self.timestamp else 1


RESTORE_CASES = (
    RestoreCase("own history at a time", timestamp=BEFORE_DELETE),
    RestoreCase("own history at an LSN", by_lsn=True),
    RestoreCase("another branch at its head", source="development"),
    RestoreCase("another root at a time", source="before", timestamp=BEFORE_DELETE, earlier=True),
    RestoreCase("a child from its parent", branch="development", source="production"),
    RestoreCase("a rollback", source="before", rollback=True, earlier=True),
    RestoreCase("keeping nothing", branch="development", source="production", keeps=False),
)


def branch_id(task: RestoreCase) -> str:
    """Return the id of the branch that a task restores."""
    return {"production": PRODUCTION, "development": DEVELOPMENT}[task.branch]
