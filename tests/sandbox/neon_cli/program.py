"""Runs the unmodified Neon CLI, each call against a fresh incident."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neon_sandbox.server.http import HttpServer
from tests.sandbox.harness import BEFORE_DELETE, PRODUCTION, Harness
from tools.docs.requirements import COMPILED, PATH
from tools.docs.tree import ROOT

PROGRAM = ROOT / "node_modules" / ".bin" / "neon"
SECONDS = 60
INCIDENT = {"production": "14:33:00", "development": "09:45:00"}
"""The heads of a fresh incident."""


@dataclass(frozen=True)
class Outcome:
    """The output of a call, its requests, its home, and the harness once operations have ended.

    `before` has the branches as they were before the call.
    """

    harness: Harness
    before: list[Any]
    requests: list[str]
    status: int
    stdout: str
    stderr: str
    home: Path

    @property
    def json(self) -> Any:
        """The standard output, parsed as JSON."""
        assert self.status == 0, self.stderr
        return json.loads(self.stdout)

    @property
    def heads(self) -> dict[str, str]:
        """The time of the last commit on each branch; the last before the deletion is 14:30:00."""
        return {one["name"]: self.head(one["id"]) for one in self.harness.branches()}

    def head(self, branch_or_snapshot: str) -> str:
        """Return the time of the last commit on the branch or snapshot with an id."""
        return f"{self.harness.storage.commits(branch_or_snapshot)[-1].time:%H:%M:%S}"


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
    arguments: list[str], home: Path, variables: Mapping[str, str]
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


def carry_out(home: Path, call: str, before: Callable[[Harness], object] | None = None) -> Outcome:
    """Run a call against a fresh incident, which ``before`` prepares.

    ``{good}`` in the call is replaced by the LSN of the last good commit on production.
    """
    harness = Harness()
    if before:
        before(harness)
    good = next(
        commit.lsn
        for commit in reversed(harness.storage.commits(PRODUCTION))
        if commit.time.isoformat() < BEFORE_DELETE
    )
    requests: list[str] = []

    def note(request: Any, response: Any) -> None:
        requests.append(f"{request.method} {request.url.path} {response.status_code}")

    home.mkdir()
    branches = harness.branches()
    with HttpServer(harness.sandbox, on_response=note) as door:
        done = run(call.format(good=good).split(), home, door.environment)
    harness.run_until_idle()
    return Outcome(harness, branches, requests, done.returncode, done.stdout, done.stderr, home)
