"""Each check of the pages finds its problems and names the line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs import checks
from tools.docs.example_config import wrong_example_config
from tools.docs.tree import DocsTree, Kind, Problem

SETTINGS = """\
nav:
  - Start: index.md
markdown_extensions:
  - admonition
  - md_in_html
  - pymdownx.superfences
  - pymdownx.tabbed:
      alternate_style: true
"""
PAGE = """\
# Title

```python
--8<-- "index/one.py"
```

```{ .text .no-copy }
--8<-- "index/one.py.out"
```
"""

Check = Callable[[DocsTree], Iterator[Problem]]
MakeTree = Callable[..., DocsTree]


@pytest.fixture
def make_tree(tmp_path: Path) -> MakeTree:
    """Return a function that makes a small valid tree, except for the given files."""

    def make(files: dict[str, str] | None = None) -> DocsTree:
        sound = {
            "mkdocs.yml": SETTINGS,
            "docs/index.md": PAGE,
            "snippets/index/one.py": "print(1)\n",
            "snippets/index/one.py.out": "1\n",
        }
        for name, text in {**sound, **(files or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return DocsTree(tmp_path)

    return make


def outputs(tree: DocsTree) -> Iterator[Problem]:
    """Find orphan outputs, if only programs write outputs."""
    return checks.orphan_outputs(tree, written_otherwise=frozenset())


EVERY: list[Check] = [
    checks.typed_blocks,
    checks.stray_code,
    checks.loose_includes,
    checks.wrong_includes,
    checks.wrong_marks,
    checks.unshown_snippets,
    outputs,
    checks.untidy_snippets,
    checks.leftovers,
    checks.unlisted_pages,
    wrong_example_config,
]


@pytest.mark.parametrize("check", EVERY)
def test_a_sound_tree_has_no_problem(check: Check, make_tree: MakeTree) -> None:
    assert list(check(make_tree())) == []


@pytest.mark.parametrize(
    ("check", "path", "text", "line", "says"),
    [
        (checks.typed_blocks, "docs/index.md", "a\n\n```python\nprint(1)\n```\n", 3, "typed"),
        (checks.typed_blocks, "docs/index.md", "=== “A”\n\n    ~~~\n    x\n    ~~~\n", 3, "typed"),
        (checks.typed_blocks, "docs/index.md", "- ```sh\n  ls\n  ```\n", 1, "typed"),
        (checks.typed_blocks, "docs/index.md", "> ```sh\n> ls\n> ```\n", 1, "typed"),
        (
            checks.typed_blocks,
            "docs/index.md",
            '```python\n--8<-- "index/one.py"\nprint(2)\n```\n',
            1,
            "typed",
        ),
        (checks.typed_blocks, "docs/index.md", '```python\n--8<-- "index/one.py"\n', 1, "closed"),
        (
            checks.typed_blocks,
            "docs/index.md",
            '```python\n--8<-- "index/one.py:2:3"\n```\n',
            None,
            "",
        ),
        (checks.stray_code, "docs/index.md", "Text.\n\n    indented = 1\n", 3, "indentation"),
        (checks.stray_code, "docs/index.md", "Text.\n\n<pre>raw = 1</pre>\n", 3, "HTML"),
        (
            checks.stray_code,
            "docs/index.md",
            "!!! note\n\n    Text.\n\n        deep = 1\n",
            5,
            "indentation",
        ),
        (checks.loose_includes, "docs/index.md", 'a\n\n--8<-- "index/one.py"\n', 3, "outside"),
        (
            checks.wrong_includes,
            "docs/index.md",
            '```python\n--8<-- "index/none.py"\n```\n',
            1,
            "there is no",
        ),
        (
            checks.wrong_includes,
            "docs/index.md",
            '```python\n--8<-- "index/one.rb"\n```\n',
            1,
            "unknown",
        ),
        (
            checks.wrong_marks,
            "docs/index.md",
            '```bash\n--8<-- "index/one.py"\n```\n',
            1,
            "language python",
        ),
        (
            checks.wrong_marks,
            "docs/index.md",
            '```{ .python .no-copy }\n--8<-- "index/one.py"\n```\n',
            1,
            "leave .no-copy out",
        ),
        (
            checks.wrong_marks,
            "docs/index.md",
            '```text\n--8<-- "index/one.py.out"\n```\n',
            1,
            "{ .text .no-copy }",
        ),
        (
            checks.wrong_marks,
            "docs/index.md",
            '```{ .text .no-copy }\n--8<-- "index/form.txt"\n```\n',
            1,
            "title=",
        ),
        (checks.unshown_snippets, "snippets/index/two.py", "print(2)\n", 1, "no page shows"),
        (outputs, "snippets/index/two.py.out", "2\n", 1, "no run writes"),
        (checks.untidy_snippets, "snippets/index/one.py", "a = 1 \n", 1, "end of a line"),
        (checks.untidy_snippets, "snippets/index/one.py", "a = 1\r\n", 1, "carriage return"),
        (checks.untidy_snippets, "snippets/index/one.py", "a = 1\n\n", 3, "one line end"),
        (checks.untidy_snippets, "snippets/index/one.py", "a = 1", 1, "one line end"),
        (checks.leftovers, "docs/index.md", "Text.\n" + "TB" + "D: more\n", 2, "left over"),
        (checks.leftovers, "docs/index.md", "Text [" + "pic] more\n", 1, "left over"),
        (checks.leftovers, "snippets/index/one.py", "# TO" + "DO\n", 1, "left over"),
        (checks.unlisted_pages, "docs/two.md", "# Two\n", 1, "leaves this page out"),
        (
            checks.unlisted_pages,
            "mkdocs.yml",
            SETTINGS.replace("index.md", "index.md\n  - Gone: gone.md"),
            3,
            "there is no docs/gone.md",
        ),
        (
            wrong_example_config,
            "snippets/setup.toml",
            '[before]\n"index/one.py" = ["index/none.py"]\n',
            2,
            "no program",
        ),
        (wrong_example_config, "snippets/_setup/one.py", "print(1)\n", 1, "before no block"),
        (
            wrong_example_config,
            "snippets/setup.toml",
            'postgres = [\n  "gone",\n]\n',
            2,
            "no program",
        ),
        (wrong_example_config, "snippets/setup.toml", '[sql]\n"index/a.sql" = {}\n', 2, "no query"),
        (
            wrong_example_config,
            "snippets/setup.toml",
            '[files."index/a.yml"]\n"a.py" = "index/one.py"\n',
            1,
            "no workflow",
        ),
    ],
)
def test_a_check_names_the_line(
    check: Check, path: str, text: str, line: int | None, says: str, make_tree: MakeTree
) -> None:
    """A problem is found once, at its line, with a message that describes it."""
    tree = make_tree({path: text})
    problems = list(check(tree))
    if line is None:
        # An include of part of a file names no existing file, so `wrong_includes` finds it.
        assert [p.what for p in checks.wrong_includes(tree)] != []
        return
    place = Path("mkdocs.yml") if path.startswith("mkdocs") else Path(path)
    assert [(p.path, p.line) for p in problems] == [(place, line)]
    assert says in str(problems[0])


def test_a_picture_stands_outside_blocks(make_tree: MakeTree) -> None:
    """A page includes only pictures outside a block, and only an SVG is a picture."""
    page = '--8<-- "pictures/before.svg"\n\n--8<-- "pictures/before.py"\n'
    problems = checks.loose_includes(make_tree({"docs/index.md": page}))
    assert [problem.line for problem in problems] == [3]


def test_blocks_are_listed_with_their_kind(make_tree: MakeTree) -> None:
    """Every include in a fence is a block, at the margin or in a tab."""
    page = PAGE + '\n=== "Python"\n\n    ```python\n    --8<-- "index/one.py"\n    ```\n'
    tree = make_tree({"docs/index.md": page})
    assert [(b.line, b.snippet, b.kind) for b in tree.blocks] == [
        (3, "index/one.py", Kind.RUNS),
        (7, "index/one.py.out", Kind.OUTPUT),
        (13, "index/one.py", Kind.RUNS),
    ]
