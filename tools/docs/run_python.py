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


def run(tree: DocsTree, name: str, evaluate: EvalExample) -> str:
    """Run a snippet in this process, with the sandbox that it has, and return its output.

    Raises:
        ExampleMismatch: The snippet failed, or wrote to stderr.
    """
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
        problem = Problem(
            path,
            _line(failure, example),
            _said(failure),
            f"Correct the example, or what it calls ({tree.shown_at(name)})",
        )
        # Raise outside the handler and without a cause: pytest-examples adds synthetic frames to
        # the failure, which Python 3.11 cannot print.
        raise ExampleMismatch(str(problem))
    if err.getvalue():
        problem = Problem(
            path, 1, f"the example writes to stderr:\n{err.getvalue()}", "Keep stderr empty"
        )
        raise ExampleMismatch(str(problem))
    return out.getvalue()


def run_alone(tree: DocsTree, name: str, variables: Mapping[str, str], home: Path) -> str:
    """Run a snippet in a separate process, and return its output.

    Raises:
        ExampleMismatch: The exit status is not zero.
    """
    path = tree.snippets_dir / name
    ended = requirements.run(["python", path], home, requirements.environment(home, variables))
    if ended.status:
        problem = Problem(
            Path("snippets", name),
            1,
            f"the example ended with the exit status {ended.status}:\n{ended.out}{ended.err}",
            f"Correct the example, or what it calls ({tree.shown_at(name)})",
        )
        raise ExampleMismatch(str(problem))
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
