"""The harness reports drift wherever it starts, and names the place.

Each test checks a small page, changes one thing, and expects the check to fail.
"""

import py_compile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_examples import CodeExample, EvalExample

from neon_restore import Neon, _clock
from neon_restore._http import endpoints
from neon_restore._restore import plan
from neon_sandbox.model import Branch, Model, history
from neon_sandbox.points import Position
from neon_sandbox.testing import environment
from tests.docs import checks
from tools.docs import examples, outputs, sandboxes
from tools.docs.outputs import ExampleMismatch
from tools.docs.tree import DocsTree

EXAMPLE = """\
from neon_restore import Neon

with Neon() as neon:
    restored = neon.restore("production", at="2026-11-20T14:31:00Z")
    print(restored)
"""
PAGE = """\
# Page

```python
--8<-- "index/restore.py"
```

```{ .text .no-copy }
--8<-- "index/restore.py.out"
```
"""
SNIPPET = "index/restore.py"
OUTPUT = "index/restore.py.out"

Prove = Callable[[], None]


@pytest.fixture
def small(tmp_path: Path) -> DocsTree:
    """Return a page with one example and its output, which no run has written yet."""
    for name, text in ((f"snippets/{SNIPPET}", EXAMPLE), ("docs/index.md", PAGE)):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    return DocsTree(tmp_path)


@pytest.fixture
def prove(small: DocsTree, eval_example: EvalExample) -> Prove:
    """Write the output of the example; return a function that runs and compares it again."""
    outputs.write(small, OUTPUT, examples.run(small, SNIPPET, eval_example))

    def again() -> None:
        outputs.compare(small, OUTPUT, examples.run(small, SNIPPET, eval_example))

    again()
    return again


def test_a_run_writes_the_same_output_twice(
    small: DocsTree, prove: Prove, eval_example: EvalExample
) -> None:
    """Two runs of an example write the same bytes."""
    first = (small.snippets_dir / OUTPUT).read_bytes()
    outputs.write(small, OUTPUT, examples.run(small, SNIPPET, eval_example))
    assert (small.snippets_dir / OUTPUT).read_bytes() == first
    prove()


