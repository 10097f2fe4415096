"""Writes what machines read: each page as Markdown, llms.txt, JSON-LD and the sitemap."""

import json
import re
from html import escape
from pathlib import Path
from textwrap import indent
from xml.sax.saxutils import escape as xml

from tools.docs.tree import INCLUDE
from tools.postbuild import print_page, reference_markdown
from tools.postbuild.site_source import DIRECTIVE, Page, Source

LABEL = re.compile(r'aria-label="(?P<label>[^"]*)"')
SCRIPT = re.compile(r"^<script .*</script>\n+", re.MULTILINE)
# A link to an object of the reference.
CROSS = re.compile(r"\]\[(?P<name>neon_\w+(?:\.\w+)+)\]")
# What a machine must know before it follows a page, and llms.txt says nowhere else.
WARNING = """\
This guide is not made by Neon. Each code block was run against a sandbox of Neon before it was
published. A block acts on the project that NEON_PROJECT_ID names: a restore replaces all databases
of a branch, so show the plan, and ask, before you restore. Look up error messages in the reference
of errors. Each page is here as Markdown, with all of its code.
"""


def describe(site: Path, page: Page, source: Source) -> None:
    """Add to a built page its JSON-LD, its last change, and links to its Markdown and edit page."""
    path = site / page.html
    html = path.read_text("utf-8")
    changed = source.changed(page)
    markdown = f"{page.up}{page.name}" or page.name
    head = ""
    if source.site_url and 'rel="canonical"' not in html:
        head = f'<link rel="canonical" href="{source.site_url}{page.address}">'
    # The JSON must not end the script element that it is in.
    facts = json.dumps(_facts(page, source, changed), ensure_ascii=False).replace("<", "\\u003c")
    head += f'<script type="application/ld+json">{facts}</script>'
    html = html.replace("</head>", f"{head}</head>", 1)
    html = html.replace("</article>", f"{_foot(page, source, changed, markdown)}</article>", 1)
    path.write_text(html, "utf-8")


def _facts(page: Page, source: Source, changed: str) -> dict[str, object]:
    facts: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "TechArticle",
        "headline": page.title,
        "description": page.description,
        "inLanguage": source.settings["theme"]["language"],
        "isPartOf": {"@type": "WebSite", "name": source.settings["site_name"]},
    }
    if changed:
        facts["dateModified"] = changed
    if source.site_url:
        facts["url"] = f"{source.site_url}{page.address}"
    return facts


def _foot(page: Page, source: Source, changed: str, markdown: str) -> str:
    # Not a link element: for each of those Material's script requests a sitemap beside its target.
    facts = [f'<a rel="alternate" type="text/markdown" href="{markdown}">This page as Markdown</a>']
    if changed:
        facts.insert(0, f'Last changed on <time datetime="{changed}">{changed[:10]}</time>')
    if source.repo_url:
        edit = escape(f"{source.repo_url}/edit/main/docs/{page.name}")
        facts.append(f'<a rel="edit" href="{edit}">Edit this page</a>')
    facts.append(f'<a href="{page.up or "./"}{print_page.ADDRESS}">All pages in one, to print</a>')
    return f'<p class="md-source-file">{" · ".join(facts)}</p>'


def markdown_of(page: Page, source: Source, html: str) -> str:
    """Return a page as self-contained Markdown: its includes inlined, docstrings from its HTML."""
    objects = iter(reference_markdown.objects(html) if DIRECTIVE.search(page.text) else ())
    up = page.up.removeprefix("../") if page.address else ""

    def include(found: re.Match[str]) -> str:
        text = source.included(found["name"]).read_text("utf-8")
        if found["name"].endswith(".svg"):
            label = LABEL.search(text)
            if not label:
                what = "has no aria-label that says what it shows"
                raise ValueError(f"docs/{found['name']}:1: {what}")
            text = f"![{label['label']}]({up}{found['name']})\n"
        return indent(text, found["indent"], lambda _: True).removesuffix("\n")

    # Leave out scripts, which run only in the HTML page.
    text = SCRIPT.sub("", page.text)
    text = DIRECTIVE.sub(lambda _: next(objects), INCLUDE.sub(include, text))
    place = "../" * page.name.count("/") + source.reference
    return CROSS.sub(lambda found: f"]({place})", text)


def write_texts(site: Path, source: Source) -> None:
    """Write each page as Markdown beside its HTML, and llms.txt, which lists them."""
    lines = [f"# {source.settings['site_name']}\n", f"> {source.settings['site_description']}\n"]
    lines.append(WARNING)
    for section, pages in source.sections.items():
        lines.append(f"## {section or 'Start'}\n")
        for page in pages:
            target = site / page.name
            target.parent.mkdir(parents=True, exist_ok=True)
            html = (site / page.html).read_text("utf-8")
            target.write_text(markdown_of(page, source, html), "utf-8")
            link = f"{source.site_url}{page.name}"
            lines.append(f"- [{page.title}]({link}): {page.description}")
        lines.append("")
    (site / "llms.txt").write_text("\n".join(lines), "utf-8")


def write_sitemap(site: Path, source: Source) -> None:
    """Write the sitemap, which Material's script requests; it is empty without a site address."""
    path = site / "sitemap.xml"
    path.with_suffix(".xml.gz").unlink(missing_ok=True)
    entries = ""
    for page in source.pages if source.site_url else ():
        changed = source.changed(page)
        entries += f"<url><loc>{xml(source.site_url + page.address)}</loc>"
        entries += f"<lastmod>{changed}</lastmod>" if changed else ""
        entries += "</url>\n"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n',
        "utf-8",
    )
