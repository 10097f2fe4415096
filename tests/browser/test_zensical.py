"""The site that Zensical builds works in a browser: policy, search and copy buttons."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.clipboard import TREE, copied, visit
from tools.docs import zensical
from tools.static_site_server import StaticSiteServer


@pytest.fixture(scope="module")
def site_server() -> Iterator[StaticSiteServer]:
    """Serve the site that Zensical builds instead of the MkDocs build."""
    with zensical.build_site() as folder, StaticSiteServer(folder) as server:
        yield server


def test_it_works(page: Page, site_server: StaticSiteServer) -> None:
    """Copy gives the file, a tab opens its block, the theme follows the system, search works."""
    block, shown = visit(page, Path("docs/install.md"))[0]
    assert copied(page, block) + "\n" == TREE.text(Path("snippets", shown.snippet))
    page.emulate_media(color_scheme="dark")
    page.goto("./")
    page.locator("body[data-md-color-scheme=slate]").wait_for()
    page.locator(".tabbed-labels label", has_text="curl").first.click()
    assert page.locator(".tabbed-block pre", has_text="curl").first.is_visible()
    page.get_by_role("button", name="Search").first.click()
    page.locator("input[type=text]").fill("undo restore")
    page.get_by_role("option").first.click()
    page.wait_for_url(f"{site_server.url}guide/roll-back/**")
