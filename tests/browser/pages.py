"""The pages of the site, as a reader visits them."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tools.docs.addresses import ADDRESSES

every_page = pytest.mark.parametrize("address", ADDRESSES)


def collect_errors(page: Page, origin: str) -> list[str]:
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
