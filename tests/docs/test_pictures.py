"""Pictures are drawn from the stand-in's own state, never by hand."""

from pathlib import Path

from tests.docs.blocks import Tree
from tests.docs.pictures import drawn

FOLDER = Path("docs/pictures")


def test_pictures_are_as_drawn(tree: Tree, writing: bool) -> None:
    """The files in docs/pictures are exactly the pictures that are drawn now."""
    folder = tree.root / FOLDER
    fresh = drawn()
    if writing:
        for old in folder.glob("*.svg"):
            old.unlink()
        for name, svg in fresh.items():
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(svg, "utf-8")
    kept = {path.name: path.read_text("utf-8") for path in folder.glob("*.svg")}
    names = sorted(kept.keys() | fresh.keys())
    stale = [name for name in names if kept.get(name) != fresh.get(name)]
    assert not stale, f"{FOLDER}: not as drawn: {stale}. Run `make outputs`."
