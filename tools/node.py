"""Runs this project's JavaScript under the Node that it installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def run(script: Path, *arguments: str | Path, stdin: str = "") -> str:
    """Run a script and return what it prints, or raise with it if the script failed."""
    # Node stands beside this Python where the machine has none.
    node = shutil.which("node", path=_PATH)
    if node is None:
        raise RuntimeError("Node is not installed here: `make site` installs it")
    command = [node, script, *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{script.name} failed.\n{done.stdout}{done.stderr}")
    return done.stdout
