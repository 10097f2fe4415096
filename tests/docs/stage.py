"""Runs an example as a reader would: alone, from the incident, with only the environment set."""

import contextlib
import difflib
import functools
import io
import os
import ssl
import sys
import tomllib
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import respx
from pytest_examples import CodeExample, EvalExample

from neon_restore import _clock
from neon_sandbox import scenario
from neon_sandbox.doors.respx import mount
from neon_sandbox.scenario import Sandbox
from tests.docs.blocks import SETUP, Problem, Tree

CLOCK = ("now", "monotonic", "sleep", "asleep")

# Reading the certificates of the world takes half of an example's time, and none is looked at:
# nothing that an example sends leaves the process.
_tls_context = functools.cache(ssl.create_default_context)


class NotProved(AssertionError):
    """A block does not do what its page shows; the message says where and what to do."""


@contextlib.contextmanager
def incident() -> Iterator[Sandbox]:
    """Open a fresh incident on the stepped clock, reachable over mocked HTTP, and nothing else.

    Of the environment only the three variables are left that point at it.
    """
    sandbox = scenario.incident()
    with (
        pytest.MonkeyPatch.context() as patch,
        respx.mock(assert_all_called=False) as router,
    ):
        mount(router, sandbox.api, sandbox.environment["NEON_API_HOST"])
        for name in tuple(os.environ):
            patch.delenv(name)
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        for name in CLOCK:
            patch.setattr(_clock, name, getattr(sandbox.clock, name))
        patch.setattr(ssl, "create_default_context", _tls_context)
        # An example runs as `__main__`, a name that belongs to pytest.
        patch.setitem(sys.modules, "__main__", sys.modules["__main__"])
        yield sandbox


def setups(tree: Tree) -> dict[str, list[str]]:
    """Return which snippets run before a snippet, in the same sandbox."""
    path = tree.snippets_dir / SETUP
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def run(tree: Tree, snippet: str, evaluate: EvalExample) -> str:
    """Run a Python snippet in a fresh incident and return what it printed.

    Raises:
        NotProved: it failed, or wrote to stderr.
    """
    printed = ""
    with incident():
        for name in [*setups(tree).get(snippet, ()), snippet]:
            printed = _run_one(tree, name, evaluate)
    return printed


def _run_one(tree: Tree, name: str, evaluate: EvalExample) -> str:
    path = Path("snippets", name)
    example = CodeExample.create(tree.text(path), path=path)
    out, err = io.StringIO(), io.StringIO()
    failure: BaseException | None = None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            # As it stands: without the rewriting that pytest does to assertions.
            evaluate.run(example, rewrite_assertions=False)
    except (Exception, SystemExit) as error:
        failure = error
    if failure:
        problem = Problem(
            path,
            _line(failure, example),
            _said(failure),
            f"Correct the example, or what it calls ({tree.shown_at(name)})",
        )
        # Not while handling the failure, nor from it: pytest-examples gave it frames of its own
        # making, which Python 3.11 cannot print.
        raise NotProved(str(problem))
    if err.getvalue():
        problem = Problem(
            path, 1, f"the example writes to stderr:\n{err.getvalue()}", "Keep stderr empty"
        )
        raise NotProved(str(problem))
    return out.getvalue()


def _said(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg}"
    return "".join(traceback.format_exception_only(error)).strip()


def _line(error: BaseException, example: CodeExample) -> int:
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    # The copy that runs, and the name that pytest-examples gives its frames afterwards.
    names = {f"{example.module_name}.py", example.path.name}
    frames = traceback.walk_tb(error.__traceback__)
    lines = [n for frame, n in frames if Path(frame.f_code.co_filename).name in names]
    return lines[-1] if lines else 1


def compare(tree: Tree, output: str, printed: str) -> None:
    """Compare what a run printed with an output file; no file stands for no output.

    Raises:
        NotProved: they differ.
    """
    path = Path("snippets", output)
    expected = tree.text(path) if (tree.root / path).exists() else ""
    if printed == expected:
        return
    diff = difflib.unified_diff(
        expected.splitlines(), printed.splitlines(), str(path), "what it printed", lineterm="", n=2
    )
    pairs = zip(expected.splitlines(), printed.splitlines(), strict=False)
    same = next(
        (n for n, (old, new) in enumerate(pairs, 1) if old != new),
        min(expected.count("\n"), printed.count("\n")) + 1,
    )
    problem = Problem(
        path,
        same,
        f"the run printed something else ({tree.shown_at(output)})",
        "If that is right, `make outputs` writes it",
    )
    raise NotProved(f"{problem}\n" + "\n".join(diff))


def write(tree: Tree, output: str, printed: str) -> None:
    """Make an output file equal to what a run printed; nothing printed leaves no file."""
    path = tree.snippets_dir / output
    if printed:
        path.write_bytes(printed.encode())
    else:
        path.unlink(missing_ok=True)
