"""Runs slow work in threads, or inside the call."""

import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from neon_sandbox.storage.protocol import Outcome

T = TypeVar("T")


class StorageJob:
    """A job of the storage. The future that it waits for may change until it is over."""

    def __init__(self, future: Callable[[], Future[Any]]) -> None:
        self._future = future

    def outcome(self) -> Outcome | None:
        """Return how the job ended, or ``None`` while it runs."""
        future = self._future()
        if not future.done():
            return None
        error = future.exception()
        return Outcome(str(error) or type(error).__name__ if error else "")


class TaskRunner:
    """A runner of tasks, each in a new thread or, without ``threads``, inside the call.

    Background tasks, which nobody waits for, run one after another in one thread in any case.
    """

    def __init__(self, *, threads: bool) -> None:
        self.threads = threads
        self._running: set[Future[Any]] = set()
        self._background: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._closed = False
        self._background_thread = threading.Thread(
            target=self._run_background, name="background-tasks", daemon=True
        )
        self._background_thread.start()

    def start(self, task: Callable[[], T], future: Future[T] | None = None) -> Future[T]:
        """Run a task; the future gets its result."""
        if self.threads:
            return self.start_thread(task, future)
        future = Future() if future is None else future
        _carry_out(task, future)
        return future

    def start_thread(self, task: Callable[[], T], future: Future[T] | None = None) -> Future[T]:
        """Run a task in a thread, even without ``threads``."""
        future = Future() if future is None else future
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        threading.Thread(target=_carry_out, args=(task, future), daemon=True).start()
        return future

    def submit_background(self, task: Callable[[], None]) -> None:
        """Queue a background task; errors in it are ignored."""
        self._background.put(task)

    def close(self) -> None:
        """Wait for the tasks; drop the background tasks that have not started."""
        wait(list(self._running))
        self._closed = True
        self._background.put(None)
        self._background_thread.join()

    def _run_background(self) -> None:
        while task := self._background.get():
            if not self._closed:
                with contextlib.suppress(Exception):
                    task()


def _carry_out(task: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(task())
    except Exception as error:
        future.set_exception(error)
