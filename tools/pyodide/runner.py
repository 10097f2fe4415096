"""Runs an example in the page, where this module and what it imports stand in an archive."""

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
    """What an event loop waits for where nothing comes from outside."""

    def select(self, timeout: float | None) -> tuple[()]:
        """Let the time pass that the loop would wait."""
        time.sleep(timeout or 0)
        return ()


class Loop(asyncio.BaseEventLoop):
    """An event loop that needs nothing of the browser: Pyodide's has to suspend, and few let it."""

    _selector = _Nothing()

    def run_in_executor(
        self, executor: object, func: Callable[..., T], *args: object
    ) -> asyncio.Future[T]:
        """Run a function at once, since there are no threads."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _process_events(self, events: Sequence[object]) -> None:
        """Nothing happens outside."""


def _run(main: Coroutine[object, object, object]) -> object:
    # Pyodide's counts as running all the time.
    outer = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        with asyncio.Runner(loop_factory=Loop) as runner:
            return runner.run(main)
    finally:
        asyncio._set_running_loop(outer)


def run_example(programs: Sequence[str]) -> tuple[bool, str, str]:
    """Run programs one after the other in a fresh incident, as they stand.

    Returns:
        Whether all ran to their end, and what the last one wrote to stdout and to stderr.

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
                    # From the frame of the example on, without this one.
                    frames = error.__traceback__ and error.__traceback__.tb_next
                    traceback.print_exception(error.with_traceback(frames))
                    return False, out.getvalue(), err.getvalue()
    return True, out.getvalue(), err.getvalue()
