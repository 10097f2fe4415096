"""Snapshots: created, listed, deleted, and made by a schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neon_restore import (
    InvalidPoint,
    Lsn,
    Neon,
    NeonError,
    NeonRestoreError,
    NoAnswer,
    NotARootBranch,
    OutcomeUnknown,
    OutsideHistoryWindow,
    Refused,
    ScheduleEntry,
    UnknownName,
)
from tests.client.harness import (
    BEFORE_DELETE,
    PRODUCTION,
    PROJECT,
    Harness,
    error_response,
    read_timeout,
    responds,
)

NAMED = "production_2026-11-20T14:40:00.000000Z"


def test_a_snapshot_is_taken_and_waited_for(neon: Neon, harness: Harness) -> None:
    """It is of the head, and its name has the time; its operations end before the call returns."""
    snapshot = neon.create_snapshot("production")
    assert snapshot.name == NAMED
    assert (snapshot.of, snapshot.source_branch_id) == ("production", PRODUCTION)
    assert (snapshot.manual, snapshot.expires_at) == (True, None)
    assert harness.sandbox.model.idle_at() is None
    assert neon.snapshots() == (snapshot,)
    assert harness.storage.commits(snapshot.id) == harness.storage.commits(PRODUCTION)


def test_a_snapshot_is_taken_at_a_time_and_for_a_time(neon: Neon, harness: Harness) -> None:
    """A `timedelta` counts back from now as a point, and forward from now as an expiry."""
    snapshot = neon.create_snapshot(
        "production", at=timedelta(minutes=9), name="good", expires_at=timedelta(days=30)
    )
    assert (snapshot.name, snapshot.at) == ("good", datetime(2026, 11, 20, 14, 30, tzinfo=UTC))
    assert snapshot.expires_at == datetime(2026, 12, 20, 14, 40, tzinfo=UTC)
    assert [dict(sent.url.params) for sent in harness.sent if sent.method == "POST"] == [
        {"name": "good", "timestamp": BEFORE_DELETE, "expires_at": "2026-12-20T14:40:00Z"}
    ]


def test_a_snapshot_is_taken_at_an_lsn(neon: Neon, harness: Harness) -> None:
    lsn = Lsn(str(harness.storage.commits(PRODUCTION)[-3].lsn))
    snapshot = neon.create_snapshot(PRODUCTION, lsn=lsn, expires_at="2026-12-24T00:00:00+01:00")
    assert snapshot.lsn == lsn
    assert snapshot.expires_at == datetime(2026, 12, 23, 23, tzinfo=UTC)


def test_two_snapshots_within_a_second_have_two_names(
    neon: Neon, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names have this machine's microseconds, but not its date."""
    laptop = datetime(2030, 1, 1, microsecond=17, tzinfo=UTC)
    monkeypatch.setattr("neon_restore._clock.now", lambda: laptop)
    assert neon.create_snapshot("production").name == "production_2026-11-20T14:40:00.000017Z"


def test_a_name_that_is_taken_is_refused(neon: Neon, harness: Harness) -> None:
    """Neon would accept it, and the two snapshots could not be told apart by name."""
    neon.create_snapshot("production", name="good")
    count = len(harness.writes_sent)
    with pytest.raises(Refused, match="There is a snapshot named 'good' already"):
        neon.create_snapshot("production", name="good")
    assert len(harness.writes_sent) == count


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"branch": "development"}, NotARootBranch, "of root branches only"),
        ({"branch": "prod"}, UnknownName, "There is no branch 'prod'"),
        ({"at": BEFORE_DELETE, "lsn": "0/1"}, InvalidPoint, "Two points"),
        ({"at": "2026-11-19T00:00:00Z"}, OutsideHistoryWindow, "before the history window"),
        ({"expires_at": timedelta(0)}, InvalidPoint, "0:00:00 from now is not in the future"),
        ({"expires_at": timedelta.max}, InvalidPoint, "after the calendar ends"),
        (
            {"expires_at": BEFORE_DELETE},
            InvalidPoint,
            "is past: Neon's clock says 2026-11-20T14:40:00Z",
        ),
        ({"expires_at": "tomorrow"}, InvalidPoint, "not a time in RFC 3339"),
    ],
)
def test_what_cannot_be_had_is_refused_before_it_is_sent(
    arguments: dict[str, Any], kind: type[Refused], words: str, neon: Neon, harness: Harness
) -> None:
    with pytest.raises(kind, match=words):
        neon.create_snapshot(**{"branch": "production", **arguments})
    assert harness.writes_sent == []


