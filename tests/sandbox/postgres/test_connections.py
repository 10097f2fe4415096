"""Clients at the proxy: TLS, passwords, cancelled queries, large transfers, malformed input."""

from __future__ import annotations

import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from neon_sandbox.scenario import incident
from neon_sandbox.server.postgres import Proxy, protocol
from tests.sandbox.cli.process import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def connect(harness: Harness, **options: Any) -> str:
    """Connect with the connection string, changed by the options; return the role."""
    with psycopg.connect(harness.uri("production"), **options) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    role: str = row[0]
    return role


@pytest.mark.parametrize(
    ("sslmode", "channel_binding"),
    [
        ("require", "require"),
        ("require", "prefer"),
        ("require", "disable"),
        ("prefer", "prefer"),
        ("disable", "disable"),
    ],
)
def test_every_way_to_log_in(shared_sandbox: Harness, sslmode: str, channel_binding: str) -> None:
    """The printed string requires TLS and channel binding; the proxy accepts less."""
    assert connect(shared_sandbox, sslmode=sslmode, channel_binding=channel_binding) == "shop_owner"


def test_channel_binding_needs_tls(shared_sandbox: Harness) -> None:
    """A client that requires channel binding cannot log in without TLS."""
    with pytest.raises(psycopg.OperationalError, match="channel binding"):
        connect(shared_sandbox, sslmode="disable", channel_binding="require")


@pytest.mark.parametrize("sslmode", ["require", "disable"])
@pytest.mark.parametrize(
    ("user", "password"),
    [("shop_owner", "wrong"), ("nobody", "sandbox-password"), ("cloud_admin", "")],
)
def test_who_is_not_let_in(shared_sandbox: Harness, user: str, password: str, sslmode: str) -> None:
    """The message is that of Postgres, and the same for a role that does not exist."""
    options = {"user": user, "password": password or "x", "sslmode": sslmode}
    with pytest.raises(
        psycopg.OperationalError, match=f'password authentication failed for user "{user}"'
    ):
        connect(shared_sandbox, channel_binding="prefer", **options)


def test_the_server_says_what_is_missing(shared_sandbox: Harness) -> None:
    """Errors after the login come from the server."""
    with pytest.raises(psycopg.OperationalError, match='database "nowhere" does not exist'):
        connect(shared_sandbox, dbname="nowhere")


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
        received = 0
        with connection.cursor().copy("COPY lines TO STDOUT") as copy:
            for chunk in copy:
                received += len(chunk)
    assert received == len(line) * 20_000


def test_a_role_has_the_rights_of_an_owner(shared_sandbox: Harness) -> None:
    """The role can create databases and roles, and is no superuser."""
    with psycopg.connect(shared_sandbox.uri("production")) as connection:
        found = connection.execute(
            "SELECT rolcreatedb, rolcreaterole, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert found == (True, True, False)


def test_a_read_only_compute_refuses_writes(harness: Harness) -> None:
    """The compute shows the head of the branch, at a separate address."""
    body = {"branch": {"name": "replica"}, "endpoints": [{"type": "read_only"}]}
    host = harness.do("POST", "/branches", body)["endpoints"][0]["host"]
    uri = f"postgresql://shop_owner:sandbox-password@{host}/shop"
    with (
        psycopg.connect(uri) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("DELETE FROM orders")


def test_a_newer_protocol_is_offered_the_older_one(raw: socket.socket) -> None:
    """The offer is the first message that the proxy sends."""
    body = struct.pack("!I", protocol.PROTOCOL + 2) + b"user\0shop_owner\0_pq_.x\0on\0\0"
    raw.sendall(struct.pack("!I", len(body) + 4) + body)
    offered = struct.pack("!II", protocol.PROTOCOL, 1) + b"_pq_.x\0"
    assert raw.recv(len(offered) + 5, socket.MSG_WAITALL) == protocol.message(b"v", offered)


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
    """The error is a protocol violation, and the connection closes."""
    raw.sendall(nonsense)
    answer = b""
    while data := raw.recv(1000):
        answer += data
    assert answer[:1] == b"E"
    assert protocol.error_code(answer[5:]) == protocol.PROTOCOL_VIOLATION


def test_unencrypted_data_behind_a_request_for_tls_is_refused(raw: socket.socket) -> None:
    """An attacker on the network may have injected it."""
    startup = protocol.startup({"user": "shop_owner"})
    raw.sendall(struct.pack("!II", 8, protocol.SSL_REQUEST) + startup)
    assert raw.recv(1) == b"S"
    assert raw.recv(1) == b"E"


def test_an_encryption_that_is_not_known_is_declined(raw: socket.socket) -> None:
    """The client can continue without GSS encryption."""
    raw.sendall(struct.pack("!II", 8, protocol.GSSENC_REQUEST))
    assert raw.recv(1) == b"N"


def test_a_client_that_goes_away_leaves_nothing_behind(shared_sandbox: Harness) -> None:
    """The client's session on the server ends."""
    connection = psycopg.connect(shared_sandbox.uri("production"))
    pid = connection.info.backend_pid
    connection.close()
    gone = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}"  # noqa: S608 - a number
    eventually(lambda: shared_sandbox.query("production", gone) == 0, "its session lives on")


def test_only_loopback_is_listened_on(shared_sandbox: Harness, address: tuple[str, int]) -> None:
    """The endpoint's host is 127.0.0.1, and another address refuses connections."""
    assert address[0] == "127.0.0.1"
    with (
        socket.socket() as other,
        pytest.raises(OSError, match="refused"),
    ):
        other.connect(("127.0.0.2", address[1]))


def test_a_sandbox_in_memory_has_nothing_to_connect_to() -> None:
    """The proxy raises ``TypeError`` for it."""
    with pytest.raises(TypeError, match="only Postgres storage"):
        Proxy(incident())
