"""`neon branches restore` in all of its forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness

if TYPE_CHECKING:
    from tests.sandbox.neon_cli.program import Outcome

RESTORE = ("branches", "restore")
AS_JSON = ("--output", "json")
# The deletion is at 14:31:07; the other database gets more rows at 14:33:00.
GOOD_SQL, LAST_SQL = "(701, 750)", "(2401, 2500)"


def protected(harness: Harness) -> None:
    """Protect production."""
    harness.do("PATCH", f"/branches/{PRODUCTION}", {"branch": {"protected": True}})


@pytest.mark.calls(
    *RESTORE, "production", f"^self@{BEFORE_DELETE}", "--preserve-under-name", "before", *AS_JSON
)
def test_own_history_at_a_timestamp(outcome: Outcome) -> None:
    """The branch keeps its id, and its previous data is in the backup branch."""
    assert outcome.json["id"] == PRODUCTION
    assert GOOD_SQL in outcome.harness.last_sql(PRODUCTION)
    assert LAST_SQL in outcome.harness.last_sql(outcome.harness.named("before")["id"])


@pytest.mark.calls(*RESTORE, "production", "^self@{good}", "--preserve-under-name", "before")
def test_own_history_at_an_lsn(outcome: Outcome) -> None:
    assert outcome.status == 0, outcome.stderr
    assert GOOD_SQL in outcome.harness.last_sql(PRODUCTION)


@pytest.mark.calls(*RESTORE, "production", f"^self@{BEFORE_DELETE}")
def test_own_history_without_a_name_for_the_backup(outcome: Outcome) -> None:
    """The request is rejected, and the branch is unchanged."""
    assert outcome.status == 1
    assert "preserve_under_name is required" in outcome.stderr
    assert LAST_SQL in outcome.harness.last_sql(PRODUCTION)


@pytest.mark.calls(*RESTORE, "development", "^parent", *AS_JSON)
def test_the_head_of_the_parent(outcome: Outcome) -> None:
    """The child gets its parent's data."""
    assert outcome.json["id"] == DEVELOPMENT
    assert LAST_SQL in outcome.harness.last_sql(DEVELOPMENT)


@pytest.mark.calls(*RESTORE, "production", "^parent", before=Harness.rewound)
def test_the_parent_of_a_root(outcome: Outcome) -> None:
    """A restored root branch has no parent: its backup branch is not its parent."""
    assert outcome.status == 1
    assert GOOD_SQL in outcome.harness.last_sql(PRODUCTION)


@pytest.mark.calls(*RESTORE, "production", "before", *AS_JSON, before=Harness.rewound)
def test_the_head_of_another_branch(outcome: Outcome) -> None:
    """A restore from the backup undoes a restore; the children have moved, so no backup is kept."""
    assert outcome.json["id"] == PRODUCTION
    assert LAST_SQL in outcome.harness.last_sql(PRODUCTION)
    assert outcome.harness.names() == {"production", "development", "before"}


@pytest.mark.calls(
    *RESTORE,
    "production",
    "before@2026-11-20T14:32:00Z",
    "--preserve-under-name",
    "again",
    before=Harness.rewound,
)
def test_another_root_at_a_timestamp(outcome: Outcome) -> None:
    """The point is in the backup branch's history, after the deletion and before later commits."""
    assert outcome.status == 0, outcome.stderr
    assert outcome.harness.last_sql(PRODUCTION) == "DELETE FROM orders"
    assert "again" in outcome.harness.names()


@pytest.mark.calls(
    *RESTORE,
    "production",
    "before@{good}",
    "--preserve-under-name",
    "again",
    before=Harness.rewound,
)
def test_another_root_at_an_lsn(outcome: Outcome) -> None:
    """The two branches share their history, and so its LSNs."""
    assert outcome.status == 0, outcome.stderr
    assert GOOD_SQL in outcome.harness.last_sql(PRODUCTION)


@pytest.mark.calls(
    *RESTORE,
    "production",
    f"^self@{BEFORE_DELETE}",
    "--preserve-under-name",
    "before",
    before=protected,
)
def test_a_protected_branch(outcome: Outcome) -> None:
    """Neon's error message is shown, and the branch is unchanged."""
    assert outcome.status == 1
    assert "cannot reset protected branch" in outcome.stderr
    assert LAST_SQL in outcome.harness.last_sql(PRODUCTION)


@pytest.mark.calls(
    *RESTORE, "production", "^self@2026-11-20T07:00:00Z", "--preserve-under-name", "before"
)
def test_a_point_before_the_window(outcome: Outcome) -> None:
    """The error message states when the history window starts."""
    assert outcome.status == 1
    assert "history window, which starts at 2026-11-20T08:00:00Z" in outcome.stderr
