"""Runs these tests on the sandbox, and on Neon itself if a throwaway project is configured.

`make evidence` writes what both answered into a report, without keys and passwords.
"""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from neon_sandbox.scenario import PROJECT_ID, incident
from neon_sandbox.server.http import HttpServer

HOST, KEY = "NEON_LIVE_API_HOST", "NEON_LIVE_API_KEY"
PROJECT = "NEON_LIVE_THROWAWAY_PROJECT_ID"
NEON = "https://console.neon.tech/api/v2"
PLACES = ["sandbox", "Neon"] if os.environ.get(KEY) and os.environ.get(PROJECT) else ["sandbox"]
WAITED_FOR = ("scheduling", "running", "cancelling")
PATIENCE = 120.0


OBSERVED = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the report."""
    parser.addoption("--report", help="write what was observed of each rule into this file")


def pytest_configure(config: pytest.Config) -> None:
    """Begin the list of observations."""
    config.stash[OBSERVED] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report, without what is secret."""
    path = session.config.getoption("--report", None)
    if not path:
        return
    observed = session.config.stash[OBSERVED]
    text = "".join(f"{line}\n" for line in sorted(set(observed)))
    for name in (KEY, PROJECT):
        if secret := os.environ.get(name):
            text = text.replace(secret, f"${name}")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("rule\tplace\tobserved\n" + text, "utf-8")
    print(f"\nWhat was observed is in {path}.")


class Project:
    """A project over plain HTTP, without the client, with a branch that a test may restore."""

    def __init__(self, http: httpx.Client, place: str, observed: list[str]) -> None:
        self._http = http
        self._place = place
        self._observed = observed
        self.name = f"assumption-{uuid.uuid4().hex[:12]}"
        self.backup = f"{self.name}-before"

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Send a request to a path below the project, and retry while Neon is busy."""
        ends = time.monotonic() + PATIENCE
        while True:
            response = self._http.request(method, path, json=body)
            if response.status_code != 423 or time.monotonic() > ends:
                return response
            time.sleep(0.5)

    def observe(self, rule: str, seen: object) -> None:
        """Add to the report what Neon or the sandbox did that bears on a rule."""
        if isinstance(seen, httpx.Response):
            body = seen.json() if seen.content else {}
            parts = (str(seen.status_code), body.get("code", ""), body.get("message", ""))
            seen = " ".join(part for part in parts if part)
        self._observed.append(f"{rule}\t{self._place}\t{seen}".replace(self.name, "NAME"))

    def get(self, path: str) -> Any:
        """Return the JSON at a path."""
        return self.ask("GET", path).raise_for_status().json()

    def branches(self) -> dict[str, Any]:
        """Return all branches by name."""
        return {branch["name"]: branch for branch in self.get("/branches?limit=10000")["branches"]}

    def default(self) -> Any:
        """Return the default branch."""
        return next(branch for branch in self.branches().values() if branch["default"])

    def branch(self) -> Any:
        """Return the branch that the test restores."""
        return self.branches()[self.name]

    def run_until_idle(self) -> None:
        """Wait until all operations have ended."""
        ends = time.monotonic() + PATIENCE
        while any(o["status"] in WAITED_FOR for o in self.get("/operations")["operations"]):
            assert time.monotonic() < ends, "Neon's operations do not end"
            time.sleep(0.5)

    def create(self) -> None:
        """Create the branch, without a compute."""
        self.ask("POST", "/branches", {"branch": {"name": self.name}}).raise_for_status()
        self.run_until_idle()

    def restore(self, preserve_as: str) -> httpx.Response:
        """Request a restore of the branch from the default branch's head."""
        body = {"source_branch_id": self.default()["id"], "preserve_under_name": preserve_as}
        return self.ask("POST", f"/branches/{self.branch()['id']}/restore", body)

    def remove(self) -> None:
        """Delete every branch with the prefix of this test, children first."""
        ends = time.monotonic() + PATIENCE
        while mine := [b for name, b in self.branches().items() if name.startswith(self.name)]:
            assert time.monotonic() < ends, f"these branches are left: {mine}"
            for branch in mine:
                self.run_until_idle()
                self.ask("DELETE", f"/branches/{branch['id']}")


@pytest.fixture(params=PLACES)
def project(request: pytest.FixtureRequest) -> Iterator[Project]:
    """Return a project with a new branch; branches that the test created are deleted after it."""
    with ExitStack() as stack:
        if request.param == "Neon":
            host, key, name = os.environ.get(HOST) or NEON, os.environ[KEY], os.environ[PROJECT]
        else:
            environment = stack.enter_context(HttpServer(incident())).environment
            host, key = environment["NEON_API_HOST"], environment["NEON_API_KEY"]
            name = PROJECT_ID
        headers = {"Authorization": f"Bearer {key}"}
        http = httpx.Client(base_url=f"{host}/projects/{name}", headers=headers, timeout=90)
        observed = request.config.stash[OBSERVED]
        project = Project(stack.enter_context(http), request.param, observed)
        stack.callback(project.remove)
        project.create()
        yield project
