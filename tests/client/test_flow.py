"""Flows: generators that get responses by hand, and the two drivers that run them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import anyio.to_thread
import httpx
import msgspec
import pytest

from neon_restore import InvalidPoint, NoAnswer, OutcomeUnknown, UnexpectedAnswer, _clock
from neon_restore._http.auth import Secret
from neon_restore._http.context import CallContext, http_date
from neon_restore._http.exchange import Answer, Send
from neon_restore._http.flow import Flow, Invoke, Sleep, run_async, run_sync
from neon_restore._restore.plan import validate
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


def answer(**body: Any) -> Answer:
    """Return a handwritten response of Neon, which arrives now."""
    now, content = _clock.monotonic(), json.dumps(body).encode()
    return Answer(
        status=200, headers=httpx.Headers(DATE), content=content, sent_at=now, arrived_at=now
    )


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
    """Its steps are list, send, poll, pause, poll, list and list; a flow needs no client."""
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
    last = flow.send(answer(branches=[BRANCH, SOURCE, backup]))
    assert isinstance(last, Send)
    assert last.path == "/projects/p/operations"
    with pytest.raises(StopIteration) as stop:
        flow.send(answer(operations=[OPERATION]))
    restored = stop.value.value
    assert restored.backup.id == "br-b-1"
    assert restored.duration == timedelta(seconds=1.5)


def test_a_flow_reads_the_history_window_only_for_a_time() -> None:
    """A head and an LSN need no clock, so the project is not read."""
    head = validate(context(), RestoreRequest(destination="a", source="a-2"))
    next(head)
    with pytest.raises(StopIteration):
        head.send(answer(branches=[BRANCH, SOURCE]))


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
        log.append(f"protected: {response.status}")
        yield Sleep(2)
        log.append("tidy")
    return "done"


def no_content(request: httpx.Request) -> httpx.Response:
    """Return an empty response."""
    return httpx.Response(204)


async def serve_async(flow: Flow[str], handle: Any) -> str:
    """Drive a flow with an asynchronous client."""
    transport = httpx.MockTransport(handle)
    async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as http:
        return await run_async(flow, http)


def serve(harness: Harness, flow: Flow[str], handle: Any = no_content) -> str:
    """Drive a flow with the harness's kind of client."""
    if harness.kind == "async":
        return harness.runner.run(serve_async(flow, handle))
    with httpx.Client(transport=httpx.MockTransport(handle), base_url=LOCAL) as http:
        return run_sync(flow, http)


def test_what_a_flow_yields_after_an_interruption_is_served(harness: Harness) -> None:
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
    name = "sleep" if harness.kind == "sync" else "asleep"
    pause = getattr(_clock, name)

    def interrupted(seconds: float) -> Any:
        if seconds == 1:
            raise interruption
        return pause(seconds)

    monkeypatch.setattr(_clock, name, interrupted)
    with pytest.raises(interruption):
        serve(harness, tidying(log, interruption))
    assert log == ["interrupted", "protected: 204", "tidy"]


def test_a_flow_that_ends_gives_its_result(harness: Harness) -> None:
    log: list[str] = []
    assert serve(harness, tidying(log, KeyError)) == "done"
    assert log == ["protected: 204", "tidy"]


def test_a_task_that_is_cancelled_ends_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelling a real task during a pause runs the flow's `finally`, then cancels the task."""
    log: list[str] = []

    async def scenario() -> bool:
        began = asyncio.Event()

        async def asleep(seconds: float) -> None:
            began.set()
            if seconds == 1:
                await asyncio.sleep(60)

        monkeypatch.setattr(_clock, "asleep", asleep)
        flow = tidying(log, asyncio.CancelledError)
        task = asyncio.create_task(serve_async(flow, no_content))
        await began.wait()
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(scenario())
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
    ctx.sync_clock(Answer(status=200, headers=httpx.Headers()))
    harness.advance(seconds=4)
    assert ctx.server_now().isoformat() == "2026-11-20T14:40:07+00:00"
    ctx.sync_clock(answer())
    assert ctx.server_now().isoformat() == "2026-11-20T14:40:00+00:00"


def test_an_unreadable_date_replaces_no_other(harness: Harness) -> None:
    ctx = context()
    with pytest.raises(UnexpectedAnswer, match="have no Date"):
        ctx.server_now()
    ctx.sync_clock(answer())
    ctx.sync_clock(Answer(status=200, headers=httpx.Headers({"Date": "today"})))
    assert ctx.server_now().isoformat() == "2026-11-20T14:40:00+00:00"


