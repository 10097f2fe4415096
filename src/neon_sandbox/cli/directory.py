"""Chooses the directory of a sandbox's databases, and cleans up after earlier sandboxes."""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neon_sandbox.cli.errors import CommandError
from neon_sandbox.storage.postgres import StorageError, clean_up


@contextmanager
def sandbox_directory(chosen: Path | None, say: Callable[[str], None]) -> Iterator[Path]:
    """Yield a directory for one sandbox to create and remove, after cleaning up after dead ones.

    Every sandbox has an entry in the system's directory for temporary files: its directory, or a
    link to the ``chosen`` one. The next start of the same operating-system user finds there what
    a killed sandbox left. Raises `CommandError` if nothing can be written there.
    """
    folder, prefix = Path(tempfile.gettempdir()), f"neon-sandbox-{os.getuid()}-"
    for entry in folder.glob(f"{prefix}*"):
        where = entry.resolve()
        if _tidy(entry):
            say(f"Removed what a killed sandbox had left: {where}")
    known = folder / f"{prefix}{uuid.uuid4().hex[:12]}"
    if chosen is None:
        yield known
        return
    try:
        known.symlink_to(chosen.absolute())
    except OSError as error:
        raise CommandError(
            f"cannot write to {folder}: {error.strerror}. Set TMPDIR to a directory that has room"
        ) from None
    try:
        yield chosen
    finally:
        known.unlink(missing_ok=True)


def _tidy(entry: Path) -> bool:
    """Clean up after a sandbox that died and return whether there was one.

    A sandbox that runs, was kept, or belongs to another user is left alone.
    """
    with suppress(StorageError, FileNotFoundError):
        if entry.lstat().st_uid == os.getuid():
            found = clean_up(entry.resolve())
            if entry.is_symlink():
                entry.unlink(missing_ok=True)
            return found
    return False
