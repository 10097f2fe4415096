"""Connection strings of the Neon CLI, used by its `--psql` option on real rows."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neon_sandbox.cli.options import Options
from neon_sandbox.cli.sandbox import sandbox
from neon_sandbox.server.http import HttpServer
from tests.sandbox.harness import BEFORE_DELETE
from tests.sandbox.neon_cli.program import run
from tools.docs.requirements import PATH

COUNT = ("-At", "-c", "SELECT count(*) FROM orders")

Ask = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def door() -> Iterator[HttpServer]:
    """Return the API server of a live sandbox with rows."""
    with sandbox(Options(port=0), say=lambda _: None, show=lambda _: None) as door:
        yield door


# On a machine without psql, the Neon CLI uses its embedded psql.
@pytest.fixture(params=["embedded", pytest.param("psql", marks=pytest.mark.needs("psql"))])
def ask(request: pytest.FixtureRequest, door: HttpServer, tmp_path: Path) -> Ask:
    """Return a function that runs `connection-string BRANCH --psql` with either psql."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in {"node", "env", request.param} - {"embedded"}:
        found = shutil.which(name, path=PATH)
        assert found, f"{name} is not on this machine"
        (programs / name).symlink_to(found)

    def ask(branch: str, *psql: str, pooled: bool = False) -> tuple[str, str]:
        variables = {**door.environment, "PATH": str(programs)}
        command = ["connection-string", branch, "--database-name", "shop", "--psql"]
        command += [*(["--pooled"] if pooled else []), "--", *psql]
        done = run(command, tmp_path, variables)
        is_embedded = "falling back to embedded TypeScript psql" in done.stderr
        assert is_embedded == (request.param == "embedded"), done.stderr
        return done.stdout.strip(), done.stderr

    return ask


def test_the_head(ask: Ask) -> None:
    assert ask("production", *COUNT)[0] == "0"


def test_a_timestamp_that_cannot_be_changed(ask: Ask) -> None:
    seen, said = ask(f"production@{BEFORE_DELETE}", *COUNT, "-c", "DELETE FROM orders")
    assert seen == "750"
    assert "cannot execute DELETE in a read-only transaction" in said


def test_a_backup_branch_with_a_compute(ask: Ask, door: HttpServer, tmp_path: Path) -> None:
    """The pooled string of the Neon CLI has the same address, and connects."""
    name, backup = tmp_path.name, f"before-{tmp_path.name}"
    for call in (
        f"branches create --name {name} --parent development",
        f"branches restore {name} production --preserve-under-name {backup}",
        f"branches add-compute {backup} --type read_write",
    ):
        done = run(call.split(), tmp_path, {**door.environment})
        assert done.returncode == 0, done.stderr
        door.sandbox.run_until_idle()
    assert ask(backup, *COUNT, pooled=True)[0] == "400"
    assert ask(name, *COUNT)[0] == "0"


def test_an_lsn(ask: Ask, door: HttpServer) -> None:
    at = door.sandbox.storage.locate(door.sandbox.branch("development").id, None)
    assert at is not None
    assert ask(f"development@{at.lsn}", *COUNT)[0] == "400"


def test_a_point_that_is_not_there(ask: Ask) -> None:
    _, said = ask("production@2026-11-20T07:00:00Z", *COUNT)
    assert "history window, which starts at 2026-11-20T08:00:00Z" in said
