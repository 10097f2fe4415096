"""The loopback server carries HTTP/1.1 to the API and adds no rules."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from typing import TYPE_CHECKING

import httpx
import pytest

from neon_sandbox import ShiftedClock, incident
from neon_sandbox.scenario import API_KEY, instant
from neon_sandbox.server import http as door_module
from neon_sandbox.server.http import MAX_BODY, HttpServer
from tests.ports import claimed
from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

# The server answers in separate threads.
pytestmark = pytest.mark.needs("threads")

KEY = {"authorization": f"Bearer {API_KEY}"}
RESTORE = {
    "source_branch_id": PRODUCTION,
    "source_timestamp": BEFORE_DELETE,
    "preserve_under_name": "before",
}


@pytest.fixture
def door() -> Iterator[HttpServer]:
    """Return an open server of a fresh incident, without rate limits."""
    with HttpServer(incident(limits=None)) as door:
        yield door


@pytest.fixture
def client(door: HttpServer) -> Iterator[httpx.Client]:
    """Return an HTTP client of the server's project."""
    base = f"{door.environment['NEON_API_HOST']}/projects/{door.environment['NEON_PROJECT_ID']}"
    with httpx.Client(base_url=base, headers=KEY, trust_env=False) as client:
        yield client


def exchange(door: HttpServer, sent: bytes) -> tuple[HTTPResponse, bytes]:
    """Send raw bytes; return the response, after which the server must close the connection."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=5) as connection:
        connection.sendall(sent)
        response = HTTPResponse(connection)
        response.begin()
        body = response.read()
        assert connection.recv(1) == b""
    return response, body


def test_an_answer_is_the_apis_own(door: HttpServer, client: httpx.Client) -> None:
    """Status, headers and body are those that `Api.handle` returned."""
    seen: list[httpx.Response] = []
    door.on_response = lambda _, response: seen.append(response)
    response = client.get(f"/branches/{PRODUCTION}")
    assert response.status_code == 200
    assert response.content == seen[0].content
    assert list(response.headers.items()) == list(seen[0].headers.items())
    assert response.headers["date"] == "Fri, 20 Nov 2026 14:40:00 GMT"


def test_an_address_that_a_client_can_use_is_in_the_environment(door: HttpServer) -> None:
    """``NEON_API_HOST`` contains the port that the server listens on."""
    assert door.environment["NEON_API_HOST"] == f"http://127.0.0.1:{door.port}/api/v2"
    assert door.port > 0


def test_only_loopback_is_listened_on(door: HttpServer) -> None:
    """A connection to another address of the machine is refused."""
    with pytest.raises(OSError, match=r"refused|assign"):
        socket.create_connection(("127.0.0.2", door.port), timeout=1)


def test_a_connection_is_used_again(door: HttpServer) -> None:
    """Several requests use one connection, whatever the status of their responses."""
    with closing(HTTPConnection("127.0.0.1", door.port, timeout=5)) as connection:
        connection.connect()
        first = connection.sock
        for path, status in (("/api/v2/projects", 200), ("/api/v2/nothing", 404)) * 2:
            connection.request("GET", path, headers=KEY)
            response = connection.getresponse()
            response.read()
            assert response.status == status
        assert connection.sock is first


def test_a_change_lets_earlier_work_end_first(client: httpx.Client) -> None:
    """On a stepped clock a restore has finished before the next request is handled."""
    restored = client.post(f"/branches/{PRODUCTION}/restore", json=RESTORE)
    assert restored.json()["branch"]["current_state"] == "resetting"
    assert client.patch(f"/branches/{DEVELOPMENT}", json={"branch": {"name": "dev"}}).is_success
    assert client.get(f"/branches/{PRODUCTION}").json()["branch"]["current_state"] == "ready"


def test_a_running_clock_is_left_alone() -> None:
    """On a running clock a change during earlier work is rejected with 423."""
    clock = ShiftedClock(instant("14:40:00"))
    with HttpServer(incident(clock)) as door, httpx.Client(headers=KEY, trust_env=False) as client:
        base = f"{door.environment['NEON_API_HOST']}/projects/{door.environment['NEON_PROJECT_ID']}"
        assert client.post(f"{base}/branches/{PRODUCTION}/restore", json=RESTORE).is_success
        second = client.patch(f"{base}/branches/{DEVELOPMENT}", json={"branch": {"name": "dev"}})
        assert second.status_code == 423


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
    ],
)
def test_what_is_no_request_is_refused(
    door: HttpServer, sent: bytes, status: int, message: str
) -> None:
    """The response is a regular API error with the model's date, and the connection closes."""
    response, body = exchange(door, sent)
    assert response.status == status
    refused = json.loads(body)
    assert message in refused["message"]
    assert refused.keys() == {"request_id", "code", "message"}
    assert response.headers["date"] == "Fri, 20 Nov 2026 14:40:00 GMT"
    assert response.headers["connection"] == "close"


