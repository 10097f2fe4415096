"""A page that `make serve` serves reloads by itself, under the policy of the published site."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import collect_errors
from tools.postbuild import csp
from tools.serve.live_reload import Build, LiveReloadServer


def build(folder: Path, words: str) -> Build:
    """Return a one-page build with the Content Security Policy of the guide."""
    folder.mkdir()
    page = f'<!doctype html><html><head><meta charset="utf-8"></head><body>{words}</body></html>'
    (folder / "index.html").write_text(page, "utf-8")
    csp.write(folder)
    return Build(folder)


def test_an_open_page_reloads(tmp_path: Path, browser: Browser) -> None:
    """An open page shows each new build, below any path."""
    with LiveReloadServer("/guide/", ("127.0.0.1", 0)) as server, browser.new_page() as page:
        server.publish(build(tmp_path / "one", "one"))
        wrong = collect_errors(page, server.origin)
        page.route("**/favicon.ico", lambda route: route.fulfill(body=""))
        page.goto(server.url)
        expect(page.locator("body")).to_have_text("one")
        for words in ("two", "three"):
            server.publish(build(tmp_path / words, words))
            expect(page.locator("body")).to_have_text(words)
        assert wrong == []
