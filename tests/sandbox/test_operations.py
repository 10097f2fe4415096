"""Tests of operations: their order, their times on the model's clock, and the project lock."""

from typing import Any
from unittest.mock import Mock, patch

import pytest

from neon_sandbox import MemoryStorage, incident
from neon_sandbox.storage import Outcome
from tests.sandbox.harness import DEVELOPMENT, PRODUCTION, REWIND, Harness

BRANCH = f"/branches/{DEVELOPMENT}"


def test_they_run_one_after_another(harness: Harness) -> None:
    harness.restore(PRODUCTION, **REWIND)
    for seconds, *statuses in (
        (0, "running", "scheduling", "scheduling"),
        (0.3, "finished", "running", "scheduling"),
        (0.5, "finished", "finished", "running"),
        (4.8, "finished", "finished", "running"),
        (0.1, "finished", "finished", "finished"),
    ):
        harness.advance(seconds=seconds)
        actions = ("suspend_compute", "create_branch", "start_compute")
        assert harness.operations(3) == list(zip(actions, statuses, strict=True))


@pytest.mark.parametrize("step", ["create", "create_role", "create_database"])
def test_the_first_fails_with_any_step_of_the_creation_of_a_project(step: str) -> None:
    storage = MemoryStorage()
    do = getattr(storage, step)
    failed = Mock(outcome=lambda: Outcome(f"{step} failed"))
    with patch.object(storage, step, lambda *a, **k: (do(*a, **k), failed)[1]):
        operations = incident(storage=storage).model.operations
    first = next(iter(operations.values()))
    assert (first.status, first.error) == ("failed", f"{step} failed")


def test_each_is_found_by_its_id(harness: Harness) -> None:
    """It has branch, endpoint and duration; its times are those of the model's clock."""
    answer = harness.restore(PRODUCTION, **REWIND).json()
    harness.run_until_idle()
    operation_id = answer["operations"][-1]["id"]
    assert harness.get(f"/operations/{operation_id}")["operation"] == {
        "id": operation_id,
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
    path = "/operations/00000000-0000-4000-8000-000000000999"
    assert harness.refused("GET", path)[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"/branches/{PRODUCTION}/restore", REWIND),
        ("POST", "/branches", {"branch": {"name": "x"}}),
        ("PATCH", BRANCH, {"branch": {"name": "x"}}),
        ("DELETE", BRANCH, None),
        ("POST", f"{BRANCH}/set_as_default", None),
        ("POST", f"{BRANCH}/roles", {"role": {"name": "x"}}),
        ("POST", f"{BRANCH}/databases", {"database": {"name": "x", "owner_name": "shop_owner"}}),
        ("PATCH", "", {"project": {"history_retention_seconds": 3600}}),
    ],
)
def test_no_change_is_accepted_while_work_is_unfinished(
    harness: Harness, method: str, path: str, body: Any
) -> None:
    """A change is rejected with 423 until the microsecond at which the operations end."""
    harness.restore(DEVELOPMENT, source_branch_id=PRODUCTION, preserve_under_name="old")
    harness.advance(seconds=5.7, microseconds=-1)
    assert harness.refused(method, path, body) == (
        423,
        "project already has running conflicting operations, scheduling of new ones is prohibited",
    )
    harness.advance(microseconds=1)
    harness.do(method, path, body)


def test_a_failed_job_fails_its_operation(harness: Harness) -> None:
    """The next operations are canceled, the lock is released, and the branch data are unchanged."""
    before = harness.storage.commits(PRODUCTION)
    harness.storage.fail_next("no space left on device")
    harness.restore(PRODUCTION, **REWIND)
    harness.advance(seconds=60)
    assert harness.operations(3) == [
        ("suspend_compute", "failed"),
        ("create_branch", "cancelled"),
        ("start_compute", "cancelled"),
    ]
    failed = harness.get("/operations", limit=3)["operations"][-1]
    assert (failed["error"], failed["failures_count"]) == ("no space left on device", 1)
    for branch_id in (PRODUCTION, harness.named("before")["id"]):
        assert harness.storage.commits(branch_id) == before
    assert harness.branch(PRODUCTION)["current_state"] == "resetting"
    harness.rewound("second")
    assert harness.branch(PRODUCTION)["current_state"] == "ready"


@pytest.mark.parametrize(
    ("job", "method", "path", "body"),
    [
        ("restore", "POST", f"/branches/{PRODUCTION}/restore", REWIND),
        ("fork", "POST", "/branches", None),
        ("delete", "DELETE", BRANCH, None),
    ],
)
def test_a_job_that_cannot_begin_changes_nothing(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, job: str, method: str, path: str, body: Any
) -> None:
    """When the storage raises, the branches and the operations are unchanged."""
    before = harness.branches(), harness.get("/operations")
    monkeypatch.setattr(harness.storage, job, Mock(side_effect=OSError("no space left on device")))
    with pytest.raises(OSError, match="no space left"):
        harness.ask(method, path, body)
    assert (harness.branches(), harness.get("/operations")) == before


def test_a_branch_whose_creation_failed_holds_nothing(harness: Harness) -> None:
    """The branch stays in the state init and can be deleted."""
    harness.storage.fail_next("no space left on device")
    made = harness.created("broken")
    assert (made["current_state"], harness.storage.commits(made["id"])) == ("init", ())
    harness.do("DELETE", f"/branches/{made['id']}")
    assert harness.names() == {"production", "development"}
