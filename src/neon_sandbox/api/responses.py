"""The bodies of responses, with the schemas of the official OpenAPI document.

Timestamps are in whole seconds, as in the document's examples. Only the point in time that a
branch or snapshot was created from keeps its fraction, so that a request can use it again.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from neon_sandbox.model import (
    Branch,
    Database,
    Endpoint,
    EndpointOptions,
    Model,
    Operation,
    Role,
    ScheduleItem,
    Snapshot,
    rules,
)
from neon_sandbox.points import write_instant

Json = dict[str, Any]

ORGANIZATION_ID = "org-sandbox-00000000"
OWNER_ID = "sandbox-owner"
NAME, EMAIL = "Sandbox", "sandbox@example.com"
_PROXY_HOST = "127.0.0.1"
_UNUSED = {
    "active_time_seconds": 0,
    "compute_time_seconds": 0,
    "written_data_bytes": 0,
    "data_transfer_bytes": 0,
    "cpu_used_sec": 0,
}


def seconds(instant: datetime) -> str:
    """Format a UTC instant in whole seconds."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _present(**properties: object) -> Json:
    """Return the properties that have a value."""
    return {name: value for name, value in properties.items() if value is not None}


def _project_core(model: Model) -> Json:
    project, defaults = model.project, EndpointOptions()
    started = [seconds(one.started_at) for one in model.endpoints.values() if one.started_at]
    return {
        "id": project.id,
        "platform_id": project.region.partition("-")[0],
        "region_id": project.region,
        "name": project.name,
        "provisioner": "k8s-neonvm",
        "pg_version": project.postgres,
        "proxy_host": _PROXY_HOST,
        "branch_logical_size_limit": 0,
        "branch_logical_size_limit_bytes": 0,
        "store_passwords": True,
        "creation_source": "console",
        "history_retention_seconds": int(project.window.total_seconds()),
        "created_at": seconds(project.created_at),
        "updated_at": seconds(project.updated_at),
        "owner_id": OWNER_ID,
        "org_id": ORGANIZATION_ID,
        "settings": {
            "allowed_ips": {"ips": [], "protected_branches_only": False},
            "enable_logical_replication": False,
            "block_public_connections": False,
            "block_vpc_connections": False,
            "hipaa": False,
        },
        "default_endpoint_settings": {
            "autoscaling_limit_min_cu": defaults.autoscaling_limit_min_cu,
            "autoscaling_limit_max_cu": defaults.autoscaling_limit_max_cu,
            "suspend_timeout_seconds": defaults.suspend_timeout_seconds,
        },
        "synthetic_storage_size": 0,
        **_present(compute_last_active_at=max(started) if started else None),
    }


def project_item(model: Model) -> Json:
    """Return a project as an item of a list."""
    return _project_core(model) | {"active_time": 0, "cpu_used_sec": 0}


def project(model: Model) -> Json:
    """Return a project with a consumption of zero for the current calendar month in UTC."""
    start = model.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    december = start.month == 12
    end = start.replace(year=start.year + december, month=1 if december else start.month + 1)
    return {
        **_project_core(model),
        **_UNUSED,
        "data_storage_bytes_hour": 0,
        "consumption_period_start": seconds(start),
        "consumption_period_end": seconds(end),
        "owner": {
            "email": EMAIL,
            "name": NAME,
            "branches_limit": model.project.plan.branches,
            # [rule: subscription-type]
            "subscription_type": f"{model.project.plan.name}_v3",
        },
    }


def branch(model: Model, one: Branch) -> Json:
    """Return a branch."""
    at = one.parent_position
    answer = _present(
        id=one.id,
        project_id=model.project.id,
        name=one.name,
        current_state=one.current_state,
        state_changed_at=seconds(one.state_changed_at),
        creation_source="console",
        init_source=one.init_source,
        primary=one.default,
        default=one.default,
        protected=one.protected,
        created_at=seconds(one.created_at),
        created_by={"name": NAME, "image": ""},
        updated_at=seconds(one.updated_at),
        **_UNUSED,
        pending_state=one.pending_state,
        parent_id=one.parent_id,
        parent_lsn=at and str(at.lsn),
        # [rule: parent-timestamp]
        parent_timestamp=at and write_instant(at.time) if one.current_state != "init" else None,
        last_reset_at=one.last_reset_at and seconds(one.last_reset_at),
        restore_status=one.restore_status,
        restored_from=one.restored_from,
        restored_as=one.restored_as,
    )
    if one.restore_status == "restored":
        answer["restricted_actions"] = [{"name": "restore", "reason": rules.NOT_FINALIZED}]
    return answer