def test_what_neon_refuses_comes_in_its_words(neon: Neon, harness: Harness) -> None:
    """The client does not know how many snapshots the plan allows."""
    refusal = error_response(422, "snapshots limit exceeded")
    harness.respond_always("POST", "/snapshot", refusal)
    with pytest.raises(NeonError, match="snapshots limit exceeded") as error:
        neon.create_snapshot("production")
    assert error.value.changed == "nothing."


def test_a_lost_answer_says_what_to_look_for(neon: Neon, harness: Harness) -> None:
    """The request is not sent again; the name of the snapshot is the evidence."""
    harness.respond_once("POST", "/snapshot", read_timeout)
    with pytest.raises(OutcomeUnknown) as error:
        neon.create_snapshot("production")
    assert len(harness.writes_sent) == 1
    assert f"one named {NAMED} is there if the request was carried out" in error.value.advice


def test_an_error_while_waiting_says_that_it_was_accepted(neon: Neon, harness: Harness) -> None:
    harness.respond_always("GET", "/operations/", read_timeout)
    with pytest.raises(NoAnswer) as error:
        neon.create_snapshot("production", timeout=30)
    assert error.value.changed == f"Neon accepted the snapshot {NAMED} and goes on with it."


def test_snapshots_are_listed_oldest_first(neon: Neon, harness: Harness) -> None:
    """The order is by creation, whatever they hold; one without a readable time is last."""
    first = neon.create_snapshot("production", name="z")
    harness.advance(hours=1)
    second = neon.create_snapshot("production", name="a", at=timedelta(hours=1))
    assert neon.snapshots() == (first, second)
    items = [
        {"id": "snap-1", "name": "unread", "created_at": ""},
        {"id": "snap-2", "name": "read", "created_at": "2026-11-20T00:00:00Z", "expires_at": ""},
    ]
    answer = responds(json={"snapshots": items}, headers={"Date": "x"})
    harness.respond_once("GET", "/snapshots", answer)
    names = [(one.name, one.of, one.expires_at, one.manual) for one in neon.snapshots()]
    assert names == [("read", None, None, True), ("unread", None, None, True)]


def test_the_snapshots_of_what_a_branch_replaced_are_its_own_too(neon: Neon) -> None:
    """Neon leaves them with the old branch; a list for production includes them all."""
    first = neon.create_snapshot("production", name="first")
    for _ in range(2):
        neon.restore_snapshot("first", "production")
    second = neon.create_snapshot("production", name="second")
    assert [one.name for one in neon.snapshots("production")] == ["first", "second"]
    assert [one.id for one in neon.snapshots("production (old)")] == [first.id]
    assert [one.id for one in neon.snapshots("production (old 2)")] == [first.id]
    assert neon.snapshots("development") == ()
    preview = neon.preview_snapshot("second", "production")
    assert neon.snapshots(preview.branch.id) == ()
    assert second.of == "production"
    with pytest.raises(UnknownName):
        neon.snapshots("prod")


def test_a_cycle_of_replaced_branches_ends_the_search(neon: Neon, harness: Harness) -> None:
    neon.create_snapshot("production", name="first")
    production, development = map(harness.sandbox.branch, ("production", "development"))
    production.restore_status = development.restore_status = "finalized"
    production.restored_from = development.restored_from = "snap-1"
    production.restored_as, development.restored_as = development.id, production.id
    assert [one.name for one in neon.snapshots("development")] == ["first"]


def test_a_snapshot_in_words(neon: Neon, harness: Harness) -> None:
    kept = neon.create_snapshot("production", name="good", at=BEFORE_DELETE)
    assert str(kept) == "good (snap-shop-sandbox-00000001), of production at 2026-11-20T14:30:00Z"
    hourly = ScheduleEntry(frequency="hourly", keep=timedelta(hours=5))
    neon.set_snapshot_schedule("production", [hourly])
    harness.advance(hours=1)
    assert str(neon.snapshots()[-1]) == (
        "production at 2026-11-20T15:00:00Z (snap-shop-sandbox-00000002), of production, "
        "expires 2026-11-20T20:00:00Z, made by the schedule"
    )
    harness.sandbox.model.branches.pop(PRODUCTION)
    harness.sandbox.branch("development").default = True
    assert f"of branch {PRODUCTION}, which is gone" in str(neon.snapshots()[0])


