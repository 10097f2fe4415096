"""The SQL statements that the storage runs."""

from dataclasses import dataclass

from neon_sandbox.storage.postgres.server import Server

# One line each: in single-user mode a newline ends the statement.
NEW_CLUSTER = (
    # All branches share the files of the templates, so no client may write to them.
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

_END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
AND datname = coalesce(%s, datname)
"""
_OWNER = "SELECT datdba::regrole::text FROM pg_database WHERE datname = %s"
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
    """Return the text as a quoted SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return the text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def create_role(role: str, password: str) -> list[str]:
    """Return the statements for a role that can log in, create databases and create roles."""
    return [
        f"CREATE ROLE {name(role)} LOGIN CREATEDB CREATEROLE PASSWORD {literal(password)}",
        f"GRANT pg_monitor, pg_read_all_data, pg_write_all_data TO {name(role)}",
    ]


def create_database(database: str, owner: str) -> str:
    """Return the statement that creates an empty database."""
    return f"CREATE DATABASE {name(database)} OWNER {name(owner)} STRATEGY file_copy"


def end_sessions(server: Server, database: str | None = None) -> None:
    """End the sessions of clients, by default in all databases."""
    server.query(_END_SESSIONS, database)


def set_password(server: Server, role: str, password: str) -> None:
    """Set a role's password, and end the sessions of clients."""
    server.query(f"ALTER ROLE {name(role)} PASSWORD {literal(password)}")
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
    member_of: list[str]

    def create(self) -> list[str]:
        """Return the statements that create the role on another cluster."""
        rights = {"LOGIN": self.login, "CREATEDB": self.databases, "CREATEROLE": self.roles}
        rights["INHERIT"] = self.inherits
        options = " ".join(right if has else f"NO{right}" for right, has in rights.items())
        statements = [f"CREATE ROLE {name(self.name)} {options}", *self.keep_password()]
        return statements + [f"GRANT {name(of)} TO {name(self.name)}" for of in self.member_of]

    def keep_password(self) -> list[str]:
        """Return the statement that sets the role's password on another cluster."""
        password = literal(self.password) if self.password else "NULL"
        return [f"ALTER ROLE {name(self.name)} PASSWORD {password}"]


def roles(server: Server) -> dict[str, Role]:
    """Return the roles that were created on a server, in the order of their creation."""
    return {row[0]: Role(*row) for row in server.query(_ROLES)}


def copy_roles(server: Server, wanted: dict[str, Role]) -> None:
    """Create the roles that a server lacks, and set the passwords that differ."""
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
    """Empty all tables and materialized views of all databases, and reset all sequences."""
    for database in server.databases():
        with server.connection(database) as connection:
            connection.execute(_RESET_SEQUENCES)
            ((tables,),) = connection.execute(_USER_TABLES).fetchall()
            if tables:
                connection.execute(f"TRUNCATE {tables} CASCADE".encode())
            for (view,) in connection.execute(_MATERIALIZED_VIEWS).fetchall():
                connection.execute(f"REFRESH MATERIALIZED VIEW {view} WITH NO DATA".encode())
            connection.commit()
