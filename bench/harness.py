"""A harness for benchmarks: the incident on the stepped clock, in process, with a client."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import httpx

from neon_restore import Neon, _clock
from neon_sandbox.clock import SteppedClock
from neon_sandbox.scenario import LAUNCH, incident, instant
from neon_sandbox.testing.environment import patch_clock

# For runs of more restores than a plan has branches for.
PLAN = replace(LAUNCH, branches=100_000, root_branches=100_000)


class Harness:
    """A fresh incident that records the requests and pauses of a restore for a replay."""

    def __init__(self) -> None:
        self.clock = SteppedClock(instant("14:40:00"))
        self.sandbox = incident(self.clock, plan=PLAN)
        self.steps: list[httpx.Request | float] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Record a request and send it to the sandbox."""
        self.steps.append(request)
        return self.sandbox.api.handle(request)

    def sleep(self, pause: float) -> None:
        """Record a pause and advance the sandbox's clock."""
        self.steps.append(pause)
        self.clock.sleep(pause)

    def requests(self) -> Counter[str]:
        """Count the requests: those for an operation as polls, the others by method."""
        sent = [step for step in self.steps if isinstance(step, httpx.Request)]
        return Counter("poll" if "/operations/" in r.url.path else r.method for r in sent)

    @contextmanager
    def client(self) -> Iterator[Neon]:
        """Open a client of this incident that uses its clock."""
        with (
            patch_clock(_clock, self.clock, sleep=self.sleep),
            patch.dict("os.environ", self.sandbox.environment),
            Neon(transport=httpx.MockTransport(self.handle)) as neon,
        ):
            yield neon