def test_a_renamed_argument_is_noticed(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the client no longer has an argument, the line that passes it fails."""
    restore = Neon.restore

    def renamed(self: Neon, branch: str, *, instant: str) -> Any:
        return restore(self, branch, at=instant)

    monkeypatch.setattr(Neon, "restore", renamed)
    with pytest.raises(ExampleMismatch, match=r"^snippets/index/restore\.py:4: TypeError: .*'at'"):
        prove()


def test_another_path_is_noticed(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the client requests another path, the line that caused the request fails."""
    monkeypatch.setattr(endpoints, "_branch", lambda branch_id: f"branch/{branch_id}")
    with pytest.raises(ExampleMismatch, match=r"^snippets/index/restore\.py:4: neon_restore\."):
        prove()


def test_another_default_name_is_noticed(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the client names backup branches differently, the output differs from the page."""
    monkeypatch.setattr(
        plan, "generate_backup_name", lambda branch, head, taken: f"{branch}-backup"
    )
    with pytest.raises(ExampleMismatch, match=r"^snippets/index/restore\.py\.out:\d+: ") as noticed:
        prove()
    assert "+  Backup        production-backup" in str(noticed.value)
    assert "shown at docs/index.md:7" in str(noticed.value)


def test_a_changed_rule_is_noticed(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the sandbox restores every point to the last commit, the output differs from the page."""
    resolve = history.resolve

    def last_of_all(
        model: Model, branch: Branch, timestamp: str | None, lsn: str | None
    ) -> Position | None:
        return resolve(model, branch, timestamp and "2026-11-20T14:39:00Z", lsn)

    monkeypatch.setattr(history, "resolve", last_of_all)
    with pytest.raises(ExampleMismatch, match=r"^snippets/index/restore\.py\.out:\d+: ") as noticed:
        prove()
    assert "14:33:00Z" in str(noticed.value)


def test_an_edited_output_is_noticed(small: DocsTree, prove: Prove) -> None:
    """An output that was edited by hand fails at the edited line."""
    path = small.snippets_dir / OUTPUT
    first, second, rest = path.read_text("utf-8").split("\n", 2)
    path.write_text("\n".join((first, second.upper(), rest)), "utf-8")
    with pytest.raises(ExampleMismatch, match=r"^snippets/index/restore\.py\.out:2: "):
        prove()


def test_an_edited_example_is_noticed(small: DocsTree, prove: Prove) -> None:
    """An example that prints more than its page shows fails after the last line shown."""
    path = small.snippets_dir / SNIPPET
    lines = (small.snippets_dir / OUTPUT).read_text("utf-8").count("\n")
    path.write_text(EXAMPLE + 'print("and this")\n', "utf-8")
    with pytest.raises(ExampleMismatch, match=rf"^snippets/index/restore\.py\.out:{lines + 1}: "):
        prove()


def test_a_pasted_block_is_noticed(small: DocsTree) -> None:
    """A block pasted into a valid page is reported with its line."""
    assert list(checks.typed_blocks(small)) == []
    page = small.root / "docs/index.md"
    page.write_text(f"{PAGE}\n```python\n{EXAMPLE}```\n", "utf-8")
    (problem,) = checks.typed_blocks(DocsTree(small.root))
    assert str(problem).startswith("docs/index.md:11: a block is typed into the page.")


def test_a_failing_example_is_named_by_its_line(small: DocsTree, eval_example: EvalExample) -> None:
    """An example that does not compile, raises, exits or writes to stderr is reported."""
    for text, message in (
        ("print(1\n", r"restore\.py:1: SyntaxError"),
        ("\nraise ValueError(3)\n", r"restore\.py:2: ValueError: 3"),
        ("\nraise SystemExit(3)\n", r"restore\.py:2: SystemExit: 3"),
        ("import sys\n\nsys.stderr.write('no')\n", r"restore\.py:1: the example writes to stderr"),
    ):
        (small.snippets_dir / SNIPPET).write_text(text, "utf-8")
        with pytest.raises(ExampleMismatch, match=message):
            examples.run(small, SNIPPET, eval_example)


@pytest.mark.parametrize("printed_in_comments", [False, True])
def test_the_example_that_runs_is_the_one_that_was_handed_over(
    printed_in_comments: bool, small: DocsTree, eval_example: EvalExample
) -> None:
    """The bytecode of another example does not run, even if Python would trust it.

    Python trusts it if both sources have the same size and second; here it always does.
    """
    text = "print(1)\n#> 1\n"
    path = Path("snippets", SNIPPET)
    source = eval_example.tmp_path / f"{CodeExample.create(text, path=path).module_name}.py"
    source.write_text("raise SystemExit('another example')\n", "utf-8")
    always_trusted = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(source), doraise=True, invalidation_mode=always_trusted)
    if printed_in_comments:
        with sandboxes.incident():
            eval_example.run_print_check(
                CodeExample.create(text, path=path), rewrite_assertions=False
            )
    else:
        (small.root / path).write_text(text, "utf-8")
        assert examples.run(small, SNIPPET, eval_example) == "1\n"


def test_an_example_sees_only_what_a_reader_sets(
    small: DocsTree, eval_example: EvalExample
) -> None:
    """The environment of an example has only the three variables that point at the sandbox."""
    text = "import os\n\nfor name in sorted(os.environ):\n    print(name)\n"
    (small.snippets_dir / SNIPPET).write_text(text, "utf-8")
    printed = examples.run(small, SNIPPET, eval_example)
    assert printed.split() == ["NEON_API_HOST", "NEON_API_KEY", "NEON_PROJECT_ID"]


def test_an_example_can_follow_another(small: DocsTree, eval_example: EvalExample) -> None:
    """A snippet with a predecessor runs after it in the same sandbox."""
    later = (
        "from neon_restore import Neon\n\nwith Neon() as neon:\n    print(len(neon.backups()))\n"
    )
    (small.snippets_dir / "index/later.py").write_text(later, "utf-8")
    assert examples.run(small, "index/later.py", eval_example) == "0\n"
    setup = f'[before]\n"index/later.py" = ["{SNIPPET}"]\n'
    (small.snippets_dir / "setup.toml").write_text(setup, "utf-8")
    assert examples.run(small, "index/later.py", eval_example) == "1\n"


def test_the_private_clock_has_what_the_stage_replaces() -> None:
    """While an example runs, the sandbox replaces every function that reads the time or waits."""
    public = {
        name
        for name, value in vars(_clock).items()
        if getattr(value, "__module__", "") == _clock.__name__
    }
    # `jitter` neither reads the time nor waits.
    assert public - {"jitter"} == set(environment.CLOCK_FUNCTIONS)
