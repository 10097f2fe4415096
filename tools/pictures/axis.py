"""The horizontal positions of instants, and the labels below them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tools.pictures.svg import ASCENT, FIRST, LAST, LINE, NARROWEST, ROOMY, Text


@dataclass(frozen=True)
class Label:
    """A label below an instant; of two that would touch, the one with more weight is drawn."""

    at: datetime
    words: tuple[str, ...]
    weight: int = 0
    kind: str = "what"


class Axis:
    """An axis with instants at equal distances; ``None`` at the end is the head, not an instant."""

    def __init__(self, instants: Sequence[datetime | None]) -> None:
        self.instants = [instant for instant in instants if instant]
        self._step = (LAST - FIRST) / max(1, len(instants) - 1)

    def __call__(self, instant: datetime) -> float:
        """Return the position of an instant, or of the last one before it, in percent."""
        before = [i for i, known in enumerate(self.instants) if known <= instant]
        return self.at(before[-1]) if before else FIRST - 7

    def at(self, place: int) -> float:
        """Return the position of the instant at an index, in percent."""
        return FIRST + self._step * place

    def written(self, labels: Sequence[Label], top: float) -> list[Text]:
        """Return the labels that fit in the narrowest picture, and those that fit in a wide one."""
        written: list[Text] = []
        for width in (NARROWEST, ROOMY):
            for label in sorted(labels, key=lambda label: -label.weight):
                texts = [*self._texts(label, top, "" if width == NARROWEST else " roomy")]
                starts, ends = zip(*(text.span(width) for text in texts), strict=True)
                left, right = min(starts), max(ends)
                others = [text.span(width) for text in written]
                apart = all(right <= start or end <= left for start, end in others)
                if left >= 0 and right <= width and apart:
                    written += texts
        return written

    def _texts(self, label: Label, top: float, roomy: str) -> Iterator[Text]:
        """Yield the words of a label, one below the other."""
        for line, word in enumerate(label.words):
            kind = label.kind if line == 0 or label.kind == "asked" else "what"
            y = top + LINE * line + ASCENT
            yield Text(word, f"{kind}{roomy}", self(label.at), y, anchor="middle")


def clock(instant: datetime) -> str:
    """Return the time of day of an instant, with seconds only if they are not zero."""
    return f"{instant:%H:%M:%S}" if instant.second else f"{instant:%H:%M}"
