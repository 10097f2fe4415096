"""The list of the site's pages, and a check for errors that a page causes."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tools.docs.addresses import ADDRESSES

every_page = pytest.mark.parametrize("address", ADDRESSES)


def collect_errors(page: Page, origin: str) -> list[str]:
    """Return a list that collects browser errors, warnings and requests to other origins.

    A page loads everything from the origin of the site.
    """
    wrong: list[str] = []

    def note(address: str) -> None:
        parts = urlsplit(address)
        # Data and blob URLs cause no network request.
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
