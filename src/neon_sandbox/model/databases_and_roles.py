"""Creates databases and roles on a branch. Branches created from it later inherit them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_sandbox.model import assumptions
from neon_sandbox.model.entities import Branch, Database, Role

if TYPE_CHECKING:
    from neon_sandbox.model.entities import Operation
    from neon_sandbox.model.state import State


def create_role(
    model: State, branch: Branch, name: str, password: str = ""
) -> tuple[Role, list[Operation]]:
    """Create a role, by default with a unique password; raise a 409 if the name is taken."""
    model.require_idle()
    if name in branch.roles:
        raise assumptions.already_exists("role", name)
    now = model.now()
    role = Role(name, password or f"sandbox-password-{model.count('password')}", now, now)
    job = model.storage.create_role(branch.id, name, role.password, at=now)
    branch.roles[name] = role
    operations = model.schedule(branch, assumptions.CONFIG_OPERATIONS, job=job, then=lambda _: None)
    return role, operations


def create_database(
    model: State, branch: Branch, name: str, owner: str
) -> tuple[Database, list[Operation]]:
    """Create an empty database; raise a 404 for an unknown owner, a 409 if the name is taken."""
    model.require_idle()
    if owner not in branch.roles:
        raise assumptions.not_found("role")
    if name in branch.databases:
        raise assumptions.already_exists("database", name)
    now = model.now()
    job = model.storage.create_database(branch.id, name, owner, at=now)
    database = Database(model.count("database"), name, owner, now, now)
    branch.databases[name] = database
    operations = model.schedule(branch, assumptions.CONFIG_OPERATIONS, job=job, then=lambda _: None)
    return database, operations
