"""Writes the whole guide as one page to print, in order and with every tab and fold open."""

import re
from html import escape
from pathlib import Path
from posixpath import normpath
from typing import cast

import lxml.html
from lxml import etree
from lxml.html import builder as make

from tools.postbuild.assets import SHEET
from tools.postbuild.site_source import Page, Source

ADDRESS = "print/"
# Only for screens: links to headings, links to other forms of a page, and controls.
FOR_SCREENS = "headerlink", "md-source-file"
PRESSED = "button", "input", "select", "textarea", "script"
# Attributes with ids of elements.
NAMES = "id", "for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-details"
IN_PICTURE = re.compile(r"url\(#(?P<id>[^)]+)\)")
PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<meta name="description" content="{description}">
<link rel="icon" href="data:,">
{sheets}
<title>{name}, to print</title>
</head>
<body dir="ltr" data-md-color-scheme="default" data-md-color-primary="teal">
<main class="md-typeset printed">
<header>
<h1>{name}</h1>
<p>{description}</p>
<p class="printed__way">All pages in one, for paper. <a href="../">Back to the guide</a></p>
</header>
<nav aria-label="Contents">
{contents}
</nav>
{pages}
</main>
</body>
</html>
"""


def write(site: Path, source: Source) -> None:
    """Write the print page from the built pages."""
    first = (site / source.pages[0].html).read_text("utf-8")
    sheets = [
        f'<link rel="stylesheet" href="../{found["name"]}">' for found in SHEET.finditer(first)
    ]
    path = site / ADDRESS / "index.html"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        PAGE.format(
            language=source.settings["theme"]["language"],
            name=escape(source.settings["site_name"]),
            description=escape(source.settings["site_description"]),
            sheets="\n".join(sheets),
            contents=_contents(source),
            pages="\n".join(_printed(site, page, source) for page in source.pages),
        ),
        "utf-8",
    )


def key(page: Page) -> str:
    """Return the prefix of the anchors of a page."""
    return page.address.strip("/").replace("/", "-") or "start"


def _contents(source: Source) -> str:
    lines = []
    for section, pages in source.nav:
        items = "".join(f'<li><a href="#{key(p)}">{escape(p.title)}</a></li>' for p in pages)
        lines.append(f"<li>{escape(section)}<ul>{items}</ul></li>" if section else items)
    return f"<ul>{''.join(lines)}</ul>"


def _printed(site: Path, page: Page, source: Source) -> str:
    html = lxml.html.fromstring((site / page.html).read_bytes())
    article = cast("lxml.html.HtmlElement", next(html.iter("article")))
    article.tag = "section"
    article.attrib.clear()
    for tabs in article.find_class("tabbed-set"):
        _open_tabs(tabs)
    for name in FOR_SCREENS:
        for element in article.find_class(name):
            element.tag = PRESSED[0]
    etree.strip_elements(article, *PRESSED, with_tail=False)
    for details in article.iter("details"):
        details.set("open", "")
    for level in range(5, 0, -1):
        for heading in list(article.iter(f"h{level}")):
            heading.tag = f"h{level + 1}"
    _rename(article, page, source)
    article.set("id", key(page))
    return str(lxml.html.tostring(article, encoding="unicode"))


def _open_tabs(tabs: etree._Element) -> None:
    """Put the name of each tab above its content."""
    labels, content = tabs.findall("div")
    for label, block in zip(labels, content, strict=True):
        name = "".join(map(str, label.itertext()))
        block.set("class", "printed__tab")
        block.insert(0, make.P(name, {"class": "printed__name"}))
    tabs[:] = list(content)
    tabs.attrib.clear()


def _rename(article: etree._Element, page: Page, source: Source) -> None:
    """Make the anchors of a page unique, and point its links at their new targets."""
    here = key(page)
    pages = {other.address: key(other) for other in source.pages}
    for element in article.iter():
        if (element.get("id") or "").startswith("__"):
            # An id of the theme, for the parts around the page on a screen.
            del element.attrib["id"]
        for name in NAMES:
            if value := element.get(name):
                element.set(name, " ".join(f"{here}--{one}" for one in value.split()))
        for attribute, given in element.items():
            if "url(#" in (text := str(given)):
                element.set(attribute, IN_PICTURE.sub(rf"url(#{here}--\g<id>)", text))
        for name in ("href", "src", "xlink:href"):
            if (value := element.get(name)) and not re.match(r"[a-z]+:|//", value):
                element.set(name, _led(value, page, pages))


def _led(target: str, page: Page, pages: dict[str, str]) -> str:
    path, _, anchor = target.partition("#")
    address = normpath(f"{page.address}{path}") + "/" * path.endswith("/") if path else page.address
    address = "" if address in {"./", "."} else address
    if address in pages:
        return f"#{pages[address]}--{anchor}" if anchor else f"#{pages[address]}"
    return f"../{address}#{anchor}" if anchor else f"../{address}"
