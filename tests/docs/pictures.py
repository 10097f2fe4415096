"""Which pictures there are: file name to a function that brings the incident there and draws it.

Pictures come from the stand-in's own state, so that none can disagree with the model. A function
registered here gets a fresh incident and a client for it, lets happen what the picture shows, and
returns the SVG. `make outputs` writes the files into docs/pictures.
"""

from collections.abc import Callable

from neon_restore import Neon
from neon_sandbox.scenario import Sandbox
from tests.docs import stage

Draw = Callable[[Sandbox, Neon], str]

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
        with stage.incident() as sandbox, Neon() as neon:
            fresh[name] = draw(sandbox, neon)
    return fresh
