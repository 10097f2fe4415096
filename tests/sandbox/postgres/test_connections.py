"""Clients at the proxy: TLS, passwords, cancelled queries, large transfers, malformed input."""

import socket
import ssl
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from neon_sandbox.scenario import incident
from neon_sandbox.server.postgres import Proxy, protocol
from tests.sandbox.cli.process import eventually
from tests.sandbox.postgres.harness import Harness


@pytest.fixture
def address(shared_sandbox: Harness) -> tuple[str, int]:
    """Return the host and port of production's endpoint."""
    host, port = shared_sandbox.do("GET", "/endpoints")["endpoints"][0]["host"].split(":")
    return host, int(port)


@pytest.fixture
def raw(address: tuple[str, int]) -> Iterator[socket.socket]:
    """Return a connection on which nothing has been sent."""
    with socket.create_connection(address, timeout=10) as connection:
        yield connection


def encrypted(connection: socket.socket) -> ssl.SSLSocket:
    """Return the connection, on which nothing has been sent, with TLS."""
    connection.sendall(TLS)
    assert connection.recv(1) == b"S"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connection)


def require_login(harness: Harness, **options: Any) -> None:
    """Connect as the owner with the connection string, changed by the options."""
    with psycopg.connect(harness.uri("production"), **options) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("shop_owner",)


@pytest.mark.parametrize(
    ("sslmode", "channel_binding"),
    [
        ("require", "require"),
        ("require", "prefer"),
        ("require", "disable"),
        ("prefer", "prefer"),
        ("verify-full", "require"),
    ],
)
def test_every_way_to_log_in(shared_sandbox: Harness, sslmode: str, channel_binding: str) -> None:
    """The printed string requires TLS and channel binding; the proxy does without the latter."""
    root = shared_sandbox.storage.directory / "certificate-authority.pem"
    verified = {"sslrootcert": str(root)} if sslmode == "verify-full" else {}
    require_login(shared_sandbox, sslmode=sslmode, channel_binding=channel_binding, **verified)


@pytest.mark.parametrize(
    ("user", "password"),
    [("shop_owner", "wrong"), ("nobody", "sandbox-password"), ("cloud_admin", "x")],
)
def test_who_is_not_let_in(shared_sandbox: Harness, user: str, password: str) -> None:
    """The message is that of Postgres, and the same for a role that does not exist."""
    login = {"user": user, "password": password, "channel_binding": "prefer"}
    message = f'password authentication failed for user "{user}"'
    with pytest.raises(psycopg.OperationalError, match=message):
        require_login(shared_sandbox, **login)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"sslmode": "disable", "channel_binding": "disable"},
            r"ERROR:  connection is insecure \(try using `sslmode=require`\)",
        ),
        # Errors after the login come from the server.
        ({"dbname": "nowhere"}, 'database "nowhere" does not exist'),
    ],
)
def test_failed_connections(shared_sandbox: Harness, options: dict[str, str], message: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=message):
        require_login(shared_sandbox, **options)


def test_a_query_can_be_cancelled(shared_sandbox: Harness) -> None:
    """The cancel request arrives on a separate connection and is forwarded."""
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    with psycopg.connect(shared_sandbox.uri("production")) as connection:

        def cancel() -> None:
            eventually(lambda: shared_sandbox.query("production", sleeping) == 1, "no query sleeps")
            connection.cancel_safe()

        with ThreadPoolExecutor() as pool:
            cancelled = pool.submit(cancel)
            with pytest.raises(psycopg.errors.QueryCanceled):
                connection.execute("SELECT pg_sleep(120)")
            cancelled.result()


def test_much_data_goes_both_ways(shared_sandbox: Harness) -> None:
    """The data arrives complete, even if it is sent faster than the other side reads."""
    line = "x" * 1000 + "\n"
    with psycopg.connect(shared_sandbox.uri("production")) as connection:
        connection.execute("CREATE TEMP TABLE lines (text text)")
        with connection.cursor().copy("COPY lines FROM STDIN") as copy:
            for _ in range(200):
                copy.write(line * 100)
        with connection.cursor().copy("COPY lines TO STDOUT") as copy:
            received = sum(len(chunk) for chunk in copy)
    assert received == len(line) * 20_000


def test_a_role_has_the_rights_of_an_owner(shared_sandbox: Harness) -> None:
    """As on Neon, by its own rights and those of `neon_superuser`."""
    query = """
    SELECT (rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolsuper,
        pg_has_role('neon_superuser', 'usage'), pg_has_role('pg_monitor', 'usage'))::text
    FROM pg_roles WHERE rolname = user
    """
    assert shared_sandbox.query("production", query) == "(t,t,t,t,f,t,t)"


def test_a_read_only_compute_refuses_writes(harness: Harness) -> None:
    """The compute shows the head of the branch, at a separate address."""
    body = {"branch": {"name": "replica"}, "endpoints": [{"type": "read_only"}]}
    host = harness.do("POST", "/branches", body)["endpoints"][0]["host"]
    uri = f"postgresql://shop_owner:sandbox-password@{host}/shop"
    with psycopg.connect(uri) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("DELETE FROM orders")


# With a newer minor version and an option of the protocol.
NEWER = protocol.startup({"user": "shop_owner", "_pq_.x": "on"}).replace(b"\3\0\0", b"\3\0\2", 1)
OFFERED = protocol.message(b"v", struct.pack("!II", protocol.PROTOCOL, 1) + b"_pq_.x\0")
TLS = struct.pack("!II", 8, protocol.SSL_REQUEST)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        # An attacker on the network may have injected unencrypted data behind a request for TLS.
        (TLS + protocol.startup({"user": "shop_owner"}), b"SE"),
        # The client can continue without GSS encryption.
        (struct.pack("!II", 8, protocol.GSSENC_REQUEST), b"N"),
    ],
    ids=["data behind a request for TLS", "an unknown encryption"],
)
def test_the_first_message_of_the_proxy(raw: socket.socket, sent: bytes, answer: bytes) -> None:
    raw.sendall(sent)
    with raw.makefile("rb") as received:
        assert received.read(len(answer)) == answer


def test_a_newer_protocol(raw: socket.socket) -> None:
    with encrypted(raw) as client:
        client.sendall(NEWER)
        assert client.recv(len(OFFERED)) == OFFERED


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\x04",
        struct.pack("!II", 8, 2 << 16),
        struct.pack("!II", 9, protocol.PROTOCOL) + b"\0",
        struct.pack("!II", 14, protocol.PROTOCOL) + b"user\0\xff",
    ],
)
def test_nonsense_is_answered_with_an_error(raw: socket.socket, nonsense: bytes) -> None:
    raw.sendall(nonsense)
    answer = b"".join(iter(lambda: raw.recv(1000), b""))
    assert answer[:1] == b"E"
    assert protocol.error_code(answer[5:]) == protocol.PROTOCOL_VIOLATION


def test_a_client_that_goes_away_leaves_nothing_behind(shared_sandbox: Harness) -> None:
    connection = psycopg.connect(shared_sandbox.uri("production"))
    pid = connection.info.backend_pid
    connection.close()
    gone = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}"  # noqa: S608 - a number
    eventually(lambda: shared_sandbox.query("production", gone) == 0, "its session lives on")


def test_only_loopback_is_listened_on(shared_sandbox: Harness, address: tuple[str, int]) -> None:
    assert address[0] == "127.0.0.1"
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", address[1]))


def test_a_sandbox_in_memory_has_nothing_to_connect_to() -> None:
    with pytest.raises(TypeError, match="only Postgres storage"):
        Proxy(incident())
