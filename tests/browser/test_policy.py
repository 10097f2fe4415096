"""The policy of the pages is in force, and former addresses lead on.

That no page breaks it is part of every test here: the fixture `page` fails on what is refused.
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
    """What is put into a page from outside is refused, and the browser says so."""
    tab = context.new_page()
    tab.goto("./")
    with tab.expect_console_message(lambda said: "Content Security Policy" in said.text):
        assert tab.evaluate(INJECT) is False


def test_what_is_not_there_leads_on(context: BrowserContext, site_server: StaticSiteServer) -> None:
    """Below any address that does not exist the reader finds the way to the first page."""
    tab = context.new_page()
    answer = tab.goto("./guide/no/such/page/")
    assert answer is not None
    assert answer.status == 404
    tab.get_by_role("article").get_by_role("link", name="Get your data back").click()
    tab.wait_for_url(site_server.url)
