"""The API key and passwords do not show, whatever happens."""

from __future__ import annotations

import logging
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from neon_restore import AsyncNeon, ConfigurationError, ConnectionString, Neon, _flow
from neon_restore._secrets import Secret
from neon_sandbox.doors.http import HttpDoor
from tests.client.world import GOOD, KEY, SECRETS, World, lost, status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

    from tests.client.world import Answer

ECHO = f"no such key: {KEY}"
RESTORE = "/restore"


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Return what all loggers have said so far, at DEBUG."""
    caplog.set_level(logging.DEBUG)

    def said() -> str:
        return "\n".join(f"{r.getMessage()} {r.args!r} {vars(r)!r}" for r in caplog.records)

    return said


def seen_of(error: BaseException) -> Iterator[str]:
    """Everything that a careless handler could show of an error: its chain, with all locals."""
    link: BaseException | None = error
    while link is not None:
        yield f"{link!r} {link} {vars(link)!r}"
        frames: TracebackType | None = link.__traceback__
        # Callers know the key: the frames that count begin with the library's first.
        while frames and "neon_restore" not in frames.tb_frame.f_code.co_filename:
            frames = frames.tb_next
        shown = traceback.TracebackException(type(link), link, frames, capture_locals=True)
        shown.__cause__ = shown.__context__ = None
        yield "".join(shown.format())
        link = link.__cause__ or link.__context__


def check_hidden(*texts: str) -> None:
    """Fail where one of the secrets stands in one of the texts."""
    for text in texts:
        for secret in SECRETS:
            assert secret not in text, text


WORK: dict[str, Callable[[Neon], Any]] = {
    "plan": lambda neon: neon.plan_restore("production", at=GOOD),
    "restore": lambda neon: neon.restore("production", at=GOOD),
    "start": lambda neon: neon.restore("production", at=GOOD, wait=False),
    "rollback": lambda neon: neon.rollback(neon.restore("production", at=GOOD)),
    "backups": lambda neon: neon.backups(),
    "delete backups": lambda neon: neon.delete_backups(older_than=timedelta(0)),
    "connect": lambda neon: neon.connection_string("production", database="shop"),
    "travel": lambda neon: neon.connection_string("production", at=GOOD, database="shop"),
    "window": lambda neon: neon.history_window("development"),
    "set window": lambda neon: neon.set_history_window(timedelta(days=2)),
}


@pytest.mark.parametrize("name", WORK)
def test_nothing_shows_when_all_goes_well(
    name: str, neon: Neon, world: World, logged: Callable[[], str]
) -> None:
    """Results, clients, log lines and addresses hold neither key nor password."""
    result = WORK[name](neon)
    check_hidden(repr(result), repr(neon), logged(), *(str(r.url) for r in world.sent))
    if not isinstance(result, ConnectionString):
        check_hidden(str(result))


def test_the_key_travels_in_one_header(neon: Neon, world: World) -> None:
    """Of all that is sent, the key stands in Authorization alone."""
    neon.restore("production", at=GOOD)
    neon.connection_string("production", database="shop")
    for request in world.sent:
        assert request.headers.pop("Authorization") == f"Bearer {KEY}"
        check_hidden(str(request.url), str(request.headers.raw), request.content.decode())


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
        text('{"uri": "https://shop_owner:sandbox-password@example.com/"}'),
    ),
    "a URI that is none": (
        "GET",
        "/connection_uri",
        text('{"uri": "postgresql://shop_owner:sandbox-password@[::/shop"}'),
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
    check_hidden(*seen_of(raised.value), logged(), repr(neon))


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


def test_the_search_finds_what_shows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the frames of the transport left in place, the same search fails."""
    monkeypatch.setattr(_flow, "_without_frames", lambda error: error)
    world.once("GET", "/branches", lost)
    with pytest.raises(Exception, match="No answer") as raised:
        world.connect(timeout=0.1).backups()
    with pytest.raises(AssertionError):
        check_hidden(*seen_of(raised.value))


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


def test_nothing_shows_on_a_real_connection(
    world: World, logged: Callable[[], str], tmp_path: Path
) -> None:
    """Over sockets, with httpx and httpcore logging at DEBUG, the key and passwords stay hidden."""
    with HttpDoor(world.sandbox) as door:
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
    check_hidden(logged(), *seen_of(raised.value))


def test_a_secret_is_shown_on_demand_only() -> None:
    """Repr and str of a secret hide it; reveal gives it and redact takes it out of text."""
    secret = Secret("xyzzy")
    assert repr(secret) == str(secret) == "Secret(***)"
    assert secret.reveal() == "xyzzy"
    assert secret.redact("a xyzzy b xyzzy") == "a *** b ***"
