"""Nobody else gets in, and nobody who is in gets out of Postgres or above their rights."""

import base64
import hashlib
import os
import pwd
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from unittest import mock

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from neon_sandbox.server.postgres import protocol, proxy, scram
from neon_sandbox.storage.postgres import StorageError, clean_up, sql
from tests.sandbox.cli.process import TIMEOUT, eventually
from tests.sandbox.postgres.harness import BEFORE_DELETE, Harness, live_harness
from tests.sandbox.postgres.test_connections import encrypted
from tests.sandbox.postgres.test_directory import open_storage
from tests.sandbox.postgres.test_login import BARE, client_final
from tools.scratch import scratch

PAST = f"neon_timestamp:{BEFORE_DELETE}"
# Runs as whoever fires it; a superuser's session would make the role one.
TRAP = """
CREATE FUNCTION spring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN ALTER ROLE shop_owner SUPERUSER; RETURN NULL; END $$;
CREATE TABLE bait ();
CREATE TRIGGER trap BEFORE TRUNCATE ON bait EXECUTE FUNCTION spring();
ALTER TABLE bait ENABLE ALWAYS TRIGGER trap;
"""
# Found before Postgres' own, by a session that looks where a client says.
DECOY = """
CREATE SCHEMA decoy;
CREATE FUNCTION decoy.setval(oid, bigint, boolean) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN ALTER ROLE shop_owner SUPERUSER; RETURN 1; END $$;
CREATE SEQUENCE numbers;
ALTER DATABASE shop SET search_path = decoy, pg_catalog, public;
"""


