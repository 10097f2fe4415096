"""On paper the guide is whole: every page, and what stands in every tab under its name."""

import copy
import re
from itertools import pairwise
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
from lxml.html import builder as make
from playwright.sync_api import Page

from tests.docs.built_site import BuiltSite
from tools.postbuild import print_page
from tools.postbuild.site_source import Page as Source
from tools.postbuild.site_source import Source as Guide

PAGES = Guide.read().pages
SITE = BuiltSite()
# What is for a screen alone, and pictures, whose words are drawn.
UNPRINTED = ".//*[contains(@class, 'headerlink') or contains(@class, 'md-source-file')] | .//svg"
BLOCKS = (
    "p",
    "li",
    "td",
    "th",
    "dt",
    "dd",
    "h1",
    "h2",
    "h3",
    "h4",
    "label",
    "pre",
    "summary",
    "text",
)
# Letters that a text has at least on a sheet: less could stand there by chance.
SOME = 6
# Spaces, and hyphens, which at the end of a line are read back as another sign.
UNREAD = re.compile(r"[\s\u200b\ufffe\x02-]+")


def on_paper(page: Page, address: str, folder: Path) -> list[str]:
    """Print a page, and return the letters on each sheet of its paper."""
    page.goto(address)
    path = folder / "printed.pdf"
    page.pdf(path=path, format="A4")
    with pypdfium2.PdfDocument(path) as paper:
        return [UNREAD.sub("", sheet.get_textpage().get_text_bounded()) for sheet in paper]


def texts(source: Source) -> set[str]:
    """List the paragraphs, cells and lines of code of a page, as paper has to show them."""
    article = copy.deepcopy(SITE.pages[source.html].xpath("//article")[0])
    for element in article.xpath(UNPRINTED):
        element.drop_tree()
    for link in article.xpath(".//a[starts-with(@href, 'http')]"):
        link.append(make.SPAN(f"({link.get('href')})"))
    blocks = [e for e in article.iter(*BLOCKS) if next(e.iterdescendants(*BLOCKS), None) is None]
    lines = {line for block in blocks for line in block.text_content().split("\n")}
    return {UNREAD.sub("", line) for line in lines}


def missing(sheets: list[str], sources: list[Source]) -> list[str]:
    """List what stands on pages and not on paper: on a sheet, or on two that follow each other."""
    wanted = set().union(*map(texts, sources))
    rest = [text for text in wanted if not any(text in sheet for sheet in sheets)]
    return [text for text in rest if not any(broken(text, *two) for two in pairwise(sheets))]


def broken(text: str, sheet: str, following: str) -> bool:
    """Say whether a text begins on a sheet and ends on the next."""
    cuts = range(SOME, len(text) - SOME + 1)
    return text in sheet + following or any(
        text[:cut] in sheet and text[cut:] in following for cut in cuts
    )


def test_all_pages_are_on_paper(page: Page, tmp_path: Path) -> None:
    """Printed, the page of all pages shows every text of each, and cuts nothing off."""
    sheets = on_paper(page, f"./{print_page.ADDRESS}", tmp_path)
    assert missing(sheets, PAGES) == []


def test_one_page_is_whole_on_paper(page: Page, tmp_path: Path) -> None:
    """A page that is printed by itself shows all its tabs, and where its links lead."""
    source = next(p for p in PAGES if p.name == "guide/branch-restore.md")
    sheets = on_paper(page, f"./{source.address}", tmp_path)
    assert missing(sheets, [source]) == []
