"""What happens in a sandbox is shown as it happens, a line for each thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from neon_sandbox.cli import branch_tree
from neon_sandbox.cli.event_log import EventLog
from tests.sandbox.cli.started import eventually
from tests.sandbox.world import GOOD, PRODUCTION, World

if TYPE_CHECKING:
    import httpx


class Told:
    """A teller on an incident, and what it said."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lines: list[str] = []
        self.teller = EventLog(world.sandbox, self.lines.append)
        world.http.event_hooks["response"] = [self._tell]

    def _tell(self, response: httpx.Response) -> None:
        response.read()
        self.teller.log_request(response.request, response)

    def since(self) -> list[str]:
        """Return what was said since the last time, without the dates' own columns."""
        said = self.lines[:]
        self.lines.clear()
        return said


@pytest.fixture
def told(world: World) -> Told:
    """Return a teller on a fresh incident."""
    return Told(world)


def test_a_request_is_one_line(told: Told) -> None:
    """It holds the time there, the method, the path below the project, and the status."""
    told.world.get("/branches", limit=1)
    assert told.since() == ["14:40:00 GET /branches?limit=1 → 200"]


def test_a_refusal_says_why(told: Told) -> None:
    """Neon's message stands behind the status."""
    told.world.refused("GET", "/branches/br-none")
    assert told.since() == ["14:40:00 GET /branches/br-none → 404 branch not found"]


def test_a_restore_shows_every_branch_that_it_changes(told: Told) -> None:
    """The restored one, the new backup, and the child that moved to it; then the end of it."""
    told.world.restore(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp=GOOD,
        preserve_under_name="before",
    )
    request, *changes = told.since()
    assert request == f"14:40:00 POST /branches/{PRODUCTION}/restore → 200"
    assert [line[9:31].rstrip() for line in changes] == [
        "  ~ production",
        "  + before",
        "  ~ └─ development",
    ]
    assert "default, resetting" in changes[0]
    told.world.run_until_idle()
    told.teller.log_changes()
    (ended,) = told.since()
    assert "  ~ production" in ended
    assert "default, ready, restored at 2026-11-20 14:30:00 (0/" in ended


def test_neighbours_that_only_move_in_the_drawing_are_not_shown(told: Told) -> None:
    """A second child draws the first one's twig anew, which is no change of that branch."""
    told.world.created("feature")
    lines = told.since()
    assert any("+ └─ feature" in line for line in lines)
    assert not any("development" in line for line in lines)


def test_a_deleted_branch_is_shown_as_gone(told: Told) -> None:
    """With a minus."""
    branch = told.world.created("feature")
    told.since()
    told.world.do("DELETE", f"/branches/{branch['id']}")
    assert [line[9:24] for line in told.since() if "feature" in line] == ["  - └─ feature "]


def test_a_look_at_the_past_is_shown_while_it_lasts(told: Told) -> None:
    """A time travel compute is no branch, and comes and goes like one."""
    model = told.world.sandbox.model
    model.time_travel(PRODUCTION, f"neon_timestamp:{GOOD}")
    told.teller.log_changes()
    (came,) = told.since()
    assert "  + time travel on production" in came
    assert "at 2026-11-20 14:30:00 (0/" in came
    told.world.rest(minutes=5)
    told.teller.log_changes()
    (went,) = told.since()
    assert "  - time travel on production" in went


@pytest.mark.needs("threads")
def test_changes_show_without_a_request(told: Told) -> None:
    """While it is open the teller looks by itself, so that work ends when its time has come."""
    told.world.restore(
        PRODUCTION,
        source_branch_id=PRODUCTION,
        source_timestamp=GOOD,
        preserve_under_name="before",
    )
    told.since()
    with told.teller:
        told.world.run_until_idle()
        eventually(lambda: bool(told.lines), "the end of the restore was not shown")
    assert "  ~ production" in told.since()[0]


def test_a_name_cannot_move_the_cursor(told: Told) -> None:
    """Whatever a branch is called, a line stays a line."""
    told.world.created("a\r\x1b[2Jb")
    shown = "".join(told.since())
    assert "a��[2Jb" in shown
    assert shown.isprintable()


def test_a_tree_has_children_below_their_parents(world: World) -> None:
    """Twigs lead from each parent to its children, the last one's ends there."""
    world.created("dev", parent_id=world.named("development")["id"])
    world.created("feature")
    lines = branch_tree.tree_rows(world.sandbox.model).values()
    drawn = [line.twigs + line.name for line in lines]
    assert drawn == ["production", "├─ development", "│  └─ dev", "└─ feature"]
    assert [str(line).split(" br-")[0].rstrip() for line in lines] == drawn
