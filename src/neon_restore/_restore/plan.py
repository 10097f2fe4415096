"""Validates restores and makes plans."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from msgspec.structs import asdict

from neon_restore._branches.connection import at_point, choose, connect
from neon_restore._branches.history import check_point, read_window, resolve_point
from neon_restore._branches.lookup import children, find_branch
from neon_restore._errors import NeonRestoreError, NotFound, Refused
from neon_restore._http import endpoints
from neon_restore._http.connection_string import ConnectionString
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow, Invoke
from neon_restore._models.api import Branch, Database, Project
from neon_restore._models.backups import AnyBranch, generate_backup_name, parse_backup_name
from neon_restore._models.points import RequestedPoint
from neon_restore._models.restores import ROOT_LIMITS, RestorePlan, ValidatedRestore
from neon_restore._models.rows import TableRows
from neon_restore._restore.request import RestoreRequest
from neon_restore._restore.rules import check_backup_name, check_branches, check_unchanged

CompareRows: TypeAlias = Callable[
    [Sequence[tuple[ConnectionString, ConnectionString]]], tuple[TableRows, ...]
]
"""Compares databases: a connection to each now, and to the state that the restore brings."""


def validate(ctx: CallContext, request: RestoreRequest) -> Flow[ValidatedRestore]:
    """Look up all names, and check the restore against Neon's rules.

    Only read requests are sent.
    """
    project = yield from read_window(ctx, request.point)
    # Last, so that as little as possible happens between this and the restore.
    branches = yield from endpoints.list_branches(ctx)
    intent = _validate(ctx, request, project, branches)
    for branch in intent.resetting:
        yield from _check_not_at_work(ctx, branch)
    return intent


def _check_not_at_work(ctx: CallContext, branch: Branch) -> Flow[None]:
    """Check that a branch in the state `resetting` is only left in it, by a restore that failed."""
    operations = yield from endpoints.list_operations(ctx)
    own = [each for each in operations if each.branch_id == branch.id]
    has_failed = any(each.failed for each in own)
    if not has_failed or not all(each.failed or each.finished for each in own):
        raise Refused(
            f"{branch.name} is being restored or reset by another request.",
            advice=f"Wait until that has ended: resume({branch.name!r}) waits for a restore. Then "
            "look at the data before you restore.",
        )


def _validate(
    ctx: CallContext, request: RestoreRequest, project: Project | None, branches: Sequence[Branch]
) -> ValidatedRestore:
    if request.plan:
        since = f"the plan for {request.plan.destination.name} was made"
        check_unchanged(request.plan, branches, since)
    destination, source = _find_branches(branches, request)
    check_branches(request, destination, source)
    point = check_point(ctx, request.point, project, source)
    now = ctx.server_now()
    moving = children(branches, destination)
    taken = {branch.name for branch in branches}
    name = request.backup_name
    if name is None and not request.discard:
        name = generate_backup_name(destination.name, ctx.server_stamp(), taken)
    check_backup_name(
        name, taken, from_own_history=source.id == destination.id, has_children=bool(moving)
    )
    return ValidatedRestore(
        where=ctx.where,
        project_id=ctx.project_id,
        destination=destination,
        source=source,
        point=point,
        backup_name=name,
        children=moving,
        planned_at=now.replace(microsecond=0),
        unprotect=destination.protected or request.protect,
        allow_child_branch=request.allow_child_branch,
    )


def plan(
    ctx: CallContext, request: RestoreRequest, compare: CompareRows | None
) -> Flow[RestorePlan]:
    """Validate the restore, and read what it would replace."""
    project = yield from endpoints.get_project(ctx)
    branches = yield from endpoints.list_branches(ctx)
    intent = _validate(ctx, request, project, branches)
    databases = yield from endpoints.list_databases(ctx, intent.destination.id)
    theirs = databases
    if not intent.from_own_history:
        theirs = yield from endpoints.list_databases(ctx, intent.source.id)
    branch_endpoints = yield from endpoints.list_endpoints(ctx, intent.destination.id)
    changes: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for name in (database.name for database in databases):
        try:
            diff = yield from endpoints.compare_schema(
                ctx, intent.source.id, intent.destination.id, name, intent.point, retry=False
            )
        except NeonRestoreError as error:
            # In an incident, a plan without a schema comparison is better than none.
            unknown[name] = error.neon_message or str(error.args[0])
        else:
            changes |= {name: diff} if diff else {}
    rows: tuple[TableRows, ...] = ()
    if compare is not None:
        rows = yield from _compare_rows(ctx, intent, databases, theirs, compare)
    # The databases of a past state are not known: some may have been created or dropped since.
    now = {database.name for database in databases}
    then = {database.name for database in theirs} if intent.point is None else now
    return RestorePlan(
        **asdict(intent),
        branches=len(branches),
        branches_limit=project.owner.branches_limit,
        root_branches=sum(branch.is_root for branch in branches),
        root_branches_limit=ROOT_LIMITS.get(project.owner.subscription_type.partition("_")[0], 0),
        databases=databases,
        endpoints=branch_endpoints,
        schema_changes=changes,
        schema_unknown=unknown,
        rows=rows,
        databases_lost=tuple(sorted(now - then)),
        databases_back=tuple(sorted(then - now)),
    )


def schema_diff(
    ctx: CallContext,
    branch: AnyBranch,
    asked: RequestedPoint,
    source: AnyBranch | None,
    database: str,
) -> Flow[str]:
    """Compare the schema of a database with the one that a restore would bring back."""
    branches = yield from endpoints.list_branches(ctx)
    destination = find_branch(branches, branch)
    taken = destination if source is None else find_branch(branches, source)
    point = yield from resolve_point(ctx, asked, taken)
    ids = taken.id, destination.id
    return (yield from endpoints.compare_schema(ctx, *ids, database, point, retry=True))


def _compare_rows(
    ctx: CallContext,
    intent: ValidatedRestore,
    databases: Sequence[Database],
    theirs: Sequence[Database],
    compare: CompareRows,
) -> Flow[tuple[TableRows, ...]]:
    """Compare the rows of all databases; say of which ones that was not possible."""
    pairs, found = [], []
    for database in databases:
        try:
            now = then = yield from connect(ctx, intent.destination, database)
            if not intent.from_own_history:
                there = choose(theirs, intent.source.name, database.name)
                then = yield from connect(ctx, intent.source, there)
        except NeonRestoreError as error:
            why = error.neon_message or str(error.args[0])
            why += f". {error.advice}" if isinstance(error, NotFound) else ""
            found.append(TableRows(database=database.name, reason=why))
        else:
            pairs.append((now, at_point(then, intent.source, intent.point)))
    try:
        found += yield Invoke(partial(compare, pairs))
    except Exception as fault:
        # The text of an error that the comparison did not expect may show a password.
        why = type(fault).__name__
        found += [TableRows(database=now.database, reason=why) for now, _ in pairs]
    return tuple(found)


def _find_branches(branches: Sequence[Branch], request: RestoreRequest) -> tuple[Branch, Branch]:
    if request.destination is not None:
        destination = find_branch(branches, request.destination)
        if request.source is None:
            return destination, destination
        return destination, find_branch(branches, request.source)
    source = find_branch(branches, request.source or "")
    backup = parse_backup_name(source.name)
    if backup is None:
        raise Refused(
            f"The name {source.name!r} does not say which branch it is a backup of.",
            advice="Name the branch to roll back with branch=...",
        )
    return find_branch(branches, backup[0]), source
