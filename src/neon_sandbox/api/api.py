"""`Api`: one request in, one answer out, one at a time."""

from __future__ import annotations

import re
import threading
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httpx
import msgspec

from neon_sandbox.api import responses
from neon_sandbox.api.rate_limits import RateLimiter, RateLimits
from neon_sandbox.api.request import ApiRequest
from neon_sandbox.api.routes import ROUTES, Route
from neon_sandbox.errors import ApiError
from neon_sandbox.model import assumptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from neon_sandbox.api.request import Answer
    from neon_sandbox.model import Model

DEFAULT_LIMITS = RateLimits()
# An id goes back in a header, so it holds nothing that a header cannot.
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")


class Api:
    """Neon's API over a model, for one key. Paths live under ``base``.

    ``limits`` are Neon's own unless others are given; ``None`` lets every request pass. ``lock``
    is held while a request is answered: whoever looks at the model from another thread holds it.
    """

    def __init__(
        self,
        model: Model,
        *,
        key: str,
        base: str = "/api/v2",
        limits: RateLimits | None = DEFAULT_LIMITS,
    ) -> None:
        self.model = model
        self.base = base
        self._authorization = f"Bearer {key}"
        self._meter = RateLimiter(limits) if limits else None
        self.lock = threading.RLock()
        self._answered = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request. Every answer carries the model's ``Date`` and a request id."""
        content = request.read()
        return self._reply(request.headers, lambda: self._answer(request, content))

    def refuse(self, refusal: ApiError) -> httpx.Response:
        """Answer what could not be read as a request, in the shape of every other answer."""

        def refused() -> Answer:
            raise refusal

        return self._reply({}, refused)

    def _reply(self, asked: Mapping[str, str], answer: Callable[[], Answer]) -> httpx.Response:
        with self.lock:
            self._answered += 1
            request_id = asked.get("x-request-id", "")
            if not _REQUEST_ID.fullmatch(request_id):
                request_id = f"00000000-0000-4000-9000-{self._answered:012d}"
            headers = {"x-request-id": request_id}
            try:
                status, body = answer()
            except ApiError as refusal:
                status = refusal.status
                body = responses.error(refusal.message, refusal.code, request_id)
                if refusal.retry_after is not None:
                    headers["retry-after"] = str(refusal.retry_after)
            headers["date"] = format_datetime(self.model.now(), usegmt=True)
        if body is None:
            return httpx.Response(status, headers=headers)
        headers["content-type"] = "application/json"
        return httpx.Response(status, headers=headers, content=msgspec.json.encode(body))

    def _answer(self, request: httpx.Request, content: bytes) -> Answer:
        if request.headers.get("authorization") != self._authorization:
            raise ApiError(401, "supplied credentials do not pass authentication")
        route, path = self._find(request)
        if self._meter:
            self._meter.count(route.name, self.model.now())
        if path.get("project_id", self.model.project.id) != self.model.project.id:
            raise assumptions.not_found("project")
        self.model.tick()
        query = request.url.params
        return route.handler(ApiRequest(self.model, path, query, content))

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
            raise assumptions.method_not_allowed()
        raise assumptions.not_found("route")
