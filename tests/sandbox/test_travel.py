"""Time travel in the model: a compute on the past that comes and goes by itself."""

from __future__ import annotations

import pytest

from neon_sandbox import ApiError
from neon_sandbox.model import time_travel
from neon_sandbox.scenario import instant
from tests.sandbox.world import DEVELOPMENT, GOOD, PRODUCTION, World

STAMP = f"neon_timestamp:{GOOD}"


def actions(world: World, count: int = 4) -> list[tuple[str, str]]:
    """Return action and status of the newest operations, the oldest of them first."""
    newest = world.get("/operations", limit=count)["operations"]
    return [(one["action"], one["status"]) for one in reversed(newest)]


def test_it_sees_the_last_commit_at_or_before_a_timestamp(world: World) -> None:
    """As a restore to that point would."""
    visit = world.sandbox.model.time_travel(PRODUCTION, STAMP)
    assert visit.position.time == instant("14:30:00")
    assert world.storage.visit(visit.id)[-1].position == visit.position


def test_it_sees_the_state_at_an_lsn(world: World) -> None:
    """On a child branch, too, within its own history."""
    head = world.storage.commits(DEVELOPMENT)[-1]
    visit = world.sandbox.model.time_travel(DEVELOPMENT, f"neon_lsn:{head.lsn}")
    assert visit.position == head.position


def test_it_finds_its_option_among_others(world: World) -> None:
    """A connection may carry more than one."""
    options = f"-c statement_timeout=5s {STAMP}"
    assert world.sandbox.model.time_travel(PRODUCTION, options).branch_id == PRODUCTION


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
def test_a_point_that_cannot_be_had(world: World, branch: str, options: str, status: int) -> None:
    """The visit is refused, and leaves nothing in the list."""
    before = world.get("/operations")
    with pytest.raises(ApiError) as refusal:
        world.sandbox.model.time_travel(branch, options)
    assert refusal.value.status == status
    assert world.get("/operations") == before
    assert world.sandbox.model.ephemeral_computes() == []


def test_it_is_not_listed_as_a_branch(world: World) -> None:
    """Nor as a compute of one."""
    world.sandbox.model.time_travel(PRODUCTION, STAMP)
    assert world.names() == {"production", "development"}
    assert len(world.get("/endpoints")["endpoints"]) == 2


def test_it_leaves_four_operations(world: World) -> None:
    """Two when it comes, and two when it goes."""
    world.sandbox.model.time_travel(PRODUCTION, STAMP)
    assert actions(world, 2) == [("create_branch", "running"), ("start_compute", "scheduling")]
    world.rest(minutes=1)
    assert actions(world) == [
        ("create_branch", "finished"),
        ("start_compute", "finished"),
        ("suspend_compute", "finished"),
        ("delete_timeline", "finished"),
    ]


def test_it_goes_thirty_seconds_after_the_last_query(world: World) -> None:
    """Each query puts it off."""
    model = world.sandbox.model
    visit = model.time_travel(PRODUCTION, STAMP)
    assert visit.ready_at == instant("14:40:05").replace(microsecond=400_000)
    world.clock.advance_to(visit.ready_at)
    for _ in range(3):
        world.rest(seconds=29)
        time_travel.touch(model, visit.id)
    world.rest(seconds=30, microseconds=-1)
    assert model.ephemeral_computes() == [visit]
    world.rest(microseconds=1)
    assert model.ephemeral_computes() == []
    with pytest.raises(ApiError, match="404"):
        time_travel.touch(model, visit.id)


def test_it_goes_at_its_time_even_when_nobody_looks(world: World) -> None:
    """The operations carry the instants at which they ran, not that of the next request."""
    world.sandbox.model.time_travel(PRODUCTION, STAMP)
    world.rest(hours=1)
    times = [one["created_at"] for one in world.get("/operations", limit=2)["operations"]]
    assert times == ["2026-11-20T14:40:35Z"] * 2


def test_it_keeps_nobody_from_working(world: World) -> None:
    """Changes are accepted while a visit comes, stays and goes."""
    world.sandbox.model.time_travel(PRODUCTION, STAMP)
    world.rewound()
    assert world.branch(PRODUCTION)["current_state"] == "ready"


def test_it_still_sees_the_past_after_a_restore(world: World) -> None:
    """What it opened is not overwritten."""
    visit = world.sandbox.model.time_travel(PRODUCTION, "neon_timestamp:2026-11-20T14:32:00Z")
    world.rewound()
    assert world.storage.visit(visit.id)[-1].sql == "DELETE FROM orders"


def test_it_ends_with_its_branch(world: World) -> None:
    """A deleted branch has no past to look at."""
    model = world.sandbox.model
    model.time_travel(DEVELOPMENT, f"neon_lsn:{world.storage.commits(DEVELOPMENT)[-1].lsn}")
    other = model.time_travel(PRODUCTION, STAMP)
    world.do("DELETE", f"/branches/{DEVELOPMENT}")
    assert model.ephemeral_computes() == [other]


def test_how_long_it_stays_can_be_set(world: World) -> None:
    """It is thirty seconds by default."""
    model = world.sandbox.model
    assert model.ephemeral_idle_timeout.total_seconds() == 30
    model.ephemeral_idle_timeout *= 2
    visit = model.time_travel(PRODUCTION, STAMP)
    world.clock.advance_to(visit.ready_at)
    world.rest(seconds=59)
    assert model.ephemeral_computes() == [visit]
