"""A harness for the incident: requests over HTTP to a sandbox in memory."""

from typing import Any

import httpx

from neon_sandbox import MemoryStorage, RateLimits, incident
from tests.harness import UNLIMITED, SandboxHarness

PRODUCTION = "br-shop-production-00000001"
DEVELOPMENT = "br-shop-development-00000002"
# Between the last good commit, at 14:30:00, and the deletion, at 14:31:07.
BEFORE_DELETE = "2026-11-20T14:31:00Z"
REWIND = {
    "source_branch_id": PRODUCTION,
    "source_timestamp": BEFORE_DELETE,
    "preserve_under_name": "before",
}
"""A restore of production to before the deletion."""


class Harness(SandboxHarness):
    """A sandbox, with helpers for the requests that tests send most."""

    def __init__(self, limits: RateLimits | None = None) -> None:
        self.storage = MemoryStorage()
        super().__init__(incident(storage=self.storage, limits=limits, plan=UNLIMITED))

    def get(self, path: str, **query: Any) -> Any:
        """Return the body of a successful GET."""
        response = self.ask("GET", path, **query)
        assert response.status_code == 200, response.text
        return response.json()

    def do(self, method: str, path: str, body: object = None) -> Any:
        """Send a change that must succeed; return its body after all operations have ended."""
        response = self.ask(method, path, body)
        assert response.is_success, response.text
        self.run_until_idle()
        return response.json() if response.content else None

    def refused(self, method: str, path: str, body: object = None, **query: Any) -> tuple[int, str]:
        """Return the status and message of a rejected request."""
        response = self.ask(method, path, body, **query)
        assert response.is_error, response.text
        return response.status_code, response.json()["message"]

    def restore(self, branch: str, **body: str) -> httpx.Response:
        """Send a restore of a branch and return the response."""
        return self.ask("POST", f"/branches/{branch}/restore", body)

    def restored(self, branch: str, **body: str) -> Any:
        """Restore a branch; return it after all operations have ended."""
        self.do("POST", f"/branches/{branch}/restore", body)
        return self.branch(branch)

    def rewound(
        self, preserve_as: str = "before", to: str = BEFORE_DELETE, branch: str = PRODUCTION
    ) -> Any:
        """Restore a branch from its own history, by default as `REWIND` does, and return it."""
        body = {"source_timestamp": to, "preserve_under_name": preserve_as}
        return self.restored(branch, source_branch_id=branch, **body)

    def backup(self) -> str:
        """Restore production as `REWIND` does; return the id of the backup branch."""
        self.rewound()
        return str(self.named("before")["id"])

    def created(self, name: str, endpoints: object = (), **options: Any) -> Any:
        """Create a branch; return it after all operations have ended."""
        body = {"branch": {"name": name, **options}, "endpoints": endpoints}
        return self.branch(self.do("POST", "/branches", body)["branch"]["id"])

    def branch(self, branch_id: str) -> Any:
        """Return the branch with an id."""
        return self.get(f"/branches/{branch_id}")["branch"]

    def named(self, name: str) -> Any:
        """Return the branch with a name."""
        (found,) = [b for b in self.branches() if b["name"] == name]
        return found

    def branches(self) -> list[Any]:
        """Return all branches."""
        return list(self.get("/branches")["branches"])

    def names(self) -> set[str]:
        """Return the names of all branches."""
        return {branch["name"] for branch in self.branches()}

    def names_in(self, branch: str, kind: str) -> list[str]:
        """Return the names of the ``databases`` or ``roles`` of a branch."""
        return [one["name"] for one in self.get(f"/branches/{branch}/{kind}")[kind]]

    def operations(self, count: int) -> list[tuple[str, str]]:
        """Return action and status of the newest operations, the oldest first."""
        newest = self.get("/operations", limit=count)["operations"]
        return [(one["action"], one["status"]) for one in reversed(newest)]

    def last_sql(self, branch: str) -> str:
        """Return the SQL of a branch's last commit."""
        return self.storage.commits(branch)[-1].sql
