"""A restore by the client over the same requests sent with bare httpx, to the same stand-in."""

from collections import Counter
from dataclasses import dataclass, field
from unittest.mock import patch

import httpx

from bench.measure import medians, report, seconds
from neon_restore import Neon, _clock
from neon_sandbox.clock import SteppedClock
from neon_sandbox.scenario import Sandbox, incident, instant

TIMES = 150


@dataclass
class Recorder:
    """Notes the requests and pauses of one restore, to be made again."""

    clock: SteppedClock
    sandbox: Sandbox
    steps: list[httpx.Request | float] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        self.steps.append(request)
        return self.sandbox.api.handle(request)

    def sleep(self, pause: float) -> None:
        """Let the stand-in's time pass."""
        self.steps.append(pause)
        self.clock.sleep(pause)


def fresh() -> Recorder:
    """Return a recorder of an incident that nothing has happened to."""
    clock = SteppedClock(instant("14:40:00"))
    return Recorder(clock, incident(clock))


def restore(recorder: Recorder) -> float:
    """Return the seconds that a restore by the client takes."""
    clock = recorder.clock
    with (
        patch.multiple(_clock, now=clock.now, monotonic=clock.monotonic, sleep=recorder.sleep),
        patch.dict("os.environ", recorder.sandbox.environment),
        Neon(transport=httpx.MockTransport(recorder.handle)) as neon,
    ):
        return seconds(lambda: neon.restore("production", at="2026-11-20T14:31:00Z"))


def replay(steps: list[httpx.Request | float]) -> float:
    """Return the seconds that the same requests and pauses take with bare httpx."""
    world = fresh()

    def send_all(client: httpx.Client) -> None:
        for step in steps:
            if isinstance(step, float):
                world.clock.sleep(step)
            else:
                body = step.content or None
                answer = client.request(step.method, step.url, content=body, headers=headers)
                answer.raise_for_status().json()

    headers = {"Authorization": f"Bearer {world.sandbox.environment['NEON_API_KEY']}"}
    headers |= {"Content-Type": "application/json"}
    with httpx.Client(transport=httpx.MockTransport(world.sandbox.api.handle)) as client:
        return seconds(lambda: send_all(client))


def main() -> None:
    """Print the ratio, and how many requests of each kind a restore takes."""
    first = fresh()
    restore(first)
    requests = [step for step in first.steps if isinstance(step, httpx.Request)]
    kinds = Counter("poll" if "/operations/" in r.url.path else r.method for r in requests)
    ours, bare = medians(TIMES, lambda: restore(fresh()), lambda: replay(first.steps))
    figure = f"{ours / bare:.2f} ({ours * 1000:.1f} ms over {bare * 1000:.1f} ms)"
    report("restore by the client over bare httpx", figure, "at most 1.10")
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    report("requests of a restore", f"{len(requests)} ({listed})", "none that is not needed")


if __name__ == "__main__":
    main()
