"""API key and passwords do not leak, whatever happens."""

import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import httpcore
import httpx
import pytest

from neon_restore import (
    AsyncNeon,
    CheckFailed,
    ConfigurationError,
    ConnectionString,
    Neon,
    OperationFailed,
    PendingRestore,
    Progress,
    Restored,
    RestorePlan,
)
from neon_restore._http import flow
from neon_restore._http.auth import Secret
from neon_sandbox.scenario import API_KEY
from neon_sandbox.scenario import PASSWORD as PUBLIC_PASSWORD
from neon_sandbox.server.http import HttpServer
from tests.client.harness import (
    BEFORE_DELETE,
    Answer,
    Harness,
    error_response,
    fails_with,
    interrupted,
    read_timeout,
    responds,
)

# The sandbox's own are public, and appear where these must not.
KEY, PASSWORD = "key-that-nobody-sees", "password-that-nobody-sees"
SECRETS = (KEY, PASSWORD)
ECHO = f"no such key: {KEY}"
LOGIN = f"shop_owner:{PASSWORD}@"
ROOT = Path(__file__).parents[2]
PAGES = {".html", ".json", ".md", ".txt", ".xml"}


def assert_no_secrets(*texts: str) -> None:
    """Fail if one of the texts contains one of the secrets."""
    for text in texts:
        for secret in SECRETS:
            assert secret not in text, text


def assert_key_in_header_only(request: httpx.Request) -> None:
    """Fail unless the API key goes only to the API, and only in one header."""
    assert request.url.host == "127.0.0.1"
    assert request.headers["Authorization"].startswith(f"Bearer {KEY}")
    others = [pair for pair in request.headers.raw if pair[0].lower() != b"authorization"]
    assert_no_secrets(str(request.url), repr(others), request.content.decode(), repr(request))


def traceback_text(error: BaseException) -> Iterator[str]:
    """Yield all that a careless handler could show of an error: its chain, with all locals."""
    link: BaseException | None = error
    while link is not None:
        yield f"{link!r} {link} {vars(link)!r}"
        frames = link.__traceback__
        # Callers know the API key, so only the frames from the library's first one on are checked.
        while frames and "neon_restore" not in frames.tb_frame.f_code.co_filename:
            frames = frames.tb_next
        shown = traceback.TracebackException(type(link), link, frames, capture_locals=True)
        shown.__cause__ = shown.__context__ = None
        yield "".join(shown.format())
        link = link.__cause__ or link.__context__


def pickled(value: object) -> str:
    """Return the pickle of a value as text."""
    return pickle.dumps(value).decode("latin-1")


