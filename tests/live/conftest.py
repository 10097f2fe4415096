"""Runs these tests on the sandbox, and on Neon itself if a throwaway project is configured."""

import os
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from neon_sandbox import scenario
from neon_sandbox.server.http import HttpServer

KEY, PROJECT = "NEON_LIVE_API_KEY", "NEON_LIVE_THROWAWAY_PROJECT_ID"
HOST = "NEON_LIVE_API_HOST"
NEON = "https://console.neon.tech/api/v2"
IS_LIVE = bool(os.environ.get(KEY) and os.environ.get(PROJECT))
PLACES = ["sandbox", "Neon"] if IS_LIVE else ["sandbox"]
WAITED_FOR = ("scheduling", "running", "cancelling")
PATIENCE = 120.0


class Project:
    """A project over plain HTTP, without the client, and the branches that a test created in it."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.made: list[str] = []
        self.unique = f"assumption-{uuid.uuid4().hex[:12]}"

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

    def run_until_idle(self) -> None:
        """Wait until all operations have ended."""
        ends = time.monotonic() + PATIENCE
        while any(o["status"] in WAITED_FOR for o in self.get("/operations")["operations"]):
            assert time.monotonic() < ends, "Neon's operations do not end"
            time.sleep(0.5)

    def create(self) -> str:
        """Create a branch without a compute, and return its id."""
        made = self.ask("POST", "/branches", {"branch": {"name": self.unique}})
        self.run_until_idle()
        return str(made.raise_for_status().json()["branch"]["id"])

    def restore(self, branch: str, source: str, preserve_as: str) -> httpx.Response:
        """Request a restore from another branch's head."""
        body = {"source_branch_id": source, "preserve_under_name": preserve_as}
        return self.ask("POST", f"/branches/{branch}/restore", body)

    def remove(self) -> None:
        """Delete every branch with the prefix of this test, children first."""
        self.run_until_idle()
        mine = [b for name, b in self.branches().items() if name.startswith(self.unique)]
        # A branch that was reset is a child of its latest backup branch.
        for branch in sorted(mine, key=lambda branch: len(branch["name"])):
            self.ask("DELETE", f"/branches/{branch['id']}")
            self.run_until_idle()


@pytest.fixture(params=PLACES)
def project(request: pytest.FixtureRequest) -> Iterator[Project]:
    """Return a project that a test may change; branches that it created are deleted after it."""
    if request.param == "Neon":
        host = os.environ.get(HOST) or NEON
        key, name = os.environ[KEY], os.environ[PROJECT]
        with _open(host, key, name) as http:
            yield from _cleaned(Project(http))
    else:
        with HttpServer(scenario.incident()) as door:
            given = door.environment
            with _open(
                given["NEON_API_HOST"], given["NEON_API_KEY"], given["NEON_PROJECT_ID"]
            ) as http:
                yield from _cleaned(Project(http))


def _cleaned(project: Project) -> Iterator[Project]:
    try:
        yield project
    finally:
        project.remove()


def _open(host: str, key: str, project: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=f"{host}/projects/{project}", headers=headers, timeout=90)
