"""Transports that inject faults between a client and the sandbox, on the stepped clock."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx

from tests.faults.answers import in_neons_place, refused
from tests.faults.evidence import cancelled
from tests.faults.schedule import IN_NEONS_PLACE, INTERRUPTIONS, Event, Fault, Injection, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.harness import Harness

    Told = Callable[[str], None]

LATENCY = 0.05
MOST_REQUESTS = 600
MOMENT = 0.07


class TooManyRequests(BaseException):
    """The call sends requests without end; nothing in the client may catch this."""


class FaultyTransport:
    """A faulty connection between the client and the sandbox."""

    def __init__(self, harness: Harness, schedule: Schedule, told: Told | None = None) -> None:
        self.harness = harness
        self.schedule = schedule
        self.on_response = told
        self.requests = 0
        self.posts = 0
        self.interrupted = False
        self.over = False

    def serve(self, request: httpx.Request) -> httpx.Response:
        """Serve one exchange, or raise the network error that its fault causes."""
        number, post = self.requests, self.posts
        self.requests += 1
        if self.requests > MOST_REQUESTS:
            raise TooManyRequests
        injection = self.schedule.injections.get(number)
        if request.method == "POST":
            self.posts += 1
            injection = self.schedule.post_injections.get(post, injection)
        event = self.schedule.events.get(number)
        self._tell(request, injection, event)
        self.harness.event_clock.sleep(LATENCY)
        try:
            response = self._exchange(request, injection, event)
        except BaseException as error:
            self._say(f"  {type(error).__name__}")
            raise
        if self.schedule.skew and (date := response.headers.get("Date")):
            skewed = parsedate_to_datetime(date) + timedelta(hours=self.schedule.skew)
            response.headers["Date"] = format_datetime(skewed, usegmt=True)
        self._say(f"  {response.status_code}")
        return response

    def interrupt(self) -> None:
        """Interrupt the call once, unless it has ended."""
        if not self.over and not self.interrupted:
            self.interrupted = True
            raise KeyboardInterrupt

    def _exchange(
        self, request: httpx.Request, injection: Injection | None, event: Event | None
    ) -> httpx.Response:
        if event in INTERRUPTIONS:
            if event is Event.INTERRUPTED_LATER:
                self.harness.event_clock.after(MOMENT, self.interrupt)
            else:
                if event is Event.INTERRUPTED_AFTER:
                    self._arrives(request)
                self.interrupt()
        elif event:
            self._happens(event)
        return self._under(injection, request) if injection else self._arrives(request)

    def _happens(self, event: Event) -> None:
        harness = self.harness
        match event:
            case Event.FAILS:
                harness.storage.fail_next("the work failed")
            case Event.CANCELLED:
                harness.cancel_work()
            case Event.CONCURRENT_RESTORE:
                harness.concurrent_restore()
            case Event.DUPLICATE_RESTORE:
                harness.duplicate_restore(self.schedule.name)
            case _:
                harness.delete(self.schedule.deletes, self.schedule.name)

    def _arrives(self, request: httpx.Request) -> httpx.Response:
        return self.harness.sandbox.api.handle(request)

    def _under(self, injection: Injection, request: httpx.Request) -> httpx.Response:
        clock, read = self.harness.event_clock, request.extensions["timeout"]["read"]
        match injection.fault:
            case Fault.REFUSED:
                raise httpx.ConnectError("connection refused", request=request)
            case Fault.LOST:
                raise httpx.ReadError("connection reset by peer", request=request)
            case Fault.SILENCE:
                clock.sleep(read)
                raise httpx.ReadTimeout("timed out", request=request)
            case Fault.LATE:
                clock.after(injection.seconds, lambda: void(self._arrives(request)))
                raise httpx.ReadError("connection reset by peer", request=request)
            case Fault.LIMITED | Fault.LIMITED_UNTIL | Fault.BUSY | Fault.UNAVAILABLE:
                return refused(injection, self.harness.model.now(), self.schedule.skew)
            case fault if fault in IN_NEONS_PLACE:
                if injection.acts:
                    self._arrives(request)
                return in_neons_place(fault)
        answer = self._arrives(request)
        match injection.fault:
            case Fault.RESET:
                raise httpx.ReadError("connection reset by peer", request=request)
            case Fault.TIMEOUT:
                clock.sleep(read)
                raise httpx.ReadTimeout("timed out", request=request)
            case Fault.BROKEN_OFF:
                raise httpx.RemoteProtocolError("peer closed connection", request=request)
            case Fault.CUT:
                half = answer.content[: len(answer.content) // 2]
                headers = {k: v for k, v in answer.headers.items() if k != "content-length"}
                return httpx.Response(answer.status_code, headers=headers, content=half)
            case Fault.TWICE_FIRST:
                clock.after(injection.seconds, lambda: void(self._arrives(request)))
            case Fault.TWICE_SECOND:
                if injection.seconds > read:
                    clock.after(injection.seconds, lambda: void(self._arrives(request)))
                self._waits(injection, request)
                return self._arrives(request)
            case _:
                self._waits(injection, request)
        return answer

    def _waits(self, injection: Injection, request: httpx.Request) -> None:
        """Sleep for the seconds of an injection, at most for the client's read timeout."""
        read = request.extensions["timeout"]["read"]
        self.harness.event_clock.sleep(min(injection.seconds, read))
        if injection.seconds > read:
            raise httpx.ReadTimeout("timed out", request=request)

    def _tell(
        self, request: httpx.Request, injection: Injection | None, event: Event | None
    ) -> None:
        path = request.url.path.partition("/projects/")[2].partition("/")[2]
        asked = f" {request.content.decode()}" if request.content else ""
        self._say(f"{request.method} /{path}{asked}")
        for what in (injection, event):
            if what:
                self._say(f"  ! {what}")

    def _say(self, line: str) -> None:
        if self.on_response:
            self.on_response(f"{self.harness.event_clock.monotonic():8.2f}  {line}")


class SyncFaultyTransport(httpx.BaseTransport):
    """The transport of a synchronous client."""

    def __init__(self, transport: FaultyTransport) -> None:
        self.transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Serve one exchange."""
        return self.transport.serve(request)


class AsyncFaultyTransport(httpx.AsyncBaseTransport):
    """The transport of an asynchronous client; an interrupt cancels the client's task."""

    def __init__(self, transport: FaultyTransport) -> None:
        self.transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Serve one exchange."""
        try:
            return self.transport.serve(request)
        except KeyboardInterrupt:
            await cancelled()
            raise


def void(answer: httpx.Response) -> None:
    """Discard a response that no client receives."""
