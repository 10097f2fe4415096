"""Where the databases of a sandbox lie while it runs, and what earlier ones left behind."""

from __future__ import annotations

import os
import stat
import tempfile
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from neon_sandbox.command.failure import Failure
from neon_sandbox.storage.postgres import StorageError, clean_up

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def place(chosen: Path | None) -> Iterator[Path]:
    """Yield a directory for one sandbox to make and remove, after tidying up behind dead ones.

    Each sandbox of a user is known in one folder of the system's directory for temporary files:
    by its own directory, or by a link to the one that was ``chosen``. So the next start finds
    what one left that was killed. Raises `Failure` where there can be no such folder.
    """
    known = _known()
    for entry in known.iterdir():
        _tidy(entry)
    name = known / uuid.uuid4().hex[:8]
    if chosen is None:
        yield name
        return
    name.symlink_to(chosen.absolute())
    try:
        yield chosen
    finally:
        name.unlink(missing_ok=True)


def _known() -> Path:
    folder = Path(tempfile.gettempdir()) / f"neon-sandbox-{os.getuid()}"
    # Root's servers run as somebody else, who has to get through to their own files.
    mode = 0o711 if os.getuid() == 0 else 0o700
    try:
        folder.mkdir(mode=mode, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise Failure(
            f"cannot make {folder}: {error.strerror}. Set TMPDIR to a directory that can be "
            "written to"
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise Failure(
            f"{folder} is not a directory of your own that only you can write to: remove it, or "
            "set TMPDIR to another directory"
        )
    return folder


def _tidy(entry: Path) -> None:
    """Clean up behind a sandbox that died; leave alone what lives and what was to be kept."""
    with suppress(StorageError):
        clean_up(entry.resolve())
        if entry.is_symlink():
            entry.unlink(missing_ok=True)
