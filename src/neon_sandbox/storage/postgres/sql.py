"""The SQL statements that the storage runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from neon_sandbox.storage.postgres import passwords
from neon_sandbox.storage.postgres.server import Server
from neon_sandbox.storage.protocol import Catalog, CatalogRole

PRIVILEGED = "neon_superuser"
# One line each: in single-user mode a newline ends the statement.
NEW_CLUSTER = (
    # All branches share the files of the templates, so no client may write to them.
    "UPDATE pg_database SET datallowconn = false WHERE datname = 'template1'",
    # [rule: neon-superuser] Without pg_create_subscription: a subscription would let the server
    # itself connect, and so past the proxy.
    f"CREATE ROLE {PRIVILEGED} NOLOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS "
    "IN ROLE pg_read_all_data, pg_write_all_data",
    f"GRANT pg_monitor, pg_signal_backend TO {PRIVILEGED} WITH ADMIN OPTION",
)
# A superuser has no password, and is looked for in vain.
LOGIN = """
SELECT rolpassword FROM pg_authid
WHERE rolname = %s AND rolcanlogin AND NOT rolsuper AND coalesce(rolvaliduntil > now(), true)
"""

_USER_TABLES = """
SELECT string_agg(c.oid::regclass::text, ', ')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p')
AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
"""
_MATERIALIZED_VIEWS = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'm'"
_RESET_SEQUENCES = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"
# Those that a TRUNCATE would run: their functions are the client's, and the session a superuser's.
_TRIGGERS = """
SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger
WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 32 <> 0
"""
_ENABLE = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}

_END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
AND datname = coalesce(%s, datname)
"""
_OWNER = "SELECT datdba::regrole::text FROM pg_database WHERE datname = %s"
# By name, because single-user mode gives roles the low object ids of the system's own.
_ROLES = r"""
SELECT rolname, rolpassword, rolcanlogin, rolcreatedb, rolcreaterole, rolinherit, rolbypassrls,
    rolreplication, rolconnlimit, coalesce(rolvaliduntil, 'infinity')::text
FROM pg_authid WHERE NOT rolsuper AND rolname NOT LIKE 'pg\_%' ORDER BY oid
"""
_MEMBERSHIPS = r"""
SELECT roleid::regrole::text, member::regrole::text, admin_option, inherit_option, set_option
FROM pg_auth_members WHERE member::regrole::text NOT LIKE 'pg\_%' ORDER BY oid
"""
_CLIENT_DATABASES = """
SELECT datname, rolname FROM pg_database d JOIN pg_authid a ON a.oid = datdba
WHERE NOT datistemplate AND NOT rolsuper ORDER BY d.oid
"""


def name(text: str) -> str:
    """Return the text as a quoted SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return the text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def create_role(role: str, password: str) -> list[str]:
    """Return the statement for a role of the API's. [rule: neon-superuser]"""
    return [
        f"CREATE ROLE {name(role)} LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS "
        f"IN ROLE {PRIVILEGED} PASSWORD {literal(passwords.encrypt(role, password))}"
    ]


def create_database(database: str, owner: str) -> str:
    """Return the statement that creates an empty database."""
    return f"CREATE DATABASE {name(database)} OWNER {name(owner)} STRATEGY file_copy"


def catalog(server: Server, known: Mapping[str, str | None]) -> Catalog:
    """Return the roles and databases of clients; a known password that matches is a role's."""
    made = {}
    for role in client_roles(server).values():
        password = known.get(role.name)
        is_current = password is not None and passwords.matches(password, role.password)
        made[role.name] = CatalogRole(password if is_current else None, role.login)
    del made[PRIVILEGED]
    return Catalog(made, dict(server.query(_CLIENT_DATABASES)))


def end_sessions(server: Server, database: str | None = None) -> None:
    """End the sessions of clients, by default in all databases."""
    server.query(_END_SESSIONS, database)


def set_password(server: Server, role: str, password: str) -> None:
    """Set a role's password, and end the sessions of clients."""
    server.query(f"ALTER ROLE {name(role)} PASSWORD {literal(passwords.encrypt(role, password))}")
    end_sessions(server)


