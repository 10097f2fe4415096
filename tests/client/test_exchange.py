"""Exchanges over real connections: they end in time, in little memory, and stay apart."""

import asyncio
import gzip
import itertools
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any

import httpcore
import httpx
import pytest
import trustme

from neon_restore import (
    AsyncNeon,
    DeadlinePassed,
    Neon,
    NoAnswer,
    OutcomeUnknown,
    UnexpectedAnswer,
    _clock,
)
from neon_restore._http import exchange, flow, retry
from tests.client.harness import KEY, PROJECT
from tests.client.raw_server import END, RawServer, Serve, answers, message, raw_server

pytestmark = pytest.mark.needs("threads")
BRANCH = {"id": "br-1", "name": "production", "created_at": "2026-11-20T08:00:00Z"}
LIST = message({"branches": [BRANCH], "snapshots": []})
CHUNKED = "Transfer-Encoding: chunked"
Run = Callable[..., Any]


@pytest.fixture(params=["sync", "async", "trio"])
def kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of client: blocking, or asynchronous on asyncio or trio."""
    if request.param == "trio":
        pytest.importorskip("trio")
    return str(request.param)


@pytest.fixture
def run(kind: str) -> Run:
    """Return a function that calls a method of a new client of a server, on the real clock."""

    def call(server: RawServer, method: str, *arguments: Any, **settings: Any) -> Any:
        given = {"api_key": KEY, "project_id": PROJECT, "api_host": server.url} | settings
        if kind == "sync":
            with Neon(**given) as neon:
                return getattr(neon, method)(*arguments)

        async def main() -> Any:
            async with AsyncNeon(**given) as neon:
                return await getattr(neon, method)(*arguments)

        if kind == "trio":
            return pytest.importorskip("trio").run(main)
        return asyncio.run(main())

    return call


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the limit of an exchange to what a busy machine needs, and of a last look to less."""
    monkeypatch.setattr(retry, "READ_TIMEOUT", 0.6)
    monkeypatch.setattr(retry, "MIN_READ_TIMEOUT", 0.1)


def slow(*parts: bytes) -> Serve:
    """Answer requests that only read, at first; drip an answer to any other, and to later ones."""

    def serve(server: RawServer, connection: socket.socket) -> None:
        line = server.receive(connection)
        if line.startswith("GET") and not any("POST" in seen for seen in server.requests):
            connection.sendall(LIST)
        else:
            server.drip(connection, *parts)

    return serve


SLOW = {
    "silence": [b""],
    "informational answers": [b"HTTP/1.1 102 Processing\r\n\r\n"],
    "a status line": [b"HTTP", b"/1.1 2", b"00 OK\r\n", b"X: y\r\n"],
    "a body": [message(None, CHUNKED, content=b""), b"1\r\n \r\n"],
}


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("name", SLOW)
def test_a_dripped_answer_ends_with_the_deadline(name: str, run: Run) -> None:
    """The limit is one for the whole exchange, however often something arrives."""

    def serve(server: RawServer, connection: socket.socket) -> None:
        server.receive(connection)
        server.drip(connection, *SLOW[name])

    with raw_server(serve) as server:
        began = time.monotonic()
        with pytest.raises(DeadlinePassed, match="No answer from the sandbox"):
            run(server, "backups", timeout=0.6)
        assert time.monotonic() - began < 5


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("name", SLOW)
def test_a_dripped_answer_to_a_write_is_unknown_in_time(name: str, run: Run) -> None:
    """A call ends by its deadline and the limit of an exchange, whatever a server sends."""
    with raw_server(slow(*SLOW[name])) as server:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown, match="was sent, and no answer came") as error:
            run(server, "create_snapshot", "production", timeout=2)
        assert time.monotonic() - began < 6
        assert error.value.changed.startswith("unknown")


