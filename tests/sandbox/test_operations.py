"""Operations: one after another, on the model's clock, with a lock on everything else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.world import DEVELOPMENT, GOOD, PRODUCTION, World

RESTORE = {
    "source_branch_id": PRODUCTION,
    "source_timestamp": GOOD,
    "preserve_under_name": "before",
}


def statuses(world: World) -> list[tuple[str, str]]:
    """Return action and status of the operations of the last request, the first first."""
    newest = world.get("/operations", limit=3)["operations"]
    return [(one["action"], one["status"]) for one in reversed(newest)]


def test_they_run_one_after_another(world: World) -> None:
    """While one runs, the next is being scheduled."""
    world.restore(PRODUCTION, **RESTORE)
    seen = [statuses(world)]
    for seconds in (0.3, 0.5, 4.8, 0.1):
        world.rest(seconds=seconds)
        seen.append(statuses(world))
    names = ("suspend_compute", "create_branch", "start_compute")
    assert seen == [
        list(zip(names, after, strict=True))
        for after in [
            ("running", "scheduling", "scheduling"),
            ("finished", "running", "scheduling"),
            ("finished", "finished", "running"),
            ("finished", "finished", "running"),
            ("finished", "finished", "finished"),
        ]
    ]


def test_each_is_found_by_its_id(world: World) -> None:
    """It names branch, compute and duration; times are those of the model's clock."""
    answer = world.restore(PRODUCTION, **RESTORE).json()
    world.run_until_idle()
    last = answer["operations"][-1]
    found = world.get(f"/operations/{last['id']}")["operation"]
    assert found == {
        "id": last["id"],
        "project_id": "sandbox-shop-00000000",
        "branch_id": PRODUCTION,
        "endpoint_id": "ep-shop-production-00000001",
        "action": "start_compute",
        "status": "finished",
        "failures_count": 0,
        "created_at": "2026-11-20T14:40:00Z",
        "updated_at": "2026-11-20T14:40:05Z",
        "total_duration_ms": 4900,
    }


def test_an_unknown_operation(world: World) -> None:
    """It is not found."""
    unknown = "00000000-0000-4000-8000-000000000999"
    assert world.refused("GET", f"/operations/{unknown}")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"/branches/{PRODUCTION}/restore", RESTORE),
        ("POST", "/branches", {"branch": {"name": "x"}}),
        ("PATCH", f"/branches/{DEVELOPMENT}", {"branch": {"name": "x"}}),
        ("DELETE", f"/branches/{DEVELOPMENT}", None),
        ("POST", f"/branches/{DEVELOPMENT}/set_as_default", None),
        ("POST", f"/branches/{DEVELOPMENT}/roles", {"role": {"name": "x"}}),
        (
            "POST",
            f"/branches/{DEVELOPMENT}/databases",
            {"database": {"name": "x", "owner_name": "shop_owner"}},
        ),
        ("PATCH", "", {"project": {"history_retention_seconds": 3600}}),
    ],
)
def test_no_change_is_accepted_while_work_is_unfinished(
    world: World, method: str, path: str, body: Any
) -> None:
    """It is refused with 423 until the last moment, and accepted from then on."""
    world.restore(DEVELOPMENT, source_branch_id=PRODUCTION)
    world.rest(seconds=5.7, microseconds=-1)
    assert world.refused(method, path, body) == (
        423,
        "project already has running conflicting operations, scheduling of new ones is prohibited",
    )
    world.rest(microseconds=1)
    world.do(method, path, body)


def test_reading_goes_on_while_work_is_unfinished(world: World) -> None:
    """A restore does not keep anybody from looking."""
    world.restore(PRODUCTION, **RESTORE)
    assert world.names() == {"production", "development", "before"}


def test_a_failed_job_fails_its_operation(world: World) -> None:
    """What was to follow is cancelled, the lock is lifted, and the data are as they were."""
    before = world.storage.commits(PRODUCTION)
    world.storage.fail_next("no space left on device")
    world.restore(PRODUCTION, **RESTORE)
    world.rest(seconds=60)
    assert statuses(world) == [
        ("suspend_compute", "failed"),
        ("create_branch", "cancelled"),
        ("start_compute", "cancelled"),
    ]
    failed = world.get("/operations", limit=3)["operations"][-1]
    assert (failed["error"], failed["failures_count"]) == ("no space left on device", 1)
    assert world.storage.commits(PRODUCTION) == before
    assert world.branch(PRODUCTION)["current_state"] == "resetting"
    world.rewound("second")
    assert world.branch(PRODUCTION)["current_state"] == "ready"


@pytest.mark.parametrize(
    ("job", "method", "path", "body"),
    [
        ("restore", "POST", f"/branches/{PRODUCTION}/restore", RESTORE),
        ("fork", "POST", "/branches", None),
        ("delete", "DELETE", f"/branches/{DEVELOPMENT}", None),
    ],
)
def test_a_job_that_cannot_begin_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, job: str, method: str, path: str, body: Any
) -> None:
    """A storage that raises leaves the branches and the operations as they were."""

    def cannot(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    before = world.branches(), world.get("/operations")
    monkeypatch.setattr(world.storage, job, cannot)
    with pytest.raises(OSError, match="no space left"):
        world.ask(method, path, body)
    assert (world.branches(), world.get("/operations")) == before


def test_a_branch_whose_creation_failed_holds_nothing(world: World) -> None:
    """It stays in the state init, and can be deleted."""
    world.storage.fail_next("no space left on device")
    made = world.created("broken")
    assert (made["current_state"], world.storage.commits(made["id"])) == ("init", ())
    world.do("DELETE", f"/branches/{made['id']}")
    assert world.names() == {"production", "development"}
