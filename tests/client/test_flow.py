"""Flows: generators that get responses by hand, and the two drivers that run them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from neon_restore import NoAnswer, OutcomeUnknown
from neon_restore._http.auth import Secret
from neon_restore._http.context import CallContext, http_date
from neon_restore._http.flow import Flow, Invoke, Send, Sleep, run_async, run_sync
from neon_restore._restore.plan import validate
from neon_restore._restore.request import RestoreRequest
from neon_restore._restore.restore import restore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.client.harness import Harness

DATE = {"Date": "Fri, 20 Nov 2026 14:40:00 GMT"}
BRANCH = {"id": "br-a-1", "name": "a", "created_at": "2026-11-20T08:00:00Z"}
PROJECT = {"id": "p", "created_at": "2026-11-20T08:00:00Z", "history_retention_seconds": 86400}


def operation(status: str, number: int = 1) -> dict[str, Any]:
    """Return an operation as Neon describes it."""
    return {
        "id": f"op-{number}",
        "action": "create_branch",
        "created_at": "2026-11-20T14:40:00Z",
        "status": status,
        "total_duration_ms": 1500,
    }


def run(timeout: float = 600) -> CallContext:
    """Return the context of a call on an invented project."""
    return CallContext(project_id="p", where="Neon", key=Secret("key"), timeout=timeout)


def answer(**body: Any) -> httpx.Response:
    """Return a handwritten response of Neon."""
    return httpx.Response(200, json=body, headers=DATE)


def sent(step: Send | Sleep | Invoke) -> str:
    """Return a step as text."""
    match step:
        case Send():
            return f"{step.method} {step.path}"
        case Sleep():
            return f"pause {step.seconds:g}"
        case Invoke():
            return f"{step.do}"


def steps(flow: Flow[Any], *answers: Any) -> Iterator[str]:
    """Yield the steps of a flow that receives these answers; an error is thrown into it."""
    step = next(flow)
    for given in answers:
        yield sent(step)
        step = flow.throw(given) if isinstance(given, BaseException) else flow.send(given)
    yield sent(step)


def test_a_restore_is_a_sequence_of_steps() -> None:
    """The steps are list, send, poll, pause, poll, list and no others; a flow needs no client."""
    request = RestoreRequest(destination="a", backup_name="b", source="a-2")
    listed = [BRANCH, BRANCH | {"id": "br-a-2", "name": "a-2"}]
    backup = BRANCH | {"id": "br-b-1", "name": "b"}
    given = [
        answer(branches=listed),
        answer(branch=BRANCH, operations=[operation("running")]),
        answer(operation=operation("running")),
        None,
        answer(operation=operation("finished")),
    ]
    flow = restore(run(), request)
    assert list(steps(flow, *given)) == [
        "GET /projects/p/branches",
        "POST /projects/p/branches/br-a-1/restore",
        "GET /projects/p/operations/op-1",
        "pause 0.05",
        "GET /projects/p/operations/op-1",
        "GET /projects/p/branches",
    ]
    with pytest.raises(StopIteration) as stop:
        flow.send(answer(branches=[*listed, backup]))
    restored = stop.value.value
    assert restored.backup.id == "br-b-1"
    assert restored.duration == timedelta(seconds=1.5)


def test_a_flow_asks_for_the_history_window_only_where_a_time_is_judged() -> None:
    """A head and an LSN need no clock, so the project is not read."""
    branches = answer(branches=[BRANCH, BRANCH | {"id": "br-a-2", "name": "a-2"}])
    head = validate(run(), RestoreRequest(destination="a", source="a-2"))
    next(head)
    with pytest.raises(StopIteration):
        head.send(branches)


def test_a_fault_is_thrown_into_the_flow() -> None:
    """The flow decides what an exception of a step means: a lost response is an error."""
    flow = restore(run(), RestoreRequest(destination="a", source="a-2", discard=True))
    source = BRANCH | {"id": "br-a-2", "name": "a-2"}
    next(flow)
    flow.send(answer(branches=[BRANCH, source]))
    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        flow.throw(httpx.ReadTimeout(""))


def test_a_dropped_read_is_asked_again_after_a_pause() -> None:
    """The flow decides to retry; the driver retries nothing."""
    flow = restore(run(), RestoreRequest(destination="a"))
    assert list(steps(flow, httpx.ReadTimeout("x"), None)) == [
        "GET /projects/p/branches",
        "pause 0.5",
        "GET /projects/p/branches",
    ]


def tidying(log: list[str], interruption: type[BaseException]) -> Flow[str]:
    """Yield steps that always end with a clean-up."""
    try:
        yield Sleep(1)
        yield Send(method="POST", path="/work")
    except interruption:
        log.append("interrupted")
        raise
    finally:
        response = yield Send(method="POST", path="/protect")
        log.append(f"protected: {response.status_code}")
        yield Sleep(2)
        log.append("tidy")
    return "done"


def test_what_a_flow_still_yields_after_an_interruption_is_served(harness: Harness) -> None:
    """An interruption is thrown into the flow; its `finally` runs before it is raised again."""
    log: list[str] = []
    interruption = KeyboardInterrupt if harness.kind == "sync" else asyncio.CancelledError

    def handle(request: httpx.Request) -> httpx.Response:
        log.append(request.url.path)
        if request.url.path == "/work":
            raise interruption
        return httpx.Response(204)

    with pytest.raises(interruption):
        serve(harness, tidying(log, interruption), handle)
    assert log == ["/work", "interrupted", "/protect", "protected: 204", "tidy"]
    assert harness.clock.monotonic() == 3


def test_a_pause_can_be_interrupted(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption while no request is in transit reaches the flow too."""
    log: list[str] = []
    interruption = KeyboardInterrupt if harness.kind == "sync" else asyncio.CancelledError
    sleep, asleep = harness.clock.sleep, harness.clock.asleep

    def interrupted(seconds: float) -> None:
        if seconds == 1:
            raise interruption
        sleep(seconds)

    async def ainterrupted(seconds: float) -> None:
        if seconds == 1:
            raise interruption
        await asleep(seconds)

    monkeypatch.setattr("neon_restore._clock.sleep", interrupted)
    monkeypatch.setattr("neon_restore._clock.asleep", ainterrupted)
    with pytest.raises(interruption):
        serve(harness, tidying(log, interruption), lambda request: httpx.Response(204))
    assert log == ["interrupted", "protected: 204", "tidy"]


