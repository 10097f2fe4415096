"""The event log shows requests and changes as they happen, one line for each."""

import httpx
import pytest

from neon_sandbox.cli import branch_tree
from neon_sandbox.cli.event_log import EventLog
from tests.sandbox.cli.process import eventually
from tests.sandbox.harness import BEFORE_DELETE, PRODUCTION, REWIND, Harness


class LoggedLines:
    """An event log of the incident, and the lines that it logged."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.lines: list[str] = []
        self.event_log = EventLog(harness.sandbox, self.lines.append)
        harness.http.event_hooks["response"] = [self._tell]

    def _tell(self, response: httpx.Response) -> None:
        response.read()
        self.event_log.log_request(response.request, response)

    def since(self) -> list[str]:
        """Return the lines since the last call."""
        said = self.lines[:]
        self.lines.clear()
        return said


@pytest.fixture
def log(harness: Harness) -> LoggedLines:
    """Return an event log of a fresh incident."""
    return LoggedLines(harness)


def test_a_request_is_one_line(log: LoggedLines) -> None:
    """It has the sandbox's time, the path below the project, the status, and Neon's message."""
    log.harness.get("/branches", limit=1)
    log.harness.refused("GET", "/branches/br-none")
    assert log.since() == [
        "14:40:00 GET /branches?limit=1 → 200",
        "14:40:00 GET /branches/br-none → 404 branch not found",
    ]


def test_a_restore_shows_every_branch_that_it_changes(log: LoggedLines) -> None:
    log.harness.restore(PRODUCTION, **REWIND)
    request, *changes = log.since()
    assert request == f"14:40:00 POST /branches/{PRODUCTION}/restore → 200"
    drawn = [line[9:31].rstrip() for line in changes]
    assert drawn == ["  ~ production", "  + before", "  ~ └─ development"]
    assert "default, resetting" in changes[0]
    log.harness.run_until_idle()
    log.event_log.log_changes()
    (ended,) = log.since()
    assert "  ~ production" in ended
    assert "default, ready, restored at 2026-11-20 14:30:00 (0/" in ended


def test_a_branch_is_shown_when_it_comes_and_goes(log: LoggedLines) -> None:
    """A second child changes how the first is drawn, which is no change of that branch."""
    branch = log.harness.created("feature")
    lines = log.since()
    assert any("+ └─ feature" in line for line in lines)
    assert not any("development" in line for line in lines)
    log.harness.do("DELETE", f"/branches/{branch['id']}")
    assert [line[9:24] for line in log.since() if "feature" in line] == ["  - └─ feature "]


def test_a_look_at_the_past_is_shown_while_it_lasts(log: LoggedLines) -> None:
    """An ephemeral compute is no branch, and is logged like one when it starts and stops."""
    log.harness.sandbox.model.time_travel(PRODUCTION, f"neon_timestamp:{BEFORE_DELETE}")
    log.event_log.log_changes()
    (came,) = log.since()
    assert "  + time travel on production" in came
    assert "at 2026-11-20 14:30:00 (0/" in came
    log.harness.advance(minutes=5)
    log.event_log.log_changes()
    (went,) = log.since()
    assert "  - time travel on production" in went


@pytest.mark.needs("threads")
def test_changes_show_without_a_request(log: LoggedLines) -> None:
    """While it is open, the log lets the model catch up with its clock, so that operations end."""
    log.harness.restore(PRODUCTION, **REWIND)
    log.since()
    with log.event_log:
        log.harness.run_until_idle()
        eventually(lambda: bool(log.lines), "the end of the restore was not shown")
    assert "  ~ production" in log.since()[0]


def test_a_name_cannot_move_the_cursor(log: LoggedLines) -> None:
    """Control characters in a branch's name are replaced, so that a line stays a line."""
    log.harness.created("a\r\x1b[2Jb")
    shown = "".join(log.since())
    assert "a��[2Jb" in shown
    assert shown.isprintable()


def test_a_tree_has_children_below_their_parents(harness: Harness) -> None:
    """Box-drawing characters connect each parent to its children, and end at the last one."""
    harness.created("dev", parent_id=harness.named("development")["id"])
    harness.created("feature")
    lines = branch_tree.tree_rows(harness.sandbox.model).values()
    drawn = [line.twigs + line.name for line in lines]
    assert drawn == ["production", "├─ development", "│  └─ dev", "└─ feature"]
    assert [str(line).split(" br-")[0].rstrip() for line in lines] == drawn
