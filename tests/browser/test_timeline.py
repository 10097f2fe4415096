"""The choices on “How restore works” show each restore and its recorded result."""

from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from neon_sandbox.scenario import instant
from tests.browser.test_accessible import violations
from tests.docs.pictures import POINT
from tests.docs.timeline_data import START, STOPS, commands, filled, read
from tools.static_site_server import StaticSiteServer

DATA = read()
PLACE = "./how-restore-works/#choose"
HEAD = None


@pytest.fixture
def choices(page: Page) -> Locator:
    """Open the page with the choices and return them."""
    page.goto(PLACE)
    found = page.locator(".choices")
    found.wait_for()
    return found


def shown(choices: Locator) -> dict[str, Any]:
    """Return what the page shows for the current choice."""
    return dict(
        choices.evaluate("""root => {
      const texts = selector => [...root.querySelectorAll(selector)].map(e => e.textContent)
      return {
        picture: root.querySelector('svg').ariaLabel,
        status: texts('[role=status] p'),
        rows: [...root.querySelectorAll('tbody tr')].map(
          row => [...row.cells].map(cell => cell.textContent)),
        facts: Object.fromEntries([...root.querySelectorAll('dt')].map(term => {
          const fact = term.nextElementSibling
          const items = [...fact.querySelectorAll('li')].map(item => item.textContent)
          return [term.textContent, items.length ? items : [fact.textContent]]
        })),
        code: texts('code'),
      }
    }""")
    )


def expected(branch: str, source: str, stop: datetime | None, command: int = 0) -> dict[str, Any]:
    """Return what the page must show for a choice."""
    told = DATA.answers[f"{branch}/{source}"][STOPS.index(stop)]
    picture = DATA.pictures[told.picture].split('aria-label="')[1].split('"')[0]
    if told.refused:
        status = ["Refused", *told.refused]
        return {"picture": picture, "status": status, "rows": [], "facts": {}, "code": []}
    facts = {
        "Leaves the branch": told.leaves or ["nothing"],
        "Kept as a backup branch": [told.keeps],
        "Moves to the backup branch": told.moves or ["no child branch"],
        "Schema that changes": told.schema,
        "Stays behind": list(told.stays),
    }
    return {
        "picture": picture,
        "status": [told.says],
        "rows": [list(row) for row in told.databases],
        "facts": {term: fact for term, fact in facts.items() if fact},
        "code": [filled(commands(branch, source)[command].text, stop)],
    }


def test_it_works_by_keyboard(choices: Locator, page: Page) -> None:
    """Tab and arrow keys select every branch, source, point and command, and show the result."""

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    slider = choices.get_by_role("slider", name="Point in time")
    assert shown(choices) == expected("production", "production", POINT)
    page.get_by_role("link", name="head", exact=True).first.focus()
    press("Tab")
    expect(choices.get_by_role("radio", name="production")).to_be_focused()
    press("Tab", "Tab")
    expect(slider).to_be_focused()
    assert slider.get_attribute("aria-valuetext") == DATA.stops[START][1]
    press("ArrowLeft")
    assert shown(choices) == expected("production", "production", instant("14:30:00"))
    press("Home")
    assert shown(choices) == expected("production", "production", instant("07:00:00"))
    assert slider.get_attribute("aria-valuetext") == "07:00:00, before the history window"
    press("End")
    assert shown(choices) == expected("production", "production", HEAD)
    press("Shift+Tab", "ArrowRight")
    assert shown(choices) == expected("production", "development", HEAD)
    press("Shift+Tab", "ArrowRight")
    expect(choices.get_by_role("radio", name="development").first).to_be_focused()
    assert shown(choices) == expected("development", "production", HEAD)
    press("Tab", "Tab", "Tab")
    for command in (1, 2):
        press("ArrowRight")
        assert shown(choices) == expected("development", "production", HEAD, command)
    press("Tab")
    expect(choices.get_by_role("button")).to_be_focused()
    press("Enter")
    page.locator(".md-dialog--active").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied + "\n" == expected("development", "production", HEAD, 2)["code"][0]


def test_it_works_by_hand_on_a_small_screen(page: Page) -> None:
    """The slider is dragged above its point in the picture, and all of it can be seen and hit."""
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(PLACE)
    choices = page.locator(".choices")
    slider = choices.get_by_role("slider")
    box = slider.bounding_box()
    assert box
    assert box["height"] >= 24
    middle = box["y"] + box["height"] / 2

    def over(stop: datetime) -> float:
        share = STOPS.index(stop) / (len(STOPS) - 1)
        return box["x"] + box["height"] / 2 + share * (box["width"] - box["height"])

    page.mouse.move(over(POINT), middle)
    page.mouse.down()
    page.mouse.move(over(instant("12:15:00")), middle, steps=3)
    page.mouse.up()
    assert shown(choices) == expected("production", "production", instant("12:15:00"))
    # The line itself: Firefox counts the space that its parent element could take.
    asked = choices.locator(".point line").first.bounding_box()
    assert asked
    assert asked["x"] + asked["width"] / 2 == pytest.approx(over(instant("12:15:00")), abs=1)
    page.mouse.click(over(POINT), middle)
    assert shown(choices) == expected("production", "production", POINT)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for stop in (instant("07:00:00"), POINT):
        page.mouse.click(over(stop), middle)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page, ".choices") == []
    heights = [label.bounding_box() for label in choices.locator("label").all()]
    assert all(height and height["height"] >= 24 for height in heights)


def test_without_scripts_there_is_the_picture(
    browser: Browser, site_server: StaticSiteServer
) -> None:
    """The page shows the picture of the initial choice, and no controls that do nothing."""
    with browser.new_page(base_url=site_server.url, java_script_enabled=False) as page:
        page.goto(PLACE)
        place = page.locator("[data-choices]")
        label = place.locator("[role=img]").get_attribute("aria-label")
        assert label == expected("production", "production", POINT)["picture"]
        assert place.locator("input").count() == 0
