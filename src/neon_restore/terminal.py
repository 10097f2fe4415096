"""A line in the terminal that shows how far a call is; it needs the extra `terminal`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from neon_restore._models.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neon_restore._events import Progress


@contextmanager
def progress_line(console: Console | None = None) -> Iterator[Callable[[Progress], None]]:
    """Show what a call is at, and for how long, in one line that is gone afterwards.

    Yields what `Neon` and `AsyncNeon` take as `progress`.

    Args:
        console: Where to, by default stderr. What is no terminal gets nothing.

    """
    console = console or Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        line = bars.add_task("Asking Neon.", total=None)
        yield lambda event: bars.update(line, description=printable(str(event)))
