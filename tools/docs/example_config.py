"""Reads snippets/setup.toml: what a block needs to run besides the incident."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from tools.docs.tree import SETUP, DocsTree, Problem

PATH = Path("snippets", SETUP)


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The branch, database and point in time of a query; without `at` it runs at the head."""

    branch: str = "production"
    database: str = "shop"
    at: str | None = None


class ExampleConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The contents of setup.toml. Snippets have the names that pages use."""

    postgres: list[str] = []
    outside: list[str] = []
    files: dict[str, dict[str, str]] = {}
    sql: dict[str, Where] = {}
    before: dict[str, list[str]] = {}

    def takes_rows(self, snippet: str) -> bool:
        """Return whether a snippet, or one that runs before it, needs an incident on Postgres."""
        chain = self.chain(snippet)
        return any(Path(name).suffix != ".py" or name in self.postgres for name in chain)

    def chain(self, snippet: str) -> list[str]:
        """Return the snippets that run for a snippet, in order; it is the last."""
        return [*self.before.get(snippet, ()), snippet]


@cache
def _decoded(text: str) -> ExampleConfig:
    return msgspec.toml.decode(text, type=ExampleConfig)


def example_config(tree: DocsTree) -> ExampleConfig:
    """Return the contents of a tree's setup.toml, or the defaults if it has none."""
    return _decoded(tree.text(PATH)) if (tree.root / PATH).exists() else ExampleConfig()


def wrong_example_config(tree: DocsTree) -> Iterator[Problem]:
    """Yield a problem for each name of the wrong kind and each unused program in `_setup/`."""
    found = example_config(tree)
    programs = [*tree.of_kind(".py", ".sh", ".sql"), *tree.unshown]
    befores = {*found.before, *(first for firsts in found.before.values() for first in firsts)}
    named = {first for names in found.files.values() for first in names.values()}
    for names, known, what in (
        (befores, programs, "program"),
        (found.postgres, programs, "program"),
        (found.outside, tree.of_kind(".sh"), "shell block"),
        (found.sql, tree.of_kind(".sql"), "query"),
        (found.files, tree.of_kind(".yml"), "workflow"),
        (named, tree.snippets, "snippet"),
    ):
        for name in sorted({*names} - {*known}):
            lines = tree.text(PATH).splitlines()
            line = next(n for n, text in enumerate(lines, 1) if f'"{name}"' in text)
            yield Problem(PATH, line, f"snippets/{name} is no {what}", "Correct the name")
    for name in sorted({*tree.unshown} - befores):
        yield Problem(Path("snippets", name), 1, "it runs before no block", "Name it, or delete it")