@pytest.mark.usefixtures("short")
def test_an_answer_over_tls_ends_with_the_deadline_too(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handshake and each read get no more than what is left."""
    authority = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: ours)

    def serve(server: RawServer, connection: socket.socket) -> None:
        with theirs.wrap_socket(connection, server_side=True) as secured:
            server.receive(secured)
            if len(server.requests) == 1:
                secured.sendall(LIST)
            else:
                server.drip(secured, *SLOW["a body"])

    with raw_server(serve) as server:
        host = server.url.replace("http:", "https:")
        assert run(server, "backups", api_host=host, timeout=2) == ()
        began = time.monotonic()
        with pytest.raises(DeadlinePassed, match="No answer from the sandbox"):
            run(server, "backups", api_host=host, timeout=0.6)
        assert time.monotonic() - began < 5


@pytest.mark.usefixtures("short")
def test_endless_pages_end_with_the_deadline(run: Run) -> None:
    numbers = itertools.count()

    def serve(server: RawServer, connection: socket.socket) -> None:
        server.receive(connection)
        time.sleep(0.05)
        connection.sendall(message({"branches": [], "pagination": {"next": str(next(numbers))}}))

    with raw_server(serve) as server:
        with pytest.raises(DeadlinePassed):
            run(server, "backups", timeout=1)
        assert 1 < len(server.requests) < 40


@pytest.mark.usefixtures("short")
def test_the_limit_is_for_all_addresses_of_a_host_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blocking client tries one after another, and takes the one that accepts."""
    tried: list[str] = []

    def resolve(host: str, port: int, *_: object, **__: object) -> list[Any]:
        listed = addresses if host == "127.0.0.1" else [host]
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (one, port)) for one in listed]

    def connect(_: object, host: str, port: int, timeout: float, **__: object) -> Any:
        tried.append(host)
        if host == "127.0.0.3":
            return httpcore.MockStream([LIST])
        time.sleep(min(timeout, 0.05))
        raise httpcore.ConnectTimeout("timed out")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    addresses = ["127.0.0.2", "127.0.0.3"]
    with Neon(api_key=KEY, project_id=PROJECT, api_host="http://127.0.0.1:9") as neon:
        assert neon.backups() == ()
        assert tried == addresses
        addresses = [f"127.0.0.{number}" for number in range(4, 250)]
        with pytest.raises(NoAnswer, match="took too long"):
            neon.backups(timeout=0.6)
        assert len(tried) < 40
        addresses = []
        with pytest.raises(NoAnswer, match=r"127\.0\.0\.1 has no address"):
            neon.backups(timeout=0.6)


def test_a_name_that_does_not_resolve_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: object, **__: object) -> Any:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with (
        Neon(api_key=KEY, project_id=PROJECT, api_host="http://127.0.0.1:9") as neon,
        pytest.raises(NoAnswer, match="no such name"),
    ):
        neon.backups(timeout=0.6)


