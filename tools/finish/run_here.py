"""Marks the examples that the reader can run in the page, and lays down what that takes."""

import html
import re
import shutil
from pathlib import Path

from tests.docs.blocks import Tree
from tests.docs.setups import setups
from tools.finish.pages import Source
from tools.run_here.pack import packed

BLOCK = re.compile(
    r'(?P<opening><div class="(?:[\w-]+ )*highlight")(?P<rest>>\s*<pre[^>]*>.*?<code[^>]*>'
    r"(?P<code>.*?)</code>)",
    re.DOTALL,
)
TAG = re.compile(r"<[^>]*>")
FOLDER = "assets/python"
MARK = "data-run"
SCRIPT = "assets/run.js"


def examples(tree: Tree) -> dict[str, list[str]]:
    """Return what runs in the page: each shown Python that needs no database, by its name.

    What runs before it comes first, and it comes last.
    """
    found = setups(tree)
    return {
        block.snippet: [tree.text(Path("snippets", name)) for name in found.chain(block.snippet)]
        for block in tree.blocks
        if block.snippet.endswith(".py") and not found.takes_rows(block.snippet)
    }


def write(site: Path, source: Source) -> None:
    """Mark the blocks in the built pages, and put Python beside them if there are any."""
    tree = Tree(source.root)
    runnable = examples(tree)
    if not runnable:
        return
    made = packed(runnable)
    folder = site / FOLDER / made.name
    shutil.rmtree(folder.parent, ignore_errors=True)
    shutil.copytree(made, folder, copy_function=shutil.copyfile)
    for page in source.pages:
        shown = [b.snippet for b in tree.blocks if b.page == Path("docs", page.name)]
        own = {runnable[name][-1].rstrip("\n"): name for name in shown if name in runnable}
        if own:
            _mark(site / page.html, own, page.up, f"{FOLDER}/{made.name}/")


def _mark(path: Path, own: dict[str, str], up: str, folder: str) -> None:
    left = set(own.values())

    def mark(found: re.Match[str]) -> str:
        name = own.get(html.unescape(TAG.sub("", found["code"])).rstrip("\n"))
        if name is None:
            return found[0]
        left.discard(name)
        return f'{found["opening"]} {MARK}="{name}" data-python="{up}{folder}"{found["rest"]}'

    text = BLOCK.sub(mark, path.read_text("utf-8"))
    if left:
        raise ValueError(f"{path}: shows no block with the text of {', '.join(sorted(left))}")
    # A page without such a block does not load the script.
    body, end, rest = text.rpartition("</body>")
    path.write_text(f'{body}<script src="{up}{SCRIPT}" defer></script>{end}{rest}', "utf-8")
