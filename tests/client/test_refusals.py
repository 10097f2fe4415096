"""The client refuses what Neon would reject, states the rule, and sends only reads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from neon_restore import (
    BackupNameRefused,
    BranchProtected,
    InvalidPoint,
    Lsn,
    Neon,
    NeonError,
    NotARootBranch,
    OutsideHistoryWindow,
    Refused,
    UnknownName,
)
from neon_restore._restore.rules import MAX_NAME_LENGTH
from tests.client.harness import BEFORE_DELETE, Harness, responds

NAIVE = datetime(2026, 11, 20, 14, 30)  # noqa: DTZ001
REFUSED: dict[str, tuple[type[Refused], dict[str, Any]]] = {
    "production from its own history needs a point": (InvalidPoint, {}),
    "needs a point": (InvalidPoint, {"source": "production"}),
    "Two points were given": (InvalidPoint, {"at": BEFORE_DELETE, "lsn": "0/1DE2850"}),
    "2026-11-20T14:31:00 has no time zone": (InvalidPoint, {"at": "2026-11-20T14:31:00"}),
    "2026-11-20T14:30:00 has no time zone": (InvalidPoint, {"at": NAIVE}),
    "2026-11-20T14:40:02Z is in the future: Neon's clock says 2026-11-20T14:40:00Z": (
        InvalidPoint,
        {"at": "2026-11-20T14:40:02Z"},
    ),
    "'1DE2850' is not an LSN": (InvalidPoint, {"lsn": "1DE2850"}),
    r"which runs from 2026-11-20T08:00:00Z to 2026-11-20T14:40:00Z \(6 hours": (
        OutsideHistoryWindow,
        {"at": "2026-11-19T14:39:59Z"},
    ),
    "2026-11-18T14:40:00Z is before the history window of production": (
        OutsideHistoryWindow,
        {"at": timedelta(days=2)},
    ),
    "development, the destination, is a child branch": (
        NotARootBranch,
        {"branch": "development", "at": BEFORE_DELETE},
    ),
    "the destination, is a child branch: Neon documents": (
        NotARootBranch,
        {"branch": "development", "lsn": Lsn("0/1DE2850")},
    ),
    "development, the source, is a child branch": (
        NotARootBranch,
        {"source": "development", "at": BEFORE_DELETE},
    ),
    "always keeps the previous state of a branch restored from its own history": (
        BackupNameRefused,
        {"at": BEFORE_DELETE, "discard_previous_state": True},
    ),
    "always keeps the previous state of a branch that has children": (
        BackupNameRefused,
        {"source": "development", "discard_previous_state": True},
    ),
    "A backup name was given together with discard_previous_state=True": (
        Refused,
        {
            "branch": "development",
            "source": "production",
            "backup_name": "x",
            "discard_previous_state": True,
        },
    ),
    "There is a branch named 'development' already": (
        BackupNameRefused,
        {"at": BEFORE_DELETE, "backup_name": "development"},
    ),
    "not between 1 and 256": (BackupNameRefused, {"at": BEFORE_DELETE, "backup_name": ""}),
    "A backup name of 257 characters": (
        BackupNameRefused,
        {"at": BEFORE_DELETE, "backup_name": "x" * (MAX_NAME_LENGTH + 1)},
    ),
    "There is no branch 'prodution'. Close names: production": (
        UnknownName,
        {"branch": "prodution", "at": BEFORE_DELETE},
    ),
    "There is no branch 'zzz'. There are: development, production": (
        UnknownName,
        {"source": "zzz"},
    ),
    "There is no branch ''": (UnknownName, {"source": "", "at": BEFORE_DELETE}),
}


@pytest.mark.parametrize("message", REFUSED)
@pytest.mark.parametrize("verb", ["restore", "plan_restore"])
def test_what_neon_refuses_is_not_sent(
    message: str, verb: str, neon: Neon, harness: Harness
) -> None:
    """Each rule has an error that states it; a plan refuses what a restore refuses."""
    kind, arguments = REFUSED[message]
    with pytest.raises(Refused, match=message) as refused:
        getattr(neon, verb)(**{"branch": "production", **arguments})
    assert type(refused.value) is kind
    assert refused.value.changed == "nothing."
    assert refused.value.advice
    assert harness.writes_sent == []


@pytest.mark.parametrize("verb", ["restore", "plan_restore"])
@pytest.mark.parametrize(
    ("branch", "what"),
    [("production", {"at": BEFORE_DELETE}), ("development", {"source": "production"})],
)
def test_a_protected_branch_is_not_restored(
    branch: str, what: dict[str, str], verb: str, neon: Neon, harness: Harness
) -> None:
    """Neon rejects the reset of a protected branch; the advice is to pass `unprotect=True`."""
    harness.protect(branch)
    with pytest.raises(BranchProtected, match=f"{branch} is protected") as refused:
        getattr(neon, verb)(branch, **what)
    assert refused.value.advice.startswith("Pass unprotect=True to take the protection off")
    assert harness.writes_sent == []


def test_a_protected_source_may_be_read(neon: Neon, harness: Harness) -> None:
    harness.protect("production")
    assert neon.restore("development", source="production").backup is not None


def test_what_neon_says_a_branch_cannot_do_now_is_not_asked(neon: Neon, harness: Harness) -> None:
    """Neon lists the restriction, with its reason, with the branch."""

    def restricted(request: httpx.Request) -> httpx.Response:
        body = harness.sandbox.api.handle(request).json()
        for branch in body["branches"]:
            branch["restricted_actions"] = [
                {"name": "delete-rw-endpoint", "reason": "another"},
                {"name": "restore", "reason": "a snapshot is being restored"},
            ]
        return httpx.Response(200, json=body, headers={"Date": "Fri, 20 Nov 2026 14:40:00 GMT"})

    harness.respond_once("GET", "/branches", restricted)
    with pytest.raises(Refused, match="a snapshot is being restored"):
        neon.restore("production", at=BEFORE_DELETE)
    assert harness.writes_sent == []


def test_the_error_about_the_window_carries_the_window(neon: Neon) -> None:
    """A program can choose a point in it, unless the window is zero, which turns restore off."""
    with pytest.raises(OutsideHistoryWindow) as refused:
        neon.restore("production", at="2026-11-01T00:00:00Z")
    window = refused.value.window
    assert window is not None
    assert window.start == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert neon.restore("production", at=window.start + timedelta(hours=2)).backup is not None
    neon.set_history_window(timedelta(0))
    with pytest.raises(OutsideHistoryWindow, match="history window is zero") as refused:
        neon.restore("production", at=BEFORE_DELETE)
    assert refused.value.window is not None
    assert refused.value.window.retention == timedelta(0)


def test_a_point_within_the_running_second_is_no_future(neon: Neon, harness: Harness) -> None:
    """The server's time is known to the second, so Neon decides on the current second."""
    harness.advance(seconds=0.9)
    restored = neon.restore("production", at="2026-11-20T14:40:00.500000Z")
    assert restored.point == datetime(2026, 11, 20, 14, 40, 0, 500000, tzinfo=UTC)