def drop_role(server: Server, role: str) -> None:
    """Delete a role, and give what it owns in a database to the owner of the database."""
    for database in server.databases():
        ((owner,),) = server.query(_OWNER, database)
        with server.connection(database) as connection:
            connection.execute(f"REASSIGN OWNED BY {name(role)} TO {owner}".encode())
            connection.execute(f"DROP OWNED BY {name(role)}".encode())
            connection.commit()
    server.query(f"DROP ROLE {name(role)}")


def update_database(server: Server, database: str, new_name: str, owner: str) -> None:
    """Give a database a name and an owner."""
    server.query(f"ALTER DATABASE {name(database)} OWNER TO {name(owner)}")
    if new_name != database:
        end_sessions(server, database)
        server.query(f"ALTER DATABASE {name(database)} RENAME TO {name(new_name)}")


def drop_database(server: Server, database: str) -> None:
    """Delete a database, and end the sessions in it."""
    server.query(f"DROP DATABASE {name(database)} WITH (FORCE)")


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a cluster; ``password`` is the hash that the cluster stores."""

    name: str
    password: str | None
    login: bool
    databases: bool
    roles: bool
    inherits: bool
    bypasses_rls: bool
    replicates: bool
    connections: int
    valid_until: str

    def alter(self) -> str:
        """Return the statement that gives the role its rights and password on another cluster."""
        rights = {
            "LOGIN": self.login,
            "CREATEDB": self.databases,
            "CREATEROLE": self.roles,
            "INHERIT": self.inherits,
            "BYPASSRLS": self.bypasses_rls,
            "REPLICATION": self.replicates,
        }
        options = " ".join(right if has else f"NO{right}" for right, has in rights.items())
        password = literal(self.password) if self.password else "NULL"
        return (
            f"ALTER ROLE {name(self.name)} {options} CONNECTION LIMIT {self.connections} "
            f"PASSWORD {password} VALID UNTIL {literal(self.valid_until)}"
        )


@dataclass(frozen=True, slots=True)
class Membership:
    """That a role is a member of another, both quoted, and how."""

    of: str
    member: str
    admin: bool
    inherits: bool
    sets: bool

    def grant(self) -> str:
        """Return the statement that makes it so on another cluster."""
        options = f"ADMIN {self.admin}, INHERIT {self.inherits}, SET {self.sets}"
        return f"GRANT {self.of} TO {self.member} WITH {options}"


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles that were created on a server, and their memberships, in order of creation."""

    roles: Mapping[str, Role]
    memberships: tuple[Membership, ...]


def roles(server: Server) -> Roles:
    """Return the roles of a server."""
    memberships = tuple(Membership(*row) for row in server.query(_MEMBERSHIPS))
    return Roles(client_roles(server), memberships)


def client_roles(server: Server) -> dict[str, Role]:
    """Return the roles that clients or the API have made, by name."""
    return {row[0]: Role(*row) for row in server.query(_ROLES)}


def copy_roles(server: Server, wanted: Roles) -> None:
    """Give a server the roles that it lacks, and to all of them their rights and passwords."""
    present = roles(server)
    for role in wanted.roles.values():
        if role.name not in present.roles:
            server.query(f"CREATE ROLE {name(role.name)}")
        if present.roles.get(role.name) != role:
            server.query(role.alter())
    for membership in wanted.memberships:
        if membership not in present.memberships:
            server.query(membership.grant())


def remove_rows(server: Server) -> None:
    """Empty all tables and materialized views of all databases, and reset all sequences."""
    for database in server.databases():
        with server.connection(database) as connection:
            connection.execute(_RESET_SEQUENCES)
            ((tables,),) = connection.execute(_USER_TABLES).fetchall()
            triggers = connection.execute(_TRIGGERS).fetchall()
            for table, trigger, _ in triggers:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name(trigger)}".encode())
            if tables:
                connection.execute(f"TRUNCATE {tables} CASCADE".encode())
            for table, trigger, enabled in triggers:
                statement = f"ALTER TABLE {table} {_ENABLE[enabled]} TRIGGER {name(trigger)}"
                connection.execute(statement.encode())
            for (view,) in connection.execute(_MATERIALIZED_VIEWS).fetchall():
                connection.execute(f"REFRESH MATERIALIZED VIEW {view} WITH NO DATA".encode())
            connection.commit()
