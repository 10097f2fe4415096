"""The pictures of the pages: by file name, a function that changes an incident and draws it.

Pictures are drawn from the state of the sandbox, so that none can disagree with the model. A
function registered here gets a fresh incident and a client for it, makes the changes that the
picture shows, and returns the SVG. `make outputs` writes the files into docs/pictures.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from neon_restore import Neon
from neon_sandbox import SteppedClock
from neon_sandbox.scenario import Sandbox, instant
from neon_sandbox.storage import MemoryStorage
from tools import pictures
from tools.architecture import arrange_parts
from tools.docs.sandboxes import incident
from tools.pictures.imports import draw_imports

Draw = Callable[[Sandbox, Neon], str]

# The screen of a phone has no space for earlier commits.
SINCE = instant("14:00:00")
POINT = instant("14:31:00")
TOO_EARLY = instant("14:29:00")

PICTURES: dict[str, Draw] = {}


def draws(name: str) -> Callable[[Draw], Draw]:
    """Register the decorated function to draw docs/pictures/NAME."""

    def register(draw: Draw) -> Draw:
        PICTURES[name] = draw
        return draw

    return register


def drawn() -> dict[str, str]:
    """Draw every picture; return the SVGs by file name."""
    fresh = {}
    for name, draw in PICTURES.items():
        with incident() as sandbox, Neon() as neon:
            fresh[name] = draw(sandbox, neon)
    return fresh


def shown(sandbox: Sandbox, **options: Any) -> str:
    """Draw the present state of a sandbox in memory."""
    return pictures.draw(sandbox, storage(sandbox), **{"since": SINCE, **options})


def storage(sandbox: Sandbox) -> MemoryStorage:
    """Return the storage of a sandbox in memory."""
    assert isinstance(sandbox.storage, MemoryStorage)
    return sandbox.storage


@draws("legend-marks.svg")
def legend_of_marks(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the legend of the marks in all pictures."""
    return pictures.legend_of_marks()


@draws("legend-lines.svg")
def legend_of_lines(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the legend of the lines in all pictures."""
    return pictures.legend_of_lines()


@draws("before.svg")
def before(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the incident, the state in which every page begins."""
    return shown(sandbox)


@draws("loss.svg")
def loss(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the incident on production alone."""
    return shown(sandbox, only={"production"})


@draws("look.svg")
def look(sandbox: Sandbox, neon: Neon) -> str:
    """Draw a Time Travel query: a separate view of the past, and production unchanged."""
    past = neon.connection_string("production", at=POINT, database="shop")
    sandbox.model.time_travel(sandbox.branch("production").id, past.options or "")
    return shown(sandbox, point=POINT, only={"production", "a look at production"})


@draws("plan.svg")
def plan(sandbox: Sandbox, neon: Neon) -> str:
    """Draw what a restore would remove from production; nothing has changed."""
    point = neon.plan_restore("production", at=POINT).point
    return shown(sandbox, point=point, only={"production"}, show_lost=True)


@draws("own-history.svg")
def own_history(sandbox: Sandbox, neon: Neon) -> str:
    """Draw production after a restore from its own history to 14:31, just before the loss."""
    neon.restore("production", at=POINT)
    return shown(sandbox, point=POINT)


@draws("plan-lsn.svg")
def plan_lsn(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the same plan, for the LSN of the last commit before the loss."""
    good = storage(sandbox).locate(sandbox.branch("production").id, POINT)
    assert good
    neon.plan_restore("production", lsn=str(good.lsn))
    return shown(sandbox, point=good.lsn, only={"production"}, show_lost=True)


@draws("too-early.svg")
def too_early(sandbox: Sandbox, neon: Neon) -> str:
    """Draw production after a restore to a point in time that is too early."""
    neon.restore("production", at=TOO_EARLY)
    return shown(sandbox, point=TOO_EARLY)


@draws("from-point.svg")
def from_point(sandbox: Sandbox, neon: Neon) -> str:
    """Draw production after a second restore, to a later point of the first one's backup."""
    backup = neon.restore("production", at=TOO_EARLY).backup
    assert backup
    neon.restore("production", source=backup.name, at=POINT)
    return shown(sandbox, point=POINT)


@draws("from-head.svg")
def from_head(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the child branch after a restore from the head of production."""
    neon.restore("development", source="production")
    return shown(sandbox)


@draws("rollback.svg")
def rollback(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the branches after a restore to 14:31 and its rollback."""
    neon.rollback(neon.restore("production", at=POINT))
    return shown(sandbox, show_deletable=True)


@draws("tidy.svg")
def tidy(sandbox: Sandbox, neon: Neon) -> str:
    """Draw a rollback and a restore of the child, after which the first backup can be deleted."""
    neon.rollback(neon.restore("production", at=POINT))
    neon.restore("development", source="production", discard_previous_state=True)
    return shown(sandbox, since=POINT, show_deletable=True)


@draws("window-today.svg")
def window_today(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the history window of production, just after the incident."""
    return shown(sandbox, since=instant("12:00:00"), only={"production"}, window=True)


@draws("window-tomorrow.svg")
def window_tomorrow(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the same window at 14:32 on the next day."""
    assert isinstance(sandbox.clock, SteppedClock)
    sandbox.clock.advance_to(instant("14:32:00") + timedelta(days=1))
    return shown(sandbox, since=instant("12:00:00"), only={"production"}, window=True)


@draws("snapshot.svg")
def snapshot(sandbox: Sandbox, neon: Neon) -> str:
    """Draw a snapshot of production at 14:31."""
    neon.create_snapshot("production", name="before-the-delete", at=POINT)
    return shown(sandbox)


@draws("from-snapshot.svg")
def from_snapshot(sandbox: Sandbox, neon: Neon) -> str:
    """Draw production after a restore from that snapshot."""
    neon.create_snapshot("production", name="before-the-delete", at=POINT)
    neon.restore_snapshot("before-the-delete", "production")
    return shown(sandbox)


@draws("imports-neon_restore.svg")
def imports_of_the_client(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the imports between the parts of the client."""
    return draw_imports("neon_restore", arrange_parts("neon_restore"))


@draws("imports-neon_sandbox.svg")
def imports_of_the_sandbox(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the imports between the parts of the sandbox."""
    return draw_imports("neon_sandbox", arrange_parts("neon_sandbox"))
