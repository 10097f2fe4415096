"""The client refuses what Neon would reject, states the rule, and sends only reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from neon_restore import (
    BackupNameRefused,
    BranchProtected,
    InvalidPoint,
    Lsn,
    NeonError,
    NotARootBranch,
    OutsideHistoryWindow,
    Refused,
    UnknownName,
)
from neon_restore._restore.rules import MAX_NAME_LENGTH
from tests.client.harness import BEFORE_DELETE, Harness

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_restore import Neon

REFUSED: dict[str, tuple[dict[str, Any], type[Refused], str]] = {
    "own history without a point": (
        {"branch": "production"},
        InvalidPoint,
        "production from its own history needs a point",
    ),
    "itself as the source, without a point": (
        {"branch": "production", "source": "production"},
        InvalidPoint,
        "needs a point",
    ),
    "two points": (
        {"branch": "production", "at": BEFORE_DELETE, "lsn": "0/1DE2850"},
        InvalidPoint,
        "Two points were given",
    ),
    "a naive time": (
        {"branch": "production", "at": datetime(2026, 11, 20, 14, 31)},  # noqa: DTZ001
        InvalidPoint,
        "has no time zone",
    ),
    "naive text": (
        {"branch": "production", "at": "2026-11-20T14:31:00"},
        InvalidPoint,
        "has no time zone",
    ),
    "a future time": (
        {"branch": "production", "at": "2026-11-20T14:40:02Z"},
        InvalidPoint,
        "2026-11-20T14:40:02Z is in the future: Neon's clock says 2026-11-20T14:40:00Z",
    ),
    "a malformed LSN": (
        {"branch": "production", "lsn": "1DE2850"},
        InvalidPoint,
        "'1DE2850' is not an LSN",
    ),
    "a point before the window": (
        {"branch": "production", "at": "2026-11-19T14:39:59Z"},
        OutsideHistoryWindow,
        "which runs from 2026-11-20T08:00:00Z to 2026-11-20T14:40:00Z \\(6 hours",
    ),
    "so long ago that it is before the window": (
        {"branch": "production", "at": timedelta(days=2)},
        OutsideHistoryWindow,
        "2026-11-18T14:40:00Z is before the history window of production",
    ),
    "a child as the destination of a point": (
        {"branch": "development", "at": BEFORE_DELETE},
        NotARootBranch,
        "development is a child branch: .* it is the destination",
    ),
    "a child as the destination of an LSN": (
        {"branch": "development", "lsn": Lsn("0/1DE2850")},
        NotARootBranch,
        "it is the destination",
    ),
    "a child as the source of a point": (
        {"branch": "production", "source": "development", "at": BEFORE_DELETE},
        NotARootBranch,
        "development is a child branch: .* it is the source",
    ),
    "nothing kept of own history": (
        {"branch": "production", "at": BEFORE_DELETE, "discard_previous_state": True},
        BackupNameRefused,
        "always keeps the previous state of a branch restored from its own history",
    ),
    "nothing kept of a branch with children": (
        {"branch": "production", "source": "development", "discard_previous_state": True},
        BackupNameRefused,
        "always keeps the previous state of a branch that has children",
    ),
    "a backup name and none": (
        {
            "branch": "development",
            "source": "production",
            "backup_name": "x",
            "discard_previous_state": True,
        },
        Refused,
        "A backup name was given together with discard_previous_state=True",
    ),
    "a backup name that is taken": (
        {"branch": "production", "at": BEFORE_DELETE, "backup_name": "development"},
        BackupNameRefused,
        "There is a branch named 'development' already",
    ),
    "an empty backup name": (
        {"branch": "production", "at": BEFORE_DELETE, "backup_name": ""},
        BackupNameRefused,
        "not between 1 and 256",
    ),
    "a backup name that is too long": (
        {"branch": "production", "at": BEFORE_DELETE, "backup_name": "x" * (MAX_NAME_LENGTH + 1)},
        BackupNameRefused,
        "A backup name of 257 characters",
    ),
    "an unknown branch": (
        {"branch": "prodution", "at": BEFORE_DELETE},
        UnknownName,
        "There is no branch 'prodution'. Close names: production",
    ),
    "an unknown source": (
        {"branch": "production", "source": "zzz"},
        UnknownName,
        "There is no branch 'zzz'. There are: development, production",
    ),
    "an empty source": (
        {"branch": "production", "source": "", "at": BEFORE_DELETE},
        UnknownName,
        "There is no branch ''",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("verb", ["restore", "plan_restore"])
def test_what_neon_refuses_is_not_sent(name: str, verb: str, neon: Neon, harness: Harness) -> None:
    """Each rule has an error that states it; a plan refuses what a restore refuses."""
    arguments, kind, message = REFUSED[name]
    with pytest.raises(Refused, match=message) as refused:
        getattr(neon, verb)(**arguments)
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
    """Protection is against overwriting: the source of a restore may be protected."""
    harness.protect("production")
    assert neon.restore("development", source="production").backup is not None


def test_what_neon_says_a_branch_cannot_do_now_is_not_asked(neon: Neon, harness: Harness) -> None:
    """A restriction that Neon lists for the destination is raised with its reason."""

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


def test_a_window_of_zero_turns_restore_off(neon: Neon, harness: Harness) -> None:
    """Without history no branch can be restored to a time, and the error says why."""
    neon.set_history_window(timedelta(0))
    with pytest.raises(OutsideHistoryWindow, match="history window is zero") as refused:
        neon.restore("production", at=BEFORE_DELETE)
    assert refused.value.window is not None
    assert refused.value.window.retention == timedelta(0)


def test_the_error_about_the_window_carries_the_window(neon: Neon) -> None:
    """It has start and end as times, so that a program can choose a point in between."""
    with pytest.raises(OutsideHistoryWindow) as refused:
        neon.restore("production", at="2026-11-01T00:00:00Z")
    window = refused.value.window
    assert window is not None
    assert window.start == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert neon.restore("production", at=window.start + timedelta(hours=2)).backup is not None


def test_a_point_within_the_running_second_is_no_future(neon: Neon, harness: Harness) -> None:
    """The server's time is known to the second, so Neon decides on the current second."""
    harness.advance(seconds=0.9)
    restored = neon.restore("production", at="2026-11-20T14:40:00.500000Z")
    assert restored.point == datetime(2026, 11, 20, 14, 40, 0, 500000, tzinfo=UTC)


def test_what_this_library_cannot_know_neon_refuses(neon: Neon, harness: Harness) -> None:
    """An LSN past the branch's head is sent; Neon rejects it, and nothing is changed."""
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
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("name", "close"),
    [("developmnt", ("development",)), ("Production", ("production",)), ("", ()), ("x", ())],
)
def test_an_unknown_name_lists_the_close_ones(
    call: str, name: str, close: tuple[str, ...], neon: Neon, harness: Harness
) -> None:
    """Every call that takes a branch refuses an unknown name and lists the close ones."""
    with pytest.raises(UnknownName) as refused:
        CALLS[call](neon, name)
    assert refused.value.close == close
    assert ("Close names: " + ", ".join(close) if close else "There are: ") in str(refused.value)
    assert harness.writes_sent == []


def test_a_project_without_branches_has_no_names_to_list(neon: Neon, harness: Harness) -> None:
    """An unknown name in an empty list still raises a readable error."""
    empty = httpx.Response(200, json={"branches": []})
    harness.respond_once("GET", "/branches", lambda request: empty)
    with pytest.raises(UnknownName, match="There are: none"):
        neon.restore("production", at=BEFORE_DELETE)
