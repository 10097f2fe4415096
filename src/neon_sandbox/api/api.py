"""`Api`, which handles one request at a time."""

import re
import threading
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from urllib.parse import unquote

import httpx
import msgspec

from neon_sandbox.api import responses
from neon_sandbox.api.rate_limits import RateLimiter, RateLimits
from neon_sandbox.api.request import Answer, ApiRequest
from neon_sandbox.api.routes import ROUTES, Route, documented
from neon_sandbox.errors import ApiError
from neon_sandbox.model import Model, rules

DEFAULT_LIMITS = RateLimits()
# The response returns the id in a header, so it has only characters that a header can have.
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")


class Api:
    """Neon's API over a model, with one API key and all paths below ``base``.

    ``limits`` are Neon's by default; ``None`` disables them. The API holds ``lock`` while it
    handles a request. Hold it to access the model from another thread.
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
        self.authorization = f"Bearer {key}"
        self._meter = RateLimiter(limits) if limits else None
        self.lock = threading.RLock()
        self._answered = 0

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Handle a request. Each response has a ``Date`` and a request id. [rule: error-body]"""
        content = request.read()
        return self._reply(request.headers, lambda: self._answer(request, content))

    def refuse(self, refusal: ApiError) -> httpx.Response:
        """Return an error response in the format of `handle`, such as for a malformed request."""

        def refused() -> Answer:
            raise refusal

        return self._reply({}, refused)

    def _reply(self, asked: Mapping[str, str], answer: Callable[[], Answer]) -> httpx.Response:
        with self.lock:
            self._answered += 1
            request_id = asked.get("x-request-id", "")
            if not _REQUEST_ID.fullmatch(request_id):
                request_id = f"00000000-0000-4000-9000-{self._answered:012d}"
            # [rule: request-id]
            headers = {"x-request-id": request_id, "x-neon-ret-request-id": request_id}
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
        if request.headers.get("authorization") != self.authorization:
            # [rule: unauthorized]
            raise ApiError(401, "supplied credentials do not pass authentication")
        route, path = self._find(request)
        if self._meter:
            self._meter.count(route.name, self.model.now())
        if path.get("project_id", self.model.project.id) != self.model.project.id:
            raise rules.not_found("project")
        self.model.tick()
        return route.handler(ApiRequest(self.model, path, request.url.params, content))

    def _find(self, request: httpx.Request) -> tuple[Route, dict[str, str]]:
        # Match the raw path, because a name in it may contain an encoded slash.
        raw = request.url.raw_path.partition(b"?")[0].decode("ascii")
        path = raw.removeprefix(self.base) if raw.startswith(f"{self.base}/") else ""
        matches = [(route, found) for route in ROUTES if (found := route.pattern.fullmatch(path))]
        for route, found in matches:
            if route.method == request.method:
                return route, {name: unquote(text) for name, text in found.groupdict().items()}
        for method, pattern, operation_id in documented():
            if method == request.method and pattern.fullmatch(path):
                raise rules.not_simulated(f"{operation_id}, {method} {path}")
        raise rules.method_not_allowed() if matches else rules.not_found("route")
