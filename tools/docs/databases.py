"""The first cluster that the incidents of one process share."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tools.scratch import scratch, until_the_end

if TYPE_CHECKING:
    from neon_sandbox.storage.postgres import BaseBackup


@functools.cache
def base() -> BaseBackup:
    """Return the base of every incident in this process: making one is half of an incident."""
    # Where it is not installed, everything else can be proved all the same.
    from neon_sandbox.storage.postgres import shared_base_backup

    folder = until_the_end.enter_context(scratch())
    return until_the_end.enter_context(shared_base_backup(folder / "base"))
