"""Strategies and helpers of the tests with generated values."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_restore import NeonRestoreError
from neon_sandbox.model import snapshots
from tests.client.harness import BEFORE_DELETE, DEVELOPMENT, PRODUCTION, Harness
from tests.generated_input import counted, same_examples

T = TypeVar("T")
E = TypeVar("E", bound=NeonRestoreError)

near_times = st.builds(
    "{}-{:02}-{:02}{}{:02}:{:02}:{:02}{}{}".format,
    st.sampled_from(["2026", "0001", "9999", "26", "20266"]),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["T", "t", " ", "_"]),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 61),
    st.sampled_from(["", ".5", ".123456", ".1234567890", "."]),
    st.sampled_from(["", "Z", "z", "+02:00", "-12:30", "+24:00", "+0200"]),
)
points = st.one_of(
    st.just("2026-11-20T14:31:00Z"),
    near_times,
    st.text(),
    st.datetimes(timezones=st.one_of(st.none(), st.timezones(), st.just(UTC))),
    st.timedeltas(),
    st.none(),
)
strange_points = points | st.dates() | st.integers()
hexadecimal = st.text("0123456789abcdefABCDEFg", max_size=9)
lsns = st.builds(
    "{}{}{}".format, hexadecimal, st.sampled_from(["/", "/", "/", "//", ""]), hexadecimal
)
names = st.one_of(
    st.sampled_from(["production", "development", PRODUCTION, DEVELOPMENT]),
    st.text(max_size=300),
    st.text(st.characters(categories=["Cs", "Cc", "Zs"]), max_size=3),
    st.from_regex(r"(br|ep)-[a-z-]{1,20}-[0-9a-z]{0,70}", fullmatch=True),
)
lengths = st.one_of(
    st.timedeltas(),
    st.integers(0, 40).map(lambda days: timedelta(days=days)),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([10**400, -(10**400), None, b"", [], timedelta(0)]),
)


@contextmanager
def client_harness() -> Iterator[Harness]:
    """Yield the incident for one example, with the client on the harness's clock."""
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as monkeypatch:
        harness = Harness("sync", runner)
        harness.patch_client(monkeypatch)
        yield harness
        harness.close()


@contextmanager
def snapshot_harness() -> Iterator[Harness]:
    """Yield the incident with a snapshot of production, for one example."""
    with client_harness() as harness:
        snapshots.create(harness.sandbox.model, PRODUCTION, name="good", timestamp=BEFORE_DELETE)
        harness.run_until_idle()
        yield harness


def try_examples(
    usual: int, thorough: int, *values: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Call a test with generated values, the same ones in every run, and count them."""
    return lambda test: same_examples(usual, thorough)(given(*values)(counted(test)))


def result_or_error(kind: type[E], work: Callable[[], T]) -> tuple[T | None, E | None]:
    """Return the result of a call, or the error of the one kind that it may raise."""
    try:
        return work(), None
    except kind as raised:
        error = raised
    assert str(error)
    assert error.advice
    return None, error
