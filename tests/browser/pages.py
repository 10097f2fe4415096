"""The pages of the site, as a reader visits them."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.docs.blocks import Tree
from tests.docs.published import page_of


def address_of(source: Path) -> str:
    """Return where a page under docs/ is, relative to the site."""
    return "./" + page_of(source).removesuffix("index.html")


SOURCES = {address_of(source): source for source in Tree().pages}
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

every_page = pytest.mark.parametrize("address", ADDRESSES)


def watch(page: Page, origin: str) -> list[str]:
    """Return a list that fills with what the browser complains of, and with what leaves the site.

    A visit asks nothing of anybody but the site: what a page loads is of its own origin.
    """
    wrong: list[str] = []

    def note(address: str) -> None:
        parts = urlsplit(address)
        # What stands in the page itself is asked of nobody.
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != origin:
            wrong.append(f"{address} is asked of another origin")

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda said: (
            wrong.append(f"{said.text} ({said.location.get('url')})")
            if said.type in {"error", "warning"}
            else None
        ),
    )
    return wrong
