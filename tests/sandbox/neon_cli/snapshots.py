"""Snapshots that a call of the Neon CLI finds."""

from tests.sandbox.harness import BEFORE_DELETE, PRODUCTION, Harness
from tests.sandbox.test_snapshots import SCHEDULE, listed, taken


def good(harness: Harness) -> None:
    """Take a snapshot of production at a point in time before the deletion."""
    taken(harness, name="good", timestamp=BEFORE_DELETE)


def previewed(harness: Harness) -> None:
    """Restore a snapshot to a preview branch."""
    good(harness)
    body = {"target_branch_id": PRODUCTION, "name": "look"}
    harness.do("POST", f"/snapshots/{listed(harness)[0]['id']}/restore", body)


def scheduled(harness: Harness) -> None:
    """Set a snapshot schedule on production."""
    harness.do("PUT", SCHEDULE, {"schedule": [{"frequency": "daily", "hour": 3}]})
