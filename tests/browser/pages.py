"""The pages of the site, as a reader visits them."""

from pathlib import Path

import pytest

from tests.docs.blocks import Tree
from tests.docs.published import page_of


def address_of(source: Path) -> str:
    """Return where a page under docs/ is, relative to the site."""
    return "./" + page_of(source).removesuffix("index.html")


# The last is what a host answers where there is nothing.
ADDRESSES = [*map(address_of, Tree().pages), "./404.html"]

# One page of each type.
TYPES = {
    "first page": "./",
    "guide": "./guide/branch-restore/",
    "concept": "./how-restore-works/",
    "errors": "./reference/errors/",
    "Python client": "./reference/client/",
    "not found": "./404.html",
}

every_page = pytest.mark.parametrize("address", ADDRESSES)
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])
