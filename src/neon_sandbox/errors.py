"""The exception with which the model rejects a request."""

from __future__ import annotations


class ApiError(Exception):
    """An error response of the API: an HTTP status, a message and an often empty code.

    ``retry_after`` is in whole seconds, and set only for 429.
    """

    def __init__(
        self, status: int, message: str, code: str = "", *, retry_after: int | None = None
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.code = code
        self.retry_after = retry_after
