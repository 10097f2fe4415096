"""The harness of the client tests: the incident, clients, and the requests that they send."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any, Literal, cast

import httpx
import pytest

from neon_restore import AsyncNeon, Neon, _clock
from neon_sandbox import MemoryStorage, incident
from neon_sandbox.model.branches import create, update
from neon_sandbox.model.restore import restore
from neon_sandbox.scenario import API_HOST, API_KEY, PROJECT_ID
from neon_sandbox.testing.environment import CLOCK_FUNCTIONS
from tests.harness import UNLIMITED, SandboxHarness

KEY, PROJECT, HOST = API_KEY, PROJECT_ID, API_HOST
PRODUCTION = "br-shop-production-00000001"
DEVELOPMENT = "br-shop-development-00000002"
BACKUP = "production_old_2026-11-20T14:40:00.000000Z"
BEFORE_DELETE = "2026-11-20T14:31:00Z"
TARGET = "the sandbox at 127.0.0.1:14310"

Answer = Callable[[httpx.Request], httpx.Response | None]
"""Returns the response to a request, or None to pass the request to the sandbox."""


class BlockingAdapter:
    """An `AsyncNeon` with the interface of `Neon`: each call blocks until it returns."""

    def __init__(self, neon: AsyncNeon, runner: asyncio.Runner) -> None:
        self.neon = neon
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.neon, name)
        return lambda *args, **kwargs: self._runner.run(method(*args, **kwargs))

    def __repr__(self) -> str:
        return repr(self.neon)

    def close(self) -> None:
        """Close the client."""
        self._runner.run(self.neon.aclose())


class Harness(SandboxHarness):
    """The incident, and clients of one kind that run on its clock; it records their requests."""

    def __init__(self, kind: Literal["sync", "async"], runner: asyncio.Runner) -> None:
        self.kind = kind
        self.runner = runner
        self.storage = MemoryStorage()
        super().__init__(incident(storage=self.storage, plan=UNLIMITED))
        self.clients: list[Neon] = []
        self.sent: list[httpx.Request] = []
        self.answers: list[Answer] = []

    def patch_client(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the client on this clock, without jitter; of NEON_ variables, set the sandbox's."""
        for name in [name for name in os.environ if name.startswith("NEON_")]:
            monkeypatch.delenv(name)
        for name, value in self.sandbox.environment.items():
            monkeypatch.setenv(name, value)
        for name in CLOCK_FUNCTIONS:
            monkeypatch.setattr(_clock, name, getattr(self.clock, name))
        monkeypatch.setattr(_clock, "jitter", lambda: 1.0)

    def connect(self, **settings: Any) -> Neon:
        """Return a client of this harness's kind; other settings come from the environment."""
        transport = settings.pop("transport", httpx.MockTransport(self.handle))
        if self.kind == "sync":
            neon = Neon(transport=transport, **settings)
        else:
            neon = cast(
                "Neon", BlockingAdapter(AsyncNeon(transport=transport, **settings), self.runner)
            )
        self.clients.append(neon)
        return neon

    def close(self) -> None:
        """Close all clients."""
        for neon in self.clients:
            neon.close()

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Record a request and return a response."""
        self.sent.append(request)
        for answer in self.answers:
            if (response := answer(request)) is not None:
                return response
        return self.sandbox.api.handle(request)

    def respond_always(self, method: str, path: str, answer: Answer) -> None:
        """Use `answer` for all requests of a method with this text in their path."""

        def each(request: httpx.Request) -> httpx.Response | None:
            hit = request.method == method and path in request.url.path
            return answer(request) if hit else None

        self.answers.append(each)

    def respond_once(self, method: str, path: str, *answers: Answer | None) -> None:
        """Use each answer for a next request whose path ends so; None passes it to the sandbox."""
        waiting = list(answers)

        def first(request: httpx.Request) -> httpx.Response | None:
            if not waiting or request.method != method or not request.url.path.endswith(path):
                return None
            answer = waiting.pop(0)
            return answer(request) if answer else None

        self.answers.append(first)

    def delay(self, method: str, path: str, until: float, answer: Answer) -> list[httpx.Request]:
        """Respond with `answer`; keep the request in a list until a time when Neon is idle."""
        held: list[httpx.Request] = []

        def arrive(request: httpx.Request) -> None:
            if held and self.clock.monotonic() >= until and self.sandbox.model.idle_at() is None:
                assert self.sandbox.api.handle(held.pop()).status_code == 200

        self.respond_once(method, path, sequence(held.append, answer))
        self.answers.append(arrive)
        return held

    @property
    def requests_sent(self) -> list[str]:
        """The requests that were sent, as `GET /branches`, with paths below the project."""
        prefix = f"/api/v2/projects/{PROJECT}"
        return [f"{r.method} {r.url.path.removeprefix(prefix)}" for r in self.sent]

    @property
    def writes_sent(self) -> list[str]:
        """The requests that were sent and change something."""
        return [line for line in self.requests_sent if not line.startswith("GET ")]

    def bodies_sent(self, method: str = "POST", path: str = "") -> list[Any]:
        """Return the bodies of the requests of a method whose path ends so."""
        hits = (r for r in self.sent if r.method == method and r.url.path.endswith(path))
        return [json.loads(request.content) for request in hits]

    def names(self) -> set[str]:
        """Return the names of all branches."""
        return {branch.name for branch in self.sandbox.model.branches.values()}

    def last_sql(self, branch: str) -> str:
        """Return the SQL of the last commit on a branch, by the branch's name."""
        return self.storage.commits(self.sandbox.branch(branch).id)[-1].sql

    def commit(self, database: str, sql: str) -> str:
        """Commit SQL on production now, and return the LSN at the end of the commit."""
        position = self.storage.commit(
            PRODUCTION, database, sql, role="shop_owner", at=self.clock.now()
        )
        self.advance(seconds=1)
        return str(position.lsn)

    def create_branch(self, name: str, **options: Any) -> str:
        """Create a branch, run until idle, and return the branch's id."""
        branch, _, _ = create(self.sandbox.model, name=name, **options)
        self.run_until_idle()
        return branch.id

    def restore_elsewhere(self, request: httpx.Request | None = None) -> None:
        """Restore production as another client does, and run until idle; it is an `Answer` too."""
        model = self.sandbox.model
        restore(model, PRODUCTION, PRODUCTION, timestamp=BEFORE_DELETE, preserve_as="theirs")
        self.run_until_idle()

    def protect(self, branch: str) -> None:
        """Protect a branch, by its name."""
        update(self.sandbox.model, self.sandbox.branch(branch).id, protected=True)


def read_timeout(request: httpx.Request) -> httpx.Response:
    """Raise the timeout of a request that was sent and gets no response."""
    raise httpx.ReadTimeout("timed out", request=request)


def interrupted(request: httpx.Request) -> httpx.Response:
    """Raise `KeyboardInterrupt`, as Ctrl-C does."""
    raise KeyboardInterrupt


def fails_with(kind: type[httpx.RequestError], words: str = "it failed") -> Answer:
    """Return an answer that raises one kind of network error."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise kind(words, request=request)

    return answer


def responds(code: int = 200, **content: Any) -> Answer:
    """Return an answer with content that Neon would not send."""
    return lambda request: httpx.Response(code, **content)


def sequence(*steps: Callable[[httpx.Request], Any]) -> Answer:
    """Return an answer that takes all steps, and responds as the last one does."""
    return lambda request: [step(request) for step in steps][-1]


def error_response(code: int, message: str = "", **headers: str) -> Answer:
    """Return an answer with an error status in Neon's format."""
    body = {"request_id": "req-1", "code": "", "message": message}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(code, json=body, headers=named)