@pytest.mark.parametrize("given", [lambda one: one.name, lambda one: one.id, lambda one: one])
def test_a_snapshot_is_deleted(given: Any, neon: Neon, harness: Harness) -> None:
    snapshot = neon.create_snapshot("production", name="good")
    assert neon.delete_snapshot(given(snapshot)) == snapshot
    assert neon.snapshots() == ()
    assert harness.sandbox.model.idle_at() is None


def test_a_name_that_several_have_is_no_name(neon: Neon, harness: Harness) -> None:
    for name in ("good", "other"):
        neon.create_snapshot("production", name=name)
    for snapshot in harness.sandbox.model.snapshots.values():
        snapshot.name = "good"
    with pytest.raises(Refused, match="2 snapshots are named 'good'") as error:
        neon.delete_snapshot("good")
    assert "snap-shop-sandbox-00000001, snap-shop-sandbox-00000002" in str(error.value)
    assert len(neon.snapshots()) == 2
    with pytest.raises(UnknownName, match="There is no snapshot 'god'"):
        neon.delete_snapshot("god")


def test_a_lost_answer_to_a_deletion_says_what_to_look_for(neon: Neon, harness: Harness) -> None:
    snapshot = neon.create_snapshot("production", name="good")
    harness.sent.clear()
    harness.respond_once("DELETE", snapshot.id, read_timeout)
    with pytest.raises(OutcomeUnknown, match=f"{snapshot.id} is gone if it was deleted"):
        neon.delete_snapshot("good")
    assert harness.writes_sent == [f"DELETE /snapshots/{snapshot.id}"]


def test_a_schedule_is_set_and_read(neon: Neon, harness: Harness) -> None:
    """Fields that are not given are not sent; an empty schedule turns it off."""
    assert neon.snapshot_schedule("production") == ()
    entries = (
        ScheduleEntry(frequency="daily", hour=3, keep=timedelta(days=7)),
        ScheduleEntry(frequency="yearly", hour=0, day=24, month=12),
    )
    assert neon.set_snapshot_schedule("production", iter(entries)) == entries
    (put,) = harness.bodies_sent("PUT")
    assert put == {
        "schedule": [
            {"frequency": "daily", "hour": 3, "retention_seconds": 604800},
            {"frequency": "yearly", "hour": 0, "day": 24, "month": 12},
        ]
    }
    assert [str(entry) for entry in neon.snapshot_schedule(PRODUCTION)] == [
        "daily, 03:00 UTC, kept for 7 days",
        "yearly, month 12, day 24, 00:00 UTC, kept until deleted",
    ]
    assert neon.set_snapshot_schedule("production", []) == ()


@pytest.mark.parametrize("keep", [timedelta(seconds=-1), timedelta(hours=1, microseconds=1)])
def test_a_retention_that_is_none_is_refused(keep: timedelta, neon: Neon, harness: Harness) -> None:
    """Negative durations, fractions of a second and a child's schedule are not sent."""
    with pytest.raises(Refused, match="not a whole number of seconds"):
        neon.set_snapshot_schedule("production", [ScheduleEntry(frequency="daily", keep=keep)])
    with pytest.raises(NotARootBranch):
        neon.set_snapshot_schedule("development", [])
    assert harness.writes_sent == []


@pytest.mark.parametrize(
    ("method", "kind", "said"),
    [
        ("PUT", OutcomeUnknown, "Read it with snapshot_schedule('production')."),
        ("GET", NoAnswer, "Changed: the schedule of production was set."),
    ],
)
def test_a_lost_answer_to_a_schedule_says_what_to_do(
    method: str, kind: type[NeonRestoreError], said: str, neon: Neon, harness: Harness
) -> None:
    harness.respond_always(method, "/backup_schedule", read_timeout)
    with pytest.raises(kind) as error:
        neon.set_snapshot_schedule("production", [], timeout=20)
    assert said in str(error.value)
    assert harness.writes_sent == [f"PUT /branches/{PRODUCTION}/backup_schedule"]
    assert PROJECT in str(harness.sent[0].url)
