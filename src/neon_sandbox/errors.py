"""The exception with which the model rejects a request."""


class ApiError(Exception):
    """An error response: status, message, often empty code; for 429 ``retry_after`` in seconds."""

    def __init__(
        self, status: int, message: str, code: str = "", *, retry_after: int | None = None
    ) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.code = code
        self.retry_after = retry_after
