"""Pictures are drawn from the stand-in's own state, never by hand."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tests.docs.blocks import Tree

PICTURES = Path("docs/pictures")


def drawn() -> Mapping[str, str]:
    """Draw every picture: file name to SVG; none while there is nothing that draws."""
    if find_spec("neon_sandbox.picture") is None:
        return {}
    pictures: Mapping[str, str] = import_module("neon_sandbox.picture").pictures()
    return pictures


def test_pictures_are_as_drawn(tree: Tree, writing: bool) -> None:
    """The pictures in docs/pictures are exactly the ones that the drawing module draws."""
    folder = tree.root / PICTURES
    fresh = dict(drawn())
    if writing:
        for old in folder.glob("*.svg"):
            old.unlink()
        for name, svg in fresh.items():
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(svg, "utf-8")
    kept = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.svg"))}
    stale = sorted(name for name in kept.keys() | fresh.keys() if kept.get(name) != fresh.get(name))
    assert not stale, f"{PICTURES}: not as drawn: {stale}. Run `make outputs`."
