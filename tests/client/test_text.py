"""Printed text: names and messages from outside do not control the terminal."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from neon_restore import Neon, NeonRestoreError, TableRows
from neon_restore._models.text import duration, format_table, printable
from neon_sandbox.model import EndpointOptions
from tests.client.harness import BEFORE_DELETE, Harness, error_response, fails_with

EVIL = "a\x1b[2J\x07\r\nb\u202ec\x9b1m"
STEERING = {"\x1b", "\x07", "\r", "\u202e", "\x9b"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcödé 分支 🌿", "plain, ünïcödé 分支 🌿"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202etxt", "\\u202etxt"),
        ("\x9b\x00\x7f", "\\x9b\\x00\\x7f"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_could_steer_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_nothing_that_is_printed_steers_a_terminal(neon: Neon, harness: Harness) -> None:
    harness.create_branch(EVIL, endpoints=[("read_write", EndpointOptions())])
    harness.respond_always("PATCH", "", error_response(422, EVIL, X_Request_ID=EVIL[1:4]))
    backup = f"{EVIL}_old_2026-11-20T14:40:00Z"
    plan = neon.plan_restore(EVIL, source="production", backup_name=backup)
    pending = neon.begin_restore(plan)
    found: list[object] = [plan, pending, neon.wait(pending), *neon.backups()]
    harness.protect(EVIL)
    found.append(neon.delete_backups(older_than=timedelta(0)))
    calls: list[Any] = [
        lambda: neon.restore(EVIL, source="production"),
        lambda: neon.restore("b", at=BEFORE_DELETE),
        lambda: neon.restore("production", at=BEFORE_DELETE, backup_name=EVIL),
        lambda: neon.connection_string(EVIL),
        lambda: neon.set_history_window(timedelta(days=1)),
    ]
    for call in calls:
        with pytest.raises(NeonRestoreError) as error:
            call()
        found.append(error.value)
    found += [TableRows(database=EVIL, reason=EVIL), TableRows(database="a", table=EVIL)]
    printed = [str(thing) for thing in found]
    assert len(printed) == 12
    for text in printed:
        assert not STEERING & set(text), ascii(text)
    assert sum("\\x1b[2J" in text for text in printed) >= 8


def test_log_lines_do_not_steer_a_terminal(
    neon: Neon, harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="neon_restore")
    harness.respond_once("GET", "/branches", fails_with(httpx.ReadError, EVIL))
    neon.backups()
    (record,) = [record for record in caplog.records if record.name == "neon_restore"]
    assert record.levelname == "INFO"
    assert record.getMessage().endswith("Trying again in 0.5 seconds.")
    assert "\\x1b[2J" in record.getMessage()
    assert not STEERING & set(record.getMessage())


def test_a_sheet_wraps_at_eighty_eight_columns() -> None:
    """Rows have a hanging indent; long names are not broken; empty rows are omitted."""
    name = "x" * 100
    lines = format_table(
        "Title", [("A", "word " * 30), ("Long", [name, "b"]), ("None", [])]
    ).splitlines()
    assert lines[0] == "Title"
    assert lines[1].startswith("  A     word word")
    assert lines[2].startswith("        word")
    assert all(len(line) <= 88 for line in lines if name not in line)
    assert lines[-1] == "        b"
    assert any(line.endswith(name) for line in lines)
    assert "None" not in "".join(lines)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (0.04, "0 seconds"),
        (1, "1 second"),
        (5.7, "5.7 seconds"),
        (60, "1 minute"),
        (61, "1 minute 1 second"),
        (540, "9 minutes"),
        (3600, "1 hour"),
        (93_784, "1 day 2 hours"),
        (86_400, "1 day"),
        (604_800, "7 days"),
    ],
)
def test_a_length_of_time_in_words(seconds: float, words: str) -> None:
    """At most two units are shown, and one unit is singular."""
    assert duration(timedelta(seconds=seconds)) == words
