"""Retries: what is sent again, when, and what never is."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from neon_restore import (
    DeadlinePassed,
    Locked,
    NeonError,
    NeonRestoreError,
    NoAnswer,
    NotAuthorized,
    NotFound,
    RateLimited,
    StillRunning,
    Unavailable,
    UnexpectedAnswer,
)
from neon_restore._clock import jitter
from tests.client.harness import (
    BACKUP,
    BEFORE_DELETE,
    KEY,
    PROJECT,
    TARGET,
    Harness,
    error_response,
    read_timeout,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_restore import Neon
    from tests.client.harness import Answer

NEVER_LEFT: list[type[httpx.RequestError]] = [
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
]
PERHAPS_ARRIVED: list[type[httpx.RequestError]] = [
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.LocalProtocolError,
    httpx.DecodingError,
]


UNREADABLE: dict[str, Answer] = {
    "HTML": lambda request: httpx.Response(200, html="<h1>Welcome</h1>"),
    "truncated": lambda request: httpx.Response(200, text='{"branch": {"id": "br-'),
    "empty": lambda request: httpx.Response(200),
    "deep": lambda request: httpx.Response(200, text='{"x":' + "[" * 100_000),
    "not UTF-8": lambda request: httpx.Response(200, content=b'{"operations":[{"id":"\xff"}]}'),
}


def fails_with(kind: type[httpx.RequestError]) -> Answer:
    """Return an answer that raises one kind of network error."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise kind("it failed", request=request)

    return answer


def restores(harness: Harness) -> int:
    """Return how many restore requests were sent."""
    return Counter(harness.requests_sent)["POST /branches/br-shop-production-00000001/restore"]


@pytest.mark.parametrize("code", [423, 429, 503])
def test_a_request_that_did_nothing_is_sent_again(code: int, neon: Neon, harness: Harness) -> None:
    """423, 429 and 503 say that nothing was done: a restore is retried until it is accepted."""
    for _ in range(3):
        harness.respond_once("POST", "/restore", error_response(code))
    neon.restore("production", at=BEFORE_DELETE)
    assert restores(harness) == 4
    assert harness.names() == {"production", "development", BACKUP}


def test_a_restore_waits_for_the_projects_other_work(neon: Neon, harness: Harness) -> None:
    """While Neon works on the project, the restore is retried; afterwards Neon accepts it."""
    neon.begin_restore("development", source="production")
    restored = neon.restore("production", at=BEFORE_DELETE)
    assert restores(harness) > 1
    assert all(operation.finished for operation in restored.operations)


@pytest.mark.parametrize(("code", "kind"), [(423, Locked), (429, RateLimited), (503, Unavailable)])
def test_trying_again_ends_at_the_deadline(
    code: int, kind: type[NeonError], neon: Neon, harness: Harness
) -> None:
    """If the status persists until the deadline, the error says that nothing was changed."""
    began = harness.clock.monotonic()
    harness.respond_always("POST", "/branches", error_response(code, "later"))
    with pytest.raises(kind) as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=timedelta(seconds=20))
    assert 15 < harness.clock.monotonic() - began <= 20
    assert error.value.status == code
    assert error.value.neon_message == "later"
    assert error.value.request_id == "req-1"
    assert error.value.changed == "nothing. production is as it was."


def test_pauses_are_never_quite_the_same() -> None:
    """Clients that failed together do not retry together."""
    factors = {jitter() for _ in range(100)}
    assert len(factors) > 50
    assert all(0.75 <= factor <= 1.25 for factor in factors)


def test_the_pauses_between_attempts_grow(neon: Neon, harness: Harness) -> None:
    """They grow from 0.5 s to 5 s."""
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
    began = harness.clock.monotonic()
    neon.backups()
    assert harness.clock.monotonic() - began == waited


@pytest.mark.parametrize("header", ["3600", "9" * 400])
def test_a_retry_after_beyond_the_deadline_ends_the_call_at_once(
    header: str, neon: Neon, harness: Harness
) -> None:
    """The client does not wait for a retry that would come too late."""
    harness.respond_once("GET", "/branches", error_response(429, Retry_After=header))
    with pytest.raises(RateLimited):
        neon.backups(timeout=60)
    assert harness.clock.monotonic() == 0


def test_the_stand_ins_own_limit_is_kept_to(neon: Neon, harness: Harness) -> None:
    """The client slows down at the sandbox's rate limit, and every call succeeds."""
    for _ in range(60):
        neon.backups()
    assert harness.clock.monotonic() > 0


@pytest.mark.parametrize("kind", NEVER_LEFT + PERHAPS_ARRIVED)
def test_a_read_without_an_answer_is_sent_again(
    kind: type[httpx.RequestError], neon: Neon, harness: Harness
) -> None:
    """A read is retried at most three times."""
    for _ in range(3):
        harness.respond_once("GET", "/branches", fails_with(kind))
    assert neon.backups() == ()
    assert harness.requests_sent == ["GET /branches"] * 4


