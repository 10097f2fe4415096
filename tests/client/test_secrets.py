"""The API key and passwords do not show, whatever happens."""

from __future__ import annotations

import logging
import pickle
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from neon_restore import AsyncNeon, CheckFailed, ConfigurationError, ConnectionString, Neon
from neon_restore._http import flow
from neon_restore._http.auth import Secret
from neon_sandbox.scenario import API_KEY
from neon_sandbox.scenario import PASSWORD as PUBLIC_PASSWORD
from neon_sandbox.server.http import HttpServer
from tests.client.hidden import (
    KEY,
    PASSWORD,
    SECRETS,
    InterruptedNetwork,
    check_hidden,
    check_travels,
    pickled,
    seen_of,
)
from tests.client.world import GOOD, World, lost, status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neon_restore import Progress
    from tests.client.world import Answer

ECHO = f"no such key: {KEY}"
RESTORE = "/restore"
ROOT = Path(__file__).parents[2]
PAGES = {".html", ".json", ".md", ".txt", ".xml"}


@pytest.fixture
def world(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return the incident with a key and a password of its own; watch where the key travels."""
    monkeypatch.setenv("NEON_API_KEY", KEY)
    monkeypatch.setattr(world.sandbox.api, "_authorization", f"Bearer {KEY}")
    for branch in world.sandbox.model.branches.values():
        for role in branch.roles.values():
            role.password = PASSWORD
    yield world
    for request in world.sent:
        check_travels(request)


@pytest.fixture
def told() -> list[Progress]:
    """Return what the client tells while it is at work."""
    return []


@pytest.fixture
def neon(world: World, told: list[Progress]) -> Neon:
    """Return a client that tells."""
    return world.connect(progress=told.append)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Return what all loggers have said so far, at DEBUG, with the errors that they were given."""
    caplog.set_level(logging.DEBUG)
    written = logging.Formatter()

    def said() -> str:
        return "\n".join(f"{written.format(r)} {r.args!r} {vars(r)!r}" for r in caplog.records)

    return said


def print_nothing(uri: ConnectionString) -> None:
    """A check that all is well, with the password in its hands."""
    assert PASSWORD in str(uri)


WORK: dict[str, Callable[[Neon], Any]] = {
    "plan": lambda neon: neon.plan_restore("production", at=GOOD),
    "restore": lambda neon: neon.restore("production", at=GOOD),
    "start": lambda neon: neon.begin_restore("production", at=GOOD),
    "wait": lambda neon: neon.wait(neon.begin_restore("production", at=GOOD)),
    "resume": lambda neon: neon.resume(neon.begin_restore("production", at=GOOD)),
    "rollback": lambda neon: neon.rollback(neon.restore("production", at=GOOD)),
    "plan rollback": lambda neon: neon.plan_rollback(neon.restore("production", at=GOOD)),
    "backups": lambda neon: neon.backups(),
    "delete backups": lambda neon: neon.delete_backups(older_than=timedelta(0)),
    "compare": lambda neon: neon.schema_diff("production", database="shop", at=GOOD),
    "verify": lambda neon: neon.restore("production", at=GOOD, verify={"shop": print_nothing}),
    "connect": lambda neon: neon.connection_string("production", database="shop"),
    "travel": lambda neon: neon.connection_string("production", at=GOOD, database="shop"),
    "window": lambda neon: neon.history_window("development"),
    "set window": lambda neon: neon.set_history_window(timedelta(days=2)),
}


@pytest.mark.parametrize("name", WORK)
def test_nothing_shows_when_all_goes_well(
    name: str, neon: Neon, told: list[Progress], logged: Callable[[], str]
) -> None:
    """Results, clients, log lines and what is told hold neither key nor password."""
    result = WORK[name](neon)
    check_hidden(repr(result), repr(neon), logged())
    check_hidden(*(f"{event} {event!r} {pickled(event)}" for event in told))
    if not isinstance(result, ConnectionString):
        check_hidden(str(result), pickled(result))


def test_nothing_shows_of_a_branch_that_is_unprotected(
    neon: Neon, world: World, told: list[Progress], logged: Callable[[], str]
) -> None:
    """Nor when its protection is taken off and put back."""
    world.protect("production")
    result = neon.restore("production", at=GOOD, unprotect=True)
    assert told
    check_hidden(repr(result), logged(), *(f"{event} {event!r}" for event in told))


def test_nothing_shows_of_a_check_that_failed(neon: Neon, logged: Callable[[], str]) -> None:
    """As a driver's error, which repeats what it was to connect to."""

    def fail(uri: ConnectionString) -> None:
        raise OSError(f"cannot connect to {uri!s}")

    with pytest.raises(CheckFailed) as raised:
        neon.restore("production", at=GOOD, verify={"shop": fail})
    check_hidden(*seen_of(raised.value), logged(), pickled(raised.value))


def test_a_client_cannot_be_pickled(neon: Neon) -> None:
    """So the key stays in this process."""
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(getattr(neon, "neon", neon))


def test_a_connection_string_is_pickled_whole(neon: Neon) -> None:
    """As with `str()`, its password is there for whoever asks: another process can connect."""
    connection = neon.connection_string("production", database="shop")
    assert pickle.loads(pickle.dumps(connection)) == connection  # noqa: S301
    assert PASSWORD in pickled(connection)


def raising(error: Callable[[httpx.Request], BaseException]) -> Answer:
    """An answer that is no answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise error(request)

    return answer


def text(body: str, **headers: str) -> Answer:
    """An answer that is not Neon's."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(200, content=body.encode(), headers=named)


FAILURES: dict[str, tuple[str, str, Answer]] = {
    "401": ("GET", "/branches", status(401, ECHO)),
    "423 until the deadline": ("POST", RESTORE, status(423, ECHO)),
    "429 until the deadline": ("GET", "/branches", status(429, ECHO, Retry_After=KEY)),
    "a way elsewhere": (
        "GET",
        "/branches",
        status(307, ECHO, Location=f"https://example.com/{KEY}"),
    ),
    "404": ("GET", "/branches", status(404, ECHO)),
    "422": ("POST", RESTORE, status(422, ECHO)),
    "500 to a read": ("GET", "/branches", status(500, ECHO)),
    "500 to a restore": ("POST", RESTORE, status(500, ECHO)),
    "an id that repeats the key": (
        "GET",
        "/branches",
        lambda request: httpx.Response(400, headers={"X-Request-ID": KEY}),
    ),
    "no JSON": ("GET", "/branches", text(f"<p>{KEY}")),
    "no JSON to a restore": ("POST", RESTORE, text(f"<p>{KEY}")),
    "a form that repeats the key": ("GET", "/branches", text("", content_type=KEY)),
    "no connection": (
        "POST",
        RESTORE,
        raising(lambda request: httpx.ConnectError(ECHO, request=request)),
    ),
    "a lost answer": ("POST", RESTORE, lost),
    "an answer lost in many words": (
        "POST",
        RESTORE,
        raising(lambda request: httpx.RemoteProtocolError(ECHO, request=request)),
    ),
    "an interruption": ("POST", RESTORE, raising(lambda request: KeyboardInterrupt())),
    "a fault in the transport": ("POST", RESTORE, raising(lambda request: OSError("gone"))),
    "no URI": ("GET", "/connection_uri", text('{"uri": 7}')),
    "a URI of another kind": (
        "GET",
        "/connection_uri",
        text('{"uri": "https://shop_owner:password-that-nobody-sees@example.com/"}'),
    ),
    "a URI that is none": (
        "GET",
        "/connection_uri",
        text('{"uri": "postgresql://shop_owner:password-that-nobody-sees@[::/shop"}'),
    ),
    "an operation that is none": ("GET", "/operations/", text("{}")),
}


def work(neon: Neon) -> None:
    """Everything that the failures above can hit."""
    neon.connection_string("production", at=GOOD, database="shop")
    neon.restore("production", at=GOOD, timeout=30)


@pytest.mark.parametrize("name", FAILURES)
def test_nothing_shows_when_something_fails(
    name: str, neon: Neon, world: World, logged: Callable[[], str]
) -> None:
    """No failure shows a secret, in its words, its chain, its frames' variables or a log line."""
    method, path, answer = FAILURES[name]
    world.always(method, path, answer)
    with pytest.raises(BaseException) as raised:  # noqa: PT011 - each of them has its own
        work(neon)
    check_hidden(*seen_of(raised.value), logged(), repr(neon), pickled(raised.value))


def test_nothing_shows_of_a_failed_operation(
    neon: Neon, world: World, logged: Callable[[], str]
) -> None:
    """Neon's own words about an operation are searched for the key, too."""
    world.storage.fail_next(ECHO)
    with pytest.raises(Exception, match="ended as failed") as raised:
        neon.restore("production", at=GOOD)
    error: Any = raised.value
    check_hidden(str(error), repr(error), logged())
    assert error.neon_message == "no such key: ***"


def interrupted_while_sending(world: World) -> BaseException:
    """What comes out when Ctrl-C meets a request that is being sent."""
    transport = httpx.HTTPTransport()
    transport._pool._network_backend = InterruptedNetwork()
    with Neon(transport=transport) as neon, pytest.raises(KeyboardInterrupt) as raised:
        neon.restore("production", at=GOOD)
    return raised.value


def test_nothing_shows_of_a_request_that_is_being_sent(world: World) -> None:
    """The frames that hold the request, key and all, are not in the error."""
    check_hidden(*seen_of(interrupted_while_sending(world)))


def test_the_search_finds_what_shows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the frames of the transport left in place, the same search fails."""
    monkeypatch.setattr(flow, "_strip_tracebacks", lambda error: error)
    error = interrupted_while_sending(world)
    with pytest.raises(AssertionError, match=KEY):
        check_hidden(*seen_of(error))


@pytest.mark.parametrize("client", [Neon, AsyncNeon])
@pytest.mark.parametrize(
    "wrong",
    [
        {"api_key": f"{KEY} "},
        {"project_id": ""},
        {"project_id": KEY.upper()},
        {"api_host": "ftp://example.com"},
        {"timeout": 0},
    ],
)
def test_nothing_shows_when_a_client_cannot_be_made(
    client: Any, wrong: dict[str, Any], world: World
) -> None:
    """The error of a constructor shows no key, though one was passed."""
    with pytest.raises(ConfigurationError) as raised:
        client(**{"api_key": KEY, **wrong})
    check_hidden(*seen_of(raised.value))


@pytest.mark.needs("threads")
def test_nothing_shows_on_a_real_connection(
    world: World, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over sockets, with httpx and httpcore logging at DEBUG, the key and passwords stay hidden."""
    handle, sent = world.sandbox.api.handle, []

    def noting(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return handle(request)

    monkeypatch.setattr(world.sandbox.api, "handle", noting)
    with HttpServer(world.sandbox) as door:
        neon = world.connect(api_host=door.environment["NEON_API_HOST"], transport=None)
        neon.connection_string("production", at=GOOD, database="shop")
        neon.restore("production", at=GOOD)
        with pytest.raises(Exception, match="401") as raised:
            world.connect(
                api_key=f"{KEY}-of-another",
                api_host=door.environment["NEON_API_HOST"],
                transport=None,
            ).backups()
    assert "httpcore" in logged()
    assert len(sent) > 10
    for request in sent:
        check_travels(request)
    check_hidden(logged(), *seen_of(raised.value))


def test_a_secret_is_shown_on_demand_only() -> None:
    """Repr and str of a secret hide it; reveal gives it and redact takes it out of text."""
    secret = Secret("xyzzy")
    assert repr(secret) == str(secret) == "Secret(***)"
    assert secret.reveal() == "xyzzy"
    assert secret.redact("a xyzzy b xyzzy") == "a *** b ***"


def test_nothing_shows_on_the_pages() -> None:
    """No output of an example, and no page that was built, holds a key or a password."""
    outputs = [*(ROOT / "snippets").rglob("*.out")]
    assert outputs
    built = [path for path in (ROOT / "site").rglob("*") if path.suffix in PAGES]
    for path in (*outputs, *built):
        text = path.read_text("utf-8")
        for secret in (*SECRETS, API_KEY, PUBLIC_PASSWORD):
            assert secret not in text, path
