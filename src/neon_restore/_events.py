"""What a call tells while it is at work."""

import logging
from datetime import timedelta
from typing import ClassVar

import msgspec

from neon_restore._models.api import Branch, Operation
from neon_restore._models.restores import PendingRestore, Restored
from neon_restore._models.text import duration


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a call tells while it is at work; `str()` says it in a sentence.

    Attributes:
        after: How long after the call began.

    """

    level: ClassVar[int] = logging.INFO
    after: timedelta


class Retrying(Progress, frozen=True, kw_only=True):
    """A request was not answered, or Neon was busy: it is sent again after a pause.

    Attributes:
        reason: Why.
        pause: How long the pause is.

    """

    reason: str
    pause: timedelta

    def __str__(self) -> str:
        return f"{self.reason} Trying again in {duration(self.pause)}."


class AnswerLost(Progress, frozen=True, kw_only=True):
    """The answer to a restore was lost: the branches are watched for its backup.

    Attributes:
        reason: How it was lost.
        backup_name: The backup branch that shows that the restore was carried out.

    """

    level: ClassVar[int] = logging.WARNING
    reason: str
    backup_name: str

    def __str__(self) -> str:
        return f"{self.reason} Looking for the backup branch {self.backup_name}."


class Resending(Progress, frozen=True, kw_only=True):
    """A restore whose answer was lost was not carried out, and is sent again.

    Attributes:
        branch: The branch that is to be restored.

    """

    level: ClassVar[int] = logging.WARNING
    branch: Branch

    def __str__(self) -> str:
        return f"{self.branch.name} was not restored: sending the restore again."


class Checking(Progress, frozen=True, kw_only=True):
    """A check of the caller's own is made.

    Attributes:
        check: Its name.
        database: The database that it looks at.
        where: `the past` before the restore, the branch's name after it.

    """

    check: str
    database: str
    where: str

    def __str__(self) -> str:
        return f"Checking {self.database} of {self.where}: {self.check}."


class Accepted(Progress, frozen=True, kw_only=True):
    """Neon has accepted the restore.

    Attributes:
        pending: The restore, to be handed to `wait` or `resume`.

    """

    pending: PendingRestore

    def __str__(self) -> str:
        return f"Neon accepted the restore of {self.pending.destination.name}."


class OperationProgress(Progress, frozen=True, kw_only=True):
    """Neon is at work on one of the operations of a request.

    Attributes:
        operation: The operation.
        number: Which of them it is, from 1.
        of: How many there are.

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
    """The protection of a branch was taken off, or put back.

    Attributes:
        branch: The branch.
        protected: Whether it is protected now.

    """

    level: ClassVar[int] = logging.WARNING
    branch: Branch
    protected: bool

    def __str__(self) -> str:
        return f"{self.branch.name} is {'protected again' if self.protected else 'unprotected'}."
