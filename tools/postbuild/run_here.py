"""Marks the examples that readers can run in the page, and adds Python to the site.

Packing Python takes some seconds, and marking does not. To pack it for a site with marked pages,
run `python -m tools.postbuild.run_here FOLDER`.
"""

import html
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from tools.docs.example_config import example_config
from tools.docs.tree import DocsTree
from tools.postbuild.site_source import Source
from tools.pyodide.cache import SourcesChanged, packed, packed_name

BLOCK = re.compile(
    r'(?P<opening><div class="(?:[\w-]+ )*highlight")(?P<rest>>\s*<pre[^>]*>.*?<code[^>]*>'
    r"(?P<code>.*?)</code>)",
    re.DOTALL,
)
TAG = re.compile(r"<[^>]*>")
FOLDER = "assets/python"
MARK = "data-run"
SCRIPT = "assets/run.js"


def examples(tree: DocsTree) -> dict[str, list[str]]:
    """Return shown Python that needs no database, by name: what runs before it, and the example."""
    found = example_config(tree)
    return {
        block.snippet: [tree.text(Path("snippets", name)) for name in found.chain(block.snippet)]
        for block in tree.blocks
        if block.snippet.endswith(".py") and not found.takes_rows(block.snippet)
    }


def mark(site: Path, source: Source) -> None:
    """Mark the runnable blocks in the built pages, and make the folder they load Python from."""
    tree = DocsTree(source.root)
    runnable = examples(tree)
    if not runnable:
        return
    folder = f"{FOLDER}/{packed_name(runnable)}/"
    (site / folder).mkdir(parents=True)
    for page in source.pages:
        shown = [b.snippet for b in tree.blocks if b.page == Path("docs", page.name)]
        own = {runnable[name][-1].rstrip("\n"): name for name in shown if name in runnable}
        if own:
            _mark(site / page.html, own, page.up, folder)


def put_python(site: Path, source: Source) -> None:
    """Fill the folder that marked pages load Python from, atomically."""
    runnable = examples(DocsTree(source.root))
    if not runnable:
        return
    made = packed(runnable)
    if not (site / FOLDER / made.name).exists():
        raise SourcesChanged
    with tempfile.TemporaryDirectory(dir=site, prefix=".") as work:
        copy = shutil.copytree(made, Path(work, made.name), copy_function=shutil.copyfile)
        copy.rename(site / FOLDER / made.name)


def _mark(path: Path, own: dict[str, str], up: str, folder: str) -> None:
    left = set(own.values())

    def marked(found: re.Match[str]) -> str:
        name = own.get(html.unescape(TAG.sub("", found["code"])).rstrip("\n"))
        if name is None:
            return found[0]
        left.discard(name)
        return f'{found["opening"]} {MARK}="{name}" data-python="{up}{folder}"{found["rest"]}'

    text = BLOCK.sub(marked, path.read_text("utf-8"))
    if left:
        raise ValueError(f"{path}: shows no block with the text of {', '.join(sorted(left))}")
    # A page without such a block does not load the script.
    body, end, rest = text.rpartition("</body>")
    path.write_text(f'{body}<script src="{up}{SCRIPT}" defer></script>{end}{rest}', "utf-8")


def main() -> None:
    """Add Python to the site in the named folder."""
    try:
        put_python(Path(sys.argv[1]), Source.read())
    except SourcesChanged:
        # A build of the changed sources follows.
        sys.exit(os.EX_TEMPFAIL)
    except (OSError, RuntimeError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
