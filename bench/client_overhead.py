"""Time of a restore by the client over the same requests with bare httpx, to equal sandboxes."""

import json
from dataclasses import replace
from unittest.mock import patch

import httpx

from bench.measure import medians, report, seconds
from neon_restore import Neon, _clock
from neon_sandbox.clock import SteppedClock
from neon_sandbox.scenario import LAUNCH, Sandbox, incident, instant
from neon_sandbox.testing.environment import patch_clock

# For runs of more restores than a plan has branches for.
PLAN = replace(LAUNCH, branches=100_000, root_branches=100_000)
TIMES = 150
Step = httpx.Request | float
"""A request, or a pause in seconds."""


def fresh() -> tuple[Sandbox, SteppedClock]:
    """Return a fresh incident and its clock."""
    clock = SteppedClock(instant("14:40:00"))
    return incident(clock, plan=PLAN), clock


def restore(steps: list[Step]) -> float:
    """Return the seconds that a restore by the client takes, and record its steps."""
    sandbox, clock = fresh()

    def handle(request: httpx.Request) -> httpx.Response:
        steps.append(request)
        return sandbox.api.handle(request)

    def sleep(pause: float) -> None:
        steps.append(pause)
        clock.sleep(pause)

    with (
        patch_clock(_clock, clock, sleep=sleep),
        patch.dict("os.environ", sandbox.environment),
        Neon(transport=httpx.MockTransport(handle)) as neon,
    ):
        return seconds(lambda: neon.restore("production", at="2026-11-20T14:31:00Z"))


def replay(steps: list[Step]) -> float:
    """Return the seconds of the same steps with bare httpx, given as paths and JSON."""
    sandbox, clock = fresh()
    base = sandbox.environment["NEON_API_HOST"]
    headers = {"Authorization": f"Bearer {sandbox.environment['NEON_API_KEY']}"}
    calls = [
        (s.method, str(s.url).removeprefix(base), json.loads(s.content or "null"))
        if isinstance(s, httpx.Request)
        else s
        for s in steps
    ]

    def send_all() -> None:
        for call in calls:
            if isinstance(call, float):
                clock.sleep(call)
            else:
                method, path, body = call
                client.request(method, path, json=body).raise_for_status().json()

    transport = httpx.MockTransport(sandbox.api.handle)
    with httpx.Client(base_url=base, headers=headers, transport=transport) as client:
        return seconds(send_all)


def main() -> None:
    """Print the ratio."""
    steps: list[Step] = []
    restore(steps)
    ours, bare = medians(TIMES, lambda: restore([]), lambda: replay(steps))
    metric = f"{ours / bare:.2f} ({ours * 1000:.1f} ms over {bare * 1000:.1f} ms)"
    report("restore by the client over bare httpx", metric, "at most 1.10")
