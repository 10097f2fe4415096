"""The caller's checks, before a restore and after it."""

from collections.abc import Callable
from functools import partial
from subprocess import CalledProcessError

import pytest

from neon_restore import (
    CheckFailed,
    Checking,
    ConnectionString,
    Neon,
    NeonError,
    PlanOutdated,
    Progress,
    Refused,
)
from neon_sandbox.model.branches import update
from neon_sandbox.scenario import PASSWORD
from tests.client.harness import BACKUP, BEFORE_DELETE, Harness, error_response


class Seen(list[str]):
    """A check that records its calls, and fails at the n-th."""

    def __init__(self, *, fails_at: int = 0) -> None:
        super().__init__()
        self.fails_at = fails_at

    def __call__(self, uri: ConnectionString) -> None:
        """Record the database and the point."""
        self.append(f"{uri.database} {uri.options}")
        if len(self) == self.fails_at:
            raise LookupError("no orders")


def test_a_check_sees_the_past_before_and_the_branch_after(neon: Neon, harness: Harness) -> None:
    """Before a restore from another branch's head, it sees the current state of that branch."""
    shop, analytics, more = Seen(), Seen(), Seen()
    neon.restore(
        "production", at=BEFORE_DELETE, verify={"shop": shop, "analytics": [analytics, more]}
    )
    past = "neon_timestamp:2026-11-20T14:31:00Z"
    assert shop == [f"shop {past}", "shop None"]
    assert analytics == more == [f"analytics {past}", "analytics None"]
    lsn = harness.commit("shop", "CREATE TABLE notes ()")
    neon.restore("production", lsn=lsn, verify={"shop": shop})
    assert shop[2:] == [f"shop neon_lsn:{lsn}", "shop None"]
    neon.restore("development", source="production", verify={"shop": shop})
    assert shop[4:] == ["shop None", "shop None"]


def test_a_check_that_fails_before_stops_the_restore(neon: Neon, harness: Harness) -> None:
    with pytest.raises(CheckFailed) as error:
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": Seen(fails_at=1)})
    assert harness.writes_sent == []
    assert error.value.args[0] == (
        "The check Seen failed on shop of the past of production: LookupError: no orders."
    )
    assert error.value.changed == "nothing. production is as it was."
    assert (error.value.check, error.value.database) == ("Seen", "shop")
    assert error.value.restored is None
    assert isinstance(error.value.__cause__, LookupError)


def test_a_check_that_fails_after_hands_the_restore_over(neon: Neon, harness: Harness) -> None:
    before = harness.last_sql("production")
    with pytest.raises(CheckFailed, match="failed on shop of production") as error:
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": Seen(fails_at=2)})
    assert error.value.changed == "the restore of production has finished."
    assert error.value.restored is not None
    neon.rollback(error.value.restored)
    assert harness.last_sql("production") == before


def test_false_is_a_failure_and_nothing_else_is(neon: Neon, harness: Harness) -> None:
    def says_no(uri: ConnectionString) -> bool:
        return False

    neon.restore("production", at=BEFORE_DELETE, verify={"shop": lambda uri: 0})
    with pytest.raises(CheckFailed, match=r"The check says_no failed .*: it returned False"):
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": says_no})


def test_an_error_without_words_is_named(neon: Neon, harness: Harness) -> None:
    def bare(uri: ConnectionString) -> None:
        raise KeyError

    with pytest.raises(CheckFailed, match=r"past of production: KeyError\."):
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": bare})


@pytest.mark.parametrize(
    "reason",
    [
        lambda uri: ValueError(f"cannot connect to {uri}", 1),
        # The error of `subprocess` keeps the command line beside its text.
        lambda uri: CalledProcessError(2, ["psql", str(uri)]),
    ],
)
def test_a_password_in_the_error_of_a_check_is_taken_out(
    reason: Callable[[ConnectionString], Exception], neon: Neon, harness: Harness
) -> None:
    def blabs(uri: ConnectionString) -> None:
        raise reason(uri)

    with pytest.raises(CheckFailed) as error:
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": blabs})
    assert PASSWORD not in f"{error.value}{error.value.__cause__!r}{error.value.__context__!r}"
    assert "***" in str(error.value)


