"""How a run ends: by itself, or by a signal, which must find time to tidy up."""

from __future__ import annotations

import os
import select
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SignalHandler:
    """Takes the signals that ask a process to end, for as long as it is open.

    A signal interrupts nothing: it is remembered, and passed on while somebody asks for that.
    So whatever was begun can be tidied up. Signals that were ignored before stay ignored.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._pass_on: Callable[[signal.Signals], None] | None = None
        self._shares_terminal = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        # A signal that comes just before a wait begins would not be noticed by it, but for a
        # byte in this pipe, which the interpreter writes at once.
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
        """The exit status that says which signal came, in the way of shells; 0 for none."""
        return 128 + self.received if self.received else 0

    def wait(self, seconds: float | None = None) -> None:
        """Return once a signal has come, or `wake` was called, since the last time, or in time."""
        ready, _, _ = select.select([self._reading], [], [], seconds)
        if ready:
            os.read(self._reading, 1024)

    def wake(self) -> None:
        """Let a wait return, from any thread."""
        os.write(self._writing, b"!")

    @contextmanager
    def terminal_shared_with_child(self) -> Iterator[None]:
        """Leave the terminal's Ctrl-C, inside, to the program that is started there.

        The terminal sends it to every process in its foreground, so passing it on would be twice.
        """
        self._shares_terminal = True
        try:
            yield
        finally:
            self._shares_terminal = False

    @contextmanager
    def forward_to(self, take: Callable[[signal.Signals], None]) -> Iterator[None]:
        """Call ``take``, in the main thread, with each signal that comes inside or came before."""
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
    """Whether this process and those it started are what the terminal's keys are for."""
    try:
        terminal = os.open(os.ctermid(), os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
