"""The button below an example runs it in the page and prints the documented output."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.clipboard import TREE
from tests.browser.conftest import TIMEOUT_MS
from tests.browser.test_accessible import violations
from tools.docs import outputs
from tools.docs.addresses import address_of
from tools.postbuild.run_here import examples
from tools.static_site_server import StaticSiteServer

START = 60_000
"""Timeout for the start of Python on a busy machine, in milliseconds."""

EXAMPLES = examples(TREE)
PAGES = sorted({block.page for block in TREE.blocks if block.snippet in EXAMPLES})
ADDRESS = "./guide/roll-back/"

# Python takes seconds of both cores to start, so one tab keeps the worker for all later pages.
KEEPER = """async (script) => {
  const worker = new Worker(script, { type: "module" }), pages = new BroadcastChannel("python")
  pages.onmessage = ({ data }) => worker.postMessage(data)
  worker.onmessage = ({ data }) => pages.postMessage(data)
}"""
KEPT = """{
  const Own = Worker
  window.Worker = function (script, options) {
    if (!`${script}`.endsWith("/assets/run-worker.js")) return new Own(script, options)
    const kept = new BroadcastChannel("python")
    kept.terminate = () => kept.close()
    return kept
  }
}"""


@pytest.fixture(scope="module")
def context(browser: Browser, site_server: StaticSiteServer) -> Iterator[BrowserContext]:
    """Open one context for all pages, which share a worker instead of starting one each."""
    with browser.new_context(base_url=site_server.url) as made:
        made.set_default_timeout(TIMEOUT_MS)
        keeper = made.new_page()
        keeper.goto("./404.html")
        keeper.evaluate(KEEPER, f"{site_server.url}assets/run-worker.js")
        made.add_init_script(KEPT)
        yield made


@pytest.fixture
def tab(browser: Browser, site_server: StaticSiteServer) -> Iterator[Page]:
    """Open a page that shares no worker, and whose errors do not fail the test."""
    with browser.new_page(base_url=site_server.url) as made:
        yield made


def press(block: Locator) -> str:
    """Press the button of a block and return the output that it prints."""
    block.get_by_role("button", name="Run it").click()
    expect(block.get_by_role("button", name="Run it again")).to_be_visible(timeout=START)
    expect(block.locator(".run p").first).to_have_text("Printed here:")
    return block.locator(".run pre").first.text_content() or ""


def output(block: Locator) -> str:
    """Return the output that the page shows for a block."""
    return outputs.shown(TREE, f"{block.get_attribute('data-run')}.out")


def refused(tab: Page) -> str:
    """Press the first button of a page and return the error message."""
    tab.goto(ADDRESS)
    tab.get_by_role("button", name="Run it here").first.click()
    said = tab.locator(".run p").first
    expect(said).to_contain_text("Python c")
    return said.text_content() or ""


# The label and the output below the button of each example.
PRINTED = "all => all.map(e => [e.querySelector('.run p'), e.querySelector('.run pre')]" \
    ".map(part => part?.textContent))"  # fmt: skip


@pytest.mark.parametrize("source", PAGES, ids=str)
def test_every_example_prints_what_its_page_shows(source: Path, page: Page) -> None:
    """Python examples without SQL have a button that prints their output, other blocks none."""
    shown = [b.snippet for b in TREE.blocks if b.page == source and b.snippet in EXAMPLES]
    expected = [outputs.shown(TREE, f"{snippet}.out") for snippet in shown]
    page.goto(address_of(source))
    blocks = page.locator("[data-run]")
    assert blocks.evaluate_all("all => all.map(e => e.dataset.run)") == shown
    for folder in set(blocks.evaluate_all("all => all.map(e => e.dataset.python)")):
        assert page.request.get(urljoin(page.url, f"{folder}manifest.json")).ok
    buttons = blocks.locator(".run button")
    expect(buttons).to_have_text(["Run it here"] * len(shown))
    # One click opens all tabs with this name.
    for tab in page.locator(".tabbed-labels label", has_text=re.compile("^Python$")).all()[:1]:
        tab.click()
    seen = page.locator("[data-run]:visible").first
    assert press(seen) == output(seen)
    # All at once, that one again: a run sees no state of earlier runs.
    buttons.evaluate_all("all => all.forEach(button => button.click())")
    expect(buttons).to_have_text(["Run it again"] * len(shown), timeout=START)
    assert blocks.evaluate_all(PRINTED) == [["Printed here:", text] for text in expected]


def test_a_run_can_be_stopped_and_its_failure_is_told(
    tab: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless program leaves the page responsive, and its button stops it."""
    # A server without headers is enough.
    monkeypatch.setattr(StaticSiteServer, "_rules", [])
    tab.emulate_media(reduced_motion="reduce")
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(ADDRESS)
    block = tab.locator("[data-run]").first
    code, told = block.locator("pre code").first, block.get_by_role("status")
    own = code.text_content()
    code.evaluate("e => { e.textContent = 'print(1)\\n1 / 0' }")
    block.get_by_role("button", name="Run it here").wait_for()
    # Neither Python nor its worker is loaded before the first press.
    assert not [url for url in asked if "/python/" in url or "run-worker" in url]
    block.get_by_role("button", name="Run it here").click()
    block.get_by_role("button", name="Stop").click()
    expect(told).to_have_text("Stopped.")
    # The second click of a double click does not stop the run.
    block.get_by_role("button", name="Run it here").dblclick()
    expect(told).to_contain_text("ZeroDivisionError: division by zero", timeout=START)
    expect(told).to_contain_text("It failed.Printed here:1")
    assert block.locator("progress").evaluate("e => e.value") == 1
    assert [url for url in asked if url.endswith(".wasm")]
    for theme in ("light", "dark"):
        tab.emulate_media(color_scheme=theme)
        assert violations(tab) == []
    asked.clear()
    code.evaluate("(e, own) => { e.textContent = own }", own)
    assert press(block)
    # A run sends no requests; the browser may request the favicon at any time.
    assert not [url for url in asked if "favicon" not in url]
    code.evaluate("e => { e.textContent = 'while True: pass' }")
    block.get_by_role("button", name="Run it again").click()
    expect(told).to_have_text("Running …")
    other = tab.locator("[data-run]").nth(1)
    for what in ("Run it here", "Stop"):
        expect(other.locator(".run button")).to_have_text(what)
        other.locator(".run button").evaluate("button => button.click()")
    expect(other.locator(".run p")).to_have_text("Stopped.")
    # The run that was not stopped starts again.
    expect(told).to_have_text("Running …", timeout=START)
    block.get_by_role("button", name="Stop").click()
    expect(told).to_have_text("Stopped.")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("delete window.Worker", "in this browser, which has no Worker"),
        ("delete window.WebAssembly", "in this browser, which has no WebAssembly"),
        # A page that is opened as a file, for example, may not start a worker.
        ("window.Worker = function () { throw Error('no right') }", "in this page: no right"),
    ],
)
def test_a_browser_that_cannot_run_python_is_told(script: str, told: str, tab: Page) -> None:
    """The message names what is missing and says what to do instead."""
    tab.add_init_script(script)
    assert refused(tab).startswith(f"Python cannot run {told}. Copy")


