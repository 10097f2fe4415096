"""Generated points, names, ids and addresses raise only this library's errors."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import strategies as st

from neon_restore import (
    ConfigurationError,
    ConnectionString,
    InvalidPoint,
    Lsn,
    Neon,
    NeonRestoreError,
    Refused,
    UnexpectedAnswer,
    UnknownName,
    WrongType,
)
from neon_restore._branches.lookup import find_branch
from neon_restore._branches.points import parse_point, to_absolute
from neon_restore._http.context import http_date
from neon_restore._models.api import Branch
from neon_restore._models.backups import generate_backup_name, parse_backup_name
from neon_restore._models.points import RequestedPoint, format_point
from tests.client.harness import HOST, KEY, PROJECT
from tests.client.strategies import (
    client_harness,
    lengths,
    lsns,
    names,
    points,
    result_or_error,
    snapshot_harness,
    strange_points,
    try_examples,
)

NOW = datetime(2026, 11, 20, 14, 40, tzinfo=UTC)
urls = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "postgres", "postgresql", "", "x"]),
    st.sampled_from(["", "role@", "role:secret@", ":@"]),
    st.one_of(st.ip_addresses().map(str), st.text(max_size=8), st.just("[::1]"), st.just("h:1")),
    st.one_of(st.text(), st.just("/db?sslmode=require"), st.just(":99999")),
)
dates = st.builds(
    "{}, {} {} {} {}:{}:{} {}".format,
    st.sampled_from(["Fri", "Friday", "", "x"]),
    st.integers(-1, 32),
    st.sampled_from(["Nov", "11", ""]),
    st.one_of(st.integers(), st.integers(0, 10_000)),
    *[st.integers(-1, 61)] * 3,
    st.one_of(st.sampled_from(["GMT", "UTC", "-0000", "EST"]), st.integers().map("{:+}".format)),
)


@try_examples(300, 2_000, points)
def test_any_point_is_read_or_refused(at: Any) -> None:
    """A point becomes a time in UTC, some relative to now; the rest is refused, never guessed."""

    def judged() -> RequestedPoint:
        point = parse_point(at, None)
        return to_absolute(point, NOW) if isinstance(point, timedelta) else point

    point, _ = result_or_error(InvalidPoint, judged)
    if point is not None:
        assert isinstance(point, datetime)
        assert point.tzinfo is UTC
        assert parse_point(format_point(point), None) == point


@try_examples(300, 1_000, st.one_of(lsns, st.text()))
def test_any_lsn_is_read_or_refused(text: str) -> None:
    """An LSN is the number made of its halves, and its text is parsed back to the same LSN."""
    lsn, refused = result_or_error(InvalidPoint, lambda: parse_point(None, text))
    assert (lsn is None) is (refused is not None)
    if lsn is None:
        with pytest.raises(ValueError, match="is not an LSN"):
            Lsn(text)
    else:
        high, low = text.split("/")
        assert int(Lsn(text)) == (int(high, 16) << 32) + int(low, 16)
        assert Lsn(str(lsn)) == lsn


@try_examples(200, 1_000, names, names, st.lists(names, max_size=5))
def test_any_name_is_found_or_refused(name: str, other: str, others: list[str]) -> None:
    """A branch is found only by its exact name or id; for other names, close ones are listed."""
    branches = [Branch(id=f"br-{n}", name=n, created_at=NOW) for n in [*others, name]]
    assert find_branch(branches, name).name == name
    assert find_branch(branches, f"br-{name}").id == f"br-{name}"
    found, refused = result_or_error(UnknownName, lambda: find_branch(branches, other))
    if found is not None:
        assert other in (found.id, found.name)
    else:
        assert refused is not None
        assert set(refused.close) <= {branch.name for branch in branches}


@try_examples(200, 500, st.text(min_size=1), st.datetimes(max_value=datetime(9998, 1, 1)))  # noqa: DTZ001
def test_any_backup_name_is_read_back(name: str, head: datetime) -> None:
    """The name of a backup has the branch and the time, whatever the name of the branch."""
    head = head.replace(tzinfo=UTC)
    made = generate_backup_name(name, head, ())
    assert parse_backup_name(made) == (name, head)
    moved_on = parse_backup_name(generate_backup_name(name, head, {made}))
    assert moved_on == (name, head + timedelta(microseconds=1))


def connect(**settings: Any) -> tuple[Neon | None, ConfigurationError | None]:
    """Return a client on a network without servers, or the error of its settings."""

    def unreachable(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        raise httpx.ConnectError("unreachable", request=request)

    settings = {"api_key": KEY, "project_id": PROJECT, "api_host": HOST} | settings
    transport = httpx.MockTransport(unreachable)
    return result_or_error(ConfigurationError, lambda: Neon(transport=transport, **settings))


@try_examples(300, 1_000, st.one_of(urls, st.text()))
def test_any_address_is_safe_or_refused(host: str) -> None:
    """An accepted address is https or loopback, without credentials, query or fragment."""
    neon, refused = connect(api_host=host)
    assert (neon is None) is (refused is not None)
    if neon is not None:
        url = neon._settings.url
        assert url.scheme == "https" or "sandbox" in repr(neon)
        assert not url.userinfo + url.query + url.fragment.encode()
        _, failed = result_or_error(NeonRestoreError, lambda: neon.backups(timeout=0.01))
        assert failed is not None


@try_examples(200, 1_000, st.text(), st.one_of(st.text("abcxyz0189-_/.", max_size=62), st.text()))
def test_any_key_and_project_are_taken_or_refused(key: str, project: str) -> None:
    """Neither makes an invalid header or path, and errors do not repeat the API key."""
    neon, refused = connect(api_key=key, project_id=project)
    if neon is not None:
        assert neon._context().path == f"/projects/{project}"
        assert "/" not in project
    else:
        assert refused is not None
        assert len(key) < 4 or key not in str(refused)


@try_examples(200, 1_000, st.one_of(urls, st.text()), st.text("a:/ %&=+#?\n", min_size=1))
def test_any_connection_uri_is_read_or_refused(uri: str, options: str) -> None:
    """An accepted URI hides its password and takes options; any other is refused."""
    connection, refused = result_or_error(UnexpectedAnswer, lambda: ConnectionString(uri))
    if connection is None:
        assert refused is not None
        assert "secret" not in str(refused)
        return
    assert "role:secret" not in repr(connection)
    assert ConnectionString(str(connection)) == connection
    assert connection.at("br-a-1", options).options == options


@try_examples(200, 500, dates)
def test_any_date_is_read_or_passed_over(text: str) -> None:
    """An invalid `Date` gives None; a day can be added to a valid one."""
    date = http_date(text)
    if date:
        assert (date + timedelta(days=1)).tzinfo is UTC


@try_examples(200, 1_000, lengths)
def test_any_timeout_is_kept_or_refused(timeout: Any) -> None:
    """A deadline is a positive duration; with any other value nothing is sent."""
    with client_harness() as harness:
        _, refused = result_or_error(NeonRestoreError, lambda: harness.connect(timeout=timeout))
        neon = harness.connect()
        _, same = result_or_error(NeonRestoreError, lambda: neon.backups(timeout=timeout))
        if timeout is not None:
            assert (refused is None) is (len(harness.sent) > 0)
            wrong = isinstance(same, ConfigurationError | WrongType)
            assert wrong is (refused is not None)


@try_examples(200, 1_000, lengths)
def test_any_window_length_is_set_or_refused(length: Any) -> None:
    """An invalid length is refused before it is sent; Neon rejects one that is too long."""
    with client_harness() as harness:
        neon = harness.connect()
        window, error = result_or_error(NeonRestoreError, lambda: neon.set_history_window(length))
        if window is not None:
            assert window.retention == length
        elif isinstance(error, Refused):
            assert harness.sent == []
        else:
            assert length > timedelta(days=7)


@try_examples(100, 500, lengths)
def test_any_age_deletes_or_is_refused(age: Any) -> None:
    """An invalid age deletes nothing."""
    with client_harness() as harness:
        name = "production_old_2026-11-20T14:39:00Z"
        harness.create_branch(name, schema_only=True)
        harness.sandbox.branch(name).created_at -= timedelta(minutes=1)
        neon = harness.connect()
        done, refused = result_or_error(Refused, lambda: neon.delete_backups(older_than=age))
        if refused is not None:
            assert harness.sent == []
        else:
            assert done is not None
            assert len(done.deleted) == (age < timedelta(minutes=1))


@try_examples(100, 500, names, st.none() | names, st.none() | names, points)
def test_any_names_connect_or_are_refused(
    branch: str, database: str | None, role: str | None, at: Any
) -> None:
    """Names of databases and roles are sent unchanged, or not at all."""
    with client_harness() as harness:
        connection, error = result_or_error(
            NeonRestoreError,
            lambda: harness.connect().connection_string(
                branch, at=at, database=database, role=role
            ),
        )
        assert harness.writes_sent == []
        if connection is not None:
            assert connection.database == database
            assert connection.role == role or role is None
        else:
            assert isinstance(error, Refused) or (error and error.status)


@try_examples(
    150, 1_000, strange_points, st.none() | lsns | strange_points, names, names, st.none() | names
)
def test_any_arguments_restore_or_are_refused(
    at: Any, lsn: Any, branch: str, source: str, backup: str | None
) -> None:
    """For any names and points, a restore happens or nothing is changed."""
    malformed: object = WrongType
    if isinstance(at, datetime | timedelta | str | None) and isinstance(lsn, str | None):
        _, malformed = result_or_error(InvalidPoint, lambda: parse_point(at, lsn))
    with client_harness() as harness:
        neon = harness.connect()
        restored, error = result_or_error(
            NeonRestoreError,
            lambda: neon.restore(branch, at=at, lsn=lsn, source=source, backup_name=backup),
        )
        assert malformed is None or harness.sent == []
        if error is not None:
            assert error.status is not None or harness.writes_sent == []
            assert error.changed.startswith("nothing.")
            assert harness.names() == {"production", "development"}
        else:
            assert restored is not None
            assert restored.backup is not None
            assert restored.backup.name in harness.names()


CALLS: list[Callable[[Neon, str, Any], object]] = [
    lambda neon, name, point: neon.restore_snapshot("good", name),
    lambda neon, name, point: neon.restore_snapshot(name, "production"),
    lambda neon, name, point: neon.create_snapshot("production", name=name),
    lambda neon, name, point: neon.create_snapshot("production", at=point),
    lambda neon, name, point: neon.create_snapshot("production", expires_at=point),
]


@try_examples(100, 1_000, st.sampled_from(CALLS), names, points)
def test_any_argument_about_a_snapshot_is_taken_or_refused(
    call: Callable[[Neon, str, Any], object], name: str, point: Any
) -> None:
    """The call succeeds, or raises an error with advice."""
    with snapshot_harness() as harness:
        result_or_error(NeonRestoreError, lambda: call(harness.connect(), name, point))
