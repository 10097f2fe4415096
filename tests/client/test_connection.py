"""Connection strings to a branch, and to a point in its past."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from neon_restore import (
    ConnectionString,
    InvalidPoint,
    Lsn,
    Neon,
    NeonError,
    NotFound,
    OutsideHistoryWindow,
    Refused,
    UnexpectedAnswer,
    UnknownName,
)
from tests.client.harness import BACKUP, BEFORE_DELETE, PRODUCTION, Harness

FIVE_MICROSECONDS_LATER = datetime(2026, 11, 20, 14, 31, 0, 5, UTC)
SHOP = (
    "postgresql://shop_owner:sandbox-password@224.0.0.0:1/shop"
    "?sslmode=require&channel_binding=require"
)
NEONS = (
    "postgresql://alex:AbC123dEf@ep-cool-darkness-123456.us-east-2.aws.neon.tech/dbname"
    "?sslmode=require&channel_binding=require"
)


def test_a_string_connects_to_a_branch_as_it_is(neon: Neon) -> None:
    """Without a point, `str()` is the string from Neon, which any Postgres driver accepts."""
    connection = neon.connection_string("production", database="shop")
    assert str(connection) == SHOP
    assert (connection.host, connection.database) == ("224.0.0.0:1", "shop")
    assert (connection.role, connection.options) == ("shop_owner", None)


@pytest.mark.parametrize(
    ("point", "options"),
    [
        ({"at": BEFORE_DELETE}, "neon_timestamp:2026-11-20T14:31:00Z"),
        ({"at": FIVE_MICROSECONDS_LATER}, "neon_timestamp:2026-11-20T14:31:00.000005Z"),
        ({"at": timedelta(minutes=9)}, "neon_timestamp:2026-11-20T14:31:00Z"),
        ({"lsn": "0/1de2850"}, "neon_lsn:0/1DE2850"),
        ({"lsn": Lsn("0/1DE2850")}, "neon_lsn:0/1DE2850"),
    ],
)
def test_a_string_leads_to_a_point(point: dict[str, Any], options: str, neon: Neon) -> None:
    """The point is in `options`, percent-encoded; the rest of the string is unchanged."""
    connection = neon.connection_string("production", database="shop", **point)
    assert connection.options == options
    assert str(connection) == f"{SHOP}&options={quote(options, safe='')}"


def test_a_string_that_leads_to_a_point_is_understood(neon: Neon, harness: Harness) -> None:
    """The sandbox opens the past that `options` names; its last commit is the good one."""
    connection = neon.connection_string("production", at=BEFORE_DELETE, database="shop")
    assert connection.options is not None
    compute = harness.sandbox.model.time_travel(PRODUCTION, connection.options)
    assert harness.storage.ephemeral_commits(compute.id)[-1].sql.startswith("INSERT INTO orders")


def test_the_branch_stands_in_the_endpoints_place() -> None:
    """On Neon's hosts the branch id replaces the endpoint id; a point replaces an earlier one."""
    past = ConnectionString(NEONS).at("br-a-1", "neon_lsn:0/1")
    assert past.host == "br-a-1.us-east-2.aws.neon.tech"
    assert str(past).endswith("&channel_binding=require&options=neon_lsn%3A0%2F1")
    other = past.at("br-a-1", "neon_lsn:0/2")
    assert other.options == "neon_lsn:0/2"
    assert str(other).count("options=") == 1
    assert ConnectionString(NEONS).host.startswith("ep-")


def test_a_string_hides_its_password() -> None:
    """`repr` shows three asterisks instead; `str()` shows the password."""
    connection = ConnectionString(NEONS)
    assert str(connection) == NEONS
    assert repr(connection) == f"ConnectionString({NEONS.replace('AbC123dEf', '***')!r})"


def test_strings_are_values() -> None:
    """Strings with the same text are equal; those with different passwords are not."""
    connection = ConnectionString(NEONS)
    assert {connection} == {ConnectionString(NEONS)}
    assert connection != ConnectionString(NEONS.replace("AbC", "xyz"))
    assert connection != NEONS