def test_a_password_is_taken_out_in_both_its_forms() -> None:
    """The forms are as in the URI, and as decoded by a driver; no password removes nothing."""
    uri = ConnectionString("postgresql://role:{}@host/db".format("p%40ss%2Fword"))
    assert uri.redact("p%40ss%2Fword or p@ss/word") == "*** or ***"
    assert ConnectionString("postgresql://role@host/db").redact("as it is") == "as it is"


def test_neon_failing_before_a_check_says_what_has_changed(neon: Neon, harness: Harness) -> None:
    """Without a connection string no check runs, but a restore can be rolled back."""
    fail = error_response(500)
    harness.respond_once("GET", "/connection_uri", fail)
    with pytest.raises(NeonError) as before:
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": Seen()})
    assert before.value.changed == "nothing."
    assert harness.writes_sent == []
    harness.respond_once(
        "POST", "/restore", lambda request: harness.respond_always("GET", "/connection_uri", fail)
    )
    with pytest.raises(NeonError) as after:
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": Seen()})
    assert after.value.changed == "the restore of production has finished."
    assert after.value.restored is not None


def test_a_restore_during_checks_is_not_overwritten(neon: Neon, harness: Harness) -> None:
    """Checks take time; the restore was planned for the branch's state before them."""

    def meanwhile(uri: ConnectionString) -> None:
        harness.advance(seconds=5)
        harness.restore_elsewhere()

    with pytest.raises(PlanOutdated, match="production was restored or reset"):
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": meanwhile})
    assert harness.writes_sent == []


def test_a_check_can_be_asynchronous_where_the_client_is(neon: Neon, harness: Harness) -> None:
    """A blocking client refuses it, and any other awaitable, before it sends a write."""
    seen = []

    async def check(uri: ConnectionString) -> None:
        seen.append(uri.database)

    class Later:
        def __await__(self) -> object:
            yield

    if harness.kind == "async":
        neon.restore("production", at=BEFORE_DELETE, verify={"shop": check})
        assert seen == ["shop", "shop"]
    else:
        with pytest.raises(Refused, match="The check check is asynchronous"):
            neon.restore("production", at=BEFORE_DELETE, verify={"shop": check})
        with pytest.raises(Refused, match="is asynchronous"):
            neon.restore("production", at=BEFORE_DELETE, verify={"shop": lambda uri: Later()})
        assert harness.writes_sent == []


def test_checks_are_told_as_progress(harness: Harness) -> None:
    """A slow check is visible while it runs."""
    events: list[Progress] = []
    neon = harness.connect(progress=events.append)
    neon.restore("production", at=BEFORE_DELETE, verify={"shop": partial(Seen())})
    assert [str(event) for event in events if isinstance(event, Checking)] == [
        "Checking shop of the past of production: partial.",
        "Checking shop of production: partial.",
    ]


def test_a_branch_without_a_compute_cannot_be_checked_before(neon: Neon, harness: Harness) -> None:
    """A backup branch has no compute: the rollback is refused for that reason."""
    restored = neon.restore("production", at=BEFORE_DELETE)
    with pytest.raises(Refused, match=f"{BACKUP} cannot be connected to") as error:
        neon.rollback(restored, verify={"shop": Seen()})
    assert isinstance(error.value.__cause__, NeonError)
    assert len(harness.writes_sent) == 1


def test_a_check_before_comes_before_the_protection_is_off(neon: Neon, harness: Harness) -> None:
    """A branch is unprotected no longer than necessary."""
    harness.protect("production")
    failing = {"shop": Seen(fails_at=1)}
    with pytest.raises(CheckFailed):
        neon.restore("production", at=BEFORE_DELETE, unprotect=True, verify=failing)
    assert harness.writes_sent == []

    def is_protected(uri: ConnectionString) -> bool:
        return harness.sandbox.branch("production").protected

    neon.restore("production", at=BEFORE_DELETE, unprotect=True, verify={"shop": is_protected})


def test_a_rename_between_restore_and_check_is_no_obstacle(neon: Neon, harness: Harness) -> None:
    """After the lookup, the client identifies branches by id."""

    def rename(uri: ConnectionString) -> None:
        if uri.options is not None:
            harness.run_until_idle()
            update(harness.sandbox.model, harness.sandbox.branch("development").id, name="other")

    neon.restore("production", at=BEFORE_DELETE, verify={"shop": rename})
