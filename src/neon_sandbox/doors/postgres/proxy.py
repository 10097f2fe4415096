"""`Proxy`: what clients connect to at an endpoint's address."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from neon_sandbox.scenario import Sandbox


class Proxy:
    """Serves the endpoints of a sandbox whose storage is `PostgresStorage`, on loopback only.

    A connection that arrives while its branch is being restored waits, ``patience`` at most.
    Use it as a context manager; inside, every endpoint answers, those made later too.
    """

    def __init__(self, sandbox: Sandbox, *, patience: timedelta = timedelta(seconds=10)) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop every connection and listen no more."""
        raise NotImplementedError
