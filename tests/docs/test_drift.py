"""The harness reports drift wherever it starts, with its place: each test changes one thing."""

import inspect
import py_compile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_examples import CodeExample, EvalExample

from neon_restore import Neon, _clock
from neon_restore._http import endpoints
from neon_restore._http.context import CallContext
from neon_restore._http.flow import Flow
from neon_restore._restore import plan
from neon_sandbox.testing import environment
from tests.docs.harness import resolve_to_the_last_commit, write_files
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
    files = {f"snippets/{SNIPPET}": EXAMPLE, "docs/index.md": PAGE}
    return DocsTree(write_files(tmp_path, files))


@pytest.fixture
def prove(small: DocsTree, eval_example: EvalExample) -> Prove:
    """Write the output of the example; return a function that runs and compares it again."""
    outputs.write(small, OUTPUT, examples.run(small, SNIPPET, eval_example))
    return lambda: outputs.compare(small, OUTPUT, examples.run(small, SNIPPET, eval_example))


def test_a_run_prints_the_same_twice(prove: Prove) -> None:
    prove()


def renamed(self: Neon, branch: str, *, instant: str) -> None:
    """Stand in for `restore`, without its argument `at`."""


SEND = endpoints._send


def misspelt(ctx: CallContext, method: str, path: str, *kind: Any, **options: Any) -> Flow[Any]:
    """Stand in for `_send`, with another path of a branch."""
    return SEND(ctx, method, path.replace("/branches/", "/branch/"), *kind, **options)


@pytest.mark.parametrize(
    ("target", "name", "other", "problem"),
    [
        (Neon, "restore", renamed, "TypeError: .*'at'"),
        (endpoints, "_send", misspelt, r"neon_restore\."),
    ],
    ids=["argument", "path"],
)
def test_a_change_in_the_client_is_noticed(
    target: Any, name: str, other: Any, problem: str, prove: Prove, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If an argument or the requested path differs, the line that caused it fails."""
    monkeypatch.setattr(target, name, other)
    with pytest.raises(ExampleMismatch, match=rf"^snippets/index/restore\.py:4: {problem}"):
        prove()


def test_another_default_name_is_noticed(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "generate_backup_name", lambda branch, *_: f"{branch}-backup")
    with pytest.raises(ExampleMismatch, match=r"^snippets/index/restore\.py\.out:\d+: ") as noticed:
        prove()
    assert "+  Backup        production-backup" in str(noticed.value)
    assert "shown at docs/index.md:7" in str(noticed.value)


def test_a_changed_rule_is_noticed(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to_the_last_commit(monkeypatch)
    with pytest.raises(ExampleMismatch, match=r"^snippets/index/restore\.py\.out:\d+: ") as noticed:
        prove()
    assert "14:33:00Z" in str(noticed.value)


def test_an_edited_output_is_noticed(small: DocsTree, prove: Prove) -> None:
    path = small.snippets_dir / OUTPUT
    first, second, rest = path.read_text("utf-8").split("\n", 2)
    path.write_text("\n".join((first, second.upper(), rest)), "utf-8")
    with pytest.raises(ExampleMismatch, match=r"^snippets/index/restore\.py\.out:2: "):
        prove()


def test_an_edited_example_is_noticed(small: DocsTree, prove: Prove) -> None:
    path = small.snippets_dir / SNIPPET
    lines = (small.snippets_dir / OUTPUT).read_text("utf-8").count("\n")
    path.write_text(EXAMPLE + 'print("and this")\n', "utf-8")
    with pytest.raises(ExampleMismatch, match=rf"^snippets/index/restore\.py\.out:{lines + 1}: "):
        prove()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("print(1\n", r"restore\.py:1: SyntaxError"),
        ("\nraise ValueError(3)\n", r"restore\.py:2: ValueError: 3"),
        ("\nraise SystemExit(3)\n", r"restore\.py:2: SystemExit: 3"),
        ("import sys\n\nsys.stderr.write('no')\n", r"restore\.py:1: the example writes to stderr"),
    ],
)
def test_a_failing_example_is_named_by_its_line(
    text: str, message: str, small: DocsTree, eval_example: EvalExample
) -> None:
    (small.snippets_dir / SNIPPET).write_text(text, "utf-8")
    with pytest.raises(ExampleMismatch, match=message):
        examples.run(small, SNIPPET, eval_example)


@pytest.mark.parametrize("printed_in_comments", [False, True])
def test_the_example_that_runs_is_the_one_that_was_handed_over(
    printed_in_comments: bool, small: DocsTree, eval_example: EvalExample
) -> None:
    # Python trusts bytecode if both sources have the same size and second; here it always does.
    text = "print(1)\n#> 1\n"
    path = Path("snippets", SNIPPET)
    example = CodeExample.create(text, path=path)
    source = eval_example.tmp_path / f"{example.module_name}.py"
    source.write_text("raise SystemExit('another example')\n", "utf-8")
    always_trusted = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(source), doraise=True, invalidation_mode=always_trusted)
    if printed_in_comments:
        with sandboxes.incident():
            eval_example.run_print_check(example, rewrite_assertions=False)
    else:
        (small.root / path).write_text(text, "utf-8")
        assert examples.run(small, SNIPPET, eval_example) == "1\n"


def test_an_example_sees_what_a_reader_sets(small: DocsTree, eval_example: EvalExample) -> None:
    text = "import os\n\nfor name in sorted(os.environ):\n    print(name)\n"
    (small.snippets_dir / SNIPPET).write_text(text, "utf-8")
    printed = examples.run(small, SNIPPET, eval_example)
    assert printed.split() == ["NEON_API_HOST", "NEON_API_KEY", "NEON_PROJECT_ID"]


def test_an_example_can_follow_another(small: DocsTree, eval_example: EvalExample) -> None:
    later = "from neon_restore import Neon\n\nprint(len(Neon().backups()))\n"
    write_files(small.snippets_dir, {"index/later.py": later})
    assert examples.run(small, "index/later.py", eval_example) == "0\n"
    setup = f'[before]\n"index/later.py" = ["{SNIPPET}"]\n'
    write_files(small.snippets_dir, {"setup.toml": setup})
    assert examples.run(small, "index/later.py", eval_example) == "1\n"


def test_the_private_clock_has_what_the_stage_replaces() -> None:
    """While an example runs, the sandbox replaces every function that reads the time or waits."""
    defined = inspect.getmembers(_clock, lambda v: getattr(v, "__module__", "") == _clock.__name__)
    # Of these, `jitter` reads no time, and the others need an event loop or threads of real time.
    others = {"jitter", "limit", "async_library", "call_within", "T"}
    assert dict(defined).keys() - others == set(environment.CLOCK_FUNCTIONS)
