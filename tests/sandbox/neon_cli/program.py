"""Runs the unmodified Neon CLI, each call against a fresh incident."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neon_sandbox.server.http import HttpServer
from tests.contract.document import ROOT
from tests.sandbox.harness import BEFORE_DELETE, PRODUCTION, Harness
from tools.docs.requirements import COMPILED, PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PROGRAM = ROOT / "node_modules" / ".bin" / "neon"
SECONDS = 60


@dataclass(frozen=True)
class Call:
    """A call of the Neon CLI: its arguments, and a function that prepares the harness.

    ``{good}`` in an argument is replaced by the LSN of the last good commit on production.
    """

    arguments: tuple[str, ...]
    before: Callable[[Harness], object] = field(default=lambda harness: None)


@dataclass(frozen=True)
class Outcome:
    """The output of a call, its requests, and the harness after all operations have ended."""

    harness: Harness
    requests: list[str]
    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The standard output, parsed as JSON."""
        assert self.status == 0, self.stderr
        return json.loads(self.stdout)


def environment(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with the sandbox's variables and without settings of the Neon CLI."""
    return {
        "PATH": PATH,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "CI": "1",
        "NODE_COMPILE_CACHE": str(COMPILED),
        **variables,
    }


def run(
    arguments: tuple[str, ...], home: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the Neon CLI for the sandbox's project."""
    # The only setting that the Neon CLI does not read from the environment.
    project = ["--project-id", variables["NEON_PROJECT_ID"]]
    return subprocess.run(  # noqa: S603 - the official command line
        [str(PROGRAM), "--no-analytics", *project, *arguments],
        env=environment(home, variables),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def carry_out(call: Call, home: Path) -> Outcome:
    """Run a call against a fresh incident."""
    harness = Harness()
    call.before(harness)
    good = next(
        commit.position.lsn
        for commit in reversed(harness.storage.commits(PRODUCTION))
        if commit.position.time.isoformat() < BEFORE_DELETE
    )
    requests: list[str] = []

    def note(request: Any, response: Any) -> None:
        requests.append(f"{request.method} {request.url.path} {response.status_code}")

    home.mkdir()
    with HttpServer(harness.sandbox, on_response=note) as door:
        arguments = tuple(argument.format(good=good) for argument in call.arguments)
        done = run(arguments, home, door.environment)
    harness.run_until_idle()
    return Outcome(harness, requests, done.returncode, done.stdout, done.stderr)
