"""The loopback server carries HTTP/1.1 to the API and adds no rules."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection, HTTPResponse
from unittest import mock

import httpx
import pytest

from neon_sandbox import ShiftedClock, incident
from neon_sandbox.scenario import API_KEY, instant
from neon_sandbox.server import http as door_module
from neon_sandbox.server.http import MAX_BODY, HttpServer
from tests.ports import claimed
from tests.sandbox.cli.process import eventually
from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, REWIND

# The server answers in separate threads.
pytestmark = pytest.mark.needs("threads")

KEY = {"authorization": f"Bearer {API_KEY}"}
RENAME = {"branch": {"name": "dev"}}


@pytest.fixture
def door() -> Iterator[HttpServer]:
    """Return an open server of a fresh incident, without rate limits."""
    with HttpServer(incident(limits=None), key=API_KEY) as door:
        yield door


@pytest.fixture
def client(door: HttpServer) -> Iterator[httpx.Client]:
    """Return an HTTP client of the server's project."""
    with client_of(door) as client:
        yield client


def client_of(door: HttpServer) -> httpx.Client:
    """Return an HTTP client of a server's project."""
    base = f"{door.environment['NEON_API_HOST']}/projects/{door.environment['NEON_PROJECT_ID']}"
    headers = {"authorization": f"Bearer {door.environment['NEON_API_KEY']}"}
    return httpx.Client(base_url=base, headers=headers, trust_env=False)


def connect(door: HttpServer) -> socket.socket:
    """Return a connection on which nothing has been sent."""
    return socket.create_connection(("127.0.0.1", door.port), timeout=5)


@pytest.fixture
def connection(door: HttpServer) -> Iterator[HTTPConnection]:
    """Return an HTTP connection, which never reconnects by itself."""
    with closing(HTTPConnection("127.0.0.1", door.port, timeout=5)) as connection:
        connection.connect()
        connection.auto_open = 0
        yield connection


def test_an_answer_is_the_apis_own(door: HttpServer, client: httpx.Client) -> None:
    """`HttpServer.on_response` gets the API's response before the client gets the same one."""
    seen: list[tuple[httpx.Request, httpx.Response]] = []
    door.on_response = lambda *exchange: seen.append(exchange)
    response = client.get(f"/branches/{PRODUCTION}")
    ((request, told),) = seen
    assert request.method == "GET"
    assert response.status_code == told.status_code == 200
    assert response.content == told.content
    assert list(response.headers.items()) == list(told.headers.items())
    assert response.headers["date"] == "Fri, 20 Nov 2026 14:40:00 GMT"


def test_only_loopback_is_listened_on(door: HttpServer) -> None:
    assert door.environment["NEON_API_HOST"] == f"http://127.0.0.1:{door.port}/api/v2"
    assert door.port > 0
    with pytest.raises(OSError, match=r"refused|assign"):
        socket.create_connection(("127.0.0.2", door.port), timeout=1)


def test_a_connection_is_used_again(connection: HTTPConnection) -> None:
    for path, status in (("/api/v2/projects", 200), ("/api/v2/nothing", 404)) * 2:
        connection.request("GET", path, headers=KEY)
        response = connection.getresponse()
        response.read()
        assert response.status == status


def test_a_change_lets_earlier_work_end_first(client: httpx.Client) -> None:
    """On a stepped clock a restore has finished before the next request is handled."""
    restored = client.post(f"/branches/{PRODUCTION}/restore", json=REWIND)
    assert restored.json()["branch"]["current_state"] == "resetting"
    assert client.patch(f"/branches/{DEVELOPMENT}", json=RENAME).is_success
    assert client.get(f"/branches/{PRODUCTION}").json()["branch"]["current_state"] == "ready"


def test_a_running_clock_is_left_alone() -> None:
    """On a running clock a change during earlier work is rejected with 423."""
    with HttpServer(incident(ShiftedClock(instant("14:40:00")))) as door, client_of(door) as client:
        assert client.post(f"/branches/{PRODUCTION}/restore", json=REWIND).is_success
        assert client.patch(f"/branches/{DEVELOPMENT}", json=RENAME).status_code == 423


@pytest.mark.parametrize(
    ("sent", "status", "message"),
    [
        (b"nonsense\r\n\r\n", 400, "Bad request syntax"),
        (b"GET /api/v2/projects HTTP/1\r\n\r\n", 400, "Bad request version"),
        (b"GET /api/v2/projects HTTP/2.0\r\n\r\n", 505, "Invalid HTTP version"),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400, "malformed path"),
        (b"GET /a" + b"b" * 70_000 + b" HTTP/1.1\r\n\r\n", 414, "URI Too Long"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "malformed header"),
        (b"GET / HTTP/1.1\r\nX-Request-ID: a\r\n b\r\n\r\n", 400, "malformed header"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431, "Too many headers"),
        (b"GET / HTTP/1.1\r\na: " + b"b" * 70_000 + b"\r\n\r\n", 431, "Line too long"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "malformed Content-Length"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "malformed"),
        (b"POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", 413, "larger than 1048576 bytes"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411, "Content-Length"),
        # A page whose own name was given the address of the sandbox.
        (b"GET / HTTP/1.1\r\nHost: evil.example:14310\r\n\r\n", 421, "evil.example"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 421, "evil.example"),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 421, "evil.example"),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 421, "evil.example"),
    ],
)
def test_a_refused_request(door: HttpServer, sent: bytes, status: int, message: str) -> None:
    """The response is a regular API error with the model's date, and the connection closes."""
    with connect(door) as connection:
        connection.sendall(sent)
        response = HTTPResponse(connection)
        response.begin()
        refused = json.loads(response.read())
        assert connection.recv(1) == b""
    assert response.status == status
    assert message in refused["message"]
    assert refused.keys() == {"request_id", "code", "message"}
    assert response.headers["date"] == "Fri, 20 Nov 2026 14:40:00 GMT"
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "message"),
    [
        # Only a larger body exceeds the limit.
        ("PATCH", f"/branches/{PRODUCTION}", b" " * MAX_BODY, 400, "invalid request"),
        # The API decides which methods a path has.
        ("BREW", "/branches", b"", 405, "method not allowed"),
        # A name with a slash in it is one segment of the path.
        ("GET", f"/branches/{PRODUCTION}/databases/a%2Fb", b"", 404, "database not found"),
    ],
    ids=["the largest body", "any method", "an encoded slash"],
)
def test_what_reaches_the_api(
    client: httpx.Client, method: str, path: str, content: bytes, status: int, message: str
) -> None:
    response = client.request(method, path, content=content)
    assert response.status_code == status
    assert message in response.json()["message"]


