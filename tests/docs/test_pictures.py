"""Tests that the pictures and choices.json are current: both come from the sandbox's state."""

from pathlib import Path

from tests.docs import timeline_data
from tests.docs.pictures import drawn
from tools.docs.tree import DocsTree

FOLDER = Path("docs/pictures")


def test_pictures_are_as_drawn(tree: DocsTree, writing: bool) -> None:
    folder = tree.root / FOLDER
    fresh = {name: svg.encode() for name, svg in drawn().items()}
    fresh["choices.json"] = timeline_data.data()
    if writing:
        for old in folder.glob("*"):
            old.unlink()
        for name, content in fresh.items():
            folder.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
    kept = {path.name: path.read_bytes() for path in folder.glob("*")}
    names = sorted(kept.keys() | fresh.keys())
    stale = [name for name in names if kept.get(name) != fresh.get(name)]
    assert not stale, f"{FOLDER}: not as drawn: {stale}. Run `make outputs`."
