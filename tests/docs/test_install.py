"""The install line of the site, run as a reader runs it: in a fresh environment."""

import os
import subprocess
import venv
from pathlib import Path

from tests.docs.blocks import ROOT
from tests.docs.tally import Tally
from tools.install_line import SNIPPET


def test_the_install_line_installs_the_client(tmp_path: Path, tally: Tally) -> None:
    """After this one line the client can be imported, and no development tool came along."""
    venv.create(tmp_path / "fresh", with_pip=True)
    fresh = tmp_path / "fresh" / "bin"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
        "PATH": f"{fresh}{os.pathsep}{os.environ['PATH']}",
    }

    def run(*command: str, folder: Path) -> str:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("bash", "-eu", str(ROOT / SNIPPET), folder=ROOT)
    run("python", "-c", "from neon_restore import AsyncNeon, Neon", folder=tmp_path)
    installed = run("python", "-m", "pip", "list", "--format=freeze", folder=tmp_path).lower()
    assert "neon-restore==" in installed
    assert not {"pytest", "mypy", "respx", "mkdocs"} & {
        line.split("==")[0] for line in installed.split()
    }
    tally.prove(SNIPPET.relative_to("snippets").as_posix())
