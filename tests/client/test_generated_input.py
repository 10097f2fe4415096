"""Generated points, names, ids and addresses: only this library's errors come out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from neon_restore import (
    ConfigurationError,
    ConnectionString,
    InvalidPoint,
    Lsn,
    Neon,
    NeonRestoreError,
    UnexpectedAnswer,
    UnknownName,
)
from neon_restore._flow import http_date
from neon_restore._lookup import backed_up, backup_name, find_branch
from neon_restore._models import Branch
from neon_restore._points import asked_point, describe, resolve
from tests.client.generated import attempt, brief, incident_world, names, points, thorough
from tests.client.world import HOST, KEY, PROJECT

if TYPE_CHECKING:
    from neon_restore._points import AskedPoint

NOW = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
hexadecimal = st.text("0123456789abcdefABCDEFg", max_size=9)
lsns = st.builds(
    "{}{}{}".format, hexadecimal, st.sampled_from(["/", "/", "/", "//", ""]), hexadecimal
)
schemes = st.sampled_from(["http", "https", "postgres", "postgresql", "", "x"])
urls = st.builds(
    "{}://{}{}{}".format,
    schemes,
    st.sampled_from(["", "role@", "role:secret@", ":@"]),
    st.one_of(st.ip_addresses().map(str), st.text(max_size=8), st.just("[::1]"), st.just("h:1")),
    st.one_of(st.text(), st.just("/db?sslmode=require"), st.just(":99999")),
)


@thorough
@given(points)
def test_any_point_is_read_or_refused(at: Any) -> None:
    """A point is a time in UTC, perhaps back from now; the rest is refused, never guessed."""

    def judged() -> AskedPoint:
        point = asked_point(at, None)
        return resolve(point, NOW) if isinstance(point, datetime | timedelta) else point

    point, refused = attempt(InvalidPoint, judged)
    assert refused is None or refused.advice
    if point is not None:
        assert isinstance(point, datetime)
        assert point.tzinfo is UTC
        assert asked_point(describe(point), None) == point


@thorough
@given(st.one_of(lsns, st.text()))
def test_any_lsn_is_read_or_refused(text: str) -> None:
    """An LSN is the number that its halves make, and is read back from how it is written."""
    lsn, refused = attempt(InvalidPoint, lambda: Lsn(text))
    assert (lsn is None) is (refused is not None)
    if lsn is not None:
        high, low = text.split("/")
        assert int(lsn) == (int(high, 16) << 32) + int(low, 16)
        assert Lsn(str(lsn)) == lsn


@thorough
@given(names, names, st.lists(names, max_size=5))
def test_any_name_is_found_or_refused(name: str, other: str, others: list[str]) -> None:
    """A branch is found by exactly its name or id; for other names the close ones are listed."""
    branches = [Branch(id=f"br-{n}", name=n, created_at=NOW) for n in [*others, name]]
    assert find_branch(branches, name).name == name
    assert find_branch(branches, f"br-{name}").id == f"br-{name}"
    found, refused = attempt(UnknownName, lambda: find_branch(branches, other))
    if found is not None:
        assert other in (found.id, found.name)
    else:
        assert refused is not None
        assert set(refused.close) <= {branch.name for branch in branches}


@brief
@given(st.text(min_size=1), st.datetimes(max_value=datetime(9998, 1, 1)), st.booleans())  # noqa: DTZ001
def test_any_backup_name_is_read_back(name: str, head: datetime, taken: bool) -> None:
    """The name of a backup says which branch and when, whatever the branch is called."""
    head = head.replace(tzinfo=UTC)
    made = backup_name(name, head, ())
    assert backed_up(made) == (name, head)
    moved_on = backed_up(backup_name(name, head, {made}))
    assert moved_on == (name, head + timedelta(microseconds=1))


def nobody(request: httpx.Request) -> httpx.Response:
    """A network without anybody on it."""
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    raise httpx.ConnectError("nobody", request=request)


@thorough
@given(st.one_of(urls, st.text()))
def test_any_address_is_safe_or_refused(host: str) -> None:
    """An address that is accepted is https or loopback, and carries nothing beside itself."""
    transport = httpx.MockTransport(nobody)
    neon, refused = attempt(
        ConfigurationError,
        lambda: Neon(KEY, project_id=PROJECT, api_host=host, transport=transport),
    )
    assert (neon is None) is (refused is not None)
    if neon is not None:
        url = neon._settings.url
        assert url.scheme == "https" or "sandbox" in repr(neon)
        assert not url.userinfo + url.query + url.fragment.encode()
        _, failed = attempt(NeonRestoreError, lambda: neon.backups(timeout=0.01))
        assert failed is not None


@brief
@given(st.text(), st.text("abcxyz0189-_/.", max_size=62))
def test_any_key_and_project_are_taken_or_refused(key: str, project: str) -> None:
    """Neither becomes a header or a path that it must not, and the key is not repeated."""
    transport = httpx.MockTransport(nobody)
    neon, refused = attempt(
        ConfigurationError,
        lambda: Neon(key, project_id=project, api_host=HOST, transport=transport),
    )
    if neon is not None:
        assert neon._run().path == f"/projects/{project}"
        assert "/" not in project
    else:
        assert refused is not None
        assert len(key) < 4 or key not in str(refused)


@brief
@given(st.one_of(urls, st.text()), st.text("a:/ %&=+#?\n", min_size=1))
def test_any_connection_uri_is_read_or_refused(uri: str, options: str) -> None:
    """A URI that is accepted hides its password and takes options; another is refused."""
    connection, refused = attempt(UnexpectedAnswer, lambda: ConnectionString(uri))
    if connection is None:
        assert refused is not None
        assert "secret" not in str(refused)
        return
    assert "role:secret" not in repr(connection)
    assert ConnectionString(str(connection)) == connection
    assert connection.at("br-a-1", options).options == options


@brief
@given(
    st.builds(
        "{}, {} {} {} {}:{}:{} {}".format,
        st.sampled_from(["Fri", "Friday", "", "x"]),
        st.integers(-1, 32),
        st.sampled_from(["Nov", "11", ""]),
        st.one_of(st.integers(), st.integers(0, 10_000)),
        *[st.integers(-1, 61)] * 3,
        st.one_of(
            st.sampled_from(["GMT", "UTC", "-0000", "EST"]), st.integers().map("{:+}".format)
        ),
    )
)
def test_any_date_is_read_or_passed_over(text: str) -> None:
    """A Date that is no date is none, and one that is can be counted on from."""
    date = http_date(text)
    if date:
        assert (date + timedelta(days=1)).tzinfo is UTC


@brief
@given(points, names, names, st.one_of(st.none(), names))
def test_any_arguments_restore_or_are_refused(
    at: Any, branch: str, source: str, backup: str | None
) -> None:
    """Names and points of any kind: a restore happens, or nothing was changed."""
    with incident_world() as world:
        neon = world.connect()
        restored, error = attempt(
            NeonRestoreError,
            lambda: neon.restore(branch, at=at, source=source, backup_name=backup),
        )
        if error is not None:
            assert error.status is not None or world.changes == []
            assert error.changed.startswith("nothing.")
            assert world.names() == {"production", "development"}
        else:
            assert restored is not None
            assert restored.backup is not None
            assert restored.backup.name in world.names()
