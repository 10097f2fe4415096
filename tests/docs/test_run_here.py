"""Tests that examples run in the page as shown, and leave no state behind in the process."""

import asyncio
import os
import shutil
from pathlib import Path

import httpx
import pytest

from neon_restore import _clock
from tests.docs.harness import write_files
from tools.docs import outputs
from tools.docs.tree import DocsTree
from tools.postbuild import run_here
from tools.postbuild.site_source import Source
from tools.pyodide import cache
from tools.pyodide.cache import SourcesChanged
from tools.pyodide.runner import run_example

TREE = DocsTree()
EXAMPLES = run_here.examples(TREE)


def process() -> tuple[object, ...]:
    """Return the state of this process that an example gets a replacement for."""
    return {**os.environ}, _clock.now, httpx.Client._init_transport


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore `asyncio.run` after each test: `run_example` replaces it for good."""
    monkeypatch.setattr(asyncio, "run", asyncio.run)


@pytest.mark.parametrize("snippet", EXAMPLES)
def test_an_example_prints_what_its_page_shows(snippet: str) -> None:
    """As in the page, an example runs without a network and on a separate event loop."""
    before = process()
    went_well, printed, _ = run_example(EXAMPLES[snippet])
    assert went_well
    assert printed == outputs.shown(TREE, f"{snippet}.out")
    assert process() == before


def test_a_failure_is_told_as_python_tells_it() -> None:
    """The traceback starts in the example, and the output before it is kept."""
    assert run_example(["print('said')", "print('told')\nraise SystemExit(3)"]) == (
        False,
        "told\n",
        'Traceback (most recent call last):\n  File "example.py", line 2, in <module>\n'
        "SystemExit: 3\n",
    )


def test_an_example_whose_first_programs_fail_does_not_run() -> None:
    """It would run in a state other than the one that its page describes."""
    went_well, printed, said = run_example(["1 / 0", "print('late')"])
    assert (went_well, printed) == (False, "")
    assert said.endswith("ZeroDivisionError: division by zero\n")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small source with two examples, one of which needs rows, and a packed Python."""
    files = {
        "mkdocs.yml": "nav: [{Start: index.md}]\ntheme: {}\n",
        "docs/index.md": "---\ntitle: T\n---\n\n"
        + "".join(f'```python\n--8<-- "a/{name}.py"\n```\n' for name in ("one", "rows")),
        "snippets/a/one.py": "print(1 < 2)\n",
        "snippets/a/rows.py": "print(2)\n",
        "snippets/setup.toml": 'postgres = ["a/rows.py"]\n',
        "packed/libraries.zip": "zip",
    }
    monkeypatch.setattr(run_here, "packed_name", lambda examples: "packed")
    monkeypatch.setattr(run_here, "packed", lambda examples: tmp_path / "packed")
    return write_files(tmp_path, files)


def page(root: Path, first: str) -> Path:
    """Write the built page, with this HTML as the first of its examples."""
    blocks = (
        f'<div class="highlight"><pre><span></span><code>{code}\n</code></pre></div>'
        for code in (first, "<span>print</span>(2)")
    )
    return write_files(root, {"site/index.html": "\n".join(blocks)}) / "site/index.html"


def test_the_block_that_can_run_is_marked(built: Path) -> None:
    """It is found by its text, and has the path of its Python, which `put_python` fills."""
    path = page(built, "<span>print</span>(1 &lt; 2)")
    run_here.mark(path.parent, Source.read(built))
    first, second = path.read_text("utf-8").splitlines()[0::2]
    assert 'data-run="a/one.py" data-python="assets/python/packed/"' in first
    assert "data-run" not in second
    folder = path.parent / "assets/python/packed"
    assert [*folder.iterdir()] == []
    run_here.put_python(path.parent, Source.read(built))
    assert (folder / "libraries.zip").exists()
    shutil.rmtree(folder)
    with pytest.raises(SourcesChanged, match="since the site was built: build it anew"):
        run_here.put_python(path.parent, Source.read(built))


def test_a_block_that_is_not_found_is_told(built: Path) -> None:
    path = page(built, "print(1)")
    with pytest.raises(ValueError, match=r"index\.html: shows no block with the text of a/one\.py"):
        run_here.mark(path.parent, Source.read(built))


def test_python_packed_from_other_files_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is named by its sources, so they must not change while it is packed."""
    names = iter(["before", "after"])
    monkeypatch.setattr(cache, "PACKED", tmp_path / "python")
    monkeypatch.setattr(cache, "packed_name", lambda examples: next(names))
    files = dict.fromkeys(cache.COUNTED, "")
    monkeypatch.setattr(cache, "_pack", lambda target, programs: write_files(target, files))
    with pytest.raises(SourcesChanged):
        cache.packed({})
    assert [*(tmp_path / "python").iterdir()] == []
