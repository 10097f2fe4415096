"""What ends the command before its time."""

from __future__ import annotations


class CommandError(Exception):
    """Something that the user has to know and act on, and the exit status that it ends with.

    The message says what happened and what to do. Without a status of its own it is a failure of
    the sandbox rather than of the command that it was to run.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
