"""Two restores of one branch at the same time, over TCP."""

import pytest

from tests.faults.races import races


@pytest.mark.needs("sockets", "threads")
def test_of_two_restores_at_once_one_is_told() -> None:
    """`python -m tests.faults.races` runs two hundred."""
    assert [one for one in races(10) if one.wrong] == []
