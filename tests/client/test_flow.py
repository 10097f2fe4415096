"""Flows: generators that get responses by hand, and the two drivers that run them."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from neon_restore import NoAnswer, OutcomeUnknown, _clock
from neon_restore._http.auth import Secret
from neon_restore._http.context import CallContext, http_date
from neon_restore._http.flow import Flow, Send, Sleep, run_async, run_sync
from neon_restore._restore.request import RestoreRequest
from neon_restore._restore.restore import restore
from tests.client.harness import Harness

DATE = {"Date": "Fri, 20 Nov 2026 14:40:00 GMT"}
BRANCH = {"id": "br-a-1", "name": "a", "created_at": "2026-11-20T08:00:00Z"}
SOURCE = BRANCH | {"id": "br-a-2", "name": "a-2"}
LOCAL = "http://127.0.0.1"
OPERATION = {
    "id": "op-1",
    "action": "create_branch",
    "created_at": "2026-11-20T14:40:00Z",
    "status": "running",
    "total_duration_ms": 1500,
}


def context() -> CallContext:
    """Return the context of a call on an invented project."""
    return CallContext(project_id="p", where="Neon", key=Secret("key"), timeout=600)


def answer(**body: Any) -> httpx.Response:
    """Return a handwritten response of Neon."""
    return httpx.Response(200, json=body, headers=DATE)


def steps(flow: Flow[Any], *answers: Any) -> list[str]:
    """Return the steps of a flow that receives these answers; an error is thrown into it."""
    taken: list[Any] = [next(flow)]
    for given in answers:
        is_error = isinstance(given, BaseException)
        taken.append(flow.throw(given) if is_error else flow.send(given))
    return [
        f"pause {step.seconds:g}" if isinstance(step, Sleep) else f"{step.method} {step.path}"
        for step in taken
    ]


def test_a_restore_is_a_sequence_of_steps() -> None:
    """The steps are list, send, poll, pause, poll, list and no others; a flow needs no client."""
    backup = BRANCH | {"id": "br-b-1", "name": "b"}
    flow = restore(context(), RestoreRequest(destination="a", backup_name="b", source="a-2"))
    given = [
        answer(branches=[BRANCH, SOURCE]),
        answer(branch=BRANCH, operations=[OPERATION]),
        answer(operation=OPERATION),
        None,
        answer(operation=OPERATION | {"status": "finished"}),
    ]
    assert steps(flow, *given) == [
        "GET /projects/p/branches",
        "POST /projects/p/branches/br-a-1/restore",
        "GET /projects/p/operations/op-1",
        "pause 0.05",
        "GET /projects/p/operations/op-1",
        "GET /projects/p/branches",
    ]
    with pytest.raises(StopIteration) as stop:
        flow.send(answer(branches=[BRANCH, SOURCE, backup]))
    restored = stop.value.value
    assert restored.backup.id == "br-b-1"
    assert restored.duration == timedelta(seconds=1.5)


def test_a_fault_is_thrown_into_the_flow() -> None:
    """The flow decides what an exception of a step means: a lost response is an error."""
    flow = restore(context(), RestoreRequest(destination="a", source="a-2", discard=True))
    next(flow)
    flow.send(answer(branches=[BRANCH, SOURCE]))
    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        flow.throw(httpx.ReadTimeout(""))


def test_a_dropped_read_is_asked_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flow decides to retry; the driver retries nothing."""
    monkeypatch.setattr(_clock, "jitter", lambda: 1.0)
    flow = restore(context(), RestoreRequest(destination="a"))
    assert steps(flow, httpx.ReadTimeout("x"), None) == [
        "GET /projects/p/branches",
        "pause 0.5",
        "GET /projects/p/branches",
    ]


def serve(harness: Harness, flow: Flow[str]) -> str:
    """Drive a flow with the harness's kind of client, which gets empty responses."""
    transport = httpx.MockTransport(lambda request: httpx.Response(204))
    if harness.kind == "sync":
        with httpx.Client(transport=transport, base_url=LOCAL) as http:
            return run_sync(flow, http)

    async def awaited() -> str:
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as http:
            return await run_async(flow, http)

    return harness.runner.run(awaited())


