"""The vertical positions of rows: their words, and the lines of their databases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from tools.pictures.diagram import Diagram
from tools.pictures.rows import Row
from tools.pictures.svg import ASCENT, BREATH, LINE, NARROWEST, RING, Anchor, Text, em, text_width

Run = tuple[str, str]
"""Words, and their kind."""
GAP = 0.5
"""The distance between rows, in em."""
SLIDER = 2.2
"""The height of a slider above the rows, in em."""
AFTER = 0.55
"""The distance between a line and the words beside it, in em."""
ROOM = RING + 0.2
"""The distance between a line and the words above and below it, in em."""
SPACE = text_width(" ", "what")


@dataclass(frozen=True)
class Place:
    """The start of a row in percent, its words, and the y positions of its lines in em."""

    start: float
    texts: tuple[Text, ...]
    lanes: tuple[float, ...]

    @property
    def bottom(self) -> float:
        """The bottom of the row, in em."""
        return self.lanes[-1] + ROOM


@dataclass(frozen=True)
class Layout:
    """A diagram with the places of its rows, one below the other."""

    diagram: Diagram

    @property
    def top(self) -> float:
        """The top of the rows, in em; a slider is above them."""
        return SLIDER if self.diagram.axis_instants else 0.1

    @cached_property
    def places(self) -> dict[str, Place]:
        """The places of the rows, by name."""
        places: dict[str, Place] = {}
        y = self.top
        for row in self.diagram.rows:
            places[row.name] = _place(self.diagram, row, y)
            y = places[row.name].bottom + GAP
        return places

    @cached_property
    def bottom(self) -> float:
        """The bottom of the rows and the top of the times, in em."""
        rows = self.places[self.diagram.rows[-1].name].bottom
        return rows + (LINE if self.diagram.oldest else 0) + (0.5 if self.diagram.point else 0)

    @property
    def height(self) -> float:
        """The height of the picture, in em."""
        return self.bottom + 0.4 + LINE * max(len(label.words) for label in self.diagram.labels)


def _place(diagram: Diagram, row: Row, top: float) -> Place:
    """Return the place of a row that begins at `top`, in em."""
    start = diagram.axis(row.fork.time) if row.fork else 2.5
    passing = _passing(diagram, row)
    leaving = [diagram.axis(o.fork.time) for o in diagram.rows if o.origin is row and o.fork]
    texts: list[Text] = []
    lanes = []
    y = top
    for runs in _titles(diagram, row):
        texts += _written(runs, start, passing, y)
        y = max(text.baseline for text in texts) + LINE - ASCENT
    for number, database in enumerate(row.databases):
        held = diagram.told(row, database)
        runs = [(f"{database}:", "what"), *([(held, "held")] if held else [])]
        # No line to another row starts above the first line of this row.
        texts += _written(runs, start, passing + leaving if number else passing, y)
        lanes.append(max(text.bottom for text in texts) + ROOM)
        y = lanes[-1] + ROOM
    return Place(start, tuple(texts), tuple(lanes))


def _titles(diagram: Diagram, row: Row) -> Iterator[list[Run]]:
    traits = f"backup, {row.traits}" if row.kind == "backup" else row.traits
    yield [(row.title, "name"), (traits, "what")]
    if diagram.tells_fate(row):
        yield [(row.fate, "free" if row.fate.startswith("can be") else "kept")]


def _passing(diagram: Diagram, row: Row) -> list[float]:
    """Return where lines pass through a row to a row below it, in percent."""
    number = {id(other): n for n, other in enumerate(diagram.rows)}
    here = number[id(row)]
    return [
        diagram.axis(other.fork.time)
        for n, other in enumerate(diagram.rows)
        if n > here and other.fork and other.origin and number.get(id(other.origin), here) < here
    ]


def _written(
    runs: Sequence[Run], start: float, lines: Sequence[float], top: float
) -> Iterator[Text]:
    """Yield words beside the lines that pass through the row."""
    place, room, anchor = _side(runs, start, lines)
    for number, line in enumerate(_broken(runs, room)):
        y = top + LINE * number + ASCENT
        for n, (words, kind) in enumerate(line):
            beside = line[:n] if anchor == "start" else line[n + 1 :]
            after = AFTER + fsum(text_width(*run) + SPACE for run in beside)
            yield Text(words, kind, place, y, after if anchor == "start" else -after, anchor)


def _side(runs: Sequence[Run], start: float, lines: Sequence[float]) -> tuple[float, float, Anchor]:
    """Return the line that words are beside, the room for them, and their anchor.

    Words are on the right of a line where they fit, broken if necessary. Otherwise they are on the
    left of the line that the row begins with.
    """
    right = sorted({start, *(line for line in lines if line > start)})
    ends = [*(em(place) for place in right[1:]), NARROWEST]
    rooms = [end - em(place) - AFTER - BREATH for place, end in zip(right, ends, strict=True)]
    whole = _width(runs)
    longest = max(text_width(word, kind) for words, kind in runs for word in words.split())
    for needed in (whole, longest):
        fitting = [side for side in zip(rooms, right, strict=True) if side[0] >= needed]
        if fitting:
            room, place = fitting[0] if needed == whole else max(fitting)
            return place, room, "start"
    before = max((em(line) for line in lines if line < start), default=0.0)
    return start, em(start) - before - AFTER - BREATH, "end"


def _broken(runs: Sequence[Run], room: float) -> list[list[Run]]:
    """Break words into lines: between runs, and within a run that is too long."""
    if _width(runs) <= room:
        return [list(runs)]
    lines: list[list[Run]] = []
    for words, kind in runs:
        line = ""
        for word in words.split():
            longer = f"{line} {word}".strip()
            if line and text_width(longer, kind) > room:
                lines.append([(line, kind)])
                longer = word
            line = longer
        lines.append([(line, kind)])
    return lines


def _width(runs: Sequence[Run]) -> float:
    return fsum(text_width(*run) for run in runs) + SPACE * (len(runs) - 1)