@pytest.mark.parametrize(
    "statement",
    [
        "COPY orders TO PROGRAM 'true'",
        "COPY orders FROM '/etc/passwd'",
        "COPY orders TO '/srv/orders'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT pg_stat_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '/srv/object')",
        "CREATE LANGUAGE unsafe HANDLER plpgsql_call_handler",
        "CREATE FUNCTION f(cstring) RETURNS integer AS '/lib/libc.so', 'system' LANGUAGE C",
        "LOAD '/srv/library'",
        "CREATE TABLESPACE t LOCATION '/srv'",
        "CREATE SUBSCRIPTION s CONNECTION 'password=x' PUBLICATION p WITH (connect = false)",
        "ALTER SYSTEM SET archive_command = 'true'",
        "SET session_preload_libraries = 'x'",
        "SELECT pg_reload_conf()",
        "GRANT pg_execute_server_program TO shop_owner",
        "GRANT pg_create_subscription TO shop_owner",
        "GRANT pg_read_server_files TO shop_owner",
        "GRANT pg_write_server_files TO neon_superuser",
        "GRANT cloud_admin TO shop_owner",
        "SET ROLE cloud_admin",
        "SET SESSION AUTHORIZATION cloud_admin",
        "ALTER ROLE shop_owner SUPERUSER",
        "ALTER ROLE cloud_admin PASSWORD 'x'",
        "ALTER ROLE neon_superuser LOGIN PASSWORD 'x'",
        "CREATE ROLE another SUPERUSER",
        "UPDATE pg_authid SET rolsuper = true",
    ],
)
def test_what_no_client_may(shared_sandbox: Harness, statement: str) -> None:
    """Postgres refuses it to the owner, who has the rights of every role that a client can have."""
    with (
        psycopg.connect(shared_sandbox.uri("production"), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


@pytest.mark.parametrize("replication", ["true", "database"])
def test_nobody_copies_the_files(shared_sandbox: Harness, replication: str) -> None:
    """As on Neon, the role may replicate; here no server sends."""
    message = r'exceeds "max_wal_senders" \(currently 0\)'
    with pytest.raises(psycopg.OperationalError, match=message):
        psycopg.connect(shared_sandbox.uri("production"), replication=replication)


@pytest.mark.parametrize("trap", [TRAP, DECOY], ids=["trigger", "search path"])
def test_the_storage_runs_nothing_of_a_clients(harness: Harness, trap: str) -> None:
    """A branch without rows is made by a superuser, of tables that a client has made."""
    harness.run("production", trap)
    branch = harness.create("empty", init_source="schema-only")["name"]
    supers = "SELECT string_agg(rolname, ',') FROM pg_catalog.pg_roles WHERE rolsuper"
    assert harness.query(branch, supers) == "cloud_admin"
    if trap == TRAP:
        enabled = "SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'trap'"
        assert harness.query(branch, enabled) == "A"


def test_no_superuser_logs_in(harness: Harness) -> None:
    """Neither by its password nor, should that fail, as Postgres reports it of the session."""
    server = harness.storage._ready_server(harness.id("production"))
    assert server is not None
    server.query("CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'secret'")
    uri = make_conninfo(harness.uri("production"), user="boss", password="secret")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(uri)
    anybody = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
    with (
        mock.patch.object(sql, "LOGIN", anybody),
        pytest.raises(psycopg.OperationalError, match="a superuser cannot log in here"),
    ):
        psycopg.connect(uri)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_does_not_reach_the_servers(shared_sandbox: Harness) -> None:
    """Even the user of Postgres, whom the files let in, is no role's user there."""
    server = shared_sandbox.storage._ready_server(shared_sandbox.id("production"))
    assert server is not None
    binaries = shared_sandbox.storage._binaries
    target = f"host={server.sockets} port={server.number} user=cloud_admin dbname=shop"
    with pytest.raises(StorageError, match="Peer authentication failed"):
        binaries.run("pg_dump", target)
    assert server.data.stat().st_uid == pwd.getpwnam("nobody").pw_uid


def test_ones_own_programs_do(shared_sandbox: Harness) -> None:
    server = shared_sandbox.storage._ready_server(shared_sandbox.id("production"))
    assert server is not None
    target = f"host={server.sockets} port={server.number} user=cloud_admin dbname=shop"
    with psycopg.connect(target) as connection:
        assert connection.execute("SHOW is_superuser").fetchone() == ("on",)


def test_connections_are_bounded(harness: Harness) -> None:
    """Those beyond the limit are told, and more of them dropped; one that closes makes room."""
    uri = harness.uri("production")
    parts = conninfo_to_dict(uri)
    address = (str(parts["host"]), int(parts["port"] or 0))
    with ExitStack() as stack:

        def connect(count: int) -> list[socket.socket]:
            return [
                stack.enter_context(socket.create_connection(address, timeout=10))
                for _ in range(count)
            ]

        idle = connect(proxy.MAX_CONNECTIONS)
        with pytest.raises(psycopg.OperationalError, match="FATAL:  sorry, too many clients"):
            psycopg.connect(uri)
        more = connect(2 * proxy.MAX_REFUSED)
        assert more[-1].recv(1) == b""
        for connection in (*idle, *more):
            connection.close()
        eventually(lambda: can_connect(uri), "there is no room")


def can_connect(uri: str) -> bool:
    """Return whether a client is let in."""
    try:
        psycopg.connect(uri).close()
    except psycopg.OperationalError:
        return False
    return True


# Links, and what belongs to somebody else


def link_to_a_directory(folder: Path) -> Path:
    """Return a link to an empty directory."""
    (folder / "real").mkdir()
    (folder / "link").symlink_to(folder / "real")
    return folder / "link"


def linked_lock(folder: Path) -> Path:
    """Return a directory whose lock is a link to a file."""
    (folder / "kept").write_text("years of work")
    (folder / "real").mkdir()
    (folder / "real" / "sandbox.lock").symlink_to(folder / "kept")
    return folder / "real"


def special_lock(folder: Path) -> Path:
    """Return a directory whose lock is no file that can be locked."""
    (folder / "real").mkdir()
    os.mkfifo(folder / "real" / "sandbox.lock")
    return folder / "real"


def of_another(folder: Path) -> Path:
    """Return a directory of another user."""
    (folder / "real").mkdir()
    os.chown(folder / "real", 65534, 65534)
    return folder / "real"


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (link_to_a_directory, "is a link"),
        (linked_lock, "symbolic links"),
        (special_lock, r"sandbox\.lock is a link or no file"),
        pytest.param(
            of_another,
            "belongs to another user",
            marks=pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away"),
        ),
    ],
)
def test_no_link_is_followed(prepare: Callable[[Path], Path], message: str) -> None:
    with scratch() as folder:
        path = prepare(folder)
        before = {entry: entry.lstat().st_mtime_ns for entry in folder.rglob("*")}
        with pytest.raises(StorageError, match=message):
            open_storage(path)
        assert {entry: entry.lstat().st_mtime_ns for entry in folder.rglob("*")} == before
        if prepare is linked_lock:
            with pytest.raises(StorageError, match=message):
                clean_up(path)


