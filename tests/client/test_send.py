"""Retries: what is sent again, when, and what never is."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from neon_restore import (
    DeadlinePassed,
    Locked,
    Neon,
    NeonError,
    NeonRestoreError,
    NoAnswer,
    NotAuthorized,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    StillRunning,
    TimedOut,
    Unavailable,
    UnexpectedAnswer,
)
from neon_restore._clock import jitter
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    KEY,
    PRODUCTION,
    PROJECT,
    TARGET,
    Harness,
    error_response,
    fails_with,
    read_timeout,
    responds,
)

RESTORE = f"POST /branches/{PRODUCTION}/restore"
NEVER_LEFT = [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError]
PERHAPS_ARRIVED = [
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.LocalProtocolError,
    httpx.DecodingError,
]
UNREADABLE: dict[str, dict[str, Any]] = {
    "HTML": {"html": "<h1>Welcome</h1>"},
    "truncated": {"text": '{"branch": {"id": "br-'},
    "empty": {},
    "deep": {"text": '{"x":' + "[" * 100_000},
    "not UTF-8": {"content": b'{"operations":[{"id":"\xff"}]}'},
}


@pytest.mark.parametrize("code", [423, 429, 503])
def test_a_request_that_did_nothing_is_sent_again(code: int, neon: Neon, harness: Harness) -> None:
    """423, 429 and 503 say that nothing was done: a restore is retried until it is accepted."""
    harness.respond_once("POST", "/restore", *[error_response(code)] * 3)
    neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == [RESTORE] * 4
    assert harness.names() == {"production", "development", BACKUP}


def test_a_restore_waits_for_the_projects_other_work(neon: Neon, harness: Harness) -> None:
    neon.begin_restore("development", source="production")
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent.count(RESTORE) > 1
    assert all(operation.finished for operation in restored.operations)


@pytest.mark.parametrize(("code", "kind"), [(423, Locked), (429, RateLimited), (503, Unavailable)])
def test_trying_again_ends_at_the_deadline(
    code: int, kind: type[NeonError], neon: Neon, harness: Harness
) -> None:
    harness.respond_always("POST", "/branches", error_response(code, "later"))
    with pytest.raises(kind) as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=timedelta(seconds=20))
    assert 15 < harness.clock.monotonic() <= 20
    assert (error.value.status, error.value.neon_message) == (code, "later")
    assert error.value.request_id == "req-1"
    assert error.value.changed == "nothing. production is as it was."


def test_pauses_are_never_quite_the_same() -> None:
    """Clients that failed together do not retry together."""
    factors = {jitter() for _ in range(100)}
    assert len(factors) > 50
    assert all(0.75 <= factor <= 1.25 for factor in factors)


def test_the_pauses_between_attempts_grow(neon: Neon, harness: Harness) -> None:
    harness.respond_always("GET", "/branches", error_response(423))
    times = []
    harness.answers.insert(0, lambda request: times.append(harness.clock.monotonic()))
    with pytest.raises(Locked):
        neon.backups(timeout=60)
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert pauses[0] == 0.5
    assert pauses == sorted(pauses)
    assert pauses[-1] == 5.0


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("7", 7.0),
        ("Fri, 20 Nov 2026 14:40:09 GMT", 9.0),
        ("0", 0.5),
        ("-3", 0.5),
        ("Fri, 20 Nov 2026 14:39:00 GMT", 0.5),
        ("soon", 0.5),
        ("", 0.5),
        ("Fri, 20 Nov 99999999999999999999 14:40:09 GMT", 0.5),
    ],
)
def test_retry_after_is_kept_to(header: str, waited: float, neon: Neon, harness: Harness) -> None:
    """The server gives the pause in seconds, or as a time by its own clock."""
    date = "Fri, 20 Nov 2026 14:40:00 GMT"
    harness.respond_once("GET", "/branches", error_response(429, Retry_After=header, Date=date))
    neon.backups()
    assert harness.clock.monotonic() == waited


@pytest.mark.parametrize("header", ["3600", "9" * 400])
def test_a_late_retry_after_fails_at_once(header: str, neon: Neon, harness: Harness) -> None:
    harness.respond_once("GET", "/branches", error_response(429, Retry_After=header))
    with pytest.raises(RateLimited):
        neon.backups(timeout=60)
    assert harness.clock.monotonic() == 0


def test_the_stand_ins_own_limit_is_kept_to(neon: Neon, harness: Harness) -> None:
    for _ in range(60):
        neon.backups()
    assert harness.clock.monotonic() > 0


@pytest.mark.parametrize("kind", [*NEVER_LEFT, *PERHAPS_ARRIVED])
def test_a_read_without_an_answer_is_sent_again(
    kind: type[httpx.RequestError], neon: Neon, harness: Harness
) -> None:
    harness.respond_once("GET", "/branches", *[fails_with(kind)] * 3)
    assert neon.backups() == ()
    assert harness.requests_sent == ["GET /branches"] * 4


def test_a_read_that_is_never_answered_fails(neon: Neon, harness: Harness) -> None:
    """After four attempts, or when there is no time for another one."""
    harness.answers.append(read_timeout)
    with pytest.raises(TimedOut, match=f"No answer from {TARGET}: timed out") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert harness.requests_sent == ["GET "] * 4
    assert isinstance(error.value.__cause__, httpx.ReadTimeout)
    assert error.value.changed == "nothing."
    assert not isinstance(error.value, DeadlinePassed)
    harness.sent.clear()
    with pytest.raises(DeadlinePassed, match=f"No answer from {TARGET}: timed out"):
        neon.restore("production", at=BEFORE_DELETE, timeout=0.1)
    assert harness.requests_sent == ["GET "]


@pytest.mark.parametrize("kind", [*NEVER_LEFT, *PERHAPS_ARRIVED])
def test_only_a_cause_of_time_is_a_timeout(
    kind: type[httpx.RequestError], neon: Neon, harness: Harness
) -> None:
    """`except TimeoutError` catches what took too long, and no connection that was refused."""
    harness.answers.append(fails_with(kind))
    with pytest.raises(NoAnswer) as error:
        neon.backups()
    assert isinstance(error.value, TimeoutError) is issubclass(kind, httpx.TimeoutException)


@pytest.mark.parametrize("kind", NEVER_LEFT)
def test_a_restore_that_never_left_is_sent_again(
    kind: type[httpx.RequestError], neon: Neon, harness: Harness
) -> None:
    """Without a connection nothing was sent, so a retry is safe."""
    harness.respond_once("POST", "/restore", fails_with(kind))
    neon.restore("production", at=BEFORE_DELETE)
    assert harness.names() == {"production", "development", BACKUP}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, NeonError),
        (401, NotAuthorized),
        (403, NotAuthorized),
        (404, NotFound),
        (409, NeonError),
        (422, NeonError),
    ],
)
def test_other_statuses_are_not_tried_again(
    code: int, kind: type[NeonError], neon: Neon, harness: Harness
) -> None:
    """Neon would reject the request again."""
    harness.respond_always("POST", "/branches", error_response(code, "no"))
    with pytest.raises(NeonError) as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert type(error.value) is kind
    assert (error.value.status, error.value.neon_message) == (code, "no")
    assert error.value.changed == "nothing. production is as it was."
    assert error.value.advice
    assert harness.writes_sent == [RESTORE]


@pytest.mark.parametrize("code", [500, 502, 504])
def test_a_read_that_neon_fails_at_is_unavailable(code: int, neon: Neon, harness: Harness) -> None:
    harness.respond_once("GET", "/branches", error_response(code))
    with pytest.raises(Unavailable):
        neon.backups()


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_answer_in_another_form_is_unexpected(name: str, neon: Neon, harness: Harness) -> None:
    harness.respond_once("GET", "/branches", responds(**UNREADABLE[name]))
    with pytest.raises(UnexpectedAnswer, match=f"GET /projects/{PROJECT}/branches") as error:
        neon.backups()
    assert error.value.status == 200
    assert "proxy" in error.value.advice


def test_a_wrong_key_or_project_is_told_as_such(harness: Harness) -> None:
    with pytest.raises(NotAuthorized) as unauthorized:
        harness.connect(api_key=f"{KEY}x").backups()
    assert unauthorized.value.neon_message == "supplied credentials do not pass authentication"
    assert "NEON_API_KEY" in unauthorized.value.advice
    assert unauthorized.value.request_id
    with pytest.raises(NotFound) as not_found:
        harness.connect(project_id="another-project").backups()
    assert "NEON_PROJECT_ID" in not_found.value.advice


def test_nothing_is_changed_once_the_deadline_has_passed(neon: Neon, harness: Harness) -> None:
    harness.answers.append(lambda request: harness.advance(seconds=2.5))
    with pytest.raises(DeadlinePassed, match="deadline of 5 s passed before POST") as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=5)
    assert harness.writes_sent == []
    assert error.value.changed == "nothing. production is as it was."


def test_a_restore_is_not_cut_short_at_the_deadline(neon: Neon, harness: Harness) -> None:
    """Giving up sooner would leave the outcome unknown; reads are cut short at the deadline."""
    with pytest.raises(StillRunning):
        neon.restore("production", at=BEFORE_DELETE, timeout=5)
    timeouts = {r.method: r.extensions["timeout"]["read"] for r in reversed(harness.sent)}
    assert timeouts == {"GET": 5.0, "POST": 75.0}
    assert harness.sent[-1].extensions["timeout"]["read"] >= 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda neon: neon.restore("production", at=BEFORE_DELETE, backup_name="\ud800"),
        lambda neon: neon.connection_string("production", database="shop", role="\ud800"),
        lambda neon: neon.connection_string("production", database="shop", role="r" * 70_000),
    ],
)
def test_a_name_that_no_request_can_carry_is_refused(
    call: Callable[[Neon], object], neon: Neon, harness: Harness
) -> None:
    with pytest.raises(NeonRestoreError, match="cannot be sent"):
        call(neon)
    assert harness.writes_sent == []


@pytest.mark.parametrize("code", [199, 301, 307, 400, 401, 404, 408, 409, 422, 423, 429, 500, 503])
def test_what_is_not_in_neons_form_leaves_a_write_open(
    code: int, neon: Neon, harness: Harness
) -> None:
    """A proxy or another server answered: Neon may have carried the request out before."""
    page = httpx.Response(code, html="<h1>No</h1>", headers={"Location": "https://example.com/"})
    harness.respond_once("PATCH", "", lambda request: page)
    with pytest.raises(OutcomeUnknown, match=f"the answer was {code}") as error:
        neon.set_history_window(timedelta(days=2))
    assert error.value.status == code
    assert error.value.changed.startswith("unknown")
    assert len(harness.sent) == 1


@pytest.mark.parametrize("code", [301, 408, 500])
def test_some_statuses_leave_a_write_open_in_any_form(
    code: int, neon: Neon, harness: Harness
) -> None:
    harness.respond_once("PATCH", "", error_response(code, "no"))
    with pytest.raises(OutcomeUnknown):
        neon.set_history_window(timedelta(days=2))


LOCATIONS = ["https://example.com/", "https://xn--0/", "http://[", "//", "\u20ac", "/api/v2/x"]


@pytest.mark.parametrize("location", LOCATIONS)
def test_a_redirect_is_not_followed(location: str, neon: Neon, harness: Harness) -> None:
    """Nor is its target read, which may be no URL."""
    headers = [(b"Location", location.encode())]
    harness.respond_once("GET", "/branches", lambda request: httpx.Response(302, headers=headers))
    with pytest.raises(NeonError, match="Neon answered 302") as error:
        neon.backups()
    assert error.value.status == 302
    assert len(harness.sent) == 1


ODD = {
    "a cookie of odd bytes": [(b"Set-Cookie", b"a=\xff\x00\xe9; Path=/"), (b"Set-Cookie", b"b=c")],
    "a date that is none": [(b"Date", b"Fri, 99 Nov 2026")],
    "a date of odd bytes": [(b"Date", b"\xff\xfe")],
    "odd bytes": [
        (b"Content-Type", b"\xff"),
        (b"X-Request-ID", b"\xe9"),
        (b"Retry-After", b"\xb2"),
    ],
    "much": [(b"X-Request-ID", b"x" * 90_000), (b"Content-Type", b"y" * 90_000)],
}


@pytest.mark.parametrize("name", ODD)
def test_no_header_makes_a_later_request_fail(name: str, neon: Neon, harness: Harness) -> None:
    """Cookies are not kept, and a date that cannot be read replaces no other."""

    def answer(request: httpx.Request) -> httpx.Response:
        said = harness.sandbox.api.handle(request)
        date = (b"Date", said.headers["Date"].encode())
        kept = [] if b"Date" in dict(ODD[name]) else [date]
        return httpx.Response(200, headers=[*kept, *ODD[name]], content=said.content)

    harness.respond_once("GET", "/branches", None, answer)
    harness.respond_once("GET", "", answer)
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restored.backup is not None
    assert neon.backups()
    assert not any("Cookie" in request.headers for request in harness.sent)


def test_an_error_shows_the_start_of_what_is_long(neon: Neon, harness: Harness) -> None:
    headers = {"X-Request-ID": "x" * 90_000, "Content-Type": "y" * 90_000}
    harness.respond_once("GET", "/branches", lambda request: httpx.Response(200, headers=headers))
    with pytest.raises(UnexpectedAnswer) as error:
        neon.backups()
    assert error.value.request_id == "x" * 100
    assert len(str(error.value)) < 800


def test_a_compressed_answer_is_asked_for_in_one_form(neon: Neon, harness: Harness) -> None:
    """By itself, httpx names others too, by the packages that are installed."""
    neon.backups()
    assert harness.sent[0].headers["Accept-Encoding"] == "gzip"
    assert harness.sent[0].headers["Connection"] == "close"


def test_no_read_goes_on_after_the_limit_of_a_write(neon: Neon, harness: Harness) -> None:
    """However many operations Neon names, their polls end with the call."""
    listed = [
        {
            "id": f"op-{number}",
            "action": "apply_config",
            "created_at": "2026-11-20T14:40:00Z",
            "status": "running",
            "total_duration_ms": 0,
        }
        for number in range(500)
    ]

    def poll(request: httpx.Request) -> httpx.Response:
        harness.advance(seconds=0.9)
        number = int(request.url.path.rpartition("-")[2])
        return httpx.Response(200, json={"operation": listed[number] | {"status": "finished"}})

    def accept(request: httpx.Request) -> httpx.Response:
        said = harness.sandbox.api.handle(request)
        return httpx.Response(200, json=said.json() | {"operations": listed})

    harness.respond_once("POST", "/restore", accept)
    harness.respond_always("GET", "/operations/", poll)
    with pytest.raises(NeonRestoreError):
        neon.restore("production", at=BEFORE_DELETE, timeout=5)
    assert harness.clock.monotonic() < 5 + 75 + 1  # the last poll cannot be cut short here