def test_a_resolver_that_hangs_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be interrupted, so the client leaves it alone; nothing was sent."""
    over = threading.Event()

    def resolve(*_: object, **__: object) -> list[Any]:
        over.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with Neon(api_key=KEY, project_id=PROJECT, api_host="http://127.0.0.1:9") as neon:
        began = time.monotonic()
        with pytest.raises(DeadlinePassed, match=r"127\.0\.0\.1 was not resolved in time"):
            neon.backups(timeout=0.6)
        assert time.monotonic() - began < 5
    over.set()


def test_a_timeout_of_the_resolver_itself_is_its_own() -> None:
    """It is raised as it is, and no limit has passed."""

    def resolve() -> None:
        raise TimeoutError("the name server did not answer")

    with pytest.raises(TimeoutError, match="the name server did not answer"):
        _clock.call_within(20, resolve, id)


def deflated(content: bytes) -> bytes:
    """Return a body in the format that is named deflate."""
    return zlib.compress(content)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", deflated),
        ("identity", bytes),
    ],
)
def test_a_compressed_answer_is_read(coding: str, pack: Any, run: Run) -> None:
    content = pack(LIST.partition(END)[2])
    with raw_server(
        answers(message(None, f"Content-Encoding: {coding}", content=content))
    ) as server:
        assert run(server, "backups") == ()


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_an_answer_without_content_needs_no_decompressing(coding: str, run: Run) -> None:
    """A proxy may name an encoding also of an empty body; a deletion answers 204 without one."""

    def serve(server: RawServer, connection: socket.socket) -> None:
        is_read = server.receive(connection).startswith("GET")
        head = f"HTTP/1.1 204 No Content\r\nContent-Encoding: {coding}{END.decode()}"
        connection.sendall(LIST if is_read else head.encode())

    with raw_server(serve) as server:
        assert run(server, "delete_branch", "production").id == "br-1"
        assert server.requests[-1].startswith("DELETE")


PACKED = gzip.compress(LIST.partition(END)[2])
UNREADABLE = {
    "too large": (b"[" + b" " * exchange.MAX_CONTENT, "identity", "more than 10 MiB"),
    "a bomb": (gzip.compress(b" " * 2 * exchange.MAX_CONTENT), "gzip", "more than 10 MiB"),
    "cut off": (PACKED[:-9], "gzip", "it was cut off"),
    "broken": (b"no gzip", "gzip", "it cannot be decompressed"),
    "another encoding": (b"...", "br", "an encoding that was not asked for"),
    "two encodings": (PACKED, "gzip, gzip", "an encoding that was not asked for"),
}


@pytest.mark.filterwarnings("ignore:Async generator .* was garbage collected:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_answer_is_unexpected(name: str, run: Run) -> None:
    """For a request that changes something, the outcome is unknown; the error has the status."""
    content, coding, why = UNREADABLE[name]
    said = message(None, f"Content-Encoding: {coding}", content=content)

    def serve(server: RawServer, connection: socket.socket) -> None:
        connection.sendall(LIST if "GET" in server.receive(connection) and sent_first else said)

    sent_first = False
    with raw_server(serve) as server:
        with pytest.raises(UnexpectedAnswer, match=rf"not in Neon's form \(no content type: {why}"):
            run(server, "backups")
        sent_first = True
        with pytest.raises(OutcomeUnknown, match=f"could not be read .*{why}") as error:
            run(server, "create_snapshot", "production")
        assert error.value.status == 200


MEASURE = """
import asyncio, sys, tracemalloc
from neon_restore import AsyncNeon, Neon, UnexpectedAnswer

async def main():
    async with AsyncNeon() as neon:
        await neon.backups()

def measured():
    try:
        if sys.argv[1] == "sync":
            with Neon() as neon:
                neon.backups()
        else:
            asyncio.run(main())
    except UnexpectedAnswer as error:
        return str(error)

measured()
tracemalloc.start()
said = measured()
print(tracemalloc.get_traced_memory()[1] / 2**20)
assert "more than 10 MiB" in said
"""


@pytest.mark.needs("processes")
@pytest.mark.parametrize("client", ["sync", "async"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_huge_answer_takes_little_memory(client: str, coding: str) -> None:
    """A gigabyte, sent as it is or in a megabyte of gzip, takes at most 60 MiB above idle."""
    huge = b"\0" * 2**30 if coding == "identity" else _bomb()
    head = message(None, f"Content-Encoding: {coding}", f"Content-Length: {len(huge)}", content=b"")
    head = head.replace(b"Content-Length: 0\r\n", b"")

    def serve(server: RawServer, connection: socket.socket) -> None:
        server.receive(connection)
        if len(server.requests) == 1:
            connection.sendall(LIST)
        else:
            connection.sendall(head)
            connection.sendall(huge)

    with raw_server(serve) as server:
        names = {"NEON_API_KEY": KEY, "NEON_PROJECT_ID": PROJECT, "NEON_API_HOST": server.url}
        command = [sys.executable, "-c", MEASURE, client]
        printed = subprocess.check_output(command, env=os.environ | names, text=True)  # noqa: S603
    assert float(printed) < 60


def _bomb() -> bytes:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    zeros = b"\0" * 2**20
    return b"".join(packer.compress(zeros) for _ in range(1024)) + packer.flush()


def test_an_answer_that_was_there_before_belongs_to_no_request(run: Run) -> None:
    """What a server sends after one answer is not taken as the answer to the next request."""
    stray = message({"branches": [BRANCH | {"name": "stray_old_2026-11-20T08:00:00Z"}]})

    def serve(server: RawServer, connection: socket.socket) -> None:
        # A page with a cursor, so that the client goes on; its connection stays open.
        first = not server.requests
        page = {"branches": [BRANCH], "pagination": {"next": "a"}}
        server.receive(connection)
        connection.sendall(message(page) + stray if first else LIST)
        server.over.wait(0.5)

    with raw_server(serve) as server:
        assert run(server, "backups") == ()
        assert len(server.requests) == 2


class UnwritableStream:
    """A connection that takes nothing, and has an answer all the same."""

    def write(self, *_: object, **__: object) -> Any:
        """Fail."""
        raise httpcore.WriteError("broken pipe")

    def read(self, *_: object, **__: object) -> Any:
        """Return an answer in Neon's form."""
        return message({"message": "no", "request_id": "r"}, status=422)

    def close(self) -> None:
        """Do nothing."""

    def get_extra_info(self, info: str) -> None:
        """Return nothing."""


