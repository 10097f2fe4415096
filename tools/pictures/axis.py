"""Where instants stand from left to right, and what is written below them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.pictures.svg import FIRST, LAST, LINE, text, wide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime


@dataclass(frozen=True)
class Label:
    """What is written below an instant; of two that would touch, the weightier one is written."""

    at: datetime
    words: tuple[str, ...]
    weight: int = 0
    kind: str = "what"


class Axis:
    """Instants at equal distances. ``None`` at the end is the head, which is no instant."""

    def __init__(self, instants: Sequence[datetime | None]) -> None:
        self.instants = [instant for instant in instants if instant]
        self._step = (LAST - FIRST) / max(1, len(instants) - 1)

    def __call__(self, instant: datetime) -> float:
        """Return where an instant stands, or the last one before it."""
        before = [i for i, known in enumerate(self.instants) if known <= instant]
        return self.at(before[-1]) if before else FIRST - 18

    def at(self, place: int) -> float:
        """Return where the instant of an index stands."""
        return round(FIRST + self._step * place, 1)

    def written(self, labels: Sequence[Label], y: float) -> Iterator[str]:
        """Write the labels for which there is room, one word below the other."""
        taken: list[tuple[float, float]] = []
        for label in sorted(labels, key=lambda label: -label.weight):
            x, half = self(label.at), max(map(wide, label.words)) / 2
            if all(x + half <= left or right <= x - half for left, right in taken):
                taken.append((x - half, x + half))
                for line, word in enumerate(label.words):
                    kind = label.kind if line == 0 or label.kind == "asked" else "what"
                    yield text(x, y + LINE * line, word, kind, "middle")


def clock(instant: datetime) -> str:
    """Write an instant's time of day, with seconds only where there are any."""
    return f"{instant:%H:%M:%S}" if instant.second else f"{instant:%H:%M}"