def test_encoded_names_are_decoded() -> None:
    """The attributes for role and database are decoded; the string keeps them encoded."""
    text = "postgresql://a%40b:p%2Fw@host:1/my%20db?empty="
    connection = ConnectionString(text)
    assert (connection.role, connection.database, connection.host) == ("a@b", "my db", "host:1")
    assert str(connection) == text
    assert "empty=&options=x" in str(connection.at("br-a-1", "x"))


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "postgresql://host/db",
        "postgresql://:secret@host/db",
        "postgresql://role:secret@/db",
        "https://role:secret@host/db",
        "postgresql://role:secret@[::/db",
        "postgresqlx://role:secret@host/db",
    ],
)
def test_what_is_no_connection_uri_is_unexpected(uri: str) -> None:
    """For a URI without role or host, or of another scheme, the error does not repeat it."""
    with pytest.raises(UnexpectedAnswer, match="not one that Postgres takes") as error:
        ConnectionString(uri)
    assert "secret" not in str(error.value)


def test_the_only_database_need_not_be_named(neon: Neon, harness: Harness) -> None:
    """Without a name, a branch with two databases or none is refused."""
    with pytest.raises(Refused, match="production has 2 databases: shop, analytics"):
        neon.connection_string("production")
    databases = harness.sandbox.branch("production").databases
    del databases["shop"]
    assert neon.connection_string("production").database == "analytics"
    databases.clear()
    with pytest.raises(Refused, match="production has 0 databases: none"):
        neon.connection_string("production")


def test_an_unknown_database_lists_the_close_ones(neon: Neon) -> None:
    with pytest.raises(UnknownName, match="no database 'shops'") as refused:
        neon.connection_string("production", database="shops")
    assert refused.value.close == ("shop",)


def test_the_role_is_the_owner_unless_another_is_named(neon: Neon, harness: Harness) -> None:
    """A given role is sent; for a role that Neon does not know, the error is its 404."""
    neon.connection_string("production", database="shop", role="shop_owner")
    assert harness.sent[-1].url.params["role_name"] == "shop_owner"
    with pytest.raises(NotFound) as error:
        neon.connection_string("production", database="shop", role="nobody")
    assert "production has a compute and the role" in error.value.advice
    with pytest.raises(NeonError):
        neon.connection_string("production", database="shop", role="")
    assert harness.sent[-1].url.params["role_name"] == ""


def test_a_backup_has_no_compute_to_connect_to(neon: Neon) -> None:
    neon.restore("production", at=BEFORE_DELETE)
    with pytest.raises(NotFound) as error:
        neon.connection_string(BACKUP, database="shop")
    assert "A backup branch has no compute" in error.value.advice


@pytest.mark.parametrize(
    ("branch", "at", "kind"),
    [
        ("production", "2026-11-20T15:00:00Z", InvalidPoint),
        ("production", "2026-11-20T07:59:59Z", OutsideHistoryWindow),
        ("development", "2026-11-20T09:59:59Z", OutsideHistoryWindow),
        ("production", "2026-11-20 14:31", InvalidPoint),
    ],
)
def test_a_point_that_cannot_be_had_is_refused(
    branch: str, at: str, kind: type[InvalidPoint], neon: Neon, harness: Harness
) -> None:
    """A future point, one before the history window and a malformed one give no string."""
    with pytest.raises(InvalidPoint) as refused:
        neon.connection_string(branch, at=at, database="shop")
    assert type(refused.value) is kind
    assert not any("connection_uri" in line for line in harness.requests_sent)


def test_a_child_has_a_past_too(neon: Neon) -> None:
    """Unlike a restore, Time Travel works on a child branch, from its creation on."""
    connection = neon.connection_string("development", at="2026-11-20T10:00:00Z", database="shop")
    assert connection.options == "neon_timestamp:2026-11-20T10:00:00Z"


def test_a_pooled_connection_goes_through_the_pooler(neon: Neon, harness: Harness) -> None:
    """Neon is asked for it; the sandbox names the pooler in the options."""
    uri = neon.connection_string("production", database="shop", pooled=True)
    assert harness.sent[-1].url.params["pooled"] == "true"
    assert (uri.options or "").endswith("-pooler")
    neon.connection_string("production", database="shop")
    assert "pooled" not in harness.sent[-1].url.params


def test_the_past_has_no_pooler(neon: Neon, harness: Harness) -> None:
    """Time Travel puts the branch id where the name of the pooler would be."""
    points: list[dict[str, Any]] = [{"at": BEFORE_DELETE}, {"lsn": "0/1DE2850"}]
    for point in points:
        with pytest.raises(Refused, match="pooled"):
            neon.connection_string("production", database="shop", pooled=True, **point)
    assert harness.sent == []
