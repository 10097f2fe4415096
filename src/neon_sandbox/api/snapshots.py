"""Handlers for snapshots, their schedules, and the branches made from them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import UNSET

from neon_sandbox import assumed
from neon_sandbox.api import answers, bodies
from neon_sandbox.api.bodies import given
from neon_sandbox.model import ScheduleItem, snapshot_restore, snapshots
from neon_sandbox.points import parse_instant

if TYPE_CHECKING:
    from datetime import datetime

    from neon_sandbox.api.call import Answer, Call


def create_snapshot(call: Call) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/snapshot``."""
    if "slug" in call.query:
        raise assumed.not_simulated("slugs of snapshots")
    snapshot, operations = snapshots.create(
        call.model,
        call.path["branch_id"],
        timestamp=call.query.get("timestamp"),
        lsn=call.query.get("lsn"),
        name=call.query.get("name", ""),
        expires_at=_instant(call.query.get("expires_at")),
    )
    return 200, {
        "snapshot": answers.snapshot(snapshot),
        "operations": answers.operations(call.model, operations),
    }


def list_snapshots(call: Call) -> Answer:
    """``GET /projects/{project_id}/snapshots``."""
    return 200, {"snapshots": [answers.snapshot(one) for one in call.model.snapshots.values()]}


def update_snapshot(call: Call) -> Answer:
    """``PATCH /projects/{project_id}/snapshots/{snapshot_id}``."""
    change = call.body(bodies.UpdateSnapshot).snapshot
    snapshot = call.model.snapshot(call.path["snapshot_id"])
    kept_until = change.expires_at
    snapshots.update(
        call.model,
        snapshot,
        name=snapshot.name if change.name is UNSET else change.name,
        expires_at=snapshot.expires_at if kept_until is UNSET else _instant(kept_until),
    )
    return 200, {"snapshot": answers.snapshot(snapshot)}


def delete_snapshot(call: Call) -> Answer:
    """``DELETE /projects/{project_id}/snapshots/{snapshot_id}``."""
    snapshot = call.model.snapshot(call.path["snapshot_id"])
    operations = snapshots.delete(call.model, snapshot)
    return 202, {"operations": answers.operations(call.model, operations)}


def restore_snapshot(call: Call) -> Answer:
    """``POST /projects/{project_id}/snapshots/{snapshot_id}/restore``."""
    body = call.body(bodies.RestoreSnapshot) if call.content else bodies.RestoreSnapshot()
    branch, endpoints, operations = snapshot_restore.restore(
        call.model,
        call.model.snapshot(call.path["snapshot_id"]),
        name=given(body.name) or call.query.get("name", ""),
        target_id=given(body.target_branch_id),
        at_once=body.finalize_restore,
    )
    return 200, {
        "branch": answers.branch(call.model, branch),
        "endpoints": [answers.endpoint(call.model, endpoint) for endpoint in endpoints],
        "operations": answers.operations(call.model, operations),
    }


def finalize_restore(call: Call) -> Answer:
    """``POST /projects/{project_id}/branches/{branch_id}/finalize_restore``."""
    body = call.body(bodies.FinalizeRestore) if call.content else bodies.FinalizeRestore()
    operations = snapshot_restore.finalize(
        call.model, call.path["branch_id"], old_name=given(body.name) or ""
    )
    return 200, {"operations": answers.operations(call.model, operations)}


def get_schedule(call: Call) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}/backup_schedule``."""
    return 200, {"schedule": [answers.schedule_item(one) for one in call.branch().schedule]}


def set_schedule(call: Call) -> Answer:
    """``PUT /projects/{project_id}/branches/{branch_id}/backup_schedule``."""
    wanted = call.body(bodies.SetSchedule).schedule
    schedule = tuple(
        ScheduleItem(
            frequency=one.frequency,
            hour=given(one.hour),
            day=given(one.day),
            month=given(one.month),
            retention=timedelta(seconds=kept) if (kept := given(one.retention_seconds)) else None,
        )
        for one in wanted
    )
    snapshots.set_schedule(call.model, call.branch(), schedule)
    return 200, {}


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        raise assumed.malformed_point(text) from None
