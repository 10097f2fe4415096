"""How a run ends: by itself, or by a signal, which must find time to tidy up."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Endings:
    """Takes the signals that ask a process to end, for as long as it is open.

    A signal interrupts nothing: it is remembered, and passed on while somebody asks for that.
    So whatever was begun can be tidied up. Signals that were ignored before stay ignored.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._arrived = threading.Event()
        self._pass_on: Callable[[signal.Signals], None] | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal() returned

    @property
    def status(self) -> int:
        """The exit status that says which signal came, in the way of shells; 0 for none."""
        return 128 + self.received if self.received else 0

    def wait(self) -> None:
        """Return once a signal has come."""
        self._arrived.wait()

    @contextmanager
    def passed_to(self, take: Callable[[signal.Signals], None]) -> Iterator[None]:
        """Call ``take``, in the main thread, with each signal that comes inside or came before."""
        self._pass_on = take
        try:
            if self.received:
                take(self.received)
            yield
        finally:
            self._pass_on = None

    def _take(self, number: int, _: FrameType | None) -> None:
        if self._pass_on:
            self._pass_on(signal.Signals(number))
        else:
            self.received = self.received or signal.Signals(number)
            self._arrived.set()


def is_from_keyboard(number: signal.Signals) -> bool:
    """Whether a signal was sent by the terminal, to every process in its foreground at once."""
    if number is not signal.SIGINT:
        return False
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
