"""Creates, changes and deletes databases and roles on a branch.

Branches created from it later inherit them. A point in time has the databases of that time.
"""

import secrets
from dataclasses import replace
from datetime import datetime

from neon_sandbox.model import rules
from neon_sandbox.model.entities import Branch, Database, Operation, Role
from neon_sandbox.model.state import State, find


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


def delete_role(model: State, branch: Branch, name: str) -> tuple[Role, list[Operation]]:
    """Delete a role that owns no database. [rule: delete-role-owner]"""
    model.require_idle()
    role = find(branch.roles, name, "role")
    if owned := [one.name for one in branch.databases.values() if one.owner == name]:
        raise rules.owns_databases(name, owned)
    now = model.now()
    job = model.storage.delete_role(branch.id, name, at=now)
    branch.roles = {key: one for key, one in branch.roles.items() if key != name}
    branch.former_roles += ((role, now),)
    return role, model.schedule(branch, rules.CONFIG_OPERATIONS, job=job)


def reset_password(model: State, branch: Branch, name: str) -> tuple[Role, list[Operation]]:
    """Give a role a new password; the old one is valid until the last operation has finished.

    [rule: reset-password]
    """
    model.require_idle()
    now = model.now()
    password = secrets.token_urlsafe(18)
    role = replace(find(branch.roles, name, "role"), password=password, updated_at=now)
    job = model.storage.set_password(branch.id, name, password, at=now)

    def finish(_: datetime) -> None:
        branch.roles[name] = role

    return role, model.schedule(branch, rules.CONFIG_OPERATIONS, job=job, then=finish)


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


def update_database(
    model: State, branch: Branch, name: str, *, new_name: str, owner: str
) -> tuple[Database, list[Operation]]:
    """Rename a database or change its owner; an empty text changes nothing."""
    model.require_idle()
    former = find(branch.databases, name, "database")
    new_name, owner = new_name or name, owner or former.owner
    if owner not in branch.roles:
        raise rules.not_found("role")
    if new_name != name:
        rules.require_unreserved("database", new_name)
        if new_name in branch.databases:
            raise rules.already_exists("database", new_name)
    now = model.now()
    job = model.storage.update_database(branch.id, name, new_name, owner, at=now)
    database = replace(former, name=new_name, owner=owner, updated_at=now)
    several = [database if one is former else one for one in branch.databases.values()]
    branch.databases = {one.name: one for one in several}
    branch.former_databases += ((former, now),)
    return database, model.schedule(branch, rules.CONFIG_OPERATIONS, job=job)


def delete_database(model: State, branch: Branch, name: str) -> tuple[Database, list[Operation]]:
    """Delete a database, and end the connections to it."""
    model.require_idle()
    database = find(branch.databases, name, "database")
    now = model.now()
    job = model.storage.delete_database(branch.id, name, at=now)
    branch.databases = {key: one for key, one in branch.databases.items() if key != name}
    branch.former_databases += ((database, now),)
    return database, model.schedule(branch, rules.CONFIG_OPERATIONS, job=job)
