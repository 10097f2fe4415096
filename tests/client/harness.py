"""The harness of the client tests: the incident, clients, and the requests that they send."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, cast

import httpx

from neon_restore import AsyncNeon, Neon
from neon_sandbox import MemoryStorage, incident
from neon_sandbox.model.branches import create, update
from neon_sandbox.scenario import API_HOST, API_KEY, PROJECT_ID
from tests.harness import SandboxHarness

if TYPE_CHECKING:
    import asyncio

KEY, PROJECT, HOST = API_KEY, PROJECT_ID, API_HOST
PRODUCTION = "br-shop-production-00000001"
DEVELOPMENT = "br-shop-development-00000002"
BACKUP = "production_old_2026-11-20T14:40:00.000000Z"
BEFORE_DELETE = "2026-11-20T14:31:00Z"
TARGET = "the sandbox at 127.0.0.1:14310"

Kind = Literal["sync", "async"]
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

    def __init__(self, kind: Kind, runner: asyncio.Runner) -> None:
        self.kind: Kind = kind
        self.runner = runner
        self.storage = MemoryStorage()
        super().__init__(incident(storage=self.storage))
        self.clients: list[Neon] = []
        self.sent: list[httpx.Request] = []
        self.answers: list[Answer] = []

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

    def respond_once(self, method: str, path: str, answer: Answer) -> None:
        """Use `answer` for the next request of a method with this text at the end of its path."""

        def first(request: httpx.Request) -> httpx.Response | None:
            if request.method != method or not request.url.path.endswith(path):
                return None
            self.answers.remove(first)
            return answer(request)

        self.answers.append(first)

    @property
    def requests_sent(self) -> list[str]:
        """The requests that were sent, as `GET /branches`, with paths below the project."""
        prefix = f"/api/v2/projects/{PROJECT}"
        return [f"{r.method} {r.url.path.removeprefix(prefix)}" for r in self.sent]

    @property
    def writes_sent(self) -> list[str]:
        """The requests that were sent and change something."""
        return [line for line in self.requests_sent if not line.startswith("GET ")]

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

    def protect(self, branch: str) -> None:
        """Protect a branch, by its name."""
        update(self.sandbox.model, self.sandbox.branch(branch).id, protected=True)


def read_timeout(request: httpx.Request) -> httpx.Response:
    """Raise the timeout of a request that was sent and gets no response."""
    raise httpx.ReadTimeout("timed out", request=request)


def error_response(code: int, message: str = "", **headers: str) -> Answer:
    """Return an answer with an error status in Neon's format."""
    body = {"request_id": "req-1", "code": "", "message": message}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(code, json=body, headers=named)
