"""Ready-made checks on rows: before a restore they see the past, after it the branch."""

from collections.abc import Iterator

import pytest

from neon_restore import CheckFailed, Neon
from neon_restore.checks import has_rows, query
from neon_sandbox.server.http import HttpServer
from tests.sandbox.postgres.harness import BEFORE_DELETE, Harness, live_harness


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
    neon.restore(
        "production",
        at=BEFORE_DELETE,
        verify={
            "shop": [has_rows("orders", at_least=750), has_rows("public.customers")],
            "analytics": query("SELECT count(*) FROM events", 2400),
        },
    )
    assert harness.rows("production") == (750, 2400)


def test_a_point_that_is_too_late_is_noticed_in_time(neon: Neon, harness: Harness) -> None:
    """At 14:32 UTC the orders were already deleted."""
    with pytest.raises(CheckFailed, match="orders has 0 rows, fewer than 1") as error:
        neon.restore("production", at="2026-11-20T14:32:00Z", verify={"shop": has_rows("orders")})
    assert error.value.restored is None
    names = [branch.name for branch in harness.sandbox.model.branches.values()]
    assert names == ["production", "development"]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1 > 2", "'SELECT 1 > 2' gives False and not True"),
        ("SELECT true WHERE false", "gives None and not True"),
        ("DELETE FROM orders", "read-only transaction"),
    ],
)
def test_a_query_that_fails_says_why(sql: str, message: str, neon: Neon) -> None:
    with pytest.raises(CheckFailed, match=message):
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": query(sql)})
