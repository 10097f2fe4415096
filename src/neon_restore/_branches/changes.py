"""Creates and deletes branches, and adds and removes their computes."""

from functools import partial

from neon_restore._branches.history import resolve_point
from neon_restore._branches.lookup import children, find_branch
from neon_restore._branches.settle import settle
from neon_restore._errors import BranchProtected, Refused, StillRunning, explain
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.endpoints import READ_WRITE
from neon_restore._http.flow import Flow, Sleep
from neon_restore._http.operations import find_operations, wait_for_operations
from neon_restore._models import api
from neon_restore._models.api import Branch, Endpoint
from neon_restore._models.backups import AnyBranch
from neon_restore._models.points import RequestedPoint

READY_POLL = 1.0


def create_branch(
    ctx: CallContext, name: str, source: AnyBranch | None, asked: RequestedPoint, compute: bool
) -> Flow[Branch]:
    """Create a branch, and wait until it is ready.

    Names are unique in a project, so after a lost response the name shows the branch.
    """
    if not name:
        raise Refused("A branch needs a name.", advice="Give a name that no branch has.")
    branches = yield from endpoints.list_branches(ctx)
    if any(branch.name == name for branch in branches):
        raise Refused(
            f"There is a branch named {name!r} already.",
            advice="Give another name, or delete that branch first.",
        )
    default = next((branch.id for branch in branches if branch.default), "")
    parent = find_branch(branches, default if source is None else source)
    point = yield from resolve_point(ctx, asked, parent)
    since = ctx.server_now()

    def look() -> Flow[api.BranchOperations | None]:
        for branch in (yield from endpoints.list_branches(ctx)):
            if branch.name == name and branch.parent_id == parent.id:
                operations = yield from find_operations(ctx, {branch.id}, since)
                return api.BranchOperations(operations, branch)
        return None

    send = partial(endpoints.create_branch, ctx, name, parent.id, point, compute)
    unlost = f"There is a branch named {name} now, which was not there before."
    answer = yield from settle(ctx, send, look, f"a branch named {name} is there", unlost)
    yield from wait_for_operations(ctx, answer.operations)
    with explain(changed=f"the branch {name} was created."):
        return (yield from _ready(ctx, answer.branch.id))


def delete_branch(ctx: CallContext, branch: AnyBranch) -> Flow[Branch]:
    """Delete a branch, wait, and return it as it was."""
    branches = yield from endpoints.list_branches(ctx)
    found = find_branch(branches, branch)
    _require_expendable(found)
    if below := children(branches, found):
        raise Refused(
            f"{found.name} has children: {', '.join(child.name for child in below)}.",
            advice="Delete the children first: Neon deletes no branch that has children.",
        )
    since = ctx.server_now()

    def look() -> Flow[api.OperationsAnswer | None]:
        for other in (yield from endpoints.list_branches(ctx)):
            if other.id == found.id and other.pending_state != "storage_deleted":
                return None
        return api.OperationsAnswer((yield from find_operations(ctx, {found.id}, since)))

    send = partial(endpoints.delete_branch, ctx, found.id)
    answer = yield from settle(ctx, send, look, f"{found.name} ({found.id}) is gone")
    yield from wait_for_operations(ctx, answer.operations if answer else ())
    return found


def add_compute(ctx: CallContext, branch: AnyBranch) -> Flow[Endpoint]:
    """Add a read-write compute to a branch, and wait until it has started."""
    found = find_branch((yield from endpoints.list_branches(ctx)), branch)
    if present := (yield from _find_compute(ctx, found, READ_WRITE)):
        raise Refused(
            f"{found.name} has a read-write compute already: {present.id}.",
            advice="Connect to that one: connection_string returns its address.",
        )
    since = ctx.server_now()

    def look() -> Flow[api.EndpointOperations | None]:
        if made := (yield from _find_compute(ctx, found, READ_WRITE)):
            return api.EndpointOperations(
                (yield from find_operations(ctx, {found.id}, since)), made
            )
        return None

    send = partial(endpoints.create_endpoint, ctx, found.id)
    answer = yield from settle(ctx, send, look, f"{found.name} has a compute")
    yield from wait_for_operations(ctx, answer.operations)
    return answer.endpoint


def remove_compute(ctx: CallContext, compute: Endpoint | AnyBranch) -> Flow[Endpoint]:
    """Remove a compute, or the read-write compute of a branch, wait, and return it."""
    branches = yield from endpoints.list_branches(ctx)
    if isinstance(compute, Endpoint):
        branch, key = find_branch(branches, compute.branch_id), compute.id
    else:
        branch, key = find_branch(branches, compute), READ_WRITE
    _require_expendable(branch)
    found = yield from _find_compute(ctx, branch, key)
    if found is None:
        raise Refused(
            f"{branch.name} has no such compute: {key}.", advice="There is nothing to remove."
        )
    since = ctx.server_now()

    def look() -> Flow[api.OperationsAnswer | None]:
        if (yield from _find_compute(ctx, branch, found.id)):
            return None
        return api.OperationsAnswer((yield from find_operations(ctx, {branch.id}, since)))

    send = partial(endpoints.delete_endpoint, ctx, found.id)
    answer = yield from settle(ctx, send, look, f"the compute {found.id} is gone")
    yield from wait_for_operations(ctx, answer.operations if answer else ())
    return found


def _require_expendable(branch: Branch) -> None:
    """Check that a branch, or its compute with its address, may go."""
    if branch.default:
        raise Refused(
            f"{branch.name} is the project's default branch: neither it nor its compute is "
            "removed.",
            advice="If you mean it, make another branch the default in the Neon Console first.",
        )
    if branch.protected:
        raise BranchProtected(
            f"{branch.name} is protected: neither it nor its compute is removed.",
            advice="If you mean it, remove its protection in the Neon Console first.",
        )


def _find_compute(ctx: CallContext, branch: Branch, id_or_type: str) -> Flow[Endpoint | None]:
    found = yield from endpoints.list_endpoints(ctx, branch.id)
    return next((one for one in found if id_or_type in (one.id, one.type)), None)


def _ready(ctx: CallContext, branch_id: str) -> Flow[Branch]:
    """Poll a branch until it is ready, and return it."""
    while True:
        branch = yield from endpoints.get_branch(ctx, branch_id)
        if branch.current_state == "ready" and not branch.pending_state:
            return branch
        if ctx.remaining() <= 0:
            raise StillRunning(
                f"{branch.name} was still {branch.current_state} after {ctx.timeout:g} s.",
                advice="Look at the project's operations: Neon goes on by itself.",
            )
        yield Sleep(READY_POLL)
