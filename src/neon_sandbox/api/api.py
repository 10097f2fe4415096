"""`Api`: one request in, one answer out, one at a time."""

from __future__ import annotations

import threading
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx
import msgspec

from neon_sandbox import assumed
from neon_sandbox.api import answers
from neon_sandbox.api.call import Call
from neon_sandbox.api.limits import Limits, Meter
from neon_sandbox.api.routes import ROUTES, Route
from neon_sandbox.refusals import Refused

if TYPE_CHECKING:
    from neon_sandbox.model import Model

DEFAULT_LIMITS = Limits()


class Api:
    """Neon's API over a model, for one key. Paths live under ``base``.

    ``limits`` are Neon's own unless others are given; ``None`` lets every request pass.
    """

    def __init__(
        self,
        model: Model,
        *,
        key: str,
        base: str = "/api/v2",
        limits: Limits | None = DEFAULT_LIMITS,
    ) -> None:
        self.model = model
        self.base = base
        self._authorization = f"Bearer {key}"
        self._meter = Meter(limits) if limits else None
        self._lock = threading.Lock()
        self._answered = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request. Every answer carries the model's ``Date`` and a request id."""
        content = request.read()
        with self._lock:
            self._answered += 1
            request_id = request.headers.get(
                "x-request-id", f"00000000-0000-4000-9000-{self._answered:012d}"
            )
            headers = {"x-request-id": request_id}
            try:
                status, body = self._answer(request, content)
            except Refused as refusal:
                status = refusal.status
                body = answers.error(refusal.message, refusal.code, request_id)
                if refusal.retry_after is not None:
                    headers["retry-after"] = str(refusal.retry_after)
            headers["date"] = format_datetime(self.model.now(), usegmt=True)
        if body is None:
            return httpx.Response(status, headers=headers)
        headers["content-type"] = "application/json"
        return httpx.Response(status, headers=headers, content=msgspec.json.encode(body))

    def _answer(self, request: httpx.Request, content: bytes) -> tuple[int, object]:
        if request.headers.get("authorization") != self._authorization:
            raise Refused(401, "supplied credentials do not pass authentication")
        route, path = self._find(request)
        if self._meter:
            self._meter.count(route.name, self.model.now())
        if path.get("project_id", self.model.project.id) != self.model.project.id:
            raise assumed.not_found("project")
        self.model.tick()
        query = request.url.params
        return route.handler(Call(self.model, path, query, content))

    def _find(self, request: httpx.Request) -> tuple[Route, dict[str, str]]:
        # The raw path, because a name may hold an encoded slash.
        raw = request.url.raw_path.partition(b"?")[0].decode("ascii")
        path = raw.removeprefix(self.base) if raw.startswith(f"{self.base}/") else ""
        path_is_known = False
        for route in ROUTES:
            found = route.pattern.fullmatch(path)
            if found is None:
                continue
            if route.method == request.method:
                return route, {name: unquote(text) for name, text in found.groupdict().items()}
            path_is_known = True
        if path_is_known:
            raise assumed.method_not_allowed()
        raise assumed.not_found("route")
