"""The incident for a figure: on the stepped clock, in this process, with a client for it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import httpx

from neon_restore import Neon, _clock
from neon_sandbox.clock import SteppedClock
from neon_sandbox.scenario import incident, instant


class Harness:
    """A fresh incident that notes the requests and pauses of a restore, to be made again."""

    def __init__(self) -> None:
        self.clock = SteppedClock(instant("14:40:00"))
        self.sandbox = incident(self.clock)
        self.steps: list[httpx.Request | float] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        self.steps.append(request)
        return self.sandbox.api.handle(request)

    def sleep(self, pause: float) -> None:
        """Let the sandbox's time pass."""
        self.steps.append(pause)
        self.clock.sleep(pause)

    def requests(self) -> Counter[str]:
        """Count the requests: looks at an operation as polls, the others by method."""
        sent = [step for step in self.steps if isinstance(step, httpx.Request)]
        return Counter("poll" if "/operations/" in r.url.path else r.method for r in sent)

    @contextmanager
    def client(self) -> Iterator[Neon]:
        """Open a client of this incident that lives by its clock."""
        clock = self.clock
        with (
            patch.multiple(_clock, now=clock.now, monotonic=clock.monotonic, sleep=self.sleep),
            patch.dict("os.environ", self.sandbox.environment),
            Neon(transport=httpx.MockTransport(self.handle)) as neon,
        ):
            yield neon
