"""Which pictures there are: file name to a function that brings the incident there and draws it.

Pictures come from the stand-in's own state, so that none can disagree with the model. A function
registered here gets a fresh incident and a client for it, lets happen what the picture shows, and
returns the SVG. `make outputs` writes the files into docs/pictures.
"""

from collections.abc import Callable

from neon_restore import Neon
from neon_sandbox import picture
from neon_sandbox.scenario import Sandbox, instant
from neon_sandbox.storage import MemoryStorage
from tests.docs.worlds import incident

Draw = Callable[[Sandbox, Neon], str]

# More commits than these would crowd a phone.
SINCE = instant("14:00:00")
POINT = instant("14:31:00")

PICTURES: dict[str, Draw] = {}


def draws(name: str) -> Callable[[Draw], Draw]:
    """Register the decorated function as what draws docs/pictures/NAME."""

    def register(draw: Draw) -> Draw:
        PICTURES[name] = draw
        return draw

    return register


def drawn() -> dict[str, str]:
    """Draw every picture: file name to SVG."""
    fresh = {}
    for name, draw in PICTURES.items():
        with incident() as sandbox, Neon() as neon:
            fresh[name] = draw(sandbox, neon)
    return fresh


def _commits(sandbox: Sandbox) -> MemoryStorage:
    assert isinstance(sandbox.storage, MemoryStorage)
    return sandbox.storage


@draws("before.svg")
def before(sandbox: Sandbox, neon: Neon) -> str:
    """The incident, as every page begins."""
    return picture.draw(sandbox, _commits(sandbox), since=SINCE)


@draws("own-history.svg")
def own_history(sandbox: Sandbox, neon: Neon) -> str:
    """Production restored from its own history to the last moment before the loss."""
    neon.restore("production", at=POINT)
    return picture.draw(sandbox, _commits(sandbox), since=SINCE, point=POINT)


@draws("rollback.svg")
def rollback(sandbox: Sandbox, neon: Neon) -> str:
    """The same restore, rolled back."""
    neon.rollback(neon.restore("production", at=POINT))
    return picture.draw(sandbox, _commits(sandbox), since=SINCE)


@draws("from-head.svg")
def from_head(sandbox: Sandbox, neon: Neon) -> str:
    """The child restored from the head of production."""
    neon.restore("development", source="production")
    return picture.draw(sandbox, _commits(sandbox), since=SINCE)


@draws("timestamp-and-lsn.svg")
def timestamp_and_lsn(sandbox: Sandbox, neon: Neon) -> str:
    """A timestamp between two commits."""
    return picture.draw(sandbox, _commits(sandbox), since=SINCE, point=POINT)
