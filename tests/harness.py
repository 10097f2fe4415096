"""The base harness of all tests: the incident in a sandbox."""

from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any

import httpx

from neon_sandbox import Sandbox, SteppedClock
from neon_sandbox.scenario import LAUNCH

# For runs of more restores than a plan has branches for.
UNLIMITED = replace(LAUNCH, branches=100_000, root_branches=100_000, protected_branches=100_000)


class SandboxHarness:
    """A sandbox, its API over HTTP, and its stepped clock."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.project = f"/projects/{sandbox.environment['NEON_PROJECT_ID']}"

    @cached_property
    def http(self) -> httpx.Client:
        """An HTTP client of the API, with the sandbox's API key."""
        environment = self.sandbox.environment
        return httpx.Client(
            transport=httpx.MockTransport(self.sandbox.api.handle),
            base_url=environment["NEON_API_HOST"],
            headers={"authorization": f"Bearer {environment['NEON_API_KEY']}"},
        )

    @property
    def clock(self) -> SteppedClock:
        """The sandbox's stepped clock."""
        assert isinstance(self.sandbox.clock, SteppedClock)
        return self.sandbox.clock

    def ask(self, method: str, path: str, body: object = None, **query: Any) -> httpx.Response:
        """Send a request to a path below the project."""
        return self.http.request(method, f"{self.project}{path}", json=body, params=query or None)

    def run_until_idle(self) -> None:
        """Advance the clock until all operations have ended."""
        self.sandbox.run_until_idle()

    def advance(self, **span: float) -> None:
        """Advance the clock by days, hours, minutes or seconds."""
        self.clock.advance(timedelta(**span))
