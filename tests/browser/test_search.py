"""Search: the queries that a reader in trouble types find the page that helps."""

import pytest
from playwright.sync_api import Page

FIRST = 3
ERRORS = "reference/errors/"
CLIENT = "reference/client/"
ONE_TABLE = "guide/recover-one-table/"
RESTORE = "guide/branch-restore/"
BE_SURE = "guide/be-sure/"
CLEAN_UP = "guide/clean-up-backups/"
ROLL_BACK = "guide/roll-back/"
MOMENT = "guide/find-the-moment/"
MIGRATION = "guide/undo-a-migration/"
SNAPSHOTS = "guide/snapshots/"
REFRESH = "guide/refresh-development/"

# Each query, and the page that must be among the first results.
QUERIES = {
    # In the first minute of an incident.
    "dropped table": "",
    "delete without where": "",
    "get data back": "",
    "accidentally deleted rows": ONE_TABLE,
    "go back 10 minutes": RESTORE,
    "restore to point in time": RESTORE,
    "PITR": RESTORE,
    "instant restore": RESTORE,
    "restore one table": ONE_TABLE,
    "recover single table without losing new data": ONE_TABLE,
    "copy rows from the past": ONE_TABLE,
    "bad migration": MIGRATION,
    "dropped column": MIGRATION,
    "restore to LSN": RESTORE,
    "when was the data deleted": MOMENT,
    "bisect": MOMENT,
    # After a restore.
    "undo restore": ROLL_BACK,
    "restored to the wrong time": ROLL_BACK,
    "rollback": ROLL_BACK,
    "backup branch delete": CLEAN_UP,
    "too many backup branches": CLEAN_UP,
    "_old_": CLEAN_UP,
    "restore interrupted ctrl-c": BE_SURE,
    "lost connection during restore": BE_SURE,
    "resume": BE_SURE,
    "restore protected branch": BE_SURE,
    "verify before restore": BE_SURE,
    # Error messages, as they are pasted, and names of exceptions.
    "cannot reset protected branch": ERRORS,
    "cannot delete protected branch": ERRORS,
    "423": ERRORS,
    "401": ERRORS,
    "429": ERRORS,
    "supplied credentials do not pass authentication": ERRORS,
    "project already has running conflicting operations": ERRORS,
    "requested history retention seconds exceeds allowed maximum": ERRORS,
    "restore from snapshot on target branch is still ongoing": ERRORS,
    "cannot execute DELETE in a read-only transaction": ERRORS,
    "production is protected, and Neon does not restore protected branches": ERRORS,
    "has no time zone, so it names no moment": ERRORS,
    "is before the history window of production": ERRORS,
    "OutcomeUnknown": ERRORS,
    "StillRunning": ERRORS,
    "LeftUnprotected": ERRORS,
    "NotARootBranch": ERRORS,
    # Names that Neon and the client use, and names of settings.
    "time travel": RESTORE,
    "history_retention_seconds": "glossary/",
    "how far back": RESTORE,
    "increase history window": RESTORE,
    "preserve_under_name": RESTORE,
    "NEON_API_KEY": "install/",
    "reset from parent": REFRESH,
    "reset development from production": REFRESH,
    "snapshot schedule": SNAPSHOTS,
    "restore snapshot": SNAPSHOTS,
    "connection string changes": RESTORE,
    "what happens to child branches": "how-restore-works/",
    "delete_backups": CLIENT,
    "github actions": "guide/scheduled/",
    "restore drill": "guide/rehearse/",
    "practice without account": "sandbox/",
}


def found(page: Page, query: str) -> list[str]:
    """Type a query and return the paths of the results, the best first."""
    field = page.locator("[data-md-component=search-query]")
    results = page.locator("[data-md-component=search-result] .md-search-result__list")
    # The list is filled again for each query: the marker disappears with the previous results.
    results.evaluate("list => list.innerHTML = '<li data-before></li>'")
    field.fill(query)
    field.press("End")
    results.locator("[data-before]").wait_for(state="detached")
    links: list[str] = results.evaluate(
        "list => [...list.children].map(item => item.querySelector('a').pathname)"
    )
    return links


def test_a_link_to_a_search_opens_it(page: Page) -> None:
    """The query parameter `q` opens the search with its results."""
    page.goto("./?q=restore")
    page.locator(".md-search-result__item").first.wait_for()


def test_what_a_reader_types_leads_to_its_page(page: Page) -> None:
    """Each query has its page among the first three results."""
    page.goto("./")
    base: str = page.evaluate("new URL('.', location).pathname")
    page.locator("[data-md-component=search-query]").focus()
    page.locator("[data-md-component=search-result] .md-search-result__meta").wait_for()
    missed = []
    for query, wanted in QUERIES.items():
        first = [path.removeprefix(base) for path in found(page, query)][:FIRST]
        if wanted not in first:
            missed.append(f"“{query}” leads to {first}, and not to “{wanted}”")
    if missed:
        pytest.fail("\n".join(missed), pytrace=False)
