"""`PostgresStorage`: the storage whose rows are real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

    from neon_sandbox.clock import Clock


class PostgresStorage:
    """Storage on Postgres 18, all of it in one directory and in processes of its own.

    The directory is made where it is missing. Endpoints listen on loopback ports, counted up from
    ``first_port``; 0 takes any free ones. With ``threads=False`` every job is over when its
    method returns. ``close()`` ends every process and removes the directory unless ``keep``.
    """

    def __init__(
        self,
        directory: Path,
        *,
        clock: Clock,
        threads: bool = True,
        first_port: int = 14311,
        keep: bool = False,
    ) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process; remove the directory unless it is to be kept."""
        raise NotImplementedError