# The end of a connection


def logged_in(harness: Harness, past: str, **parameters: str) -> ssl.SSLSocket:
    """Return the connection of a client that has logged in and asks nothing."""
    parts = conninfo_to_dict(harness.uri("production"))
    address = (str(parts["host"]), int(parts["port"] or 0))
    raw = socket.create_connection(address, timeout=TIMEOUT)
    client = encrypted(raw)
    read = client.makefile("rb", buffering=0).read

    def answer() -> tuple[bytes, bytes]:
        kind, length = read(1), int.from_bytes(read(4), "big")
        return kind, read(length - 4)

    parameters |= {"user": "shop_owner", "database": "shop", "options": past}
    client.sendall(protocol.startup(parameters))
    answer()
    first = b"n,," + BARE.encode()
    body = scram.PLAIN.encode() + b"\0" + len(first).to_bytes(4, "big") + first
    client.sendall(protocol.message(b"p", body))
    last, _ = client_final(answer()[1][4:], str(parts["password"]))
    client.sendall(protocol.message(b"p", last))
    while (said := answer())[0] != b"Z":
        assert said[0] != b"E", said
    return client


@pytest.mark.parametrize("past", ["", PAST], ids=["now", "past"])
def test_what_a_driver_does_not_know_stops_no_connection(
    shared_sandbox: Harness, past: str
) -> None:
    """Drivers such as asyncpg send the rest of a connection string as startup parameters."""
    unknown = {"channel_binding": "require", "client_encoding": "'utf-8'"}
    with logged_in(shared_sandbox, past, **unknown):
        pass


@pytest.mark.parametrize("past", ["", PAST], ids=["now", "past"])
def test_nothing_is_sent_after_a_goodbye(shared_sandbox: Harness, past: str) -> None:
    """Drivers leave the connection open until the server closes it, and report what comes."""
    with logged_in(shared_sandbox, past) as client:
        client.sendall(protocol.message(b"X", b""))
        assert client.recv(1000) == b""


def test_who_stays_is_told_of_the_end() -> None:
    with (
        live_harness(ephemeral_idle_timeout=timedelta(seconds=0.5)) as harness,
        logged_in(harness, PAST) as client,
    ):
        said = b"".join(iter(lambda: client.recv(1000), b""))
        assert b"C57P01\0Mterminating connection: the ephemeral compute was suspended" in said


# Roles, passwords and databases by SQL


def test_what_sql_makes_logs_in_and_is_listed(harness: Harness) -> None:
    """Also on a new branch and after a restore, with the rights that it had."""
    branch = f"/branches/{harness.id('production')}"

    def names(what: str) -> list[str]:
        return [one["name"] for one in harness.do("GET", f"{branch}/{what}")[what]]

    def user(uri: str, name: str, password: str, dbname: str = "shop") -> object:
        with psycopg.connect(uri, user=name, password=password, dbname=dbname) as connection:
            return connection.execute("SELECT current_user").fetchall()

    assert harness.ask("POST", f"{branch}/roles", {"role": {"name": "cloud_admin"}}).is_error
    for statement in (
        "CREATE ROLE app LOGIN PASSWORD 'one'",
        "CREATE ROLE team",
        "GRANT team TO app",
        "ALTER ROLE app PASSWORD 'twö'",
        "CREATE DATABASE reports OWNER shop_owner",
        "CREATE ROLE brief LOGIN PASSWORD 'x' VALID UNTIL '2000-01-01'",
    ):
        with psycopg.connect(harness.uri("production"), autocommit=True) as connection:
            connection.execute(statement.encode())
    assert names("roles") == ["shop_owner", "app", "team", "brief"]
    assert names("databases") == ["shop", "analytics", "reports"]
    team = harness.do("GET", f"{branch}/roles/team")["role"]
    assert team["authentication_method"] == "no_login"
    harness.create("later")
    harness.rewind()
    for where in ("production", "later"):
        uri = harness.uri(where)
        assert user(uri, "app", "twö") == [("app",)]
        for name, password in (("app", "one"), ("team", "x"), ("brief", "x")):
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                user(uri, name, password)
        assert harness.query(where, "SELECT pg_has_role('app', 'team', 'usage')")
        # Who made it may still change it.
        harness.run(where, "ALTER ROLE app PASSWORD 'three'")
        assert user(uri, "app", "three") == [("app",)]
    assert user(harness.uri("later"), "app", "three", "reports") == [("app",)]
    assert names("databases") == ["shop", "analytics"]
    harness.run("production", "ALTER ROLE shop_owner PASSWORD 'hidden'")
    path = f"{branch}/roles/shop_owner/reveal_password"
    assert harness.ask("GET", path).status_code == 501
    harness.run("later", "DROP ROLE brief")
    later = harness.do("GET", f"/branches/{harness.id('later')}/roles")["roles"]
    assert [role["name"] for role in later] == ["shop_owner", "app", "team"]