def test_a_lost_network_is_told(tab: Page) -> None:
    """A worker, manifest or WebAssembly file that fails to load is reported as a network error."""
    tab.goto(ADDRESS)
    told = re.compile(r"^Python could not be loaded.* Are you online\?$")
    for gone in ("**/run-worker.js", "**/manifest.json", "**/*.wasm"):
        tab.context.route(gone, lambda route: route.abort())
        tab.get_by_role("button", name="Run it").first.click()
        expect(tab.locator(".run p").first).to_have_text(told)
        tab.context.unroute(gone)


def test_a_strict_host_is_told(tab: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy of the server that forbids WebAssembly is reported at once."""
    strict = ("/*", "Content-Security-Policy", "script-src 'self' 'unsafe-inline'")
    monkeypatch.setattr(StaticSiteServer, "_rules", [strict])
    assert "Content Security Policy" in refused(tab)


def test_nobody_waits_for_ever(tab: Page) -> None:
    """A worker that sends no message is stopped after 60 seconds."""
    tab.route("**/run-worker.js", lambda route: route.fulfill(content_type="text/javascript"))
    tab.clock.install()
    tab.goto(ADDRESS)
    tab.get_by_role("button", name="Run it here").first.click()
    tab.get_by_role("button", name="Stop").first.wait_for()
    tab.clock.run_for(60_000)
    expect(tab.locator(".run p").first).to_have_text("Stopped: nothing came for 60 seconds.")