def test_what_this_library_cannot_know_neon_refuses(neon: Neon, harness: Harness) -> None:
    """An LSN past the branch's head is sent: only Neon knows where the head is."""
    with pytest.raises(NeonError, match="past the end of the branch's history") as refused:
        neon.restore("production", lsn="FFFFFFFF/0")
    assert refused.value.changed == "nothing. production is as it was."
    assert harness.names() == {"production", "development"}


CALLS: dict[str, Callable[[Neon, str], Any]] = {
    "restore": lambda neon, name: neon.restore(name, at=BEFORE_DELETE),
    "source": lambda neon, name: neon.restore("production", source=name),
    "plan": lambda neon, name: neon.plan_restore(name, at=BEFORE_DELETE),
    "rollback": lambda neon, name: neon.rollback(name),
    "rollback of": lambda neon, name: neon.rollback("development", branch=name),
    "backups": lambda neon, name: neon.backups(name),
    "delete": lambda neon, name: neon.delete_backups(name, older_than=timedelta(0)),
    "connect": lambda neon, name: neon.connection_string(name),
    "window": lambda neon, name: neon.history_window(name),
    "create from": lambda neon, name: neon.create_branch("copy", source=name),
    "delete branch": lambda neon, name: neon.delete_branch(name),
    "add compute": lambda neon, name: neon.add_compute(name),
    "remove compute": lambda neon, name: neon.remove_compute(name),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("name", "close"),
    [("developmnt", ("development",)), ("Production", ("production",)), ("", ()), ("x", ())],
)
def test_an_unknown_name_lists_the_close_ones(
    call: str, name: str, close: tuple[str, ...], neon: Neon, harness: Harness
) -> None:
    with pytest.raises(UnknownName) as refused:
        CALLS[call](neon, name)
    assert refused.value.close == close
    assert ("Close names: " + ", ".join(close) if close else "There are: ") in str(refused.value)
    assert harness.writes_sent == []


def test_a_project_without_branches_has_no_names_to_list(neon: Neon, harness: Harness) -> None:
    harness.respond_once("GET", "/branches", responds(json={"branches": []}))
    with pytest.raises(UnknownName, match="There are: none"):
        neon.restore("production", at=BEFORE_DELETE)