def test_a_read_that_is_never_answered_fails(neon: Neon, harness: Harness) -> None:
    """After four attempts, the error names the server that did not respond, and has the cause."""
    harness.answers.append(read_timeout)
    with pytest.raises(NoAnswer, match=f"No answer from {TARGET}: timed out") as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert harness.requests_sent == ["GET /branches"] * 4
    assert isinstance(error.value.__cause__, httpx.ReadTimeout)
    assert error.value.changed == "nothing."
    assert not isinstance(error.value, DeadlinePassed)


def test_a_read_without_time_for_another_attempt_fails(neon: Neon, harness: Harness) -> None:
    """The deadline ends the call before all four attempts are made."""
    harness.answers.append(read_timeout)
    with pytest.raises(DeadlinePassed, match=f"No answer from {TARGET}: timed out"):
        neon.restore("production", at=BEFORE_DELETE, timeout=0.1)
    assert harness.requests_sent == ["GET /branches"]


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
        (301, NeonError),
    ],
)
def test_other_statuses_are_not_tried_again(
    code: int, kind: type[NeonError], neon: Neon, harness: Harness
) -> None:
    """Neon would reject the request again: it is sent once, and the error has Neon's message."""
    harness.respond_always("POST", "/branches", error_response(code, "no"))
    with pytest.raises(NeonError) as error:
        neon.restore("production", at=BEFORE_DELETE)
    assert type(error.value) is kind
    assert (error.value.status, error.value.neon_message) == (code, "no")
    assert error.value.changed == "nothing. production is as it was."
    assert error.value.advice
    assert restores(harness) == 1


@pytest.mark.parametrize("code", [500, 502, 504])
def test_a_read_that_neon_fails_at_is_unavailable(code: int, neon: Neon, harness: Harness) -> None:
    """A 5xx response to a read changes nothing and leaves nothing unknown."""
    harness.respond_once("GET", "/branches", error_response(code))
    with pytest.raises(Unavailable):
        neon.backups()


@pytest.mark.parametrize("name", ["HTML", "truncated", "empty", "deep", "not UTF-8"])
def test_an_answer_in_another_form_is_unexpected(name: str, neon: Neon, harness: Harness) -> None:
    """The error names the request, and what is wrong with the format."""
    harness.respond_once("GET", "/branches", UNREADABLE[name])
    with pytest.raises(UnexpectedAnswer, match=f"GET /projects/{PROJECT}/branches") as error:
        neon.backups()
    assert error.value.status == 200
    assert "proxy" in error.value.advice


def test_a_wrong_key_is_told_as_such(harness: Harness) -> None:
    """A 401 response raises an error with Neon's message and the variable to check."""
    with pytest.raises(NotAuthorized) as error:
        harness.connect(api_key=f"{KEY}x").backups()
    assert error.value.neon_message == "supplied credentials do not pass authentication"
    assert "NEON_API_KEY" in error.value.advice
    assert error.value.request_id


def test_another_project_is_not_found(harness: Harness) -> None:
    """A project that the API key cannot access gives a 404 with the variable to check."""
    with pytest.raises(NotFound) as error:
        harness.connect(project_id="another-project").backups()
    assert "NEON_PROJECT_ID" in error.value.advice


def test_nothing_is_changed_once_the_deadline_has_passed(neon: Neon, harness: Harness) -> None:
    """A restore that was not sent before the deadline is not sent at all."""

    def slow(request: httpx.Request) -> None:
        harness.advance(seconds=4)

    harness.answers.append(slow)
    with pytest.raises(DeadlinePassed, match="deadline of 5 s passed before POST") as error:
        neon.restore("production", at=BEFORE_DELETE, timeout=5)
    assert harness.writes_sent == []
    assert error.value.changed == "nothing. production is as it was."


def test_the_answer_to_a_restore_is_waited_for_past_the_deadline(
    neon: Neon, harness: Harness
) -> None:
    """Giving up sooner would leave the outcome unknown; reads are cut short at the deadline."""
    with pytest.raises(StillRunning):
        neon.restore("production", at=BEFORE_DELETE, timeout=5)
    timeouts = {r.method: r.extensions["timeout"]["read"] for r in reversed(harness.sent)}
    assert timeouts == {"GET": 5.0, "POST": 75.0}
    assert harness.sent[-1].extensions["timeout"]["read"] >= 1.0


def test_a_name_that_no_request_can_carry_is_refused(neon: Neon, harness: Harness) -> None:
    """Text that cannot be encoded, or is too long, raises one of this library's errors."""
    calls: list[Callable[[], object]] = [
        lambda: neon.restore("production", at=BEFORE_DELETE, backup_name="\ud800"),
        lambda: neon.connection_string("production", database="shop", role="\ud800"),
        lambda: neon.connection_string("production", database="shop", role="r" * 70_000),
    ]
    for call in calls:
        with pytest.raises(NeonRestoreError, match="cannot be sent"):
            call()
    assert harness.writes_sent == []
