"""A base state machine with a sandbox, a client and a reference model."""

import contextlib
from datetime import datetime, timedelta
from typing import Any, ClassVar

import httpx
from hypothesis.stateful import RuleBasedStateMachine

from neon_restore import Lsn, Neon, _clock
from neon_sandbox import Lsn as Number
from neon_sandbox import Sandbox, scenario
from neon_sandbox.testing.environment import patch_clock
from tests.harness import SandboxHarness
from tests.properties.reference_model import Branch, Commit, Point, ReferenceModel

CREATED, DEVELOPED = map(scenario.instant, ("08:00:00", "10:00:00"))
BEYOND = 1 << 40
"""More bytes than the WAL of any branch has."""


class StateMachineBase(RuleBasedStateMachine, SandboxHarness):
    """The incident on a stepped clock; a subclass opens a storage and compares its data."""

    knows_schemas: ClassVar[bool] = True
    earliest: ClassVar[datetime] = CREATED

    def __init__(self) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        SandboxHarness.__init__(self, self.stack.enter_context(self.open()))
        self.stack.enter_context(patch_clock(_clock, self.clock, jitter=lambda: 1.0))
        self.sent: list[str] = []
        self.neon = self.stack.enter_context(
            Neon(
                self.sandbox.environment["NEON_API_KEY"],
                project_id=scenario.PROJECT_ID,
                api_host=self.sandbox.environment["NEON_API_HOST"],
                transport=httpx.MockTransport(self.handle),
            )
        )
        self.numbers = iter(range(100_000, 1_000_000, 10))
        self.reference = self.reference_of_the_incident()

    def open(self) -> contextlib.AbstractContextManager[Sandbox]:
        """Open a fresh incident without rate limits."""
        raise NotImplementedError

    def compare(self, name: str) -> None:
        """Compare the data of a branch with the reference, if that is fast."""

    def compare_past(self, name: str, point: Point) -> None:
        """Compare the data that a Time Travel query sees with the reference, if that is fast."""

    def teardown(self) -> None:
        """Close the sandbox and the clients."""
        self.stack.close()

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer the client, and record every request that is not a GET."""
        if request.method != "GET":
            self.sent.append(f"{request.method} {request.url.path}")
        return self.sandbox.api.handle(request)

    def reference_of_the_incident(self) -> ReferenceModel:
        """Return a reference with the commits and branches of the incident's scenario."""
        told = (*scenario._BEFORE_DEVELOPMENT, *scenario._AFTER_DEVELOPMENT)
        times = [(CREATED, ""), *((scenario.instant(at), sql) for at, _, sql in told)]
        commits = []
        for time, sql in times:
            position = self.sandbox.storage.locate(self.id("production"), time)
            assert position is not None
            commits.append(Commit(time, int(position.lsn), sql))
        before = [commit for commit in commits if commit.time <= DEVELOPED]
        branches = {
            "production": Branch(commits, None, CREATED, CREATED, compute=True),
            "development": Branch(before, "production", DEVELOPED, DEVELOPED, compute=True),
        }
        return ReferenceModel(CREATED, CREATED, scenario.LAUNCH.default_window, branches)

    @property
    def now(self) -> datetime:
        """The current time, a whole second at the beginning of each step."""
        return self.clock.now()

    def point(self, name: str, near: tuple[int, int] | None, *, lsn: bool) -> Point:
        """Return a point at or near a commit of a branch; some points lie in the future."""
        commits = [c for c in self.reference.branches[name].commits if c.time >= self.earliest]
        if near is None or len(commits) < 2:
            return None
        back, beside = near
        commit = commits[-1 - back % (len(commits) - 1)]
        if lsn:
            return commit.lsn + beside
        if beside == BEYOND:
            # The client knows Neon's clock only to the second.
            return self.now + timedelta(seconds=2)
        return min(commit.time + timedelta(seconds=beside), self.now)

    def pick(self, number: int) -> str:
        """Return the name of a branch."""
        names = sorted(self.reference.branches)
        return names[number % len(names)]

    def id(self, name: str) -> str:
        """Return the id of the branch with a name."""
        return self.sandbox.branch(name).id

    def change(self, method: str, path: str, body: object) -> None:
        """Send a change that bypasses the client, and assert that it succeeds."""
        answer = self.ask(method, path, body)
        assert answer.is_success, answer.text

    def end_step(self) -> None:
        """Wait until all operations have ended and the next second begins."""
        self.run_until_idle()
        self.clock.advance_to(self.now.replace(microsecond=0) + timedelta(seconds=1))


def at(point: Point) -> dict[str, Any]:
    """Return a point as an argument of the client."""
    if isinstance(point, int):
        return {"lsn": Lsn(str(Number(point)))}
    return {"at": point}


def body_of(point: Point) -> dict[str, str]:
    """Return a point as fields of a restore's request body."""
    if point is None:
        return {}
    kind, _, text = option(point).partition(":")
    return {kind.replace("neon", "source"): text}


def option(point: Point) -> str:
    """Return a point as an option of a connection string."""
    if isinstance(point, int):
        return f"neon_lsn:{Number(point)}"
    assert point is not None
    return f"neon_timestamp:{point.replace(tzinfo=None).isoformat()}Z"
