"""Reads the built site back: its code blocks, its links, and what it would load."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import lxml.html

from tools.docs.tree import ROOT

# What the browser fetches by itself; a link that a reader follows is not among them.
LOADS = (
    ("script", "src"),
    ("link", "href"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
    ("video", "src"),
    ("audio", "src"),
    ("object", "data"),
    ("embed", "src"),
)
# A link element that names a place and loads nothing.
NAMES_ONLY = {"canonical", "prev", "alternate", "edit"}
CSS_LOADS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])(?P<target>(?:https?:)?//[^'\")\s]+)")


class Shown(NamedTuple):
    """A code block as the browser gets it."""

    text: str
    can_copy: bool
    line: int | None


class BuiltSite:
    """A folder that MkDocs built, to be served at `base`, a path that ends with a slash."""

    def __init__(self, root: Path = ROOT / "site", base: str = "/") -> None:
        self.root = root
        self.base = base

    @cached_property
    def pages(self) -> dict[str, lxml.html.HtmlElement]:
        """Every HTML page by its path in the site."""
        return {
            path.relative_to(self.root).as_posix(): lxml.html.fromstring(path.read_bytes())
            for path in sorted(self.root.rglob("*.html"))
        }

    @cached_property
    def anchors(self) -> dict[str, set[str]]:
        """What can be linked to within each page."""
        return {
            name: {e.get("id") or e.get("name") or "" for e in page.xpath("//*[@id or @name]")}
            for name, page in self.pages.items()
        }

    def blocks(self, name: str) -> list[Shown]:
        """List the code blocks of a page in order, without the signatures of a reference."""
        return [
            Shown(
                text=pre.text_content(),
                can_copy=not pre.xpath("ancestor-or-self::*[contains(@class, 'no-copy')]"),
                line=pre.sourceline,
            )
            for pre in self.pages[name].iter("pre")
            if not pre.xpath("ancestor::*[contains(@class, 'doc-signature')]")
        ]

    def dead_links(self) -> Iterator[str]:
        """Yield links within the site that lead nowhere."""
        for name, page in self.pages.items():
            for link in page.iter("a"):
                href = link.get("href")
                if href is None:
                    continue
                address = urlsplit(href)
                if address.scheme or address.netloc:
                    continue
                target = self._target(name, unquote(address.path))
                if target is None:
                    yield f"{name}:{link.sourceline}: {href} leads nowhere"
                elif address.fragment and target.endswith(".html"):
                    known = self.anchors[target]
                    if unquote(address.fragment) not in known:
                        yield f"{name}:{link.sourceline}: {href} names no anchor there"

    def _target(self, name: str, path: str) -> str | None:
        # The page for addresses that do not exist is served at any of them: its links are absolute.
        if path.startswith("/"):
            inner = f"{path}/"
            if not inner.startswith(self.base):
                return None
            found = (self.root / inner.removeprefix(self.base).lstrip("/")).resolve()
        else:
            found = ((self.root / name).parent / path).resolve() if path else self.root / name
        if found.is_dir():
            found /= "index.html"
        if not found.is_file() or not found.is_relative_to(self.root):
            return None
        return found.relative_to(self.root).as_posix()

    def foreign_loads(self) -> Iterator[str]:
        """Yield what a page or a style sheet would load from another origin."""
        for name, page in self.pages.items():
            for tag, attribute in LOADS:
                for element in page.iter(tag):
                    names_only = set((element.get("rel") or "").split()) <= NAMES_ONLY
                    if tag == "link" and element.get("rel") and names_only:
                        continue
                    target = element.get(attribute) or ""
                    if urlsplit(target).netloc:
                        yield f"{name}:{element.sourceline}: loads {target}"
            if page.find_class("mermaid"):
                yield f"{name}: a mermaid diagram, whose script Material loads from elsewhere"
            if page.xpath("//*[@data-md-component='source']"):
                yield f"{name}: a source link that has Material ask the repository's host for stars"
        for sheet in sorted(self.root.rglob("*.css")):
            for found in CSS_LOADS.finditer(sheet.read_text("utf-8")):
                yield f"{sheet.relative_to(self.root)}: loads {found['target']}"
