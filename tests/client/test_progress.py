"""Progress events: what a call reports, and to the callback, the log or the terminal."""

import io
import logging

import pytest
from rich.console import Console

from neon_restore import (
    Accepted,
    AnswerLost,
    Finished,
    Neon,
    OperationProgress,
    Progress,
    ProtectionChanged,
    Resending,
    Retrying,
)
from neon_restore.terminal import progress_line
from tests.client.harness import BACKUP, BEFORE_DELETE, Harness, error_response, read_timeout


def told(harness: Harness) -> tuple[Neon, list[Progress]]:
    """Return a client, and the list of its progress events."""
    events: list[Progress] = []
    return harness.connect(progress=events.append), events


def test_a_restore_tells_when_it_is_accepted_and_when_it_has_finished(harness: Harness) -> None:
    """In between, it reports the state of Neon's operations."""
    neon, events = told(harness)
    restored = neon.restore("production", at=BEFORE_DELETE)
    first, *working, last = events
    assert isinstance(first, Accepted)
    assert first.pending.backup_name == BACKUP
    assert isinstance(last, Finished)
    assert last.restored == restored
    assert {type(event) for event in working} == {OperationProgress}
    sentences = [str(event) for event in events]
    assert sentences[0] == "Neon accepted the restore of production."
    assert "Operation 3 of 3, start_compute: running." in sentences
    assert sentences[-1] == "The restore of production has finished."
    assert [event.after for event in events] == sorted(event.after for event in events)
    assert last.after.total_seconds() > 5


def test_what_accepted_tells_can_be_taken_up(harness: Harness) -> None:
    """The event has all that another process needs to resume the restore."""
    neon, events = told(harness)
    neon.begin_restore("production", at=BEFORE_DELETE)
    (accepted,) = events
    assert isinstance(accepted, Accepted)
    assert harness.connect().resume(accepted.pending).backup is not None


def test_another_attempt_is_told_with_its_reason(harness: Harness) -> None:
    """The event also has the length of the pause."""
    neon, events = told(harness)
    harness.respond_once("GET", "/branches", error_response(503, "not now"))
    neon.backups()
    (event,) = events
    assert isinstance(event, Retrying)
    assert event.pause.total_seconds() == 0.5
    assert str(event).endswith("branches. Trying again in 0.5 seconds.")


def test_a_lost_answer_is_told_with_what_is_looked_for(harness: Harness) -> None:
    """Another event says that the restore is sent again."""
    neon, events = told(harness)
    harness.respond_once("POST", "/restore", read_timeout)
    neon.restore("production", at=BEFORE_DELETE)
    lost_one, again, accepted = events[:3]
    assert isinstance(lost_one, AnswerLost)
    assert lost_one.backup_name == BACKUP
    assert str(lost_one).endswith(f"Looking for the backup branch {BACKUP}.")
    assert isinstance(again, Resending)
    assert again.branch.name == "production"
    assert str(again) == "production was not restored: sending the restore again."
    assert isinstance(accepted, Accepted)


def test_protection_that_is_off_and_on_is_told(harness: Harness) -> None:
    """The events show for how long a branch is unprotected."""
    neon, events = told(harness)
    harness.protect("production")
    neon.restore("production", at=BEFORE_DELETE, unprotect=True)
    off, on = (event for event in events if isinstance(event, ProtectionChanged))
    assert (str(off), str(on)) == ("production is unprotected.", "production is protected again.")
    assert (off.branch.name, off.protected, on.protected) == ("production", False, True)


def test_a_callback_may_fail(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """The restore continues, and the exception is logged."""

    def broken(event: Progress) -> None:
        raise OSError("the terminal is gone")

    restored = harness.connect(progress=broken).restore("production", at=BEFORE_DELETE)
    assert restored.backup is not None
    record = next(record for record in caplog.records if record.levelname == "ERROR")
    assert "callback failed" in record.getMessage()
    assert record.exc_info


def test_levels_say_what_is_unusual(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """Each poll is logged at DEBUG, each step at INFO, and anything unusual at WARNING."""
    caplog.set_level(logging.DEBUG, logger="neon_restore")
    harness.respond_once("POST", "/restore", read_timeout)
    harness.connect().restore("production", at=BEFORE_DELETE)
    levels = {r.levelname: r.getMessage() for r in caplog.records if r.name == "neon_restore"}
    assert levels.keys() == {"DEBUG", "INFO", "WARNING"}
    assert levels["INFO"] == "The restore of production has finished."


@pytest.mark.needs("threads")
def test_a_terminal_shows_one_line_that_goes_away(harness: Harness) -> None:
    """It has a spinner, the latest event and the elapsed time."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80)
    with progress_line(console) as progress:
        harness.connect(progress=progress).restore("production", at=BEFORE_DELETE)
    assert "The restore of production has finished." in file.getvalue()
    assert file.getvalue().endswith("\x1b[1A\x1b[2K")


def test_what_is_no_terminal_gets_nothing(harness: Harness) -> None:
    """A log file or a pipe stays unchanged."""
    file = io.StringIO()
    with progress_line(Console(file=file)) as progress:
        harness.connect(progress=progress).restore("production", at=BEFORE_DELETE)
    assert file.getvalue() == ""


@pytest.mark.needs("threads")
def test_the_line_goes_to_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stdout is left to the program."""
    monkeypatch.setattr(Console, "is_terminal", True)
    with progress_line():
        pass
    out, err = capsys.readouterr()
    assert out == ""
    assert "Asking Neon." in err
