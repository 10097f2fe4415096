"""Progress events that a call emits while it runs."""

import logging
from datetime import timedelta
from typing import ClassVar

import msgspec

from neon_restore._models.api import Branch, Operation
from neon_restore._models.restores import PendingRestore, Restored
from neon_restore._models.text import duration


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A progress event of a call; `str()` describes it in a sentence.

    Attributes:
        after: The time since the call began.
    """

    level: ClassVar[int] = logging.INFO
    after: timedelta


class Retrying(Progress, frozen=True, kw_only=True):
    """A request got no response, or Neon was busy: the client retries after a pause.

    Attributes:
        reason: Why the request is retried.
        pause: The length of the pause.
    """

    reason: str
    pause: timedelta

    def __str__(self) -> str:
        return f"{self.reason} Trying again in {duration(self.pause)}."


class AnswerLost(Progress, frozen=True, kw_only=True):
    """The response to a restore was lost: the client polls for its backup branch.

    Attributes:
        reason: How the response was lost.
        backup_name: The backup branch whose presence shows that the restore was carried out.
    """

    level: ClassVar[int] = logging.WARNING
    reason: str
    backup_name: str

    def __str__(self) -> str:
        return f"{self.reason} Looking for the backup branch {self.backup_name}."


class Resending(Progress, frozen=True, kw_only=True):
    """A restore whose response was lost was not carried out, and is sent again.

    Attributes:
        branch: The branch to restore.
    """

    level: ClassVar[int] = logging.WARNING
    branch: Branch

    def __str__(self) -> str:
        return f"{self.branch.name} was not restored: sending the restore again."


class Checking(Progress, frozen=True, kw_only=True):
    """A check in `verify` starts.

    Attributes:
        check: The name of the check.
        database: The database that it checks.
        where: Before the restore, the source branch, as `the past of` it if there is a point
            in time; after the restore, the restored branch.
    """

    check: str
    database: str
    where: str

    def __str__(self) -> str:
        return f"Checking {self.database} of {self.where}: {self.check}."


class Accepted(Progress, frozen=True, kw_only=True):
    """Neon has accepted the restore.

    Attributes:
        pending: The restore, to be passed to `wait` or `resume`.
    """

    pending: PendingRestore

    def __str__(self) -> str:
        return f"Neon accepted the restore of {self.pending.destination.name}."


class OperationProgress(Progress, frozen=True, kw_only=True):
    """The client polled an operation of a request.

    Attributes:
        operation: The operation.
        number: Its number among the operations of the request, from 1.
        of: The number of operations.
    """

    level: ClassVar[int] = logging.DEBUG
    operation: Operation
    number: int
    of: int

    def __str__(self) -> str:
        return (
            f"Operation {self.number} of {self.of}, {self.operation.action}: "
            f"{self.operation.status}."
        )


class Finished(Progress, frozen=True, kw_only=True):
    """The restore has finished.

    Attributes:
        restored: The restore.
    """

    restored: Restored

    def __str__(self) -> str:
        return f"The restore of {self.restored.destination.name} has finished."


class ProtectionChanged(Progress, frozen=True, kw_only=True):
    """The protection of a branch was removed, or set again.

    Attributes:
        branch: The branch.
        protected: Whether the branch is protected now.
    """

    level: ClassVar[int] = logging.WARNING
    branch: Branch
    protected: bool

    def __str__(self) -> str:
        return f"{self.branch.name} is {'protected again' if self.protected else 'unprotected'}."
