"""Converts a reference to Markdown, from the HTML that the builder made of docstrings."""

import re
from collections.abc import Iterator

import lxml.html

HEADING = re.compile(r"h(?P<level>[1-6])")
# Identifies a drawing of a hierarchy.
TREE = "├── "
AROUND = {"code": "`{}`", "em": "*{}*", "strong": "**{}**", "b": "**{}**"}


def objects(html: str) -> list[str]:
    """Return the Markdown of each documented object of a page, in order."""
    page: lxml.html.HtmlElement = lxml.html.document_fromstring(html)
    found = page.find_class("doc-object")
    within = {inner for outer in found for inner in outer.iterdescendants("div")}
    return ["\n\n".join(_blocks(element)) for element in found if element not in within]


def _blocks(element: lxml.html.HtmlElement) -> Iterator[str]:
    for child in element.iterchildren("*"):
        heading = HEADING.fullmatch(child.tag)
        if heading:
            yield f"{'#' * int(heading['level'])} {_words(child)}"
        elif child.tag == "pre":
            yield f"```python\n{child.text_content().rstrip()}\n```"
        elif child.tag == "p" and TREE in child.text_content():
            yield f"```text\n{child.text_content().rstrip()}\n```"
        elif child.tag == "p":
            yield _words(child)
        elif child.tag in {"ul", "ol"}:
            yield "\n".join(f"- {_words(item)}" for item in child.iterchildren("li"))
        else:
            yield from _blocks(child)


def _words(element: lxml.html.HtmlElement) -> str:
    return " ".join("".join(_inline(element)).split()).replace(" )", ")")


def _inline(element: lxml.html.HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element.iterchildren("*"):
        text = "".join(_inline(child))
        if text.strip() and "headerlink" not in (child.get("class") or ""):
            # Text inside code is code already.
            inside = element.tag == "code" or child.tag not in AROUND or text.startswith("`")
            yield text if inside else AROUND[child.tag].format(text.strip())
        yield child.tail or ""
