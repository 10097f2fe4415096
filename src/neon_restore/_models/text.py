"""Formats plans, results and errors as text for a terminal."""

from collections.abc import Iterable
from datetime import timedelta

WIDTH = 88


def printable(text: str) -> str:
    r"""Escape each character of a text that could control a terminal, such as `\x1b`.

    Branch names and messages come from a server and are not trusted.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def format_table(title: str, rows: Iterable[tuple[str, str | Iterable[str]]]) -> str:
    """Format a title and rows with labels; each text of a row gets a line, an empty row none."""
    import textwrap  # only needed to print

    kept = [(label, [text] if isinstance(text, str) else list(text)) for label, text in rows]
    kept = [(label, texts) for label, texts in kept if texts]
    column = max(len(label) for label, _ in kept) + 4
    lines = [printable(title)]
    for label, texts in kept:
        for index, text in enumerate(texts):
            first = f"  {label if index == 0 else '':<{column - 2}}"
            lines += textwrap.wrap(
                printable(text),
                WIDTH,
                initial_indent=first,
                subsequent_indent=" " * column,
                break_long_words=False,
                break_on_hyphens=False,
            )
    return "\n".join(lines)


def duration(time: timedelta) -> str:
    """Format a duration in at most two units: `9 minutes`, `1 day 2 hours`, `5.3 seconds`."""
    seconds = time.total_seconds()
    if seconds < 60:
        return _count(f"{seconds:.1f}".removesuffix(".0"), "second")
    parts = []
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        number, seconds = divmod(int(seconds), size)
        if number:
            parts.append(_count(str(number), unit))
    return " ".join(parts[:2])


def _count(number: str, unit: str) -> str:
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"