def test_a_pause_can_be_interrupted(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reaches the flow, whose `finally` is served before it is raised again."""
    log: list[str] = []
    interruption = KeyboardInterrupt if harness.kind == "sync" else asyncio.CancelledError

    def tidying() -> Flow[str]:
        try:
            yield Sleep(1)
        except interruption:
            log.append("interrupted")
            raise
        finally:
            response = yield Send(method="POST", path="/protect")
            log.append(f"protected: {response.status_code}")
            yield Sleep(2)
            log.append("tidy")
        return "done"

    name = "sleep" if harness.kind == "sync" else "asleep"
    pause = getattr(_clock, name)

    def interrupted(seconds: float) -> Any:
        if seconds == 1:
            raise interruption
        return pause(seconds)

    monkeypatch.setattr(_clock, name, interrupted)
    with pytest.raises(interruption):
        serve(harness, tidying())
    assert log == ["interrupted", "protected: 204", "tidy"]


def nested_fault(request: httpx.Request) -> httpx.Response:
    """Raise an error as the transport does after several attempts to connect."""
    try:
        try:
            raise OSError("refused")
        except OSError as error:
            raise ExceptionGroup("all attempts", [error, error]) from None
    except ExceptionGroup as group:
        raise httpx.ConnectError("no connection") from group


def test_frames_below_are_dropped_from_a_fault(harness: Harness) -> None:
    """The cause of an error keeps its message, and loses the frames that hold the API key."""
    harness.answers.append(nested_fault)
    with pytest.raises(NoAnswer) as error:
        harness.connect().backups(timeout=0.1)
    cause = error.value.__cause__
    assert isinstance(cause, httpx.ConnectError)
    group: Any = cause.__cause__
    assert isinstance(group, ExceptionGroup)
    assert cause.__context__ is group
    assert all(link.__traceback__ is None for link in (group, *group.exceptions))


def test_the_servers_clock_runs_on_from_its_last_date(harness: Harness) -> None:
    """Between responses, local elapsed time is added; one without a `Date` changes nothing."""
    ctx = context()
    ctx.sync_clock(answer())
    harness.advance(seconds=3)
    ctx.sync_clock(httpx.Response(200))
    harness.advance(seconds=4)
    assert ctx.server_now().isoformat() == "2026-11-20T14:40:07+00:00"
    ctx.sync_clock(answer())
    assert ctx.server_now().isoformat() == "2026-11-20T14:40:00+00:00"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Fri, 20 Nov 2026 14:40:00 GMT", "2026-11-20T14:40:00+00:00"),
        ("Friday, 20-Nov-26 14:40:00 GMT", "2026-11-20T14:40:00+00:00"),
        ("Fri, 20 Nov 2026 14:40:00 -0000", "2026-11-20T14:40:00+00:00"),
        ("Fri, 20 Nov 2026 16:40:00 +0200", "2026-11-20T14:40:00+00:00"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Fri, 20 Nov 2026 14:40:00 +9999", None),
        ("Fri, 20 Nov 99999999999999999999 14:40:00 GMT", None),
        ("today", None),
        ("", None),
    ],
)
def test_a_date_header_is_read_or_passed_over(text: str, meant: str | None) -> None:
    """A valid header gives a time in UTC; any other gives None."""
    found = http_date(text)
    assert (found and found.isoformat()) == meant


@pytest.mark.parametrize("later", [[], [answer(branch=BRANCH)], [KeyboardInterrupt()]])
def test_a_flow_that_is_dropped_asks_for_nothing_more(later: list[Any]) -> None:
    """Closing the generator of a restore ends it where it is, even for a protected branch."""
    request = RestoreRequest(destination="a", source="a-2", backup_name="b", unprotect=True)
    flow = restore(context(), request)
    steps(flow, answer(branches=[BRANCH | {"protected": True}, SOURCE]), *later)
    flow.close()
