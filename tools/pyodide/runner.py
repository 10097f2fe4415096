"""Runs an example in the page, which loads this module and its imports from an archive."""

import asyncio
import contextlib
import io
import time
import traceback
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeVar

from neon_restore import _clock
from neon_sandbox import scenario
from neon_sandbox.testing import in_process
from neon_sandbox.testing.environment import sandbox_environment

FILE = "example.py"
T = TypeVar("T")


class _Nothing:
    """A selector for an event loop without outside events."""

    def select(self, timeout: float | None) -> tuple[()]:
        """Sleep for the time that the loop would wait."""
        time.sleep(timeout or 0)
        return ()


class Loop(asyncio.BaseEventLoop):
    """An event loop without browser features: Pyodide's must suspend, which few browsers allow."""

    _selector = _Nothing()

    def run_in_executor(
        self, executor: object, func: Callable[..., T], *args: object
    ) -> asyncio.Future[T]:
        """Call a function at once, because there are no threads."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _process_events(self, events: Sequence[object]) -> None:
        """Do nothing: there are no outside events."""


def _run(main: Coroutine[object, object, object]) -> object:
    # Pyodide's event loop always counts as running.
    outer = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        with asyncio.Runner(loop_factory=Loop) as runner:
            return runner.run(main)
    finally:
        asyncio._set_running_loop(outer)


def run_example(programs: Sequence[str]) -> tuple[bool, str, str]:
    """Run programs one after the other in a fresh incident, until one fails.

    Returns whether all succeeded, and the stdout and stderr of the last one that ran.
    """
    asyncio.run = _run  # type: ignore[assignment]
    sandbox = scenario.incident()
    out, err = io.StringIO(), io.StringIO()
    with in_process.patch_httpx(sandbox.api), sandbox_environment(sandbox, _clock):
        for program in programs:
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    exec(compile(program, FILE, "exec"), {"__name__": "__main__"})  # noqa: S102
                except BaseException as error:
                    # Start at the frame of the example, without this one.
                    frames = error.__traceback__ and error.__traceback__.tb_next
                    traceback.print_exception(error.with_traceback(frames))
                    return False, out.getvalue(), err.getvalue()
    return True, out.getvalue(), err.getvalue()
