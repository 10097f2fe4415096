"""The state of one project: branches, computes, snapshots, operations, clock and storage."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TypeVar

from neon_sandbox.clock import Clock
from neon_sandbox.errors import ApiError
from neon_sandbox.model import rules
from neon_sandbox.model.entities import (
    Branch,
    Database,
    Endpoint,
    EndpointOptions,
    EndpointType,
    EphemeralCompute,
    Operation,
    Project,
    Role,
    Snapshot,
)
from neon_sandbox.model.operation_queue import OperationQueue
from neon_sandbox.storage import Job, Storage
from neon_sandbox.storage.protocol import Catalog, CatalogRole

T = TypeVar("T")
DEFAULT_OPTIONS = EndpointOptions()


def find(found: Mapping[str, T], key: str, what: str) -> T:
    """Return the entity with an id or a name; raise a 404 without one."""
    if key not in found:
        raise rules.not_found(what)
    return found[key]


def _catalog(branch: Branch) -> Catalog:
    """Return the roles and databases that the model has of a branch."""
    return Catalog(
        {one.name: CatalogRole(one.password, one.login) for one in branch.roles.values()},
        {one.name: one.owner for one in branch.databases.values()},
    )


def check_name(name: str) -> None:
    """Raise `ApiError` if the name of a branch or a snapshot is too short or too long."""
    if not 1 <= len(name) <= 256:
        raise rules.bad_request("a name has 1 to 256 characters")


class State:
    """A project, its branches and computes, and the operations on them.

    Nothing runs in the background: `tick` brings the state up to date with the clock, and every
    request calls it first. ``operation_durations`` holds the minimum duration of each action.
    """

    def __init__(
        self,
        project: Project,
        clock: Clock,
        storage: Storage,
        *,
        operation_durations: Mapping[str, timedelta] = rules.OPERATION_DURATIONS,
        ephemeral_idle_timeout: timedelta = timedelta(seconds=30),
        child_restores: bool = False,
    ) -> None:
        self.project = project
        self.clock = clock
        self.storage = storage
        self.operation_durations = operation_durations
        self.ephemeral_idle_timeout = ephemeral_idle_timeout
        # [rule: roots-only] if false, [rule: child-own-history] if true.
        self.child_restores = child_restores
        self.branches: dict[str, Branch] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.operations: dict[str, Operation] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.snapshots_due_after = clock.now()
        self.ephemeral: dict[str, tuple[EphemeralCompute, OperationQueue]] = {}
        self.ephemeral_stopping: list[OperationQueue] = []
        self._queue = OperationQueue(operation_durations)
        self._counts: Counter[str] = Counter()

    def now(self) -> datetime:
        """Return the model's current instant, in UTC."""
        return self.clock.now()

    def tick(self) -> None:
        """Bring the operations up to date with the clock."""
        self._queue.advance(self.now())

    def idle_at(self) -> datetime | None:
        """Return when all operations end if no job is late, or ``None`` if none is unfinished."""
        self.tick()
        return self._queue.ends_at()

    def branch(self, branch_id: str) -> Branch:
        """Return a branch as SQL has left it; raise a 404 for another id. [rule: unknown-branch]"""
        return self.refreshed(find(self.branches, branch_id, "branch"))

    def refreshed(self, branch: Branch) -> Branch:
        """Take over the roles and databases that SQL has changed on a branch; return the branch.

        [rule: sql-roles-and-databases]
        """
        # What the API has created may not be in Postgres yet.
        if self._queue.busy:
            return branch
        known = {role.name: role.password for role in branch.roles.values()}
        catalog = self.storage.catalog(branch.id, known)
        if catalog is None or catalog == _catalog(branch):
            return branch
        # By the last commit, so that what it dropped is not there at the head.
        head = self.storage.locate(branch.id, None)
        now = head.time if head else self.now()
        for name, there in catalog.roles.items():
            role = branch.roles.get(name) or Role(name, there.password, now, now, there.login)
            if (role.password, role.login) != (there.password, there.login):
                role = replace(role, password=there.password, login=there.login, updated_at=now)
            branch.roles[name] = role
        for name, owner in catalog.owners.items():
            database = branch.databases.get(name)
            if database is None:
                database = Database(self.count("database"), name, owner, now, now)
            elif database.owner != owner:
                branch.former_databases += ((database, now),)
                database = replace(database, owner=owner, updated_at=now)
            branch.databases[name] = database
        for role_gone in branch.roles.keys() - catalog.roles.keys():
            branch.former_roles += ((branch.roles.pop(role_gone), now),)
        for database_gone in branch.databases.keys() - catalog.owners.keys():
            branch.former_databases += ((branch.databases.pop(database_gone), now),)
        return branch

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """Return a snapshot; raise `ApiError` with 404 for an unknown or expired one."""
        self.tick()
        return find(self.snapshots, snapshot_id, "snapshot")

    def default_branch(self) -> Branch:
        """Return the project's default branch."""
        return self.refreshed(next(one for one in self.branches.values() if one.default))

    def children(self, branch: Branch) -> list[Branch]:
        """Return the child branches of a branch."""
        return [other for other in self.branches.values() if other.parent_id == branch.id]

    def endpoints_of(self, branch: Branch) -> list[Endpoint]:
        """Return the compute endpoints of a branch, oldest first."""
        return [other for other in self.endpoints.values() if other.branch_id == branch.id]

    def newest_operations(self) -> list[Operation]:
        """Return all operations, newest first."""
        # The sort is stable: of two operations created at one instant, the later comes first.
        return sorted(self.operations.values(), key=attrgetter("created_at"))[::-1]

    def require_idle(self) -> None:
        """Raise `ApiError` with 423 while operations are unfinished."""
        self.tick()
        if self._queue.busy:
            raise ApiError(
                423,
                "project already has running conflicting operations, "
                "scheduling of new ones is prohibited",
            )

    def require_free_name(self, name: str) -> None:
        """Raise `ApiError` for a branch name that is invalid, or taken, which has 409."""
        check_name(name)
        if any(branch.name == name for branch in self.branches.values()):
            raise rules.name_taken(name)

    def require_room(self, *, root: bool, protected: bool = False) -> None:
        """Raise `ApiError` if the plan allows no more branches, or root or protected branches."""
        plan = self.project.plan
        if len(self.branches) >= plan.branches:
            raise rules.too_many_branches()
        if root and sum(branch.is_root for branch in self.branches.values()) >= plan.root_branches:
            raise rules.too_many_root_branches()
        if protected:
            self.require_protection()

    def require_protection(self) -> None:
        """Raise `ApiError` if the plan allows no more protected branches."""
        protected = sum(branch.protected for branch in self.branches.values())
        if protected >= self.project.plan.protected_branches:
            raise rules.too_many_protected_branches()

    def next_id(self, prefix: str, label: str = "sandbox") -> str:
        """Return the next id of a kind, numbered in order and visibly not one of Neon's."""
        return f"{prefix}-shop-{label}-{self.count(prefix):08d}"

    def count(self, kind: str) -> int:
        """Return the next number of a kind, starting at 1."""
        self._counts[kind] += 1
        return self._counts[kind]

    def add_endpoint(
        self,
        branch: Branch,
        kind: EndpointType,
        label: str = "sandbox",
        options: EndpointOptions = DEFAULT_OPTIONS,
    ) -> Endpoint:
        """Add a compute to a branch. It is active once its start has finished, unless disabled."""
        endpoint_id = self.next_id("ep", label)
        now = self.now()
        host = self.storage.open_endpoint(endpoint_id, branch.id)
        endpoint = Endpoint(endpoint_id, branch.id, host, kind, now, now, options=options)
        if options.disabled:
            endpoint.current_state, endpoint.pending_state = "idle", None
        self.endpoints[endpoint_id] = endpoint
        return endpoint

    def schedule(
        self,
        branch: Branch,
        steps: Iterable[tuple[str, bool]],
        *,
        job: Job | None,
        then: Callable[[datetime], None] = lambda _: None,
        endpoint: Endpoint | None = None,
        first: Iterable[Operation] = (),
    ) -> list[Operation]:
        """Schedule steps; call ``then`` with the instant at which the last operation finished.

        Operations in ``first``, which are recorded already, run before them.

        A step for each compute is one for ``endpoint`` only, if it is given. Otherwise disabled
        computes have none. [rule: disabled-stays-idle]
        """
        now = self.now()
        enabled = [one for one in self.endpoints_of(branch) if not one.options.disabled]
        computes = [endpoint] if endpoint else enabled
        known = branch.id in self.branches
        operations = [*first, *(self.unarchive(branch) if known else ())]
        operations += [
            self.record_operation(action, branch.id, endpoint_id, now)
            for action, per_endpoint in steps
            for endpoint_id in ([one.id for one in computes] if per_endpoint else [None])
        ]
        self._queue.schedule(operations, now, job, then)
        return operations

    def unarchive(self, branch: Branch) -> list[Operation]:
        """Make an archived branch ready; return the operation, which the caller schedules.

        [rule: unarchived] [rule: archived-operations]
        """
        if branch.current_state != "archived":
            return []
        now = self.now()
        branch.current_state, branch.state_changed_at = "ready", now
        return [self.record_operation(rules.UNARCHIVE_OPERATION, branch.id, None, now)]

    def record_operation(
        self, action: str, branch_id: str, endpoint_id: str | None, at: datetime
    ) -> Operation:
        """Add an operation to the project's list of operations."""
        operation_id = f"00000000-0000-4000-8000-{self.count('operation'):012d}"
        operation = Operation(operation_id, action, branch_id, endpoint_id, at, at)
        self.operations[operation.id] = operation
        return operation
