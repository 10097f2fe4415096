"""What a project consists of.

Instants are aware datetimes in UTC. Nothing here decides anything: the rules are in the modules
beside this one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from neon_sandbox.points import Position

BranchState = Literal["init", "resetting", "ready"]
EndpointState = Literal["init", "active", "idle"]
EndpointType = Literal["read_write", "read_only"]
RestoreStatus = Literal["restored", "finalized"]
Frequency = Literal["hourly", "daily", "weekly", "monthly", "yearly"]
OperationStatus = Literal["scheduling", "running", "finished", "failed", "cancelled"]
LAST_STATUSES: frozenset[OperationStatus] = frozenset({"finished", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class PricingPlan:
    """A plan's bounds on the history window, and what it allows of snapshots."""

    name: str
    default_window: timedelta
    largest_window: timedelta
    manual_snapshots: int
    snapshot_schedules: bool


@dataclass(slots=True)
class Project:
    """A project: what all of its branches share."""

    id: str
    name: str
    plan: PricingPlan
    region: str
    postgres: int
    created_at: datetime
    updated_at: datetime
    window: timedelta
    # A window that was once short has thrown history away for good.
    history_floor: datetime


@dataclass(slots=True)
class Database:
    """A database on a branch."""

    id: int
    name: str
    owner: str
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class Role:
    """A Postgres role on a branch. The password stays out of the repr."""

    name: str
    password: str = field(repr=False)
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ScheduleItem:
    """When snapshots of a branch are made, in UTC, and for how long each of them is kept."""

    frequency: Frequency
    hour: int | None = None
    day: int | None = None
    month: int | None = None
    retention: timedelta | None = None


@dataclass(slots=True)
class Branch:
    """A branch: a name for a timeline, and its place in the tree."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    state_changed_at: datetime
    # The earliest instant that this branch's own history reaches, whatever the window.
    history_since: datetime
    parent_id: str | None = None
    # Where the branch's data was taken from; not known to callers before the work has finished.
    parent_position: Position | None = None
    default: bool = False
    protected: bool = False
    current_state: BranchState = "ready"
    pending_state: BranchState | None = None
    last_reset_at: datetime | None = None
    init_source: str = "parent-data"
    # A root branch that may be deleted: a backup from own history, or a schema-only branch.
    deletable_root: bool = False
    databases: dict[str, Database] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    schedule: tuple[ScheduleItem, ...] = ()
    # For a branch made from a snapshot: which one, what it replaces, and whether it has done so.
    restored_from: str | None = None
    restored_as: str | None = None
    restore_status: RestoreStatus | None = None
    annotation: dict[str, str] = field(default_factory=dict)

    @property
    def is_root(self) -> bool:
        """Whether the branch has no parent."""
        return self.parent_id is None


@dataclass(slots=True)
class Snapshot:
    """What a branch held at a position, kept whatever becomes of the branch and its history."""

    id: str
    name: str
    source: Branch
    position: Position
    created_at: datetime
    expires_at: datetime | None
    manual: bool
    databases: dict[str, Database]
    roles: dict[str, Role]


@dataclass(slots=True)
class Endpoint:
    """A compute endpoint: the address of a branch, and whether something runs behind it."""

    id: str
    branch_id: str
    host: str
    type: EndpointType
    created_at: datetime
    updated_at: datetime
    current_state: EndpointState = "init"
    pending_state: EndpointState | None = "active"
    started_at: datetime | None = None


@dataclass(slots=True)
class Operation:
    """One step of the work that a request made necessary."""

    id: str
    action: str
    branch_id: str
    endpoint_id: str | None
    created_at: datetime
    updated_at: datetime
    status: OperationStatus = "scheduling"
    error: str = ""
    took: timedelta | None = None

    @property
    def is_over(self) -> bool:
        """Whether the status is one that stays."""
        return self.status in LAST_STATUSES


@dataclass(slots=True)
class EphemeralCompute:
    """A read-only compute on a branch's past, which stops by itself. It is not listed."""

    id: str
    branch_id: str
    position: Position
    ready_at: datetime
    last_query_at: datetime
