"""Runs the checks in `verify` before a restore and after it."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from neon_restore._branches import connection
from neon_restore._errors import NOTHING, CheckFailed, NeonRestoreError, NotFound, Refused
from neon_restore._events import Checking
from neon_restore._http.connection_string import ConnectionString
from neon_restore._http.context import CallContext, exception_chain
from neon_restore._http.flow import Flow, Invoke
from neon_restore._models.points import RequestedPoint
from neon_restore._models.restores import Restored, ValidatedRestore

Check: TypeAlias = Callable[[ConnectionString], object]
Checks: TypeAlias = Mapping[str, Check | Sequence[Check]]
"""For each database, the callables that receive a connection string to it."""


def check_before(ctx: CallContext, intent: ValidatedRestore, checks: Checks) -> Flow[None]:
    """Run the checks on the state that the branch would get."""
    name = intent.destination.name
    where = intent.source.name if intent.point is None else f"the past of {intent.source.name}"
    try:
        yield from _run_checks(ctx, intent.source.id, intent.point, checks, where)
    except CheckFailed as error:
        error.changed = f"{NOTHING} {name} is as it was."
        error.advice = "Find another point, or correct the check."
        raise
    except NotFound as error:
        raise Refused(
            f"{intent.source.name} cannot be connected to, so it cannot be checked before the "
            "restore: it has no compute, or lacks the database or its role.",
            advice=f"Add a compute to {intent.source.name}, or leave verify out.",
        ) from error


def check_after(ctx: CallContext, restored: Restored, checks: Checks) -> Flow[None]:
    """Run the checks on the restored branch."""
    branch = restored.destination
    try:
        yield from _run_checks(ctx, branch.id, None, checks, branch.name)
    except NeonRestoreError as error:
        error.restored = restored
        error.changed = f"the restore of {branch.name} has finished."
        error.advice = "Look at the data. rollback(error.restored) puts the previous state back."
        raise


def _run_checks(
    ctx: CallContext, branch_id: str, point: RequestedPoint, checks: Checks, where: str
) -> Flow[None]:
    for database, given in checks.items():
        uri = yield from connection.connection_string(ctx, branch_id, point, database, None)
        for check in (given,) if callable(given) else given:
            name = getattr(check, "__name__", type(check).__name__)
            ctx.emit(Checking(after=ctx.elapsed(), check=name, database=database, where=where))
            failed: CheckFailed | None = None
            cause: Exception | None = None
            passed: object = None
            try:
                passed = yield Invoke(partial(check, uri))
            except Exception as fault:
                for link in exception_chain(fault):
                    link.args = tuple(uri.redact(a) if isinstance(a, str) else a for a in link.args)
                # In Postgres errors, the lines after the first show the query.
                said = ": ".join([type(fault).__name__, *str(fault).splitlines()[:1]])
                tells = any(
                    uri.redact(text) != text for text in map(_all_of, exception_chain(fault))
                )
                failed = _failed(name, database, where, uri.redact(said))
                cause = None if tells else fault
            if failed:
                # Outside the handler, so that an error that shows the password is not the context.
                raise failed from cause
            if inspect.isawaitable(passed):
                if inspect.iscoroutine(passed):
                    passed.close()
                raise Refused(
                    f"The check {name} is asynchronous.", advice="Use AsyncNeon, which awaits it."
                )
            if passed is False:
                raise _failed(name, database, where, "it returned False")


def _all_of(error: BaseException) -> str:
    return f"{error} {error!r} {vars(error)}"


def _failed(name: str, database: str, where: str, why: str) -> CheckFailed:
    error = CheckFailed(
        f"The check {name} failed on {database} of {where}: {why}.",
        advice="Look at the data, or correct the check.",
    )
    error.check, error.database = name, database
    return error
