"""Reads the built site: its code blocks, its links, and the resources that it loads."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import lxml.html

from tools.docs.tree import ROOT

# What the browser loads by itself, unlike a link that a reader follows.
LOADS = "//@src | //link/@href | //object/@data"
# The `rel` of link elements that load nothing.
NAMES_ONLY = {"canonical", "prev", "alternate", "edit"}
CSS_LOADS = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])(?P<target>(?:https?:)?//[^'\")\s]+)")


class Shown(NamedTuple):
    """A code block as the browser receives it."""

    text: str
    can_copy: bool


class BuiltSite:
    """The output folder of MkDocs, served at `base`, a path that ends with a slash."""

    def __init__(self, root: Path = ROOT / "site", base: str = "/") -> None:
        self.root = root
        self.base = base

    @cached_property
    def pages(self) -> dict[str, lxml.html.HtmlElement]:
        """Every HTML page, by its path in the site."""
        return {
            path.relative_to(self.root).as_posix(): lxml.html.fromstring(path.read_bytes())
            for path in sorted(self.root.rglob("*.html"))
        }

    @cached_property
    def anchors(self) -> dict[str, set[str]]:
        """The ids and names in each page that a link can target."""
        return {
            name: {e.get("id") or e.get("name") or "" for e in page.xpath("//*[@id or @name]")}
            for name, page in self.pages.items()
        }

    def blocks(self, name: str) -> list[Shown]:
        """Return the code blocks of a page in order, except signatures of the reference."""
        signature = "ancestor::*[contains(@class, 'doc-signature')]"
        no_copy = "ancestor-or-self::*[contains(@class, 'no-copy')]"
        blocks = self.pages[name].xpath(f"//pre[not({signature})]")
        return [Shown(pre.text_content(), can_copy=not pre.xpath(no_copy)) for pre in blocks]

    def dead_links(self) -> Iterator[str]:
        """Yield the links within the site whose page or anchor does not exist."""
        for name, page in self.pages.items():
            for href in page.xpath("//a/@href"):
                address = urlsplit(href)
                if address.scheme or address.netloc:
                    continue
                place = f"{name}:{href.getparent().sourceline}: {href}"
                fragment = unquote(address.fragment)
                target = self._target(name, unquote(address.path))
                if target is None:
                    yield f"{place} leads nowhere"
                elif fragment and fragment not in self.anchors.get(target, {fragment}):
                    yield f"{place} names no anchor there"

    def _target(self, name: str, path: str) -> str | None:
        # 404.html is served at any address that does not exist, so its links are absolute.
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
        """Yield everything that pages and style sheets load from another origin."""
        for name, page in self.pages.items():
            for target in page.xpath(LOADS):
                element = target.getparent()
                rel = set(element.get("rel", "").split())
                names_only = element.tag == "link" and rel and rel <= NAMES_ONLY
                if urlsplit(target).netloc and not names_only:
                    yield f"{name}:{element.sourceline}: loads {target}"
            if page.find_class("mermaid"):
                yield f"{name}: a mermaid diagram, whose script Material loads from elsewhere"
            if page.xpath("//*[@data-md-component='source']"):
                yield f"{name}: a source link that has Material ask the repository's host for stars"
        for sheet in sorted(self.root.rglob("*.css")):
            for found in CSS_LOADS.finditer(sheet.read_text("utf-8")):
                yield f"{sheet.relative_to(self.root)}: loads {found['target']}"
