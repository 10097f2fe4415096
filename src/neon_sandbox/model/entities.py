"""The entities of a project. Instants are aware datetimes in UTC."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from neon_sandbox.points import Position

BranchState = Literal["init", "resetting", "ready", "archived"]
EndpointState = Literal["init", "active", "idle"]
EndpointType = Literal["read_write", "read_only"]
RestoreStatus = Literal["restored", "finalized"]
Frequency = Literal["hourly", "daily", "weekly", "monthly", "yearly"]
OperationStatus = Literal["scheduling", "running", "finished", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class PricingPlan:
    """The limits of a plan on the history window, branches and snapshots."""

    name: str
    default_window: timedelta
    largest_window: timedelta
    branches: int
    root_branches: int
    protected_branches: int
    manual_snapshots: int
    snapshot_schedules: bool


@dataclass(slots=True)
class Project:
    """A project: the settings that all of its branches share."""

    id: str
    name: str
    plan: PricingPlan
    region: str
    postgres: int
    created_at: datetime
    updated_at: datetime
    window: timedelta
    # Nothing before this instant is available: history that a shorter window dropped is lost.
    history_floor: datetime


@dataclass(frozen=True, slots=True)
class Database:
    """A database on a branch."""

    id: int
    name: str
    owner: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Role:
    """A Postgres role on a branch. The repr does not contain the password.

    It is ``None`` if SQL has set it: Postgres stores only its hash.
    """

    name: str
    password: str | None = field(repr=False)
    created_at: datetime
    updated_at: datetime
    login: bool = True


@dataclass(frozen=True, slots=True)
class ScheduleItem:
    """An entry of a snapshot schedule: when to take one, in UTC, and how long to keep it."""

    frequency: Frequency
    hour: int | None = None
    day: int | None = None
    month: int | None = None
    retention: timedelta | None = None


@dataclass(slots=True)
class Branch:
    """A branch: a named timeline and its position in the tree of branches."""

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    state_changed_at: datetime
    # The instant at which the branch's history begins, regardless of the history window.
    history_since: datetime
    parent_id: str | None = None
    # The position that the branch data was taken from. A restore sets it when it has finished.
    parent_position: Position | None = None
    default: bool = False
    protected: bool = False
    current_state: BranchState = "init"
    pending_state: BranchState | None = "ready"
    last_reset_at: datetime | None = None
    init_source: str = "parent-data"
    # Set for a root branch that can be deleted: a schema-only branch, a backup from own history, a
    # preview, or a branch that a snapshot restore replaced.
    deletable_root: bool = False
    databases: dict[str, Database] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    # What was changed or deleted, each with the instant up to which it was so.
    former_databases: tuple[tuple[Database, datetime], ...] = ()
    former_roles: tuple[tuple[Role, datetime], ...] = ()
    schedule: tuple[ScheduleItem, ...] = ()
    # For a branch made from a snapshot: the snapshot, the target, and whether it was finalized.
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
    """The data of a branch at a position, kept even if the branch or its history is deleted."""

    id: str
    # The branch that holds the data. Only operations name it.
    branch_id: str
    name: str
    source: Branch
    position: Position
    # Whether the request named a point, and not the head.
    at_point: bool
    created_at: datetime
    expires_at: datetime | None
    manual: bool
    databases: dict[str, Database]
    roles: dict[str, Role]


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """The properties of a compute that a client sets, by the names of the API."""

    name: str | None = None
    autoscaling_limit_min_cu: float = 0.25
    autoscaling_limit_max_cu: float = 2
    suspend_timeout_seconds: int = 0
    pooler_enabled: bool = False
    disabled: bool = False
    passwordless_access: bool = True


@dataclass(slots=True)
class Endpoint:
    """A compute endpoint: an address of a branch and the state of the compute."""

    id: str
    branch_id: str
    host: str
    type: EndpointType
    created_at: datetime
    updated_at: datetime
    current_state: EndpointState = "init"
    pending_state: EndpointState | None = "active"
    started_at: datetime | None = None
    suspended_at: datetime | None = None
    options: EndpointOptions = field(default_factory=EndpointOptions)


@dataclass(slots=True)
class Operation:
    """An operation: one step of the work for a request."""

    id: str
    action: str
    branch_id: str
    endpoint_id: str | None
    created_at: datetime
    updated_at: datetime
    status: OperationStatus = "scheduling"
    error: str = ""
    took: timedelta | None = None


@dataclass(slots=True)
class EphemeralCompute:
    """A read-only compute at a past position of a branch. It stops when idle and is not listed."""

    id: str
    branch_id: str
    position: Position
    ready_at: datetime
    last_query_at: datetime
