"""Draws which parts of a package import which: a row for each part, a line for what it imports."""

from collections.abc import Sequence

from tools.architecture import Part
from tools.pictures.svg import ASCENT, Text, cover, level, mark, ring, svg_document, upright_line

ROW = 1.7
"""How high a row is, in em."""
NAMES, LINES, RIGHT = 1.0, 45.0, 98.0
"""Where the names begin, where the lines begin, and where the last of them is, in percent."""


def draw_imports(package: str, parts: Sequence[Part]) -> str:
    """Return the picture of the parts of a package, given highest layer first."""
    rows = {part.name: number for number, part in enumerate(parts)}
    step = (RIGHT - LINES) / len(parts)
    shapes: list[object] = []
    for part in parts[1:]:
        if part.layer % 2:
            top = ROW * rows[part.name]
            shapes.append(cover("outside", 0, 100, top, top + ROW))
    for part in parts:
        row = rows[part.name]
        middle, place = ROW * (row + 0.5), LINES + step * (row + 1)
        shapes.append(Text(part.name, "name", NAMES, middle + ASCENT / 2 - 0.15))
        shapes.append(level("tick", LINES, place, middle))
        imported = sorted(rows[name] for name in part.imports)
        if imported:
            shapes.append(upright_line("line", place, middle, ROW * (imported[-1] + 0.5)))
            shapes.append(ring(place, middle))
        shapes += [mark("first", place, ROW * (other + 0.5)) for other in imported]
    said = "; ".join(
        f"{part.name} imports {', '.join(sorted(part.imports)) or 'none of them'}" for part in parts
    )
    label = f"The parts of {package}, and what each imports: {said}."
    return svg_document([str(shape) for shape in shapes], ROW * len(parts), label)
