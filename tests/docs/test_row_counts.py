"""Tests of the row counts after the incident's commits, computed without a database."""

import pytest

from neon_sandbox import Lsn
from neon_sandbox.points import Position
from neon_sandbox.scenario import instant
from neon_sandbox.storage.memory import Commit
from tools.pictures.row_counts import parse_change


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orders WHERE id = 1",
        "INSERT INTO orders (id) VALUES (1)",
        "UPDATE orders SET cents = 0",
        "DROP TABLE orders",
    ],
)
def test_a_statement_of_another_form_is_refused(sql: str) -> None:
    """An error is better than a wrong number."""
    commit = Commit(Position(Lsn(1), instant("12:00:00")), "shop", sql)
    with pytest.raises(ValueError, match="how many rows"):
        parse_change(commit)
