"""The bodies of requests, with the schemas of the official OpenAPI document.

A documented property that the sandbox does not simulate has the type `object`, and its handler
rejects it with `reject_unsupported`. Undocumented properties are ignored.
"""

from dataclasses import fields
from typing import Annotated, Any, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from neon_sandbox.model import rules
from neon_sandbox.model.entities import EndpointOptions, EndpointType, Frequency

T = TypeVar("T")

Name = Annotated[str, Meta(min_length=1, max_length=256)]
Window = Annotated[int, Meta(ge=0, le=2_592_000)]
ComputeUnits = Annotated[float, Meta(ge=0.25)]
SuspendTimeout = Annotated[int, Meta(ge=-1, le=604_800)]


class ProjectChange(Struct):
    """The properties of a project that can change."""

    name: Name | UnsetType = UNSET
    history_retention_seconds: Window | UnsetType = UNSET
    settings: object = UNSET
    default_endpoint_settings: object = UNSET


class UpdateProject(Struct):
    """``ProjectUpdateRequest``."""

    project: ProjectChange


class BranchOptions(Struct, frozen=True):
    """The options of a new branch."""

    parent_id: str = ""
    name: Name | UnsetType = UNSET
    parent_lsn: str | UnsetType = UNSET
    parent_timestamp: str | UnsetType = UNSET
    protected: bool = False
    init_source: Literal["schema-only", "parent-data"] = "parent-data"
    archived: bool = False
    expires_at: object = UNSET


class EndpointSize(Struct):
    """The properties of a compute that every request for one can have."""

    autoscaling_limit_min_cu: ComputeUnits | UnsetType = UNSET
    autoscaling_limit_max_cu: ComputeUnits | UnsetType = UNSET
    suspend_timeout_seconds: SuspendTimeout | UnsetType = UNSET
    provisioner: str | UnsetType = UNSET
    settings: object = UNSET

    def given(self) -> dict[str, Any]:
        """Return the properties of `EndpointOptions` that the body has."""
        reject_unsupported(self.settings, "settings of a compute")
        found = {one.name: getattr(self, one.name, UNSET) for one in fields(EndpointOptions)}
        return {name: value for name, value in found.items() if value is not UNSET}


class BranchEndpoint(EndpointSize, kw_only=True):
    """``BranchCreateRequestEndpointOptions``."""

    type: EndpointType


class EndpointChange(EndpointSize):
    """The properties of a compute that can change."""

    name: Annotated[str, Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    pooler_enabled: bool | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    passwordless_access: bool | UnsetType = UNSET
    pooler_mode: Literal["transaction"] = "transaction"


class UpdatedEndpoint(EndpointChange):
    """The properties of ``EndpointUpdateRequest``."""

    branch_id: object = UNSET


class UpdateEndpoint(Struct):
    """``EndpointUpdateRequest``."""

    endpoint: UpdatedEndpoint


class NewEndpoint(EndpointChange, kw_only=True):
    """The properties of ``EndpointCreateRequest``."""

    branch_id: str
    type: EndpointType
    region_id: str | UnsetType = UNSET


class CreateEndpoint(Struct):
    """``EndpointCreateRequest``."""

    endpoint: NewEndpoint


class CreateBranch(Struct):
    """``BranchCreateRequest`` with ``AnnotationCreateValueRequest``."""

    branch: BranchOptions = BranchOptions()
    endpoints: list[BranchEndpoint] = []
    annotation_value: Annotated[dict[str, str], Meta(max_length=50)] = {}


class BranchChange(Struct):
    """The properties of a branch that can change."""

    name: Name | UnsetType = UNSET
    protected: bool | UnsetType = UNSET
    expires_at: object = UNSET


class UpdateBranch(Struct):
    """``BranchUpdateRequest``."""

    branch: BranchChange


class RestoreBranch(Struct):
    """``BranchRestoreRequest``."""

    source_branch_id: str
    source_lsn: str | UnsetType = UNSET
    source_timestamp: str | UnsetType = UNSET
    preserve_under_name: str = ""


class SnapshotChange(Struct):
    """The properties of a snapshot that can change. Only the Neon CLI sends the expiry."""

    name: str | UnsetType = UNSET
    expires_at: str | UnsetType | None = UNSET


class UpdateSnapshot(Struct):
    """``SnapshotUpdateRequest``."""

    snapshot: SnapshotChange


class RestoreSnapshot(Struct):
    """The body of ``restoreSnapshot``."""

    name: str | UnsetType = UNSET
    target_branch_id: str | UnsetType = UNSET
    finalize_restore: bool = False


class FinalizeRestore(Struct):
    """The body of ``finalizeRestoreBranch``."""

    name: str | UnsetType = UNSET


class BackupScheduleItem(Struct):
    """``BackupScheduleItem``; the sandbox limits the retention to ten years (3650 days)."""

    frequency: Frequency
    hour: Annotated[int, Meta(ge=0, le=23)] | UnsetType = UNSET
    day: Annotated[int, Meta(ge=1, le=31)] | UnsetType = UNSET
    month: Annotated[int, Meta(ge=1, le=12)] | UnsetType = UNSET
    retention_seconds: Annotated[int, Meta(ge=3600, le=315_360_000)] | UnsetType = UNSET


class SetSchedule(Struct):
    """``BackupSchedule``."""

    schedule: list[BackupScheduleItem]


class NewDatabase(Struct):
    """A database to create."""

    name: Annotated[str, Meta(min_length=1)]
    owner_name: str


class CreateDatabase(Struct):
    """``DatabaseCreateRequest``."""

    database: NewDatabase


class DatabaseChange(Struct):
    """The properties of a database that can change."""

    name: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    owner_name: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET


class UpdateDatabase(Struct):
    """``DatabaseUpdateRequest``."""

    database: DatabaseChange


class NewRole(Struct):
    """A role to create."""

    name: Annotated[str, Meta(min_length=1, max_length=63)]
    no_login: object = UNSET


class CreateRole(Struct):
    """``RoleCreateRequest``."""

    role: NewRole


def or_none(value: T | UnsetType) -> T | None:
    """Return a property, or ``None`` if the body does not have it."""
    return None if isinstance(value, UnsetType) else value


def reject_unsupported(value: object, what: str) -> None:
    """Raise `ApiError` with 501 if the body has a property that is not simulated."""
    if value is not UNSET:
        raise rules.not_simulated(what)
