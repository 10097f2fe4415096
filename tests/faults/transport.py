"""A transport that injects faults between a client and the sandbox, on the stepped clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from random import Random
from typing import Any, Literal, NamedTuple

import httpx

from tests.client.harness import PRODUCTION
from tests.faults.evidence import cancelled
from tests.faults.harness import Harness
from tests.faults.schedule import ANSWERS, IN_NEONS_PLACE, Event, Fault, Injection, Schedule

LATENCY = 0.05
LATE = timedelta(seconds=5)
MOST_REQUESTS = 600
MOMENT = 0.07
UNDONE = {
    "request_id": "refused",
    "code": "",
    "message": "project already has running conflicting operations, "
    "scheduling of new ones is prohibited",
}


class Seen(NamedTuple):
    """What the client saw of an exchange: its times, the request, and the answer if one came."""

    sent: float
    ended: float
    request: httpx.Request
    answer: httpx.Response | None


class TooManyRequests(BaseException):
    """The call sends requests without end; nothing in the client may catch this."""


class FaultyTransport:
    """A faulty connection between the client and the sandbox."""

    def __init__(
        self, harness: Harness, schedule: Schedule, told: Callable[[str], None] | None = None
    ) -> None:
        self.harness = harness
        self.schedule = schedule
        self.on_response = told
        self.requests = 0
        self.posts = 0
        self.interrupted = False
        self.over = False
        self.seen_before = self._executed = len(harness.storage.executed)
        self.seen: list[Seen] = []
        # Seconds for which requests were held up, beyond their time limits.
        self.held = 0.0
        self._late_dates = False
        self._flicker: Random | None = None

    def for_client(self, kind: Literal["sync", "async"]) -> httpx.MockTransport:
        """Return the transport of a client of a kind."""
        if kind == "sync":
            return httpx.MockTransport(self.serve)
        return httpx.MockTransport(self._serve_task)

    async def _serve_task(self, request: httpx.Request) -> httpx.Response:
        """Serve one exchange; an interrupt cancels the client's task."""
        try:
            return self.serve(request)
        except KeyboardInterrupt:
            await cancelled()
            raise

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
        began = self.harness.event_clock.monotonic()
        try:
            response = self._exchange(request, injection, event)
        except BaseException as error:
            self._say(f"  {type(error).__name__}")
            self._sees(began, request, None)
            raise
        self._sees(began, request, response)
        if request.url.path.endswith("/branches") and response.is_success and self.posts == 0:
            self.seen_before = self._executed
        if self.schedule.skew and (date := response.headers.get("Date")):
            skewed = parsedate_to_datetime(date) + timedelta(hours=self.schedule.skew)
            response.headers["Date"] = format_datetime(skewed, usegmt=True)
        self._say(f"  {response.status_code}")
        return response

    def _sees(self, began: float, request: httpx.Request, answer: httpx.Response | None) -> None:
        self.seen.append(Seen(began, self.harness.event_clock.monotonic(), request, answer))

    def interrupt(self) -> None:
        """Interrupt the call once, unless it has ended."""
        if not self.over and not self.interrupted:
            self.interrupted = True
            raise KeyboardInterrupt

    def _exchange(
        self, request: httpx.Request, injection: Injection | None, event: Event | None
    ) -> httpx.Response:
        harness, name = self.harness, self.schedule.name
        match event:
            case Event.FAILS:
                harness.storage.fail_next("the work failed")
            case Event.CANCELLED:
                harness.cancel_work()
            case Event.CONCURRENT_RESTORE:
                harness.concurrent_restore()
            case Event.DUPLICATE_RESTORE:
                harness.duplicate_restore(name)
            case Event.DELETED:
                harness.delete(self.schedule.deletes, name)
            case Event.RESTORED_BEFORE:
                self.held += harness.restore_before()
            case Event.LATE_DATES:
                self._late_dates = True
            case Event.FLICKER:
                self._flicker = Random(self.schedule.seed)  # noqa: S311 - repeatable
            case Event.INTERRUPTED_BEFORE:
                self.interrupt()
            case Event.INTERRUPTED_AFTER:
                self._arrives(request)
                self.interrupt()
            case Event.INTERRUPTED_LATER:
                harness.event_clock.after(MOMENT, self.interrupt)
        return self._under(injection, request) if injection else self._arrives(request)

    def _arrives(self, request: httpx.Request) -> httpx.Response:
        """Let a request arrive, and return the answer as the schedule's lists and dates have it."""
        self._executed = len(self.harness.storage.executed)
        answer = self.harness.sandbox.api.handle(request)
        if not answer.is_success or not (self._late_dates or self._flicker):
            return answer
        body = answer.json()
        if self._late_dates:
            for one in [*body.get("operations", ()), body.get("operation")]:
                if one:
                    dated = datetime.fromisoformat(one["created_at"]) + LATE
                    one["created_at"] = dated.isoformat()
        if self._flicker and "branches" in body and self._flicker.random() < 0.5:
            known = self.harness.before
            body["branches"] = [one for one in body["branches"] if one["id"] in known]
        return edited(answer, body)

    def _answers(self, fault: Fault, answer: httpx.Response) -> httpx.Response:
        """Return the answer to a restore as a fault of the answer changes it."""
        body = answer.json() if answer.is_success else {}
        if "branch" not in body or "operations" not in body:
            return answer
        other = next(b.id for b in self.harness.model.branches.values() if b.name == "development")
        if other == self.harness.destination:
            other = PRODUCTION
        if fault is Fault.OTHER_BRANCH:
            body["branch"]["id"] = other
        elif fault is Fault.NO_OPERATIONS:
            body["operations"] = []
        else:
            on = other if fault is Fault.OTHER_OPERATIONS else self.harness.destination
            statuses = ("failed", "finished", "running") if on == other else ("finished",)
            status = statuses[self.schedule.seed % len(statuses)]
            body["operations"] = [
                one | {"id": f"other-{number}", "branch_id": on, "status": status}
                for number, one in enumerate(body["operations"])
            ]
        return edited(answer, body)

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
                clock.after(injection.seconds, partial(self._arrives, request))
                raise httpx.ReadError("connection reset by peer", request=request)
            case Fault.LIMITED | Fault.LIMITED_UNTIL | Fault.BUSY | Fault.UNAVAILABLE:
                return self._refused(injection)
            case fault if fault in IN_NEONS_PLACE:
                if injection.acts:
                    self._arrives(request)
                status, content = IN_NEONS_PLACE[fault]
                return httpx.Response(status, **content)
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
                clock.after(injection.seconds, partial(self._arrives, request))
            case Fault.TWICE_SECOND:
                if injection.seconds > read:
                    clock.after(injection.seconds, partial(self._arrives, request))
                self._waits(injection, request)
                return self._arrives(request)
            case fault if fault in ANSWERS:
                return self._answers(fault, answer)
            case _:
                self._waits(injection, request)
        return answer

    def _refused(self, injection: Injection) -> httpx.Response:
        """Return an error in Neon's form, sent before any change."""
        now = self.harness.model.now()
        headers = {"Date": format_datetime(now, usegmt=True)}
        if injection.fault is Fault.LIMITED:
            headers["Retry-After"] = f"{injection.seconds:.0f}"
        if injection.fault is Fault.LIMITED_UNTIL:
            until = now + timedelta(seconds=injection.seconds, hours=self.schedule.skew)
            headers["Retry-After"] = format_datetime(until, usegmt=True)
        status = {Fault.BUSY: 423, Fault.UNAVAILABLE: 503}.get(injection.fault, 429)
        return httpx.Response(status, headers=headers, json=UNDONE)

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
        for what in filter(None, (injection, event)):
            self._say(f"  ! {what}")

    def _say(self, line: str) -> None:
        if self.on_response:
            self.on_response(f"{self.harness.event_clock.monotonic():8.2f}  {line}")


def edited(answer: httpx.Response, body: dict[str, Any]) -> httpx.Response:
    """Return an answer with another body."""
    headers = {"Date": answer.headers["Date"]}
    return httpx.Response(answer.status_code, headers=headers, json=body)