class InterruptedNetwork(httpcore.NetworkBackend, httpcore.NetworkStream):
    """A network backend that accepts connections and raises on the first write."""

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Return this stream."""
        return self

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Raise `KeyboardInterrupt`, with the whole request in a variable."""
        assert KEY.encode() in buffer
        raise KeyboardInterrupt

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def harness(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """Return the incident with a secret API key and password; then check where the key was sent."""
    monkeypatch.setenv("NEON_API_KEY", KEY)
    monkeypatch.setattr(harness.sandbox.api, "authorization", f"Bearer {KEY}")
    monkeypatch.setitem(harness.sandbox.environment, "NEON_API_KEY", KEY)
    for branch in harness.sandbox.model.branches.values():
        for name, role in branch.roles.items():
            branch.roles[name] = replace(role, password=PASSWORD)
    yield harness
    for request in harness.sent:
        assert_key_in_header_only(request)


@pytest.fixture
def progress_lines() -> list[Progress]:
    """Return the list of the client's progress events."""
    return []


@pytest.fixture
def neon(harness: Harness, progress_lines: list[Progress]) -> Neon:
    """Return a client that reports its progress."""
    return harness.connect(progress=progress_lines.append)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Return a function that returns what all loggers logged, at DEBUG, with the exceptions."""
    caplog.set_level(logging.DEBUG)
    written = logging.Formatter()
    return lambda: "\n".join(
        f"{written.format(record)} {record.args!r} {vars(record)!r}" for record in caplog.records
    )


def no_compute(neon: Neon) -> str:
    """Create a branch without a compute, and return its id."""
    return neon.create_branch("copy", compute=False).id


WORK: dict[str, Callable[[Neon], Any]] = {
    "plan": lambda neon: neon.plan_restore("production", at=BEFORE_DELETE),
    "plan rows": lambda neon: neon.plan_restore(
        "production",
        at=BEFORE_DELETE,
        rows=lambda pairs: (),
    ),
    "restore": lambda neon: neon.restore("production", at=BEFORE_DELETE),
    "start": lambda neon: neon.begin_restore("production", at=BEFORE_DELETE),
    "wait": lambda neon: neon.wait(neon.begin_restore("production", at=BEFORE_DELETE)),
    "resume": lambda neon: neon.resume(neon.begin_restore("production", at=BEFORE_DELETE)),
    "rollback": lambda neon: neon.rollback(neon.restore("production", at=BEFORE_DELETE)),
    "plan rollback": lambda neon: neon.plan_rollback(neon.restore("production", at=BEFORE_DELETE)),
    "backups": lambda neon: neon.backups(),
    "delete backups": lambda neon: neon.delete_backups(older_than=timedelta(0)),
    "compare": lambda neon: neon.schema_diff("production", database="shop", at=BEFORE_DELETE),
    "verify": lambda neon: neon.restore(
        "production", at=BEFORE_DELETE, verify={"shop": lambda uri: PASSWORD in str(uri)}
    ),
    "create": lambda neon: neon.create_branch("copy", at=BEFORE_DELETE),
    "delete": lambda neon: neon.delete_branch(neon.create_branch("copy").id),
    "compute": lambda neon: neon.remove_compute(neon.add_compute(no_compute(neon))),
    "connect": lambda neon: neon.connection_string("production", database="shop"),
    "travel": lambda neon: neon.connection_string("production", at=BEFORE_DELETE, database="shop"),
    "window": lambda neon: neon.history_window("development"),
    "set window": lambda neon: neon.set_history_window(timedelta(days=2)),
}


@pytest.mark.parametrize("name", WORK)
def test_nothing_shows_when_all_goes_well(
    name: str, neon: Neon, progress_lines: list[Progress], logged: Callable[[], str]
) -> None:
    result = WORK[name](neon)
    assert_no_secrets(repr(result), repr(neon), logged())
    assert_no_secrets(*(f"{event} {event!r} {pickled(event)}" for event in progress_lines))
    if not isinstance(result, ConnectionString):
        assert_no_secrets(str(result), pickled(result))
    if isinstance(result, RestorePlan | PendingRestore | Restored):
        assert_no_secrets(result.to_json())


def test_nothing_shows_of_a_branch_that_is_unprotected(
    neon: Neon, harness: Harness, progress_lines: list[Progress], logged: Callable[[], str]
) -> None:
    harness.protect("production")
    result = neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    assert progress_lines
    assert_no_secrets(repr(result), logged(), *(f"{event} {event!r}" for event in progress_lines))


def test_nothing_shows_of_a_check_that_failed(neon: Neon, logged: Callable[[], str]) -> None:
    def fail(uri: ConnectionString) -> None:
        raise OSError(f"cannot connect to {uri!s}")

    with pytest.raises(CheckFailed) as raised:
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": fail})
    assert_no_secrets(*traceback_text(raised.value), logged(), pickled(raised.value))


def test_a_client_cannot_be_pickled(neon: Neon) -> None:
    """So the API key stays in this process."""
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(getattr(neon, "neon", neon))


def test_a_connection_string_is_pickled_whole(neon: Neon) -> None:
    """As with `str()`, the password is included, so that another process can connect."""
    connection = neon.connection_string("production", database="shop")
    assert pickle.loads(pickle.dumps(connection)) == connection  # noqa: S301
    assert PASSWORD in pickled(connection)


def broken(request: httpx.Request) -> httpx.Response:
    """Raise an error that no transport of httpx raises."""
    raise OSError("gone")


LIST, RESTORE, URI = ("GET", "/branches"), ("POST", "/restore"), ("GET", "/connection_uri")
FAILURES: dict[str, tuple[tuple[str, str], Answer]] = {
    "401": (LIST, error_response(401, ECHO)),
    "423 until the deadline": (RESTORE, error_response(423, ECHO)),
    "429 until the deadline": (LIST, error_response(429, ECHO, Retry_After=KEY)),
    "a way elsewhere": (LIST, error_response(307, ECHO, Location=f"https://example.com/{KEY}")),
    "404": (LIST, error_response(404, ECHO)),
    "422": (RESTORE, error_response(422, ECHO)),
    "500 to a read": (LIST, error_response(500, ECHO)),
    "500 to a restore": (RESTORE, error_response(500, ECHO)),
    "an id that repeats the key": (LIST, responds(400, headers={"X-Request-ID": KEY})),
    "no JSON": (LIST, responds(content=f"<p>{KEY}")),
    "no JSON to a restore": (RESTORE, responds(content=f"<p>{KEY}")),
    "a form that repeats the key": (LIST, responds(headers={"Content-Type": KEY})),
    "no connection": (RESTORE, fails_with(httpx.ConnectError, ECHO)),
    "a lost answer": (RESTORE, read_timeout),
    "an answer lost in many words": (RESTORE, fails_with(httpx.RemoteProtocolError, ECHO)),
    "an interruption": (RESTORE, interrupted),
    "a fault in the transport": (RESTORE, broken),
    "no URI": (URI, responds(content='{"uri": 7}')),
    "a URI of another kind": (URI, responds(content=f'{{"uri": "https://{LOGIN}example.com/"}}')),
    "a URI that is none": (URI, responds(content=f'{{"uri": "postgresql://{LOGIN}[::/shop"}}')),
    "an operation that is none": (("GET", "/operations/"), responds(content="{}")),
}


def work(neon: Neon) -> None:
    """Make all calls that the failures above can affect."""
    neon.connection_string("production", at=BEFORE_DELETE, database="shop")
    neon.restore("production", at=BEFORE_DELETE, timeout=30)


@pytest.mark.parametrize("name", FAILURES)
def test_nothing_shows_when_something_fails(
    name: str, neon: Neon, harness: Harness, logged: Callable[[], str]
) -> None:
    request, answer = FAILURES[name]
    harness.respond_always(*request, answer)
    with pytest.raises(BaseException) as raised:  # noqa: PT011 - each of them has its own
        work(neon)
    assert_no_secrets(*traceback_text(raised.value), logged(), repr(neon), pickled(raised.value))


def test_nothing_shows_of_a_failed_operation(
    neon: Neon, harness: Harness, logged: Callable[[], str]
) -> None:
    harness.storage.fail_next(ECHO)
    with pytest.raises(OperationFailed, match="ended as failed") as raised:
        neon.restore("production", at=BEFORE_DELETE)
    assert_no_secrets(str(raised.value), repr(raised.value), logged())
    assert raised.value.neon_message == "no such key: ***"


def interrupted_while_sending() -> BaseException:
    """Return the exception when Ctrl-C interrupts a request that is being sent."""
    transport = httpx.HTTPTransport()
    transport._pool._network_backend = InterruptedNetwork()
    with Neon(transport=transport) as neon, pytest.raises(KeyboardInterrupt) as raised:
        neon.restore("production", at=BEFORE_DELETE)
    return raised.value


@pytest.mark.usefixtures("harness")
def test_nothing_shows_of_a_request_being_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The frames that hold the request are not in the error. If they are, the check fails."""
    assert_no_secrets(*traceback_text(interrupted_while_sending()))
    monkeypatch.setattr(flow, "_strip_tracebacks", lambda error: error)
    error = interrupted_while_sending()
    with pytest.raises(AssertionError, match=KEY):
        assert_no_secrets(*traceback_text(error))


@pytest.mark.parametrize("client", [Neon, AsyncNeon])
def test_nothing_shows_of_a_key_of_another_type(client: Any, harness: Harness) -> None:
    with pytest.raises(TypeError, match="takes api_key as str or None") as raised:
        client(KEY.encode())
    assert_no_secrets(*traceback_text(raised.value))


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
    client: Any, wrong: dict[str, Any], harness: Harness
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        client(**{"api_key": KEY, **wrong})
    assert_no_secrets(*traceback_text(raised.value))


@pytest.mark.needs("threads")
def test_nothing_shows_on_a_real_connection(
    harness: Harness, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With sockets, and httpx and httpcore logging at DEBUG, API key and passwords stay hidden."""
    handle = Mock(wraps=harness.sandbox.api.handle)
    monkeypatch.setattr(harness.sandbox.api, "handle", handle)
    with HttpServer(harness.sandbox, key=KEY) as server:
        host = server.environment["NEON_API_HOST"]
        neon = harness.connect(api_host=host, transport=None)
        neon.connection_string("production", at=BEFORE_DELETE, database="shop")
        neon.restore("production", at=BEFORE_DELETE)
        other = harness.connect(api_key=f"{KEY}-of-another", api_host=host, transport=None)
        with pytest.raises(Exception, match="401") as raised:
            other.backups()
    assert "httpcore" in logged()
    assert handle.call_count > 10
    for call in handle.call_args_list:
        assert_key_in_header_only(*call.args)
    assert_no_secrets(logged(), *traceback_text(raised.value))


def escaped(text: str) -> str:
    r"""Return a text as JSON may write it, every second character as `\u0041`."""
    return "".join(c if n % 2 else f"\\u{ord(c):04X}" for n, c in enumerate(text))


@pytest.mark.parametrize("echo", [KEY, escaped(KEY), escaped(f"x{KEY}")[6:]])
def test_an_echoed_key_is_in_no_result(
    echo: str, harness: Harness, logged: Callable[[], str]
) -> None:
    """A branch that is named like the key is shown with another name."""
    name = f"{echo}_old_2026-11-20T14:39:00Z"
    branch = f'{{"id": "br-1", "name": "{name}", "created_at": "2026-11-20T14:39:00Z"}}'
    said = httpx.Response(200, content=f'{{"branches": [{branch}]}}'.encode())
    harness.respond_once("GET", "/branches", lambda request: said)
    (backup,) = harness.connect().backups()
    assert backup.name == "***_old_2026-11-20T14:39:00Z"
    assert_no_secrets(repr(backup), logged())


def test_a_key_with_other_characters_is_redacted_too() -> None:
    secret = Secret("napi_a/b+c==~.-")
    for echo in (
        b"napi_a/b+c==~.-",
        b"napi_a\\/b+c\\u003d\\u003D~.-",
        b"\\u006eapi_a\\u002fb\\u002Bc==~.-",
    ):
        assert secret.redact_json(b'{"name": "' + echo + b'"}') == b'{"name": "***"}'
    assert secret.redact_json(b'"napi_a\\nb"') == b'"napi_a\\nb"'
    assert Secret("name").redact_json(b'{"name": 1}') == b'{"name": 1}'


def test_a_secret_is_shown_on_demand_only() -> None:
    secret = Secret("xyzzy")
    assert repr(secret) == str(secret) == "Secret(***)"
    assert secret.reveal() == "xyzzy"
    assert secret.redact("a xyzzy b xyzzy") == "a *** b ***"


def test_nothing_shows_on_the_pages() -> None:
    outputs = [*(ROOT / "snippets").rglob("*.out")]
    assert outputs
    built = [path for path in (ROOT / "site").rglob("*") if path.suffix in PAGES]
    for path in (*outputs, *built):
        text = path.read_text("utf-8")
        for secret in (*SECRETS, API_KEY, PUBLIC_PASSWORD):
            assert secret not in text, path
