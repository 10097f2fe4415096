"""Creates the first branch of a project, with its compute, role and databases."""

from collections.abc import Sequence
from functools import partial

from neon_sandbox.model import rules
from neon_sandbox.model.branches import make_ready
from neon_sandbox.model.entities import Branch, Database, Role
from neon_sandbox.model.operation_queue import AllOf
from neon_sandbox.model.state import State


def create_project(
    model: State, branch_name: str, *, role: str, password: str, databases: Sequence[str]
) -> Branch:
    """Create the default root branch of a project that has no branch yet."""
    now = model.now()
    branch = Branch(
        id=model.next_id("br", branch_name),
        name=branch_name,
        created_at=now,
        updated_at=now,
        state_changed_at=now,
        history_since=now,
        default=True,
        roles={role: Role(role, password, now, now)},
        databases={
            name: Database(model.count("database"), name, role, now, now) for name in databases
        },
    )
    model.branches[branch.id] = branch
    job = AllOf(
        model.storage.create(branch.id, at=now),
        model.storage.create_role(branch.id, role, password, at=now),
        *(model.storage.create_database(branch.id, name, role, at=now) for name in databases),
    )
    model.add_endpoint(branch, "read_write", branch_name)
    ready = partial(make_ready, model, branch)
    model.schedule(branch, rules.PROJECT_OPERATIONS, job=job, then=ready)
    return branch
