"""Each check of the pages finds its problems and names the line."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.docs.checks import (
    leftovers,
    loose_includes,
    orphan_outputs,
    stray_code,
    typed_blocks,
    unlisted_pages,
    unshown_snippets,
    untidy_snippets,
    wrong_includes,
    wrong_marks,
)
from tests.docs.harness import write_files
from tools.docs.example_config import wrong_example_config
from tools.docs.tree import DocsTree, Kind, Problem

SETTINGS = """\
markdown_extensions:
  - admonition
  - md_in_html
  - pymdownx.superfences
  - pymdownx.tabbed:
      alternate_style: true
nav:
  - Start: index.md
"""


def block(info: str, snippet: str) -> str:
    """Return a fenced block that includes a snippet."""
    return f'```{info}\n--8<-- "{snippet}"\n```\n'


INDEX = "docs/index.md"
ONE = "snippets/index/one.py"
SETUP = "snippets/setup.toml"
PY = block("python", "index/one.py")
PAGE = f"# Title\n\n{PY}\n{block('{ .text .no-copy }', 'index/one.py.out')}"
SOUND = {"mkdocs.yml": SETTINGS, INDEX: PAGE, ONE: "print(1)\n", f"{ONE}.out": "1\n"}

Check = Callable[[DocsTree], Iterator[Problem]]
outputs = partial(orphan_outputs, written_otherwise=frozenset())

# A file that differs from the sound tree, the line of its one problem, and words of the message.
WRONG: list[tuple[Check, str, str, int, str]] = [
    (typed_blocks, INDEX, "a\n\n```python\nprint(1)\n```\n", 3, "typed"),
    (typed_blocks, INDEX, f"{PAGE}\n```py\nx\n```\n", 11, "a block is typed into the page."),
    (typed_blocks, INDEX, "=== “A”\n\n    ~~~\n    x\n    ~~~\n", 3, "typed"),
    (typed_blocks, INDEX, "- ```sh\n  ls\n  ```\n", 1, "typed"),
    (typed_blocks, INDEX, "> ```sh\n> ls\n> ```\n", 1, "typed"),
    (typed_blocks, INDEX, '```python\n--8<-- "index/one.py"\nprint(2)\n```\n', 1, "typed"),
    (typed_blocks, INDEX, '```python\n--8<-- "index/one.py"\n', 1, "closed"),
    (stray_code, INDEX, "Text.\n\n    indented = 1\n", 3, "indentation"),
    (stray_code, INDEX, "Text.\n\n<pre>raw = 1</pre>\n", 3, "HTML"),
    (stray_code, INDEX, "!!! note\n\n    Text.\n\n        deep = 1\n", 5, "indentation"),
    (loose_includes, INDEX, 'a\n\n--8<-- "index/one.py"\n', 3, "outside"),
    # Only an SVG is a picture, which stands outside blocks.
    (loose_includes, INDEX, '--8<-- "pictures/a.svg"\n\n--8<-- "pictures/a.py"\n', 3, "outside"),
    (wrong_includes, INDEX, block("python", "index/none.py"), 1, "there is no"),
    (wrong_includes, INDEX, block("python", "index/one.rb"), 1, "unknown"),
    # A part of a file.
    (wrong_includes, INDEX, block("python", "index/one.py:2:3"), 1, "unknown"),
    (wrong_marks, INDEX, block("bash", "index/one.py"), 1, "language python"),
    (wrong_marks, INDEX, block("{ .python .no-copy }", "index/one.py"), 1, "leave .no-copy out"),
    (wrong_marks, INDEX, block("text", "index/one.py.out"), 1, "{ .text .no-copy }"),
    (wrong_marks, INDEX, block("{ .text .no-copy }", "index/form.txt"), 1, "title="),
    (unshown_snippets, "snippets/index/two.py", "print(2)\n", 1, "no page shows"),
    (outputs, "snippets/index/two.py.out", "2\n", 1, "no run writes"),
    (untidy_snippets, ONE, "a = 1 \n", 1, "end of a line"),
    (untidy_snippets, ONE, "a = 1\r\n", 1, "carriage return"),
    (untidy_snippets, ONE, "a = 1\n\n", 3, "one line end"),
    (untidy_snippets, ONE, "a = 1", 1, "one line end"),
    (leftovers, INDEX, "Text.\n" + "TB" + "D: more\n", 2, "left over"),
    (leftovers, INDEX, "Text [" + "pic] more\n", 1, "left over"),
    (leftovers, ONE, "# TO" + "DO\n", 1, "left over"),
    (unlisted_pages, "docs/two.md", "# Two\n", 1, "leaves this page out"),
    (unlisted_pages, "mkdocs.yml", f"{SETTINGS}  - A: gone.md\n", 9, "there is no docs/gone.md"),
    (wrong_example_config, SETUP, '[before]\n"index/one.py" = ["a.py"]\n', 2, "no program"),
    (wrong_example_config, "snippets/_setup/one.py", "print(1)\n", 1, "before no block"),
    (wrong_example_config, SETUP, 'postgres = [\n  "gone",\n]\n', 2, "no program"),
    (wrong_example_config, SETUP, '[sql]\n"index/a.sql" = {}\n', 2, "no query"),
    (wrong_example_config, SETUP, '[files."a.yml"]\nb = "index/one.py"\n', 1, "no workflow"),
]


@pytest.mark.parametrize("check", dict.fromkeys(check for check, *_ in WRONG))
def test_a_sound_tree_has_no_problem(check: Check, tmp_path: Path) -> None:
    assert list(check(DocsTree(write_files(tmp_path, SOUND)))) == []


@pytest.mark.parametrize(("check", "path", "text", "line", "says"), WRONG)
def test_a_check_names_the_line(
    check: Check, path: str, text: str, line: int, says: str, tmp_path: Path
) -> None:
    (problem,) = check(DocsTree(write_files(tmp_path, SOUND | {path: text})))
    assert (problem.path, problem.line) == (Path(path), line)
    assert says in str(problem)


def test_blocks_are_listed_with_their_kind(tmp_path: Path) -> None:
    page = PAGE + '\n=== "Python"\n\n    ```python\n    --8<-- "index/one.py"\n    ```\n'
    tree = DocsTree(write_files(tmp_path, {INDEX: page}))
    assert [(block.line, block.snippet, block.kind) for block in tree.blocks] == [
        (3, "index/one.py", Kind.RUNS),
        (7, "index/one.py.out", Kind.OUTPUT),
        (13, "index/one.py", Kind.RUNS),
    ]
