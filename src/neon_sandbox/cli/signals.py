"""Handles the signals that end a run, so that there is time to clean up."""

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SignalHandler:
    """A handler, while it is open, of the signals that ask a process to end.

    A signal interrupts nothing: it is recorded, and forwarded inside `forward_to`. So everything
    that was started can be cleaned up. Signals that were ignored before stay ignored.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._pass_on: Callable[[signal.Signals], None] | None = None
        self._shares_terminal = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        # The interpreter writes a byte to this pipe at once for each signal. Without the byte, a
        # wait would miss a signal that arrives right before it begins.
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)
        self._woken_before = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal() returned
        signal.set_wakeup_fd(self._woken_before)
        os.close(self._reading)
        os.close(self._writing)

    @property
    def status(self) -> int:
        """The exit status for the received signal, as in shells: 128 plus its number, or 0."""
        return 128 + self.received if self.received else 0

    def wait(self, seconds: float | None = None) -> None:
        """Wait for a signal or a `wake` since the last call, or for ``seconds`` at most."""
        if select.select([self._reading], [], [], seconds)[0]:
            os.read(self._reading, 1024)

    def wake(self) -> None:
        """Make `wait` return; any thread may call this."""
        os.write(self._writing, b"!")

    @contextmanager
    def terminal_shared_with_child(self) -> Iterator[None]:
        """Leave Ctrl-C to the child process started inside: the terminal sends it to both."""
        self._shares_terminal = True
        try:
            yield
        finally:
            self._shares_terminal = False

    @contextmanager
    def forward_to(self, take: Callable[[signal.Signals], None]) -> Iterator[None]:
        """Call ``take``, in the main thread, with each signal received inside or before."""
        self._pass_on = take
        try:
            if self.received:
                take(self.received)
            yield
        finally:
            self._pass_on = None

    def _handle(self, number: int, _: FrameType | None) -> None:
        came = signal.Signals(number)
        if self._shares_terminal and came is signal.SIGINT and _in_foreground():
            return
        if self._pass_on:
            self._pass_on(came)
        self.received = self.received or came


def _in_foreground() -> bool:
    """Return whether this process group is the terminal's foreground process group."""
    with suppress(OSError):
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        finally:
            os.close(terminal)
    return False
