"""The base backup that all incidents of one process share."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tools.scratch import scratch, until_the_end

if TYPE_CHECKING:
    from neon_sandbox.storage.postgres import BaseBackup


@functools.cache
def base() -> BaseBackup:
    """Return the base backup, cached because making one takes half the time of an incident."""
    # Imported here so that all other checks run where Postgres is not installed.
    from neon_sandbox.storage.postgres import shared_base_backup

    folder = until_the_end.enter_context(scratch())
    return until_the_end.enter_context(shared_base_backup(folder / "base"))
