"""Search: the queries that a reader in trouble types find the page that helps."""

import pytest
from playwright.sync_api import Page

# Each query, and the page that must be among the first results.
QUERIES = {
    # In the first minute of an incident.
    "dropped table": "",
    "delete without where": "",
    "get data back": "",
    "accidentally deleted rows": "guide/recover-one-table/",
    "go back 10 minutes": "guide/branch-restore/",
    "restore to point in time": "guide/branch-restore/",
    "PITR": "guide/branch-restore/",
    "instant restore": "guide/branch-restore/",
    "restore one table": "guide/recover-one-table/",
    "recover single table without losing new data": "guide/recover-one-table/",
    "copy rows from the past": "guide/recover-one-table/",
    "bad migration": "guide/undo-a-migration/",
    "dropped column": "guide/undo-a-migration/",
    "restore to LSN": "guide/branch-restore/",
    "when was the data deleted": "guide/find-the-moment/",
    "bisect": "guide/find-the-moment/",
    # After a restore.
    "undo restore": "guide/roll-back/",
    "restored to the wrong time": "guide/roll-back/",
    "rollback": "guide/roll-back/",
    "backup branch delete": "guide/clean-up-backups/",
    "too many backup branches": "guide/clean-up-backups/",
    "_old_": "guide/clean-up-backups/",
    "restore interrupted ctrl-c": "guide/be-sure/",
    "lost connection during restore": "guide/be-sure/",
    "resume": "guide/be-sure/",
    "restore protected branch": "guide/be-sure/",
    "verify before restore": "guide/be-sure/",
    # Error messages, as they are pasted, and names of exceptions.
    "cannot reset protected branch": "reference/errors/",
    "cannot delete protected branch": "reference/errors/",
    "423": "reference/errors/",
    "401": "reference/errors/",
    "429": "reference/errors/",
    "supplied credentials do not pass authentication": "reference/errors/",
    "project already has running conflicting operations": "reference/errors/",
    "requested history retention seconds exceeds allowed maximum": "reference/errors/",
    "restore from snapshot on target branch is still ongoing": "reference/errors/",
    "cannot execute DELETE in a read-only transaction": "reference/errors/",
    "production is protected, and Neon does not restore protected branches": "reference/errors/",
    "has no time zone, so it names no moment": "reference/errors/",
    "is before the history window of production": "reference/errors/",
    "OutcomeUnknown": "reference/errors/",
    "StillRunning": "reference/errors/",
    "LeftUnprotected": "reference/errors/",
    "NotARootBranch": "reference/errors/",
    # Names that Neon and the client use, and names of settings.
    "time travel": "guide/branch-restore/",
    "history_retention_seconds": "glossary/",
    "how far back": "guide/branch-restore/",
    "increase history window": "guide/branch-restore/",
    "preserve_under_name": "guide/branch-restore/",
    "NEON_API_KEY": "install/",
    "reset from parent": "guide/refresh-development/",
    "reset development from production": "guide/refresh-development/",
    "snapshot schedule": "guide/snapshots/",
    "restore snapshot": "guide/snapshots/",
    "connection string changes": "guide/branch-restore/",
    "what happens to child branches": "how-restore-works/",
    "delete_backups": "reference/client/",
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
    """Search runs in the browser: the fixture `page` fails if a query is sent to another origin."""
    page.goto("./")
    base: str = page.evaluate("new URL('.', location).pathname")
    page.locator("[data-md-component=search-query]").focus()
    page.locator("[data-md-component=search-result] .md-search-result__meta").wait_for()
    missed = []
    for query, wanted in QUERIES.items():
        first = [path.removeprefix(base) for path in found(page, query)][:3]
        if wanted not in first:
            missed.append(f"“{query}” leads to {first}, and not to “{wanted}”")
    if missed:
        pytest.fail("\n".join(missed), pytrace=False)
