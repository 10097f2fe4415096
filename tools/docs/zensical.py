"""Builds the site from the same mkdocs.yml with Zensical, the successor of MkDocs and Material."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.docs.tree import ROOT


@contextmanager
def build_site() -> Iterator[Path]:
    """Build the site with Zensical, run the post-build step, and delete the site on exit."""
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    # Zensical builds only into the folder of its project.
    folder = Path(tempfile.mkdtemp(prefix="zensical-", dir=cache))
    try:
        # Concurrent builds would share a cache.
        with (cache / "zensical.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _build(folder)
        yield folder
    finally:
        shutil.rmtree(folder)


def _build(folder: Path) -> None:
    variables = {**os.environ, "SITE_DIR": folder.relative_to(ROOT).as_posix()}
    for step in (["zensical", "build", "--strict"], ["tools.postbuild", str(folder)]):
        command = [sys.executable, "-m", *step]
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
