"""Handlers for snapshots, backup schedules, and restores from snapshots."""

from datetime import datetime, timedelta

from msgspec import UNSET

from neon_sandbox.api import request_bodies, responses
from neon_sandbox.api.request import Answer, ApiRequest
from neon_sandbox.api.request_bodies import or_none
from neon_sandbox.model import ScheduleItem, history, rules, snapshot_restore, snapshots
from neon_sandbox.points import parse_instant


def create_snapshot(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/snapshot``."""
    if "slug" in call.query:
        raise rules.not_simulated("slugs of snapshots")
    snapshot, operations = snapshots.create(
        call.model,
        call.path["branch_id"],
        timestamp=call.query.get("timestamp"),
        lsn=call.query.get("lsn"),
        name=call.query.get("name", ""),
        expires_at=_instant(call.query.get("expires_at")),
    )
    return 200, {
        "snapshot": responses.snapshot(snapshot),
        "operations": responses.operations(call.model, operations),
    }


def list_snapshots(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/snapshots``."""
    return 200, {"snapshots": [responses.snapshot(one) for one in call.model.snapshots.values()]}


def update_snapshot(call: ApiRequest) -> Answer:
    """``PATCH /projects/{project_id}/snapshots/{snapshot_id}``."""
    change = call.body(request_bodies.UpdateSnapshot).snapshot
    snapshot = call.model.snapshot(call.path["snapshot_id"])
    kept_until = change.expires_at
    snapshots.update(
        call.model,
        snapshot,
        name=snapshot.name if change.name is UNSET else change.name,
        expires_at=snapshot.expires_at if kept_until is UNSET else _instant(kept_until),
    )
    return 200, {"snapshot": responses.snapshot(snapshot)}


def delete_snapshot(call: ApiRequest) -> Answer:
    """``DELETE /projects/{project_id}/snapshots/{snapshot_id}``."""
    operations = snapshots.delete(call.model, call.model.snapshot(call.path["snapshot_id"]))
    return 202, {"operations": responses.operations(call.model, operations)}


def restore_snapshot(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/snapshots/{snapshot_id}/restore``."""
    body = call.body(request_bodies.RestoreSnapshot, optional=True)
    branch, endpoints, operations = snapshot_restore.restore(
        call.model,
        call.model.snapshot(call.path["snapshot_id"]),
        name=or_none(body.name) or call.query.get("name", ""),
        target_id=or_none(body.target_branch_id),
        at_once=body.finalize_restore,
    )
    return 200, {
        "branch": responses.branch(call.model, branch),
        "endpoints": [responses.endpoint(call.model, endpoint) for endpoint in endpoints],
        "operations": responses.operations(call.model, operations),
    }


def finalize_restore(call: ApiRequest) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/finalize_restore``."""
    body = call.body(request_bodies.FinalizeRestore, optional=True)
    operations = snapshot_restore.finalize(
        call.model, call.path["branch_id"], old_name=or_none(body.name) or ""
    )
    return 200, {"operations": responses.operations(call.model, operations)}


def get_schedule(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}/backup_schedule``."""
    return 200, {"schedule": [responses.schedule_item(one) for one in call.branch().schedule]}


def set_schedule(call: ApiRequest) -> Answer:
    """``PUT /projects/{project_id}/branches/{branch_id}/backup_schedule``."""
    schedule = tuple(
        ScheduleItem(
            frequency=one.frequency,
            hour=or_none(one.hour),
            day=or_none(one.day),
            month=or_none(one.month),
            retention=timedelta(seconds=kept) if (kept := or_none(one.retention_seconds)) else None,
        )
        for one in call.body(request_bodies.SetSchedule).schedule
    )
    snapshots.set_schedule(call.model, call.branch(), schedule)
    return 200, {}


def _instant(text: str | None) -> datetime | None:
    return history.parse(parse_instant, text) if text else None
