"""The SQL that the storage itself runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neon_sandbox.storage.postgres.server import Server

# One line each: single-user mode takes the end of a line for the end of a statement.
NEW_CLUSTER = (
    # Every branch shares the files of the templates, so nobody may write to them.
    "UPDATE pg_database SET datallowconn = false WHERE datname = 'template1'",
)

_USER_TABLES = """
SELECT string_agg(c.oid::regclass::text, ', ')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
"""
_MATERIALIZED_VIEWS = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'm'"
_RESET_SEQUENCES = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"

_ROLES = """
SELECT r.rolname, r.rolpassword, r.rolcanlogin, r.rolcreatedb, r.rolcreaterole, r.rolinherit,
    coalesce(array_agg(g.rolname) FILTER (WHERE g.oid IS NOT NULL), '{}')
FROM pg_authid r
LEFT JOIN pg_auth_members m ON m.member = r.oid
LEFT JOIN pg_authid g ON g.oid = m.roleid
WHERE r.oid >= 16384
GROUP BY r.oid, r.rolname, r.rolpassword, r.rolcanlogin, r.rolcreatedb, r.rolcreaterole,
    r.rolinherit
ORDER BY r.oid
"""


def name(text: str) -> str:
    """Return a name as SQL, whatever is in it."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as SQL, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"


def create_role(role: str, password: str) -> list[str]:
    """Return the statements that make a role that can log in, make databases and make roles."""
    return [
        f"CREATE ROLE {name(role)} LOGIN CREATEDB CREATEROLE PASSWORD {literal(password)}",
        f"GRANT pg_monitor, pg_read_all_data, pg_write_all_data TO {name(role)}",
    ]


def create_database(database: str, owner: str) -> str:
    """Return the statement that makes an empty database."""
    return f"CREATE DATABASE {name(database)} OWNER {name(owner)} STRATEGY file_copy"


@dataclass(frozen=True, slots=True)
class Role:
    """A role as a cluster knows it; its password is what the cluster keeps of it."""

    name: str
    password: str | None
    login: bool
    databases: bool
    roles: bool
    inherits: bool
    member_of: list[str]

    def create(self) -> list[str]:
        """Return the statements that make the role on another cluster."""
        options = [
            "LOGIN" if self.login else "NOLOGIN",
            "CREATEDB" if self.databases else "NOCREATEDB",
            "CREATEROLE" if self.roles else "NOCREATEROLE",
            "INHERIT" if self.inherits else "NOINHERIT",
        ]
        statements = [f"CREATE ROLE {name(self.name)} {' '.join(options)}", *self.keep_password()]
        return statements + [f"GRANT {name(of)} TO {name(self.name)}" for of in self.member_of]

    def keep_password(self) -> list[str]:
        """Return the statement that gives the role this password on another cluster."""
        password = literal(self.password) if self.password else "NULL"
        return [f"ALTER ROLE {name(self.name)} PASSWORD {password}"]


def roles(server: Server) -> dict[str, Role]:
    """Return the roles of a server that somebody made, in the order in which they were made."""
    return {row[0]: Role(*row) for row in server.query(_ROLES)}


def copy_roles(server: Server, wanted: dict[str, Role]) -> None:
    """Give a server the roles that it lacks, and the passwords that are others there."""
    present = roles(server)
    for role in wanted.values():
        if role.name not in present:
            statements = role.create()
        elif role.password != present[role.name].password:
            statements = role.keep_password()
        else:
            continue
        for statement in statements:
            server.query(statement)


def remove_rows(server: Server) -> None:
    """Empty every table of every database, and set every sequence back to its start."""
    for database in server.databases():
        with server.connection(database) as connection:
            connection.execute(_RESET_SEQUENCES)
            ((tables,),) = connection.execute(_USER_TABLES).fetchall()
            if tables:
                connection.execute(f"TRUNCATE {tables} CASCADE".encode())
            for (view,) in connection.execute(_MATERIALIZED_VIEWS).fetchall():
                connection.execute(f"REFRESH MATERIALIZED VIEW {view} WITH NO DATA".encode())
            connection.commit()
