"""Handlers for the schema of a database, now or at a point in time."""

import difflib

from neon_sandbox.api.request import Answer, ApiRequest
from neon_sandbox.model import Branch, rules
from neon_sandbox.model.history import schema


def get_schema(call: ApiRequest) -> Answer:
    """``GET /projects/{project_id}/branches/{branch_id}/schema``."""
    if call.choice("format", ("sql", "json")) == "json":
        raise rules.not_simulated("schemas as JSON")
    return 200, {"sql": _schema(call, call.branch(), "")}


def compare_schema(call: ApiRequest) -> Answer:
    """``GET …/branches/{branch_id}/compare_schema``: the diff from the base to this branch."""
    branch = call.branch()
    base_id = call.query.get("base_branch_id") or rules.base_of_comparison(branch)
    base = _schema(call, call.model.branch(base_id), "base_")
    database = call.required("db_name")
    lines = difflib.unified_diff(
        base.splitlines(keepends=True),
        _schema(call, branch, "").splitlines(keepends=True),
        f"a/{database}",
        f"b/{database}",
    )
    return 200, {"diff": "".join(lines)}


def _schema(call: ApiRequest, branch: Branch, prefix: str) -> str:
    return schema(
        call.model,
        branch,
        call.required("db_name"),
        timestamp=call.query.get(f"{prefix}timestamp"),
        lsn=call.query.get(f"{prefix}lsn"),
    )
