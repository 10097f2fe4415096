"""Checks of every page and snippet, before anything runs. Each check yields problems."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import lxml.html
import markdown

from tools.docs.tree import COPIED, ENDINGS, INCLUDE, DocsTree, Fence, Kind, Problem

# Written in halves, so that a search for leftovers does not find this list.
LEFTOVERS = ("TO" + "DO", "TB" + "D", "FIX" + "ME", "XX" + "X", "lorem" + " ipsum", r"\[pic\]")
LEFTOVER = re.compile(rf"(?<!\w)(?:{'|'.join(LEFTOVERS)})(?!\w)", re.IGNORECASE)

# Another test compares each picture with a fresh drawing.
PICTURE = re.compile(r"pictures/[\w-]+\.svg")
NO_COPY = re.compile(r"^\{[^}]*\.no-copy\b[^}]*\}$")
TITLE = re.compile(r'\btitle="[^"]+"')
FIRST_WORD = re.compile(r"^\{?\s*\.?(?P<word>[\w-]+)")


def typed_blocks(tree: DocsTree) -> Iterator[Problem]:
    """Find blocks with any content but the include of one snippet."""
    for fence in tree.fences:
        if fence.end is None:
            yield _at(fence, "a block is never closed", "Close its fence")
        elif fence.snippet is None:
            remedy = (
                "Move its text into a file under snippets/ and include that file, all of it and"
                ' nothing else: --8<-- "page/file.py"'
            )
            yield _at(fence, "a block is typed into the page", remedy)


def stray_code(tree: DocsTree) -> Iterator[Problem]:
    """Find code blocks without a fence: indented blocks and raw HTML."""
    configs = _extensions(tree)
    for page in tree.pages:
        lines = tree.text(page).splitlines()
        for fence in (fence for fence in tree.fences if fence.page == page):
            for index in range(fence.line - 1, fence.end or len(lines)):
                lines[index] = ""
        rendered = markdown.markdown(
            "\n".join(lines), extensions=[*configs], extension_configs=configs
        )
        for element in lxml.html.fragment_fromstring(rendered, create_parent="div").iter("pre"):
            text = element.text_content().strip()
            first = text.splitlines()[0] if text else "<pre"
            yield Problem(
                page,
                next((n for n, line in enumerate(lines, 1) if first in line), 1),
                "a block is made by indentation or by HTML",
                "Move its text into a file under snippets/ and include that file in a fence",
            )


def loose_includes(tree: DocsTree) -> Iterator[Problem]:
    """Find includes outside a block, which nothing checks; only pictures belong there."""
    for page in tree.pages:
        inside = lines_in(fence for fence in tree.fences if fence.page == page)
        for number, line in enumerate(tree.text(page).splitlines(), 1):
            include = INCLUDE.match(line)
            is_picture = include and PICTURE.fullmatch(include["name"])
            if "-8<-" in line and number not in inside and not is_picture:
                what = "an include stands outside a block"
                yield Problem(page, number, what, "Put a fence around it")


def lines_in(fences: Iterable[Fence]) -> set[int]:
    """Return the numbers of the lines in fences; an unclosed one has only its first line."""
    return {n for fence in fences for n in range(fence.line, (fence.end or fence.line) + 1)}


def wrong_includes(tree: DocsTree) -> Iterator[Problem]:
    """Find blocks whose snippet does not exist or has an unknown suffix."""
    for fence in tree.fences:
        name = fence.snippet
        if name is None:
            continue
        if Path(name).suffix not in ENDINGS:
            remedy = f"End its name in one of: {' '.join(ENDINGS)}"
            yield _at(fence, f"the kind of {name} is unknown", remedy)
        elif name not in tree.snippets:
            remedy = "Write that file, or correct the name"
            if name.endswith(".out"):
                block = name.removesuffix(".out")
                remedy = (
                    f"Run `make block BLOCK={block} WRITE=1`; if it prints nothing, take this "
                    "block off the page"
                )
            yield _at(fence, f"there is no snippets/{name}", remedy)


def wrong_marks(tree: DocsTree) -> Iterator[Problem]:
    """Find blocks whose language, copy button or title does not fit their kind."""
    for fence in tree.fences:
        ending = ENDINGS.get(Path(fence.snippet or "").suffix)
        if ending and (wanted := _wanted_mark(fence, *ending)):
            what = f"the block of {fence.snippet} is marked “{fence.info}”"
            yield _at(fence, what, f"It is of the kind “{ending.kind}”: {wanted}")


def _wanted_mark(fence: Fence, kind: Kind, language: str) -> str | None:
    word = FIRST_WORD.match(fence.info)
    if not word or word["word"] != language:
        return f"name the language {language} first"
    if kind in COPIED:
        return "leave .no-copy out" if "no-copy" in fence.info else None
    if not NO_COPY.match(fence.info):
        return f"write {{ .{language} .no-copy }}"
    if kind is Kind.DESCRIPTION and not TITLE.search(fence.info):
        return 'say what it is in a title="…"'
    return None


def unshown_snippets(tree: DocsTree) -> Iterator[Problem]:
    """Find snippets that no page shows."""
    shown = {block.snippet for block in tree.blocks}
    for path in (Path("snippets", name) for name in tree.snippets if name not in shown):
        yield Problem(path, 1, "no page shows this snippet", "Include it in a page, or delete it")


def orphan_outputs(tree: DocsTree, written_otherwise: frozenset[str]) -> Iterator[Problem]:
    """Find outputs without a program that prints them, except those in `written_otherwise`."""
    for name in tree.of_kind(".out"):
        program = name.removesuffix(".out")
        if name not in written_otherwise and program not in tree.of_kind(".py", ".sh", ".sql"):
            what = f"no run writes this output: there is no snippets/{program}"
            remedy = "Name it after the program that prints it, with .out added"
            yield Problem(Path("snippets", name), 1, what, f"{remedy}, and run `make outputs`")


def untidy_snippets(tree: DocsTree) -> Iterator[Problem]:
    """Find snippets whose bytes cannot reach a reader's clipboard unchanged."""
    for name in tree.snippets:
        path = Path("snippets", name)
        text = tree.text(path)
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip() or "\t" in line:
                what = "a tab, a carriage return or a space at the end of a line"
                remedy = "Remove it: what is copied from the page has to equal the file"
                yield Problem(path, number, what, remedy)
        if not text.endswith("\n") or text.endswith("\n\n") or text.startswith("\n"):
            what = "a snippet begins with text and ends with one line end"
            yield Problem(path, text.count("\n") + 1, what, "Add or remove the empty lines")


