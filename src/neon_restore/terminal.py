"""Shows the progress of a call in a terminal; requires the extra `terminal`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from neon_restore._events import Progress
from neon_restore._models.text import printable


@contextmanager
def progress_line(console: Console | None = None) -> Iterator[Callable[[Progress], None]]:
    """Show the progress and the elapsed time of a call in one line, which is removed at the end.

    It yields the callable to pass to `Neon` or `AsyncNeon` as `progress`.

    Args:
        console: The console to write to, by default stderr. If it is no terminal, nothing is shown.
    """
    console = console or Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        line = bars.add_task("Asking Neon.", total=None)
        yield lambda event: bars.update(line, description=printable(str(event)))
