"""The one way in which the model says no."""

from __future__ import annotations


class ApiError(Exception):
    """A request that Neon would refuse: an HTTP status, its message and its (often empty) code.

    ``retry_after`` is in whole seconds and set on a 429 only.
    """

    def __init__(
        self, status: int, message: str, code: str = "", *, retry_after: int | None = None
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.code = code
        self.retry_after = retry_after
