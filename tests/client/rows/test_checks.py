"""Ready-made checks on rows: before a restore they see the past, after it the branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from neon_restore import CheckFailed, Neon
from neon_restore.checks import has_rows, query
from neon_sandbox.server.http import HttpServer
from tests.sandbox.postgres.harness import BEFORE_DELETE, live_harness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.postgres.harness import Harness


@pytest.fixture
def harness() -> Iterator[Harness]:
    """Return the incident with its rows, on a running clock."""
    with live_harness() as harness:
        yield harness


@pytest.fixture
def neon(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Iterator[Neon]:
    """Return a client over loopback."""
    with HttpServer(harness.sandbox) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        with Neon() as neon:
            yield neon


def test_a_restore_is_checked_before_and_after(neon: Neon, harness: Harness) -> None:
    """The orders exist at the restored point, and on the branch after the restore."""
    neon.restore(
        "production",
        at=BEFORE_DELETE,
        verify={
            "shop": [has_rows("orders", at_least=750), has_rows("public.customers")],
            "analytics": query("SELECT count(*) FROM events", 2400),
        },
    )
    assert harness.rows("production") == (750, 2400)


def test_a_point_that_is_too_late_is_noticed_before_anything_is_lost(
    neon: Neon, harness: Harness
) -> None:
    """At 14:32 UTC the orders were already deleted."""
    with pytest.raises(CheckFailed, match="orders has 0 rows, fewer than 1") as error:
        neon.restore("production", at="2026-11-20T14:32:00Z", verify={"shop": has_rows("orders")})
    assert error.value.restored is None
    assert [branch.name for branch in harness.sandbox.model.branches.values()] == [
        "production",
        "development",
    ]


def test_a_query_that_answers_something_else_says_what(neon: Neon) -> None:
    """The error also has the expected value."""
    with pytest.raises(CheckFailed, match=r"'SELECT 1 > 2' gives False and not True"):
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": query("SELECT 1 > 2")})


def test_a_check_only_reads(neon: Neon) -> None:
    """A query that writes fails, on the branch and in the past."""
    with pytest.raises(CheckFailed, match="read-only transaction"):
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": query("DELETE FROM orders")})


def test_a_query_without_an_answer_is_no_true_one(neon: Neon) -> None:
    """A query that returns no row fails the check."""
    with pytest.raises(CheckFailed, match="gives None and not True"):
        neon.restore(
            "production", at=BEFORE_DELETE, verify={"shop": query("SELECT true WHERE false")}
        )
