"""Every way in which a call can fail.

NeonRestoreError
├── ConfigurationError         key, project or address missing or unsafe
├── Refused                    a rule would be broken; the request was not sent
│   ├── InvalidPoint           no point, two points, naive, malformed or future
│   │   └── OutsideHistoryWindow
│   ├── UnknownName            no such branch, database or backup; lists the close ones
│   ├── NotARootBranch         a point in time needs root branches
│   ├── BranchProtected        protected branches are not overwritten
│   ├── BackupNameRefused      the backup's name is taken, missing or too long
│   └── PlanOutdated           the project changed after the plan was made
├── NeonError                  Neon answered with an error status
│   ├── NotAuthorized          401, 403
│   ├── NotFound               404
│   ├── Locked                 423 until the deadline
│   ├── RateLimited            429 until the deadline
│   └── Unavailable            503 until the deadline, and other 5xx
├── NoAnswer                   no connection, or no answer to a request that only reads
│   └── DeadlinePassed         no time was left to try again; a TimeoutError too
├── UnexpectedAnswer           an answer that is not in the form that Neon documents
├── OutcomeUnknown             a request that changes things was sent; its answer was lost
├── CheckFailed                a check of the caller's own failed, before the restore or after
├── LeftUnprotected            a branch could not be protected again
├── OverwrittenSince           finished, and somebody restored the branch again since
├── OperationFailed            accepted, and one of its operations failed
└── StillRunning               accepted; the deadline passed sooner; a TimeoutError too
"""

from __future__ import annotations

import copyreg
from typing import TYPE_CHECKING, Any

from neon_restore._models.text import printable

if TYPE_CHECKING:
    from neon_restore._models.api import Operation
    from neon_restore._models.points import HistoryWindow
    from neon_restore._models.restores import PendingRestore, Restored

NOTHING = "nothing."


class NeonRestoreError(Exception):
    """The base of every error that this library raises.

    `str()` says what happened, what was and was not changed, and what to do, a line each.

    Attributes:
        changed: What was, and what was not, changed when the error was raised.
        advice: What to do now.
        status: The HTTP status, where Neon answered.
        neon_message: The message in Neon's answer, where there was one.
        request_id: The id under which Neon knows the request, for its support.
        pending: The restore that Neon had accepted before the error, or may have: hand it to
            `wait`.
        restored: The restore that had finished before the error, if there is one: hand it to
            `rollback`.

    """

    pending: PendingRestore | None = None
    restored: Restored | None = None

    def __init__(
        self,
        what: str,
        *,
        advice: str,
        changed: str = NOTHING,
        status: int | None = None,
        neon_message: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(what)
        self.advice = advice
        self.changed = changed
        self.status = status
        self.neon_message = neon_message
        self.request_id = request_id

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are unpickled by calling the class with `args`, which lack the advice. A
        # TimeoutError takes no `args` that way.
        state = {**self.__dict__, "args": self.args}
        return copyreg.__newobj__, (type(self),), state  # type: ignore[attr-defined]

    def __str__(self) -> str:
        lines = [str(self.args[0])]
        if self.neon_message:
            lines.append(f"Neon says: {self.neon_message}")
        if self.status is not None:
            request = f", request {self.request_id}" if self.request_id else ""
            lines.append(f"Status: {self.status}{request}")
        lines.append(f"Changed: {self.changed}")
        lines.append(f"Do now: {self.advice}")
        return "\n".join(map(printable, lines))


class ConfigurationError(NeonRestoreError):
    """The key, the project or the address is missing, malformed or unsafe to use."""


class Refused(NeonRestoreError):
    """The request would break a rule of Neon's, so it was not sent."""


class InvalidPoint(Refused):
    """The point in time is missing, given twice, naive, malformed or in the future."""


class OutsideHistoryWindow(InvalidPoint):
    """The point lies before the history window.

    Attributes:
        window: The history window as it was when the point was judged.

    """

    window: HistoryWindow | None = None


class UnknownName(Refused):
    """Nothing has this name or id.

    Attributes:
        close: The names that are close to it, the closest first.

    """

    close: tuple[str, ...] = ()


class NotARootBranch(Refused):
    """A restore to a point in time needs a root branch as source and as destination.

    A snapshot and its schedule need one too.
    """


class BranchProtected(Refused):
    """The destination is a protected branch."""


class BackupNameRefused(Refused):
    """The name for the backup branch is taken, missing where Neon needs one, or too long."""


class PlanOutdated(Refused):
    """The project is no longer as the plan describes it."""


class NeonError(NeonRestoreError):
    """Neon answered with an error status."""


class NotAuthorized(NeonError):
    """401 or 403: the key is wrong, or may not do this."""


class NotFound(NeonError):
    """404: no such project, branch, database or role."""


class Locked(NeonError):
    """423 until the deadline: other work kept running in the project."""


class RateLimited(NeonError):
    """429 until the deadline: too many requests."""


class Unavailable(NeonError):
    """503 until the deadline, or another 5xx in answer to a request that only reads."""


class NoAnswer(NeonRestoreError):
    """Neon could not be reached, or did not answer a request that only reads."""


class DeadlinePassed(NoAnswer, TimeoutError):
    """The deadline left no time to send a request, to send it again, or to see what it did."""


class UnexpectedAnswer(NeonRestoreError):
    """An answer that is not in the form that Neon documents."""


class OutcomeUnknown(NeonRestoreError):
    """A request that changes things was sent and its answer was lost.

    It may have been carried out, once at most. Where `pending` is set, `wait(error.pending)`
    and `resume` look for it.
    """


class CheckFailed(NeonRestoreError):
    """A check that was handed in as `verify` failed.

    Attributes:
        check: Its name.
        database: The database that it looked at.

    Where `restored` is None, the check stopped the restore before it was sent.
    """

    check: str
    database: str


class LeftUnprotected(NeonRestoreError):
    """A branch that was unprotected for a restore could not be protected again."""


class OverwrittenSince(NeonRestoreError):
    """The restore has finished, and the branch was restored or reset again since."""


class OperationFailed(NeonRestoreError):
    """Neon accepted the request, and one of its operations did not succeed.

    Attributes:
        operation: The operation that failed, with Neon's own words in its `error`.

    """

    operation: Operation


class StillRunning(NeonRestoreError, TimeoutError):
    """The deadline passed while Neon's operations were still running; they go on."""
