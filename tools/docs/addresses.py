"""The addresses of the guide's pages in the built site."""

from pathlib import Path

from tools.docs.tree import DocsTree


def page_of(source: Path) -> str:
    """Return the path of a page under docs/ in the built site."""
    inner = source.relative_to("docs")
    folder = inner.parent if inner.name in {"index.md", "README.md"} else inner.with_suffix("")
    return (folder / "index.html").as_posix()


def address_of(source: Path) -> str:
    """Return the address of a page under docs/, relative to the site."""
    return "./" + page_of(source).removesuffix("index.html")


SOURCES = {address_of(source): source for source in DocsTree().pages}
# A host answers with 404.html if there is nothing at an address.
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
