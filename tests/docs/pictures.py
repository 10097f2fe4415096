"""The pictures of the pages, drawn from the state of the sandbox: none can disagree with the model.

A function registered here gets a fresh incident and a client for it, makes the changes that the
picture shows, and returns the SVG. `make outputs` writes the files into docs/pictures.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
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

# The picture “before” is the incident, the state in which every page begins.
PICTURES: dict[str, Draw] = {
    "legend-marks.svg": lambda sandbox, neon: pictures.legend_of_marks(),
    "legend-lines.svg": lambda sandbox, neon: pictures.legend_of_lines(),
    "before.svg": lambda sandbox, neon: shown(sandbox),
    "loss.svg": lambda sandbox, neon: shown(sandbox, only={"production"}),
    # After a restore from its own history to 14:31, just before the loss, and to a time before.
    "own-history.svg": lambda sandbox, neon: restored(sandbox, neon, POINT),
    "too-early.svg": lambda sandbox, neon: restored(sandbox, neon, TOO_EARLY),
    "window-today.svg": lambda sandbox, neon: window(sandbox),
    "imports-neon_restore.svg": lambda sandbox, neon: imports("neon_restore"),
    "imports-neon_sandbox.svg": lambda sandbox, neon: imports("neon_sandbox"),
}


def draws(draw: Draw) -> Draw:
    """Register a function, which has the name of the file that it draws, but with underscores."""
    PICTURES[f"{draw.__name__.replace('_', '-')}.svg"] = draw
    return draw


def drawn() -> dict[str, str]:
    """Draw every picture; return the SVGs by file name."""
    fresh = {}
    for name, draw in PICTURES.items():
        with incident() as sandbox, Neon() as neon:
            fresh[name] = draw(sandbox, neon)
    return fresh


def shown(sandbox: Sandbox, *, since: datetime = SINCE, **options: Any) -> str:
    """Draw the present state of a sandbox in memory."""
    return pictures.draw(sandbox, storage(sandbox), since=since, **options)


def storage(sandbox: Sandbox) -> MemoryStorage:
    """Return the storage of a sandbox in memory."""
    assert isinstance(sandbox.storage, MemoryStorage)
    return sandbox.storage


def restored(sandbox: Sandbox, neon: Neon, point: datetime) -> str:
    """Restore production from its own history, and draw it."""
    neon.restore("production", at=point)
    return shown(sandbox, point=point)


def window(sandbox: Sandbox) -> str:
    """Draw the history window of production."""
    return shown(sandbox, since=instant("12:00:00"), only={"production"}, window=True)


def imports(package: str) -> str:
    """Draw the imports between the parts of a package."""
    return draw_imports(package, arrange_parts(package))


@draws
def look(sandbox: Sandbox, neon: Neon) -> str:
    """Draw a Time Travel query: a separate view of the past, and production unchanged."""
    past = neon.connection_string("production", at=POINT, database="shop")
    sandbox.model.time_travel(sandbox.branch("production").id, past.options or "")
    return shown(sandbox, point=POINT, only={"production", "a look at production"})


@draws
def plan(sandbox: Sandbox, neon: Neon) -> str:
    """Draw what a restore would remove from production; nothing has changed."""
    point = neon.plan_restore("production", at=POINT).point
    return shown(sandbox, point=point, only={"production"}, show_lost=True)


@draws
def plan_lsn(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the same plan, for the LSN of the last commit before the loss."""
    good = storage(sandbox).locate(sandbox.branch("production").id, POINT)
    assert good
    neon.plan_restore("production", lsn=str(good.lsn))
    return shown(sandbox, point=good.lsn, only={"production"}, show_lost=True)


@draws
def from_point(sandbox: Sandbox, neon: Neon) -> str:
    """Draw production after a second restore, to a later point of the first one's backup."""
    backup = neon.restore("production", at=TOO_EARLY).backup
    assert backup
    neon.restore("production", source=backup.name, at=POINT)
    return shown(sandbox, point=POINT)


@draws
def from_head(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the child branch after a restore from the head of production."""
    neon.restore("development", source="production")
    return shown(sandbox)


@draws
def rollback(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the branches after a restore to 14:31 and its rollback."""
    neon.rollback(neon.restore("production", at=POINT))
    return shown(sandbox, show_deletable=True)


@draws
def tidy(sandbox: Sandbox, neon: Neon) -> str:
    """Draw a rollback and a restore of the child, after which the first backup can be deleted."""
    neon.rollback(neon.restore("production", at=POINT))
    neon.restore("development", source="production", discard_previous_state=True)
    return shown(sandbox, since=POINT, show_deletable=True)


@draws
def window_tomorrow(sandbox: Sandbox, neon: Neon) -> str:
    """Draw the history window of production at 14:32 on the next day."""
    assert isinstance(sandbox.clock, SteppedClock)
    sandbox.clock.advance_to(instant("14:32:00") + timedelta(days=1))
    return window(sandbox)


@draws
def snapshot(sandbox: Sandbox, neon: Neon) -> str:
    """Draw a snapshot of production at 14:31."""
    neon.create_snapshot("production", name="before-the-delete", at=POINT)
    return shown(sandbox)


@draws
def from_snapshot(sandbox: Sandbox, neon: Neon) -> str:
    """Draw production after a restore from that snapshot."""
    snapshot(sandbox, neon)
    neon.restore_snapshot("before-the-delete", "production")
    return shown(sandbox)
