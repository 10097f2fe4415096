"""The errors that a call can raise.

NeonRestoreError
├── ConfigurationError         key, project or address missing or unsafe
├── Refused                    the request would break a rule and was not sent
│   ├── WrongType              an argument has another type; also a TypeError
│   ├── InvalidPoint           no point, two points, naive, malformed or future
│   │   └── OutsideHistoryWindow
│   ├── UnknownName            no such branch, database, backup or snapshot; lists close names
│   ├── NotARootBranch         a point in time or a snapshot needs a root branch
│   ├── BranchProtected        the destination is a protected branch
│   ├── BackupNameRefused      the backup's name is taken, missing or too long
│   └── PlanOutdated           the project changed after the plan was made
├── NeonError                  Neon returned an error status
│   ├── NotAuthorized          401, 403
│   ├── NotFound               404
│   ├── Locked                 423 until the deadline
│   ├── RateLimited            429 until the deadline
│   └── Unavailable            503 until the deadline, and other 5xx
├── NoAnswer                   no connection, or no response to an idempotent request
│   ├── TimedOut               no connection or response in time; also a TimeoutError
│   └── DeadlinePassed         no time was left to send or retry; also a TimeoutError
├── UnexpectedAnswer           a response is not in the form that Neon documents
├── OutcomeUnknown             a request that changes something was sent; its response was lost
├── CheckFailed                a check in `verify` failed, before or after the restore
├── LeftUnprotected            a branch could not be protected again
├── OverwrittenSince           finished, and the branch was restored or reset again since
├── OverwroteAnother           finished, and overwrote a restore that was made since its check
├── OperationFailed            accepted, and one of its operations failed
└── StillRunning               accepted; the deadline passed first; also a TimeoutError
"""

import copyreg
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neon_restore._models.api import Operation
from neon_restore._models.points import HistoryWindow
from neon_restore._models.restores import PendingRestore, Restored
from neon_restore._models.text import printable

NOTHING = "nothing."


class NeonRestoreError(Exception):
    """The base class of the errors of this library.

    `str()` says what happened, what was and was not changed, and what to do, on separate lines.

    Attributes:
        changed: What was and was not changed when the error was raised.
        advice: What to do now.
        status: The HTTP status, if Neon responded.
        neon_message: The message in Neon's response, if it had one.
        request_id: Neon's id of the request, for its support.
        pending: The restore that Neon had accepted, or may have accepted, before the error:
            pass it to `wait`.
        restored: The restore that had finished before the error, if any: pass it to `rollback`.
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
        # By default, unpickling calls the class with `args`, which lack the advice. The state
        # includes `args`, because `TimeoutError.__new__` does not set them.
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
    """The API key, the project or the address is missing, malformed or unsafe to use."""


class Refused(NeonRestoreError):
    """The request would break a rule and was not sent."""


class WrongType(Refused, TypeError):
    """An argument has a type that the method does not take."""


class InvalidPoint(Refused):
    """The point in time is missing, given twice, naive, malformed or in the future."""


class OutsideHistoryWindow(InvalidPoint):
    """The point in time is before the history window.

    Attributes:
        window: The history window when the point was checked.
    """

    window: HistoryWindow | None = None


class UnknownName(Refused):
    """No branch, database, backup or snapshot has this name or id.

    Attributes:
        close: Similar names that exist, the most similar first.
    """

    close: tuple[str, ...] = ()


class NotARootBranch(Refused):
    """A restore to a point in time requires root branches as source and as destination.

    A snapshot and a snapshot schedule require a root branch too.
    """


class BranchProtected(Refused):
    """The destination is a protected branch."""


class BackupNameRefused(Refused):
    """The name for the backup branch is taken, empty, too long, or missing although required."""


class PlanOutdated(Refused):
    """The project changed after the plan was made, or after the restore was checked."""


class NeonError(NeonRestoreError):
    """Neon returned an error status."""


class NotAuthorized(NeonError):
    """401 or 403: the API key is wrong, or lacks the permission."""


class NotFound(NeonError):
    """404: no such project, branch, database or role."""


class Locked(NeonError):
    """423 until the deadline: other operations kept running in the project."""


class RateLimited(NeonError):
    """429 until the deadline: too many requests."""


class Unavailable(NeonError):
    """503 until the deadline, or another 5xx in response to an idempotent request."""


class NoAnswer(NeonRestoreError):
    """Neon could not be reached, or did not respond to an idempotent request."""


class TimedOut(NoAnswer, TimeoutError):
    """Neon was not reached, or did not respond to an idempotent request, in time."""


class DeadlinePassed(NoAnswer, TimeoutError):
    """The deadline left no time to send a request, to retry it, or to see its effect."""


class UnexpectedAnswer(NeonRestoreError):
    """A response is not in the form that Neon documents."""


class OutcomeUnknown(NeonRestoreError):
    """A request that changes something was sent and its response was lost.

    Neon may have carried it out, once at most. If `pending` is set, `wait(error.pending)` and
    `resume` look for the restore.
    """


class CheckFailed(NeonRestoreError):
    """A check in `verify` failed.

    Attributes:
        check: The name of the check.
        database: The database that it checked.

    If `restored` is None, the check failed before the restore, which was not sent.
    """

    check: str
    database: str


class LeftUnprotected(NeonRestoreError):
    """A branch that was unprotected for a restore could not be protected again."""


class OverwrittenSince(NeonRestoreError):
    """The restore has finished, and the branch was restored or reset again since."""


class OverwroteAnother(NeonRestoreError):
    """The restore has finished, and overwrote another one that came right before it.

    The branch holds what was asked for. `rollback(error.restored)` puts the other state back.
    """


class OperationFailed(NeonRestoreError):
    """Neon accepted the request, and one of its operations failed.

    Attributes:
        operation: The failed operation, with Neon's message in its `error`.
    """

    operation: Operation


class StillRunning(NeonRestoreError, TimeoutError):
    """The deadline passed while Neon's operations were still running; they continue."""


@contextmanager
def explain(
    kind: type[NeonRestoreError] = NeonRestoreError, *, changed: str = "", advice: str = ""
) -> Iterator[None]:
    """Say in errors of a block what was changed, or what to do now."""
    try:
        yield
    except kind as error:
        error.changed = changed or error.changed
        error.advice = advice or error.advice
        raise


TRANSIENT = (NoAnswer, Unavailable, Locked, RateLimited, StillRunning)
