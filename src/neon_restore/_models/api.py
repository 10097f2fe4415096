"""Models of Neon's responses, with the fields that this library uses.

Times are aware. Unknown fields are ignored; a missing required field is an error.
"""

from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

Id: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,60}\Z")]
"""An id in the form that Neon documents, checked because it is used in paths."""
Time: TypeAlias = Annotated[datetime, Meta(tz=True)]


class RestrictedAction(msgspec.Struct, frozen=True):
    """An action that Neon currently does not allow on a branch, and its reason."""

    name: str
    reason: str


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """A branch, as `GET /projects/{project_id}/branches` lists it.

    Attributes:
        id: The id. A restore does not change it, except a restore from a snapshot.
        name: The name.
        created_at: When the branch was created.
        parent_id: The id of the parent; a root branch has none.
        parent_lsn: The LSN that the branch starts from; final once all operations have finished.
        parent_timestamp: The time of that LSN, if Neon reports it.
        current_state: `init`, `resetting`, `ready` or `archived`.
        pending_state: The state after the operations that are running.
        default: Whether it is the project's default branch.
        protected: Whether it is protected.
        last_reset_at: When it was last restored or reset.
        logical_size: The size in bytes.
        restricted_actions: The actions that Neon currently does not allow on it.
        restored_from: The id of the snapshot that it was made from.
        restored_as: The id of the branch that it replaced or is meant to replace.
        restore_status: For a branch made from a snapshot: `restored`, `finalized` or
            `detaching`.
    """

    id: Id
    name: str
    created_at: Time
    parent_id: str | None = None
    parent_lsn: str | None = None
    parent_timestamp: Time | None = None
    current_state: str = "ready"
    pending_state: str | None = None
    default: bool = False
    protected: bool = False
    last_reset_at: Time | None = None
    logical_size: int | None = None
    restricted_actions: tuple[RestrictedAction, ...] = ()
    restored_from: str | None = None
    restored_as: str | None = None
    restore_status: str | None = None

    @property
    def is_root(self) -> bool:
        """Whether the branch has no parent."""
        return not self.parent_id

    @property
    def is_resetting(self) -> bool:
        """Whether Neon is at work on a restore or reset of the branch, or is about to be."""
        return "resetting" in (self.current_state, self.pending_state)

    @property
    def is_at_rest(self) -> bool:
        """Whether Neon is not at work on the branch."""
        return self.current_state in ("ready", "archived") and not self.pending_state


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that Neon runs for a request.

    Attributes:
        id: The id.
        action: The action, such as `create_branch` or `start_compute`.
        status: `scheduling`, `running`, `finished`, `failed`, `error`, `cancelling`,
            `cancelled` or `skipped`.
        created_at: When it was scheduled.
        total_duration_ms: How long it has taken, in milliseconds.
        error: Neon's error message.
        branch_id: The branch that it runs on.
        endpoint_id: The compute endpoint that it runs on.
    """

    id: Id
    action: str
    status: str
    created_at: Time
    total_duration_ms: Annotated[int, Meta(ge=0, lt=2**31)]
    error: str | None = None
    branch_id: str | None = None
    endpoint_id: str | None = None

    @property
    def finished(self) -> bool:
        """Whether the operation succeeded: `finished` or `skipped`."""
        return self.status in ("finished", "skipped")

    @property
    def failed(self) -> bool:
        """Whether the operation did not succeed: `failed`, `error` or `cancelled`."""
        return self.status in ("failed", "error", "cancelled")


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A compute endpoint: the address for connections to a branch.

    Attributes:
        id: The id.
        host: The host, which a restore does not change.
        branch_id: The branch that it serves.
        type: `read_write` or `read_only`.
    """

    id: Id
    host: str
    branch_id: str
    type: str


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """A database on a branch.

    Attributes:
        name: The name.
        owner_name: The role that owns it.
    """

    name: str
    owner_name: str


class ProjectOwner(msgspec.Struct, frozen=True):
    branches_limit: int = 0
    subscription_type: str = ""


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project, with the fields that its history and its limits depend on."""

    created_at: Time
    history_retention_seconds: Annotated[int, Meta(ge=0, le=10**9)]
    owner: ProjectOwner = ProjectOwner()


class CursorPagination(msgspec.Struct, frozen=True, rename={"cursor": "next"}):
    cursor: str | None = None


class Pagination(msgspec.Struct, frozen=True):
    cursor: str | None = None


class BranchesPage(msgspec.Struct, frozen=True, rename={"entries": "branches"}):
    entries: tuple[Branch, ...]
    pagination: CursorPagination = CursorPagination()


class OperationsPage(msgspec.Struct, frozen=True, rename={"entries": "operations"}):
    entries: tuple[Operation, ...]
    pagination: Pagination = Pagination()


class DatabasesAnswer(msgspec.Struct, frozen=True):
    databases: tuple[Database, ...]


class EndpointsAnswer(msgspec.Struct, frozen=True):
    endpoints: tuple[Endpoint, ...]


class ProjectAnswer(msgspec.Struct, frozen=True):
    project: Project
    operations: tuple[Operation, ...] = ()


class BranchAnswer(msgspec.Struct, frozen=True):
    branch: Branch


class OperationAnswer(msgspec.Struct, frozen=True):
    operation: Operation


class OperationsAnswer(msgspec.Struct, frozen=True):
    operations: tuple[Operation, ...]


class BranchOperations(OperationsAnswer, frozen=True):
    branch: Branch


class EndpointOperations(OperationsAnswer, frozen=True):
    endpoint: Endpoint


class SnapshotItem(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot as Neon returns it; its times are text, which may be empty."""

    id: Id
    name: str
    created_at: str
    source_branch_id: str | None = None
    timestamp: str | None = None
    lsn: str | None = None
    expires_at: str | None = None
    manual: bool | None = None


class SnapshotsAnswer(msgspec.Struct, frozen=True):
    snapshots: tuple[SnapshotItem, ...]


class SnapshotOperations(OperationsAnswer, frozen=True):
    snapshot: SnapshotItem


class ScheduleItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of a snapshot schedule, as sent and received."""

    frequency: str
    hour: int | None = None
    day: int | None = None
    month: int | None = None
    retention_seconds: Annotated[int, Meta(ge=0, le=10**9)] | None = None


class Schedule(msgspec.Struct, frozen=True):
    schedule: tuple[ScheduleItem, ...]


class SchemaComparison(msgspec.Struct, frozen=True):
    diff: str | None = None


class ConnectionUriAnswer(msgspec.Struct, frozen=True):
    uri: str


class ErrorAnswer(msgspec.Struct, frozen=True):
    message: str
    request_id: str | None = None