def snapshot(one: Snapshot) -> Json:
    """Return a snapshot without its size, a billing figure that the sandbox never calculates."""
    return _present(
        id=one.id,
        name=one.name,
        # [rule: snapshot-operations]
        lsn=str(one.position.lsn) if one.at_point else None,
        timestamp=write_instant(one.position.time) if one.at_point else None,
        source_branch_id=one.source.id,
        created_at=seconds(one.created_at),
        manual=one.manual,
        expires_at=one.expires_at and seconds(one.expires_at),
    )


def schedule_item(one: ScheduleItem) -> Json:
    """Return an item of a backup schedule, with only the properties that were set."""
    return _present(
        frequency=one.frequency,
        hour=one.hour,
        day=one.day,
        month=one.month,
        retention_seconds=one.retention and int(one.retention.total_seconds()),
    )


def annotation(one: Branch) -> Json:
    """Return the annotation that a branch was created with."""
    return {
        "object": {"type": "console/branch", "id": one.id},
        "value": one.annotation,
        "created_at": seconds(one.created_at),
        "updated_at": seconds(one.created_at),
    }


def endpoint(model: Model, one: Endpoint) -> Json:
    """Return a compute endpoint."""
    return _present(
        id=one.id,
        project_id=model.project.id,
        branch_id=one.branch_id,
        host=one.host,
        type=one.type,
        current_state=one.current_state,
        region_id=model.project.region,
        settings={"pg_settings": {}},
        pooler_mode="transaction",
        **asdict(one.options),
        creation_source="console",
        created_at=seconds(one.created_at),
        updated_at=seconds(one.updated_at),
        proxy_host=_PROXY_HOST,
        provisioner="k8s-neonvm",
        pending_state=one.pending_state,
        started_at=one.started_at and seconds(one.started_at),
        last_active=one.started_at and seconds(one.started_at),
        suspended_at=one.suspended_at and seconds(one.suspended_at),
    )


def operation(model: Model, one: Operation) -> Json:
    """Return an operation. Its duration is in milliseconds, and zero until it ends."""
    return _present(
        id=one.id,
        project_id=model.project.id,
        branch_id=one.branch_id,
        action=one.action,
        status=one.status,
        failures_count=1 if one.error else 0,
        created_at=seconds(one.created_at),
        updated_at=seconds(one.updated_at),
        total_duration_ms=round(one.took.total_seconds() * 1000) if one.took else 0,
        endpoint_id=one.endpoint_id,
        error=one.error or None,
    )


def operations(model: Model, several: list[Operation]) -> list[Json]:
    """Return operations in the given order."""
    return [operation(model, one) for one in several]


def database(one: Branch, which: Database) -> Json:
    """Return a database of a branch."""
    return {
        "id": which.id,
        "branch_id": one.id,
        "name": which.name,
        "owner_name": which.owner,
        "created_at": seconds(which.created_at),
        "updated_at": seconds(which.updated_at),
    }


def role(one: Branch, which: Role, *, with_password: bool = False) -> Json:
    """Return a role of a branch; only a creation and a password reset include the password."""
    return _present(
        branch_id=one.id,
        name=which.name,
        protected=False,
        authentication_method="password" if which.login else "no_login",
        created_at=seconds(which.created_at),
        updated_at=seconds(which.updated_at),
        password=which.password if with_password else None,
    )


def error(message: str, code: str, request_id: str) -> Mapping[str, str]:
    """Return the body of an error response."""
    return {"request_id": request_id, "code": code, "message": message}