def test_a_flow_that_ends_gives_its_result(harness: Harness) -> None:
    """The driver returns what the flow returns."""
    log: list[str] = []
    done = serve(harness, tidying(log, KeyError), lambda request: httpx.Response(200))
    assert (done, log) == ("done", ["protected: 200", "tidy"])


def serve(harness: Harness, flow: Flow[str], handle: Any) -> str:
    """Drive a flow with the harness's kind of client."""
    transport = httpx.MockTransport(handle)
    if harness.kind == "sync":
        with httpx.Client(transport=transport, base_url="http://127.0.0.1") as http:
            return run_sync(flow, http)

    async def served() -> str:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            return await run_async(flow, http)

    return harness.runner.run(served())


def test_a_task_that_is_cancelled_ends_cancelled(harness: Harness) -> None:
    """Cancelling a real task during a pause runs the flow's `finally`, then cancels the task."""
    log: list[str] = []

    async def scenario() -> bool:
        began = asyncio.Event()

        async def asleep(seconds: float) -> None:
            began.set()
            if seconds == 1:
                await asyncio.sleep(60)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("neon_restore._clock.asleep", asleep)
            transport = httpx.MockTransport(lambda request: httpx.Response(204))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
                flow = tidying(log, asyncio.CancelledError)
                task = asyncio.create_task(run_async(flow, http))
                await began.wait()
                task.cancel()
                await asyncio.wait([task])
                return task.cancelled()

    assert harness.runner.run(scenario())
    assert log == ["interrupted", "protected: 204", "tidy"]


def test_frames_below_are_dropped_from_a_fault(harness: Harness) -> None:
    """The cause of an error keeps its message, and loses the frames that hold the API key."""
    harness.answers.append(lambda request: (_ for _ in ()).throw(_nested()))
    with pytest.raises(NoAnswer) as error:
        harness.connect().backups(timeout=0.1)
    cause = error.value.__cause__
    assert isinstance(cause, httpx.ConnectError)
    links = [cause.__cause__, cause.__context__]
    assert [type(link) for link in links] == [ExceptionGroup, ExceptionGroup]
    group: Any = cause.__cause__
    assert all(link.__traceback__ is None for link in (group, *group.exceptions))


def _nested() -> httpx.ConnectError:
    try:
        try:
            raise OSError("refused")
        except OSError as error:
            raise ExceptionGroup("all attempts", [error, error]) from None
    except ExceptionGroup as group:
        outer = httpx.ConnectError("no connection")
        outer.__cause__ = outer.__context__ = group
        return outer


def test_the_servers_clock_runs_on_from_its_last_date(harness: Harness) -> None:
    """Between responses, local elapsed time is added; one without a `Date` changes nothing."""
    run_ = run()
    run_.sync_clock(answer())
    harness.advance(seconds=3)
    run_.sync_clock(httpx.Response(200))
    harness.advance(seconds=4)
    assert run_.server_now().isoformat() == "2026-11-20T14:40:07+00:00"
    run_.sync_clock(answer())
    assert run_.server_now().isoformat() == "2026-11-20T14:40:00+00:00"


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


def test_a_flow_that_is_dropped_asks_for_nothing_more() -> None:
    """Closing the generator of a restore ends it where it is, even for a protected branch."""
    protected = BRANCH | {"protected": True}
    source = BRANCH | {"id": "br-a-2", "name": "a-2"}
    given = [answer(branches=[protected, source]), answer(branch=BRANCH), None, None]
    for steps_taken in (2, 3):
        request = RestoreRequest(destination="a", source="a-2", backup_name="b", unprotect=True)
        flow = restore(run(), request)
        next(flow)
        for response in given[: steps_taken - 1]:
            flow.send(response)
        flow.close()
    flow = restore(run(), RestoreRequest(destination="a", source="a-2", unprotect=True))
    next(flow)
    flow.send(given[0])
    flow.throw(KeyboardInterrupt)
    flow.close()
