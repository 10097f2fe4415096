"""The built site is served as by a static host, and a browser loads it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from tests.docs.harness import write_files
from tools.static_site_server import StaticSiteServer


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    """Return an HTTP client of a server with a small site below a path."""
    files = {
        "site/404.html": "not found",
        "site/_headers": "/*\n  X-Everywhere: yes\n/one/*\n  X-One: yes\n",
        "site/one/index.html": "one",
        "site/one.svg": "<svg/>",
        "site/one.png": "png",
        "site/one.wasm": "wasm",
        "outside.txt": "outside",
    }
    write_files(tmp_path, files)
    with (
        StaticSiteServer(tmp_path / "site", "/guide/") as site_server,
        httpx.Client(base_url=site_server.url) as made,
    ):
        yield made


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("one/", 200, "one"),
        ("one", 301, ""),
        ("two/", 404, "not found"),
        ("_headers", 404, "not found"),
        ("%2e%2e/outside.txt", 404, "not found"),
        ("/elsewhere/", 404, "not found"),
    ],
)
def test_pages_are_served_by_folder(
    path: str, status: int, text: str, client: httpx.Client
) -> None:
    """A folder serves its page, a name without the slash redirects to it, others are not found."""
    got = client.get(client.base_url.join(path))
    assert (got.status_code, got.text) == (status, text)


@pytest.mark.parametrize(
    ("path", "kind", "packed"),
    [
        ("one/", "text/html; charset=utf-8", "gzip"),
        ("one.svg", "image/svg+xml; charset=utf-8", "gzip"),
        ("one.png", "image/png", None),
        ("one.wasm", "application/wasm", "gzip"),
    ],
)
def test_text_is_typed_and_compressed(
    path: str, kind: str, packed: str | None, client: httpx.Client
) -> None:
    """Text and WebAssembly are compressed, and text has a charset; PNG is already compressed."""
    headers = client.get(path).headers
    assert (headers["Content-Type"], headers.get("Content-Encoding")) == (kind, packed)


def test_the_site_says_its_headers(client: httpx.Client) -> None:
    for path, header in (("one/", "yes"), ("one.png", None)):
        headers = client.get(path).headers
        assert (headers["X-Everywhere"], headers.get("X-One")) == ("yes", header)


def test_the_site_opens(page: Page, site_server: StaticSiteServer) -> None:
    """The first page loads with its style sheet and script, and without browser errors."""
    answer = page.goto("./")
    assert answer is not None
    assert answer.all_headers()["content-encoding"] == "gzip"
    assert page.url == site_server.url
    assert page.evaluate("document.styleSheets.length") > 0
    page.locator("article h1").wait_for()
