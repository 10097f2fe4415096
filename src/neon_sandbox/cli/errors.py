"""The error that ends the command early."""


class CommandError(Exception):
    """An error to report on the terminal, with the exit status of `neon-sandbox`.

    Without a status, the sandbox has failed rather than the command that it runs.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
