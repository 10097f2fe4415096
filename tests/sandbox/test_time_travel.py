"""Time Travel in the model: ephemeral computes that start and stop by themselves."""

import pytest

from neon_sandbox import ApiError
from neon_sandbox.model import rules, time_travel
from neon_sandbox.points import write_instant
from neon_sandbox.scenario import instant
from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness

STAMP = f"neon_timestamp:{BEFORE_DELETE}"


@pytest.mark.parametrize("options", [STAMP, f"-c statement_timeout=5s {STAMP}"])
def test_it_sees_the_last_commit_at_or_before_a_timestamp(harness: Harness, options: str) -> None:
    """A connection can have several options."""
    compute = harness.sandbox.model.time_travel(PRODUCTION, options)
    assert compute.branch_id == PRODUCTION
    assert compute.position.time == instant("14:30:00")
    assert harness.storage.ephemeral_commits(compute.id)[-1].position == compute.position


def test_it_sees_the_state_at_an_lsn(harness: Harness) -> None:
    """This also holds on a child branch, within its history."""
    head = harness.storage.commits(DEVELOPMENT)[-1]
    compute = harness.sandbox.model.time_travel(DEVELOPMENT, f"neon_lsn:{head.lsn}")
    assert compute.position == head.position


@pytest.mark.parametrize(
    ("branch", "options", "status"),
    [
        (PRODUCTION, "", 400),
        (PRODUCTION, "neon_timestamp", 400),
        (PRODUCTION, "neon_timestamp:yesterday", 400),
        (PRODUCTION, "neon_timestamp:2026-11-20T07:59:59Z", 400),
        (PRODUCTION, "neon_timestamp:2026-11-20T14:40:01Z", 400),
        (PRODUCTION, "neon_lsn:FF/FF", 400),
        (PRODUCTION, "neon_lsn:here", 400),
        (PRODUCTION, f"{STAMP} neon_lsn:0/1949B00", 400),
        (DEVELOPMENT, "neon_timestamp:2026-11-20T09:59:59Z", 400),
        ("br-nowhere-00000009", STAMP, 404),
    ],
)
def test_a_point_that_cannot_be_had(
    harness: Harness, branch: str, options: str, status: int
) -> None:
    """The request is rejected, and leaves no operation and no ephemeral compute."""
    before = harness.get("/operations")
    with pytest.raises(ApiError) as refusal:
        harness.sandbox.model.time_travel(branch, options)
    assert refusal.value.status == status
    assert harness.get("/operations") == before
    assert harness.sandbox.model.ephemeral_computes() == []


def test_so_many_computes_run_at_once(harness: Harness) -> None:
    """The next one is refused, and leaves no operation; the last one's end makes room."""
    model = harness.sandbox.model
    for _ in range(rules.MOST_EPHEMERAL):
        commit_at = harness.sandbox.commit("production", "shop", "SELECT 1").time
        model.time_travel(PRODUCTION, f"neon_timestamp:{write_instant(commit_at)}")
        harness.advance(seconds=1)
    before = harness.get("/operations")
    with pytest.raises(ApiError) as refusal:
        model.time_travel(DEVELOPMENT, STAMP)
    assert refusal.value.code == "ACTIVE_ENDPOINTS_LIMIT_EXCEEDED"
    assert harness.get("/operations") == before
    harness.advance(minutes=1)
    assert model.time_travel(DEVELOPMENT, STAMP).branch_id == DEVELOPMENT


def test_it_leaves_four_operations_and_is_not_listed_as_a_branch(harness: Harness) -> None:
    """The operations have the times at which they ran, not that of the next request."""
    harness.sandbox.model.time_travel(PRODUCTION, STAMP)
    assert harness.names() == {"production", "development"}
    assert len(harness.get("/endpoints")["endpoints"]) == 2
    starting = [("create_branch", "running"), ("start_compute", "scheduling")]
    assert harness.operations(2) == starting
    harness.advance(hours=1)
    assert harness.operations(4) == [
        ("create_branch", "finished"),
        ("start_compute", "finished"),
        ("suspend_compute", "finished"),
        ("delete_timeline", "finished"),
    ]
    times = [one["created_at"] for one in harness.get("/operations", limit=2)["operations"]]
    assert times == ["2026-11-20T14:40:35Z"] * 2


def test_it_goes_thirty_seconds_after_the_last_query(harness: Harness) -> None:
    model = harness.sandbox.model
    compute = model.time_travel(PRODUCTION, STAMP)
    assert compute.ready_at == instant("14:40:05").replace(microsecond=400_000)
    harness.clock.advance_to(compute.ready_at)
    for _ in range(3):
        harness.advance(seconds=29)
        time_travel.touch(model, compute.id)
    harness.advance(seconds=30, microseconds=-1)
    assert model.ephemeral_computes() == [compute]
    harness.advance(microseconds=1)
    assert model.ephemeral_computes() == []
    with pytest.raises(ApiError, match="404"):
        time_travel.touch(model, compute.id)


def test_it_neither_prevents_a_restore_nor_changes_with_it(harness: Harness) -> None:
    """Changes are accepted while it starts, and the data that it shows is not overwritten."""
    compute = harness.sandbox.model.time_travel(PRODUCTION, "neon_timestamp:2026-11-20T14:32:00Z")
    assert harness.rewound()["current_state"] == "ready"
    assert harness.storage.ephemeral_commits(compute.id)[-1].sql == "DELETE FROM orders"


def test_it_ends_with_its_branch(harness: Harness) -> None:
    """A deleted branch has no past, and other computes continue."""
    model = harness.sandbox.model
    model.time_travel(DEVELOPMENT, f"neon_lsn:{harness.storage.commits(DEVELOPMENT)[-1].lsn}")
    other = model.time_travel(PRODUCTION, STAMP)
    harness.do("DELETE", f"/branches/{DEVELOPMENT}")
    assert model.ephemeral_computes() == [other]


def test_how_long_it_stays_can_be_set(harness: Harness) -> None:
    model = harness.sandbox.model
    assert model.ephemeral_idle_timeout.total_seconds() == 30
    model.ephemeral_idle_timeout *= 2
    compute = model.time_travel(PRODUCTION, STAMP)
    harness.clock.advance_to(compute.ready_at)
    harness.advance(seconds=59)
    assert model.ephemeral_computes() == [compute]
