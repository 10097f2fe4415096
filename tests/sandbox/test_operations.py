"""Tests of operations: their order, their times on the model's clock, and the project lock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness

RESTORE = {
    "source_branch_id": PRODUCTION,
    "source_timestamp": BEFORE_DELETE,
    "preserve_under_name": "before",
}


def statuses(harness: Harness) -> list[tuple[str, str]]:
    """Return action and status of the three newest operations, the oldest first."""
    newest = harness.get("/operations", limit=3)["operations"]
    return [(one["action"], one["status"]) for one in reversed(newest)]


def test_they_run_one_after_another(harness: Harness) -> None:
    """While one operation runs, the next has the status scheduling."""
    harness.restore(PRODUCTION, **RESTORE)
    seen = [statuses(harness)]
    for seconds in (0.3, 0.5, 4.8, 0.1):
        harness.advance(seconds=seconds)
        seen.append(statuses(harness))
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


def test_each_is_found_by_its_id(harness: Harness) -> None:
    """It has branch, endpoint and duration; its times are those of the model's clock."""
    answer = harness.restore(PRODUCTION, **RESTORE).json()
    harness.run_until_idle()
    last = answer["operations"][-1]
    found = harness.get(f"/operations/{last['id']}")["operation"]
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


def test_an_unknown_operation(harness: Harness) -> None:
    """The response is 404."""
    unknown = "00000000-0000-4000-8000-000000000999"
    assert harness.refused("GET", f"/operations/{unknown}")[0] == 404


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
    harness: Harness, method: str, path: str, body: Any
) -> None:
    """A change is rejected with 423 until the microsecond at which the operations end."""
    harness.restore(DEVELOPMENT, source_branch_id=PRODUCTION)
    harness.advance(seconds=5.7, microseconds=-1)
    assert harness.refused(method, path, body) == (
        423,
        "project already has running conflicting operations, scheduling of new ones is prohibited",
    )
    harness.advance(microseconds=1)
    harness.do(method, path, body)


def test_reading_goes_on_while_work_is_unfinished(harness: Harness) -> None:
    harness.restore(PRODUCTION, **RESTORE)
    assert harness.names() == {"production", "development", "before"}


def test_a_failed_job_fails_its_operation(harness: Harness) -> None:
    """The next operations are canceled, the lock is released, and the branch data are unchanged."""
    before = harness.storage.commits(PRODUCTION)
    harness.storage.fail_next("no space left on device")
    harness.restore(PRODUCTION, **RESTORE)
    harness.advance(seconds=60)
    assert statuses(harness) == [
        ("suspend_compute", "failed"),
        ("create_branch", "cancelled"),
        ("start_compute", "cancelled"),
    ]
    failed = harness.get("/operations", limit=3)["operations"][-1]
    assert (failed["error"], failed["failures_count"]) == ("no space left on device", 1)
    assert harness.storage.commits(PRODUCTION) == before
    assert harness.branch(PRODUCTION)["current_state"] == "resetting"
    harness.rewound("second")
    assert harness.branch(PRODUCTION)["current_state"] == "ready"


@pytest.mark.parametrize(
    ("job", "method", "path", "body"),
    [
        ("restore", "POST", f"/branches/{PRODUCTION}/restore", RESTORE),
        ("fork", "POST", "/branches", None),
        ("delete", "DELETE", f"/branches/{DEVELOPMENT}", None),
    ],
)
def test_a_job_that_cannot_begin_changes_nothing(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, job: str, method: str, path: str, body: Any
) -> None:
    """When the storage raises, the branches and the operations are unchanged."""

    def cannot(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    before = harness.branches(), harness.get("/operations")
    monkeypatch.setattr(harness.storage, job, cannot)
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
