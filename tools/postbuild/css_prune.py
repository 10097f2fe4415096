"""Removes the rules that the site cannot use, which are most of the theme's style sheets."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import tinycss2  # type: ignore[import-untyped]

CLASSES = re.compile(r'\sclass="([^"]*)"')
WORD = re.compile(r"[\w-]+")
READ = re.compile(r"var\(\s*(--[\w-]+)")
# At-rules that contain rules.
NESTING = {"media", "supports", "container", "layer"}


class UsedClasses:
    """The classes that a site's pages use, or that its scripts and their data can add."""

    def __init__(self, site: Path) -> None:
        pages = [path.read_text("utf-8") for path in site.rglob("*.html")]
        files = (path for path in site.rglob("*.js*") if path.suffix in {".js", ".json"})
        scripts = [path.read_text("utf-8") for path in files if path.parent.name != "search"]
        self._classes = {
            name for page in pages for value in CLASSES.findall(page) for name in value.split()
        }
        self.words = {word for text in scripts for word in WORD.findall(text)}

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        """The prefixes of classes that scripts complete, such as with the name of a kind."""
        return tuple(word for word in self.words if word.endswith("--") and word.strip("-"))

    def __contains__(self, name: str) -> bool:
        known = name in self._classes or name in self.words
        return known or name.startswith(self._beginnings)


def used(css: str, names: UsedClasses) -> str:
    """Return a style sheet without rules for unused classes or unread custom properties."""
    sheet = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    rules = list(_matching(sheet, names))
    read = set(READ.findall(tinycss2.serialize(rules))) | names.words
    for rule in _all(rules):
        contents = tinycss2.parse_blocks_contents(rule.content, skip_whitespace=True)
        rule.content = [c for c in contents if c.type != "declaration" or _is_read(c.name, read)]
    text: str = tinycss2.serialize(rules)
    return text


def _is_read(name: str, read: set[str]) -> bool:
    return not name.startswith("--") or name in read


def _matching(rules: Iterable[Any], names: UsedClasses) -> Iterator[Any]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in _split(rule.prelude) if all(c in names for c in _classes(s))]
            if selectors:
                rule.prelude = [token for selector in selectors for token in (*selector, _COMMA)][
                    :-1
                ]
                yield rule
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTING and rule.content:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if matching := list(_matching(inner, names)):
                rule.content = matching
                yield rule
        else:
            yield rule


def _all(rules: Iterable[Any]) -> Iterator[Any]:
    for rule in rules:
        if rule.type == "qualified-rule":
            yield rule
        elif rule.type == "at-rule" and rule.lower_at_keyword in NESTING:
            yield from _all(rule.content)


_COMMA = tinycss2.ast.LiteralToken(0, 0, ",")


def _split(prelude: list[Any]) -> Iterator[list[Any]]:
    """Yield the selectors of a rule."""
    selector: list[Any] = []
    for node in prelude:
        if node == ",":
            yield selector
            selector = []
        else:
            selector.append(node)
    yield selector


def _classes(selector: list[Any]) -> Iterator[str]:
    """Yield the classes that a selector requires; those in parentheses may be alternatives."""
    for node, following in pairwise(selector):
        if node == "." and following.type == "ident":
            yield following.value