@pytest.mark.parametrize("iterations", [0, 200_000])
def test_no_count_of_iterations_stops_the_api(harness: Harness, iterations: int) -> None:
    """A client chooses it, with a verifier in place of a password."""
    key = base64.b64encode(bytes(32)).decode()
    stored = f"SCRAM-SHA-256${iterations}:{key}${key}:{key}"
    harness.run("production", f"ALTER ROLE shop_owner PASSWORD '{stored}'")
    with mock.patch.object(hashlib, "pbkdf2_hmac", wraps=hashlib.pbkdf2_hmac) as hashing:
        roles = harness.do("GET", f"/branches/{harness.id('production')}/roles")["roles"]
    assert [role["name"] for role in roles] == ["shop_owner"]
    assert iterations not in [call.args[3] for call in hashing.mock_calls]


def test_the_owners_password_is_kept_by_a_restore(harness: Harness) -> None:
    """One that SQL has set, as one of the API's."""
    uri = harness.uri("production")
    harness.run("production", "ALTER ROLE shop_owner PASSWORD 'own'")
    harness.rewind()
    with psycopg.connect(uri, password="own") as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (750,)


def test_no_log_has_a_password(harness: Harness) -> None:
    """Not even one of all statements, nor one of those that failed."""
    server = harness.storage._ready_server(harness.id("production"))
    assert server is not None
    role = f"/branches/{harness.id('production')}/roles/app"
    with pytest.raises(psycopg.errors.UndefinedObject):
        harness.run("production", "ALTER ROLE nobody PASSWORD 'clear text'")
    server.query("ALTER SYSTEM SET log_statement = 'all'")
    server.query("SELECT pg_reload_conf()")
    while server.query("SHOW log_statement") != [("all",)]:
        time.sleep(0.01)  # the server reloads in its own time
    said = harness.do("POST", role.removesuffix("/app"), {"role": {"name": "app"}})["role"]
    reset = harness.do("POST", f"{role}/reset_password")["role"]
    log = server._log.read_text()
    assert log.count('ROLE "app"') == 2
    assert [
        text for text in ("clear text", said["password"], reset["password"]) if text in log
    ] == []
    uri = make_conninfo(harness.uri("production"), user="app", password=reset["password"])
    assert can_connect(uri)


# Locks of clients


def test_a_lock_does_not_stop_the_api(harness: Harness) -> None:
    """What a transaction has locked is refused soon, and can be had when it ends."""
    branch = f"/branches/{harness.id('production')}"
    role = harness.do("POST", f"{branch}/roles", {"role": {"name": "app"}})["role"]
    harness.run("production", "GRANT CREATE ON SCHEMA public TO app")
    uri = make_conninfo(harness.uri("production"), user="app", password=role["password"])
    with psycopg.connect(uri) as connection:
        # So that this test ends even if the API waits.
        connection.execute("SET idle_in_transaction_session_timeout = '20s'")
        connection.execute("CREATE TABLE notes ()")
        connection.commit()
        connection.execute("LOCK TABLE notes")
        schema = harness.ask("GET", f"{branch}/schema", db_name="shop")
        assert (schema.status_code, "open transaction" in schema.text) == (423, True)
        deleted = harness.ask("DELETE", f"{branch}/roles/app").json()
        harness.run_until_idle()
        operation = harness.operation(deleted["operations"][0]["id"])
        assert (operation["status"], "lock timeout" in operation["error"]) == ("failed", True)
        connection.rollback()
        schema = harness.do("GET", f"{branch}/schema", db_name="shop")
        assert "CREATE TABLE public.notes" in schema["sql"]
        harness.do("DELETE", f"{branch}/roles/app")
    roles = harness.do("GET", f"{branch}/roles")["roles"]
    assert [one["name"] for one in roles] == ["shop_owner"]
