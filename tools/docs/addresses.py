"""Where the pages of the guide are in the built site."""

from pathlib import Path

from tools.docs.tree import DocsTree


def page_of(source: Path) -> str:
    """Return where a page under docs/ is published."""
    inner = source.relative_to("docs")
    if inner.name in {"index.md", "README.md"}:
        return (inner.parent / "index.html").as_posix()
    return (inner.with_suffix("") / "index.html").as_posix()


def address_of(source: Path) -> str:
    """Return where a page under docs/ is, relative to the site."""
    return "./" + page_of(source).removesuffix("index.html")


SOURCES = {address_of(source): source for source in DocsTree().pages}
# The last is what a host answers where there is nothing.
ADDRESSES = [*SOURCES, "./404.html"]

# One page of each type.
TYPES = {
    "first page": "./",
    "guide": "./guide/branch-restore/",
    "concept": "./how-restore-works/",
    "errors": "./reference/errors/",
    "Python client": "./reference/client/",
    "not found": "./404.html",
}
