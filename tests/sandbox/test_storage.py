"""The storage without rows: commits, their order, and how they are located."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from neon_sandbox import Lsn, MemoryStorage, incident
from neon_sandbox.storage.memory import NOWHERE
from tests.ports import claimed

START = datetime(2026, 11, 20, 8, tzinfo=UTC)


def at(minutes: int) -> datetime:
    """Return the instant some minutes after the start."""
    return START + timedelta(minutes=minutes)


@pytest.fixture
def storage() -> MemoryStorage:
    """Return a storage with three commits on one branch, a minute apart."""
    storage = MemoryStorage()
    storage.create("br-a", at=START)
    for minute, sql in ((1, "CREATE TABLE t (a int)"), (2, "INSERT INTO t VALUES (1)")):
        storage.commit("br-a", "shop", sql, role="owner", at=at(minute))
    return storage


def test_lsns_and_times_grow_with_every_commit(storage: MemoryStorage) -> None:
    """LSNs grow by the size of the commit, in steps of eight bytes."""
    lsns = [commit.lsn for commit in storage.commits("br-a")]
    assert lsns == sorted(set(lsns))
    assert all(lsn % 8 == 0 for lsn in lsns)
    with pytest.raises(ValueError, match="comes after"):
        storage.commit("br-a", "shop", "SELECT 1", role="owner", at=at(1))


def test_a_point_is_located_by_time_and_by_lsn(storage: MemoryStorage) -> None:
    """The position is the last commit at or before the point, if there is one, or the head."""
    first, second, third = (commit.position for commit in storage.commits("br-a"))
    assert storage.locate("br-a", at(1)) == second
    assert storage.locate("br-a", at(2) - timedelta(microseconds=1)) == second
    assert storage.locate("br-a", third.lsn) == third
    assert storage.locate("br-a", Lsn(third.lsn - 1)) == second
    assert storage.locate("br-a", START) == first
    assert storage.locate("br-a", START - timedelta(microseconds=1)) is None
    assert storage.locate("br-a", Lsn(first.lsn - 1)) is None
    assert storage.locate("br-a", None) == third


def test_addresses_are_not_handed_out_twice() -> None:
    storage = MemoryStorage()
    assert storage.open_endpoint("ep-a", "br-a") == "224.0.0.0:1"
    storage.close_endpoint("ep-a")
    assert storage.open_endpoint("ep-b", "br-a") == "224.0.0.0:2"


@pytest.mark.needs("sockets")
def test_no_address_leads_anywhere() -> None:
    """A connection fails even if a server listens on that port of every address."""
    endpoints = incident().model.endpoints.values()
    assert {endpoint.host.partition(":")[0] for endpoint in endpoints} == {NOWHERE}
    with claimed() as port, socket.create_server(("", port)) as listener, socket.socket() as client:
        with pytest.raises(OSError, match=r"unreachable|not supported"):
            client.connect((NOWHERE, port))
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_the_commits_of_a_stopped_ephemeral_compute_are_gone(storage: MemoryStorage) -> None:
    position = storage.locate("br-a", at(1))
    assert position is not None
    storage.start_ephemeral("compute", "br-a", position)
    assert storage.ephemeral_commits("compute")[-1].position == position
    storage.stop_ephemeral("compute")
    with pytest.raises(KeyError):
        storage.ephemeral_commits("compute")