class AsyncUnwritableStream(UnwritableStream):
    """The same for asynchronous clients."""

    async def write(self, *_: object, **__: object) -> None:
        """Fail."""
        super().write()

    async def read(self, *_: object, **__: object) -> Any:
        """Return an answer in Neon's form."""
        return super().read()

    async def aclose(self) -> None:
        """Do nothing."""


def test_a_request_that_was_not_written_whole_is_unknown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer on a connection that broke while the request was written may be to another."""

    async def connect(*_: object, **__: object) -> Any:
        return AsyncUnwritableStream()

    def serve(server: RawServer, connection: socket.socket) -> None:
        server.receive(connection)
        if "snapshots" in server.requests[-1]:
            monkeypatch.setattr(
                httpcore.SyncBackend, "connect_tcp", lambda *_, **__: UnwritableStream()
            )
            for backend in (httpcore.AnyIOBackend, httpcore.TrioBackend):
                monkeypatch.setattr(backend, "connect_tcp", connect, raising=False)
        connection.sendall(LIST)

    with (
        raw_server(serve) as server,
        pytest.raises(OutcomeUnknown, match=r"no answer came \(broken pipe\)"),
    ):
        run(server, "create_snapshot", "production")


def test_a_client_works_in_a_second_event_loop() -> None:
    """It keeps no connection, so none belongs to a loop that has ended."""
    with raw_server(answers(LIST)) as server:
        neon = AsyncNeon(api_key=KEY, project_id=PROJECT, api_host=server.url)
        for _ in range(2):
            assert asyncio.run(neon.backups()) == ()
        asyncio.run(neon.aclose())


@pytest.mark.needs("processes")
def test_a_client_works_after_a_fork() -> None:
    """Parent and child share no connection, so neither gets an answer of the other."""
    program = """
import os, sys
from neon_restore import Neon
with Neon() as neon:
    neon.backups()
    child = os.fork()
    for _ in range(20):
        neon.backups()
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    connections = []

    def serve(server: RawServer, connection: socket.socket) -> None:
        connections.append(connection)
        while server.receive(connection):
            connection.sendall(LIST)

    with raw_server(serve) as server:
        names = {"NEON_API_KEY": KEY, "NEON_PROJECT_ID": PROJECT, "NEON_API_HOST": server.url}
        command = [sys.executable, "-c", program]
        subprocess.run(command, env=os.environ | names, check=True, timeout=60)  # noqa: S603
        assert len(server.requests) == len(connections) == 41


def test_cancelling_a_task_under_trio_runs_the_cleanup() -> None:
    """A branch is protected again, as under asyncio."""
    trio = pytest.importorskip("trio")
    log: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        log.append(request.url.path)
        return httpx.Response(204)

    def work() -> Any:
        try:
            yield flow.Sleep(60)
        finally:
            answer = yield exchange.Send(method="POST", path="/protect")
            log.append(str(answer.status))
            checked = yield flow.Invoke(lambda: "called in a thread")
            log.append(checked)

    async def main() -> None:
        async with httpx.AsyncClient(
            transport=httpx.MockTransport(handle), base_url="http://127.0.0.1"
        ) as http:
            with trio.move_on_after(0.05) as scope:
                await flow.run_async(work(), http)
            assert scope.cancelled_caught

    trio.run(main)
    assert log == ["/protect", "204", "called in a thread"]
