"""The pages' Content Security Policy is enforced, and pages send no requests to other origins.

Every test with the fixture `page` checks this for its pages: it fails on what is blocked, and on a
request to another origin.
"""

from playwright.sync_api import BrowserContext

from tests.browser.conftest import collect_errors
from tools.static_site_server import StaticSiteServer

INJECT = """() => {
  const script = document.createElement('script')
  script.textContent = 'window.injected = true'
  document.body.append(script)
  return window.injected === true
}"""


def test_a_script_that_the_site_does_not_know_does_not_run(context: BrowserContext) -> None:
    tab = context.new_page()
    tab.goto("./")
    with tab.expect_console_message(lambda said: "Content Security Policy" in said.text):
        assert tab.evaluate(INJECT) is False


def test_what_is_not_there_leads_on(context: BrowserContext, site_server: StaticSiteServer) -> None:
    """The 404 page has a link to the first page, at any depth of the address."""
    tab = context.new_page()
    answer = tab.goto("./guide/no/such/page/")
    assert answer is not None
    assert answer.status == 404
    tab.get_by_role("article").get_by_role("link", name="Get your data back").click()
    tab.wait_for_url(site_server.url)


def test_what_leaves_the_site_is_noticed(
    context: BrowserContext, site_server: StaticSiteServer
) -> None:
    """The check names a request to another origin, and no other request."""
    tab = context.new_page()
    wrong = collect_errors(tab, site_server.origin)
    tab.route("http://example.com/", lambda route: route.fulfill(body=""))
    tab.goto("./")
    tab.goto("http://example.com/")
    assert wrong == ["http://example.com/ is asked of another origin"]