def test_the_servers_clock_is_read_when_the_headers_arrive(harness: Harness) -> None:
    """A body that takes long does not set the clock back."""
    ctx = context()
    said = answer()
    harness.advance(seconds=5)
    ctx.sync_clock(said)
    assert ctx.server_now().isoformat() == "2026-11-20T14:40:05+00:00"


def heard(round_trip: float) -> Answer:
    """Return a response whose headers arrive now, so many seconds after the request was sent."""
    said = answer()
    return msgspec.structs.replace(said, sent_at=said.arrived_at - round_trip)


def test_the_server_tells_when_the_call_began(harness: Harness) -> None:
    """However long the call takes, and however late the server's time is read."""
    ctx = context()
    harness.advance(seconds=7)
    ctx.sync_clock(heard(10))
    for _ in range(3):
        assert ctx.server_began().isoformat() == "2026-11-20T14:39:53+00:00"
        harness.advance(seconds=60)
    with pytest.raises(UnexpectedAnswer, match="have no Date"):
        context().server_began()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_machine_that_was_suspended_cannot_tell_when_the_call_began(
    hours: int, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock that counts the seconds of a call may have stopped meanwhile."""
    ctx = context()
    ctx.sync_clock(heard(1))
    later = harness.clock.now() + timedelta(hours=hours)
    monkeypatch.setattr(_clock, "now", lambda: later)
    with pytest.raises(InvalidPoint, match="suspended, or its clock was set") as error:
        ctx.server_began()
    assert "Give a time" in error.value.advice
    monkeypatch.setattr(_clock, "now", lambda: harness.clock.now() + timedelta(seconds=2))
    ctx.server_began()


def test_a_slow_round_trip_does_not_tell_when_the_call_began(harness: Harness) -> None:
    ctx = context()
    ctx.sync_clock(heard(10.5))
    with pytest.raises(InvalidPoint, match="Neon took 10 s to answer"):
        ctx.server_began()
    ctx.sync_clock(heard(0.1))
    ctx.server_began()


def test_an_exchange_notes_when_its_headers_arrived(harness: Harness) -> None:
    """The time before is that of the request, the time after that of the body."""

    def handle(request: httpx.Request) -> httpx.Response:
        harness.advance(seconds=3)
        return httpx.Response(204)

    def asking() -> Flow[str]:
        got = yield Send(method="GET", path="/")
        return f"{got.sent_at} {got.arrived_at} {got!r}"

    assert serve(harness, asking(), handle) == "0.0 3.0 Answer(204)"


def test_a_transport_of_the_caller_is_checked_between_chunks(harness: Harness) -> None:
    """It may be slower than it was told to be."""

    class Slow(httpx.SyncByteStream, httpx.AsyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(100):
                harness.advance(seconds=1)
                yield b" "

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for chunk in self:
                yield chunk

    def asking() -> Flow[str]:
        with pytest.raises(httpx.ReadTimeout, match="no complete answer came within 20 s"):
            yield Send(method="GET", path="/", timeout=20)
        return "done"

    assert serve(harness, asking(), lambda request: httpx.Response(200, stream=Slow())) == "done"
    assert harness.clock.monotonic() == 21


def test_other_libraries_than_asyncio_are_served_by_anyio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of an event loop of asyncio, as under trio, anyio sleeps, limits and runs threads."""
    did: list[object] = []

    async def sleep(seconds: float) -> None:
        did.append(seconds)

    async def run_in_thread(do: Any, abandon_on_cancel: bool) -> Any:
        did.append(abandon_on_cancel)
        return do()

    def fail_after(seconds: float) -> Any:
        did.append(seconds)
        return nullcontext()

    monkeypatch.setattr(anyio, "sleep", sleep)
    monkeypatch.setattr(anyio, "fail_after", fail_after)
    monkeypatch.setattr(anyio.to_thread, "run_sync", run_in_thread)

    def work() -> Flow[Any]:
        yield Sleep(5)
        answered = yield Send(method="GET", path="/", timeout=7)
        called = yield Invoke(lambda: "called")
        return answered.status, called

    async def main() -> Any:
        transport = httpx.MockTransport(no_content)
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as http:
            return await run_async(work(), http)

    with pytest.raises(StopIteration) as end:
        main().send(None)
    assert end.value.value == (204, "called")
    assert did == [5, 7, True]


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
