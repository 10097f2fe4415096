"""Runs a Python example unchanged, in this process or in a separate one."""

import contextlib
import io
import traceback
from collections.abc import Mapping
from pathlib import Path

from pytest_examples import CodeExample, EvalExample

from tools.docs import requirements
from tools.docs.outputs import ExampleMismatch
from tools.docs.tree import DocsTree, Problem

REMEDY = (
    "Correct the example, or what it calls; if it reads rows, name it under `postgres` in "
    "snippets/setup.toml"
)


def run(tree: DocsTree, name: str, evaluate: EvalExample) -> str:
    """Run a snippet in this process, with the sandbox that it has; return its output, or raise."""
    path = Path("snippets", name)
    example = CodeExample.create(tree.text(path), path=path)
    out, err = io.StringIO(), io.StringIO()
    failure: BaseException | None = None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            # Run the text unchanged, without pytest's assertion rewriting.
            evaluate.run(example, rewrite_assertions=False)
    except (Exception, SystemExit) as error:
        failure = error
    if failure:
        # Raise outside the handler and without a cause: pytest-examples adds synthetic frames to
        # the failure, which Python 3.11 cannot print.
        line = _line(failure, example)
        raise ExampleMismatch(str(tree.problem(name, line, _said(failure), REMEDY)))
    if err.getvalue():
        what = f"the example writes to stderr:\n{err.getvalue()}"
        raise ExampleMismatch(str(Problem(path, 1, what, "Keep stderr empty")))
    return out.getvalue()


def run_alone(tree: DocsTree, name: str, variables: Mapping[str, str], home: Path) -> str:
    """Run a snippet in a separate process; return its output, or raise for its exit status."""
    path = tree.snippets_dir / name
    ended = requirements.run(["python", path], home, requirements.environment(home, variables))
    if ended.status:
        what = f"the example ended with the exit status {ended.status}:\n{ended.out}{ended.err}"
        raise ExampleMismatch(str(tree.problem(name, 1, what, REMEDY)))
    return ended.out


def _said(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg}"
    return "".join(traceback.format_exception_only(error)).strip()


def _line(error: BaseException, example: CodeExample) -> int:
    if isinstance(error, SyntaxError) and error.lineno:
        return error.lineno
    # The copy that runs, and the file name that pytest-examples gives its frames afterwards.
    names = {f"{example.module_name}.py", example.path.name}
    frames = traceback.walk_tb(error.__traceback__)
    lines = [n for frame, n in frames if Path(frame.f_code.co_filename).name in names]
    return lines[-1] if lines else 1