def test_a_body_of_the_largest_size_is_read(client: httpx.Client) -> None:
    """Only a larger body exceeds the limit."""
    response = client.patch(f"/branches/{PRODUCTION}", content=b" " * MAX_BODY)
    assert response.status_code == 400
    assert "request body" in response.json()["message"]


def test_any_method_reaches_the_api(client: httpx.Client) -> None:
    """The API decides which methods a path has."""
    assert client.request("BREW", "/branches").status_code == 405


def test_an_answer_to_head_has_no_body(door: HttpServer) -> None:
    """The next response on the connection is still read correctly."""
    with closing(HTTPConnection("127.0.0.1", door.port, timeout=5)) as connection:
        for method, length in (("HEAD", 0), ("GET", 500)):
            connection.request(method, "/api/v2/projects", headers=KEY)
            assert len(connection.getresponse().read()) >= length


def test_a_target_may_be_a_whole_url(door: HttpServer) -> None:
    """A client that uses the sandbox as a proxy gets a response too."""
    with closing(HTTPConnection("127.0.0.1", door.port, timeout=5)) as connection:
        connection.request("GET", "http://localhost/api/v2/projects?limit=1", headers=KEY)
        assert json.loads(connection.getresponse().read())["projects"][0]["name"] == "shop"


def test_an_encoded_slash_stays_in_its_place(client: httpx.Client) -> None:
    """A name with a slash in it is one segment of the path."""
    response = client.get(f"/branches/{PRODUCTION}/databases/a%2Fb")
    assert response.json()["message"] == "database not found"


@pytest.mark.parametrize("value", [b"\xe4", b"a b", b"x" * 200])
def test_an_unfit_request_id_is_replaced(client: httpx.Client, value: bytes) -> None:
    """An id that is not ASCII, has a space or is too long is not sent back."""
    response = client.get("/branches", headers=[(b"x-request-id", value)])
    assert response.headers["x-request-id"].startswith("00000000-0000-4000-9000-")


def test_many_clients_are_answered_at_once(door: HttpServer, client: httpx.Client) -> None:
    """Each of several threads gets the response to its request."""

    def ask(number: int) -> tuple[str, int]:
        response = client.get("/branches", params={"limit": 1 + number % 2})
        return response.headers["x-request-id"], len(response.json()["branches"]) - number % 2

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(200)))
    assert len({request_id for request_id, _ in answers}) == 200
    assert {found for _, found in answers} == {1}


def test_a_fault_of_the_stand_in_is_said_and_survived(
    client: httpx.Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client gets a 500 that names the sandbox as the cause, and the next request works."""

    def fail(*_: object) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setattr(HttpServer, "answer", fail)
        response = client.get("/branches")
    assert response.status_code == 500
    assert "a fault of its own: RuntimeError('out of order')" in response.json()["message"]
    assert "RuntimeError: out of order" in capsys.readouterr().err
    assert client.get("/branches").status_code == 200


def test_a_client_that_goes_away_is_no_event(
    door: HttpServer, client: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """An incomplete request is dropped, and nothing is logged."""
    with socket.create_connection(("127.0.0.1", door.port)) as connection:
        connection.sendall(b"POST /api/v2/projects HTTP/1.1\r\nContent-Length: 10\r\n\r\n{}")
    assert client.get("/branches").status_code == 200
    door.close()
    assert capsys.readouterr().err == ""


def test_a_client_that_says_nothing_is_sent_away(
    door: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An idle connection is closed after a timeout."""
    monkeypatch.setattr(door_module._Handler, "timeout", 0.1)
    with socket.create_connection(("127.0.0.1", door.port), timeout=5) as connection:
        assert connection.recv(1) == b""


def test_closing_ends_idle_connections_and_frees_the_port() -> None:
    """No client keeps a closed server open, and the port can be used again at once."""
    with claimed() as port:
        door = HttpServer(incident(), port)
        with door, closing(HTTPConnection("127.0.0.1", port, timeout=5)) as idle:
            idle.request("GET", "/api/v2/projects", headers=KEY)
            idle.getresponse().read()
            door.close()
            assert idle.sock.recv(1) == b""
        with HttpServer(incident(), port) as again:
            assert again.port == port


def test_a_taken_port_is_an_error(door: HttpServer) -> None:
    """Two servers cannot share a port."""
    with pytest.raises(OSError, match="in use"), HttpServer(incident(), door.port):
        pass


def test_a_wait_between_head_and_body_is_waited_for(door: HttpServer) -> None:
    """A request with ``Expect: 100-continue`` gets a 100, and then its body is read."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=5) as connection:
        connection.sendall(
            b"POST /api/v2/nothing HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
            b"Authorization: Bearer " + API_KEY.encode() + b"\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"{}")
        assert connection.recv(100).startswith(b"HTTP/1.1 404 ")


def test_what_is_told_is_told_before_the_answer_arrives(
    door: HttpServer, client: httpx.Client
) -> None:
    """`HttpServer.on_response` is called before the client gets the response."""
    told: list[str] = []
    door.on_response = lambda request, response: told.append(
        f"{request.method} {response.status_code}"
    )
    client.get("/branches")
    assert told == ["GET 200"]