def leftovers(tree: DocsTree, *others: Path) -> Iterator[Problem]:
    """Find words that mark unfinished work."""
    snippets = [Path("snippets", name) for name in tree.snippets]
    for path in [*tree.pages, *snippets, *others]:
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if found := LEFTOVER.search(line):
                what = f"“{found[0]}” is left over"
                yield Problem(path, number, what, "Finish it, or take it out")


def unlisted_pages(tree: DocsTree) -> Iterator[Problem]:
    """Find pages missing from the navigation, and navigation entries without a page."""
    listed = {name for name in _leaves(tree.settings["nav"]) if "://" not in name}
    there = {page.relative_to("docs").as_posix() for page in tree.pages}
    for name in sorted(there - listed):
        yield Problem(Path("docs", name), 1, "the navigation leaves this page out", "Add it to nav")
    for name in sorted(listed - there):
        lines = tree.text(Path("mkdocs.yml")).splitlines()
        line = next(n for n, text in enumerate(lines, 1) if name in text)
        yield Problem(Path("mkdocs.yml"), line, f"there is no docs/{name}", "Write it or drop it")


def _leaves(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
        return
    for entry in nav.values() if isinstance(nav, dict) else nav:
        yield from _leaves(entry)


def _extensions(tree: DocsTree) -> dict[str, dict[str, Any]]:
    configs: dict[str, dict[str, Any]] = {}
    for entry in tree.settings["markdown_extensions"]:
        configs |= {entry: {}} if isinstance(entry, str) else entry
    # Other checks cover includes, whose paths depend on the working directory.
    configs.pop("pymdownx.snippets", None)
    return configs


def _at(fence: Fence, what: str, remedy: str) -> Problem:
    return Problem(fence.page, fence.line, what, remedy)
