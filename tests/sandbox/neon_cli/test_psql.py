"""Connection strings of the Neon CLI, used by its `--psql` option on real rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from neon_sandbox.cli.options import Options
from neon_sandbox.cli.sandbox import sandbox
from tests.sandbox.harness import BEFORE_DELETE
from tests.sandbox.neon_cli.program import run
from tools.docs.requirements import PATH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from neon_sandbox.server.http import HttpServer

COUNT = ("--", "-At", "-c", "SELECT count(*) FROM orders")
DELETE = "DELETE FROM orders"
EMBEDDED = "falling back to embedded TypeScript psql"
# On a machine without psql, the Neon CLI uses its embedded psql.
PSQLS = ["embedded", pytest.param("psql", marks=pytest.mark.needs("psql"))]

Ask = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def door() -> Iterator[HttpServer]:
    """Return the API server of a live sandbox with rows."""
    with sandbox(Options(port=0), say=lambda _: None, show=lambda _: None) as door:
        yield door


@pytest.fixture(params=PSQLS)
def ask(request: pytest.FixtureRequest, door: HttpServer, tmp_path: Path) -> Ask:
    """Return a function that runs `connection-string BRANCH --psql` with either psql."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in {"node", "env", request.param} - {"embedded"}:
        found = shutil.which(name, path=PATH)
        assert found, f"{name} is not on this machine"
        (programs / name).symlink_to(found)

    def ask(branch: str, what: tuple[str, ...]) -> tuple[str, str]:
        variables = {**door.environment, "PATH": str(programs)}
        command = ("connection-string", branch, "--database-name", "shop", "--psql", *what)
        done = run(command, tmp_path, variables)
        assert (EMBEDDED in done.stderr) == (request.param == "embedded"), done.stderr
        return done.stdout.strip(), done.stderr

    return ask


def test_the_head(ask: Ask) -> None:
    """The orders are deleted at the head."""
    assert ask("production", COUNT)[0] == "0"


def test_a_timestamp_that_cannot_be_changed(ask: Ask) -> None:
    """All orders exist right before the deletion, and Postgres refuses a change."""
    seen, said = ask(f"production@{BEFORE_DELETE}", (*COUNT, "-c", DELETE))
    assert seen == "750"
    assert "cannot execute DELETE in a read-only transaction" in said


def test_an_lsn(ask: Ask, door: HttpServer) -> None:
    """The LSN of a branch's head is a valid point in time."""
    at = door.sandbox.storage.locate(door.sandbox.branch("development").id, None)
    assert at is not None
    assert ask(f"development@{at.lsn}", COUNT)[0] == "400"


def test_a_point_that_is_not_there(ask: Ask) -> None:
    """The error reaches the client, which does not hang."""
    _, said = ask("production@2026-11-20T07:00:00Z", COUNT)
    assert "history window, which starts at 2026-11-20T08:00:00Z" in said