def test_an_answer_to_head_has_no_body(connection: HTTPConnection) -> None:
    """The next response on the connection is still read correctly."""
    for method, length in (("HEAD", 0), ("GET", 500)):
        connection.request(method, "/api/v2/projects", headers=KEY)
        assert len(connection.getresponse().read()) >= length


def test_a_target_may_be_a_whole_url(connection: HTTPConnection) -> None:
    """A client that uses the sandbox as a proxy gets a response too."""
    connection.request("GET", "http://localhost/api/v2/projects?limit=1", headers=KEY)
    assert json.loads(connection.getresponse().read())["projects"][0]["name"] == "shop"


@pytest.mark.parametrize("value", [b"\xe4", b"a b", b"x" * 200])
def test_an_unfit_request_id_is_replaced(client: httpx.Client, value: bytes) -> None:
    response = client.get("/branches", headers=[(b"x-request-id", value)])
    assert response.headers["x-request-id"].startswith("00000000-0000-4000-9000-")


def test_many_clients_are_answered_at_once(door: HttpServer, client: httpx.Client) -> None:
    def ask(number: int) -> tuple[str, int]:
        response = client.get("/branches", params={"limit": 1 + number % 2})
        return response.headers["x-request-id"], len(response.json()["branches"]) - number % 2

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(200)))
    assert len({request_id for request_id, _ in answers}) == 200
    assert {found for _, found in answers} == {1}


def test_a_fault_of_its_own(client: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    with mock.patch.object(HttpServer, "answer", side_effect=RuntimeError("out of order")):
        response = client.get("/branches")
    assert response.status_code == 500
    assert "a fault of its own: RuntimeError('out of order')" in response.json()["message"]
    assert "RuntimeError: out of order" in capsys.readouterr().err
    assert client.get("/branches").status_code == 200


def test_a_client_that_goes_away_is_no_event(
    door: HttpServer, client: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """An incomplete request is dropped, and nothing is logged."""
    with connect(door) as connection:
        connection.sendall(b"POST /api/v2/projects HTTP/1.1\r\nContent-Length: 10\r\n\r\n{}")
    assert client.get("/branches").status_code == 200
    door.close()
    assert capsys.readouterr().err == ""


def test_an_idle_client_is_sent_away(door: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module._Handler, "timeout", 0.1)
    with connect(door) as connection:
        assert connection.recv(1) == b""


def test_connections_are_bounded(door: HttpServer, client: httpx.Client) -> None:
    """Those beyond the limit are told, and more of them dropped; one that closes makes room."""
    before = threading.active_count()

    def has_room() -> bool:
        # Until the server has noticed that enough have closed, it drops this one as well.
        with suppress(httpx.TransportError):
            return client.get("/branches").status_code == 200
        return False

    with ExitStack() as stack:
        idle = [stack.enter_context(connect(door)) for _ in range(door_module.MAX_CONNECTIONS)]
        eventually(lambda: threading.active_count() - before >= len(idle), "not all are accepted")
        refused = client.get("/branches")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "100 connections are open" in refused.json()["message"]
        more = [stack.enter_context(connect(door)) for _ in range(3 * door_module.MAX_REFUSED)]
        assert more[-1].recv(1) == b""
        assert threading.active_count() - before <= len(idle) + door_module.MAX_REFUSED
        for connection in (*idle, *more):
            connection.close()
        eventually(has_room, "there is no room")


def test_closing_ends_idle_connections_and_frees_the_port() -> None:
    """No client keeps a closed server open, and the port can be used again at once."""
    with claimed() as port:
        door = HttpServer(incident(), port, key=API_KEY)
        with door, closing(HTTPConnection("127.0.0.1", port, timeout=5)) as idle:
            idle.request("GET", "/api/v2/projects", headers=KEY)
            idle.getresponse().read()
            door.close()
            assert idle.sock.recv(1) == b""
        with HttpServer(incident(), port) as again:
            assert again.port == port


def test_a_taken_port_is_an_error(door: HttpServer) -> None:
    with pytest.raises(OSError, match="in use"), HttpServer(incident(), door.port):
        pass


def test_a_wait_between_head_and_body_is_waited_for(door: HttpServer) -> None:
    """A request with ``Expect: 100-continue`` gets a 100, and then its body is read."""
    with connect(door) as connection:
        connection.sendall(
            b"POST /api/v2/nothing HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
            b"Authorization: Bearer " + API_KEY.encode() + b"\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert connection.recv(100).startswith(b"HTTP/1.1 404 ")
