"""The pages' Content Security Policy is enforced.

Every test here checks that no page violates it: the fixture `page` fails on what is blocked.
"""

from playwright.sync_api import BrowserContext

from tools.static_site_server import StaticSiteServer

INJECT = """() => {
  const script = document.createElement('script')
  script.textContent = 'window.injected = true'
  document.body.append(script)
  return window.injected === true
}"""


def test_a_script_that_the_site_does_not_know_does_not_run(context: BrowserContext) -> None:
    """The browser blocks an injected script and reports it."""
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
