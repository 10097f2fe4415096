"""Runs these tests on the sandbox, and on Neon itself if a throwaway project is configured."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
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


class Project:
    """A project over plain HTTP, without the client, with a branch that a test may restore."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
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

    def get(self, path: str) -> Any:
        """Return the JSON at a path."""
        return self.ask("GET", path).raise_for_status().json()

    def branches(self) -> dict[str, Any]:
        """Return all branches by name."""
        return {branch["name"]: branch for branch in self.get("/branches?limit=10000")["branches"]}

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
        source = next(branch for branch in self.branches().values() if branch["default"])
        body = {"source_branch_id": source["id"], "preserve_under_name": preserve_as}
        return self.ask("POST", f"/branches/{self.branch()['id']}/restore", body)

    def remove(self) -> None:
        """Delete every branch with the prefix of this test, children first."""
        self.run_until_idle()
        mine = [b for name, b in self.branches().items() if name.startswith(self.name)]
        # A branch that was reset is a child of its latest backup branch.
        for branch in sorted(mine, key=lambda branch: len(branch["name"])):
            self.ask("DELETE", f"/branches/{branch['id']}")
            self.run_until_idle()


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
        project = Project(stack.enter_context(http))
        stack.callback(project.remove)
        project.create()
        yield project
