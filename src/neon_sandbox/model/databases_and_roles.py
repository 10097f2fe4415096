"""Creates databases and roles on a branch. Branches created from it later inherit them."""

import secrets

from neon_sandbox.model import rules
from neon_sandbox.model.entities import Branch, Database, Operation, Role
from neon_sandbox.model.state import State


def create_role(model: State, branch: Branch, name: str) -> tuple[Role, list[Operation]]:
    """Create a role with a new password; raise a 409 if the name is taken."""
    model.require_idle()
    rules.require_unreserved("role", name)
    if name in branch.roles:
        raise rules.already_exists("role", name)
    now = model.now()
    password = secrets.token_urlsafe(18)
    role = Role(name, password, now, now)
    job = model.storage.create_role(branch.id, name, password, at=now)
    branch.roles[name] = role
    return role, model.schedule(branch, rules.CONFIG_OPERATIONS, job=job)


def create_database(
    model: State, branch: Branch, name: str, owner: str
) -> tuple[Database, list[Operation]]:
    """Create an empty database; raise a 404 for an unknown owner, a 409 if the name is taken."""
    model.require_idle()
    rules.require_unreserved("database", name)
    if owner not in branch.roles:
        raise rules.not_found("role")
    if name in branch.databases:
        raise rules.already_exists("database", name)
    now = model.now()
    job = model.storage.create_database(branch.id, name, owner, at=now)
    database = Database(model.count("database"), name, owner, now, now)
    branch.databases[name] = database
    return database, model.schedule(branch, rules.CONFIG_OPERATIONS, job=job)
