"""Time of a restore by the client over the same requests with bare httpx, to equal sandboxes."""

import json

import httpx

from bench.harness import Harness
from bench.measure import medians, report, seconds

TIMES = 150


def restore(harness: Harness) -> float:
    """Return the seconds that a restore by the client takes."""
    with harness.client() as neon:
        return seconds(lambda: neon.restore("production", at="2026-11-20T14:31:00Z"))


def replay(steps: list[httpx.Request | float]) -> float:
    """Return the seconds of the same steps with bare httpx, given as paths and JSON."""
    harness = Harness()
    base = harness.sandbox.environment["NEON_API_HOST"]
    headers = {"Authorization": f"Bearer {harness.sandbox.environment['NEON_API_KEY']}"}
    calls = [
        (s.method, str(s.url).removeprefix(base), json.loads(s.content or "null"))
        if isinstance(s, httpx.Request)
        else s
        for s in steps
    ]

    def send_all() -> None:
        for call in calls:
            if isinstance(call, float):
                harness.sleep(call)
            else:
                method, path, body = call
                client.request(method, path, json=body).raise_for_status().json()

    transport = httpx.MockTransport(harness.handle)
    with httpx.Client(base_url=base, headers=headers, transport=transport) as client:
        return seconds(send_all)


def main() -> None:
    """Print the ratio, and the number of requests of each kind in a restore."""
    restore(first := Harness())
    kinds = first.requests()
    ours, bare = medians(TIMES, lambda: restore(Harness()), lambda: replay(first.steps))
    metric = f"{ours / bare:.2f} ({ours * 1000:.1f} ms over {bare * 1000:.1f} ms)"
    report("restore by the client over bare httpx", metric, "at most 1.10")
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    report("requests of a restore", f"{kinds.total()} ({listed})", "none that is not needed")


if __name__ == "__main__":
    main()
