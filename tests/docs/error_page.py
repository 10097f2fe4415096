"""The page of errors, as its reader sees it: sections, and the messages that they explain."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.docs.messages import HOLE, normal

PAGE = Path("docs/reference/errors.md")
HEADING = re.compile(r"^### (?P<title>.+?) \{ #(?P<anchor>[\w-]+) \}$")
EXPLANATION = re.compile(r"^: {3}\S")
# A word in italics stands for what varies.
ITALICS = re.compile(r"\*[^*]+\*")


class Entry(NamedTuple):
    """A message on the page, normal in its form, under the title of its section."""

    text: str
    section: str
    line: int


class Section(NamedTuple):
    """An error or a message of Neon's, with the anchor that others link to."""

    title: str
    anchor: str
    line: int


def sections(text: str) -> Iterator[Section]:
    """Yield the sections of the page."""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := HEADING.match(line):
            yield Section(heading["title"], heading["anchor"], number)


def entries(text: str) -> Iterator[Entry]:
    """Yield the messages of the page: the lines above an explanation, back to an empty one."""
    title, above = "", list[tuple[int, str]]()
    for number, line in enumerate(text.splitlines(), 1):
        if heading := HEADING.match(line):
            title, above = heading["title"], []
        elif EXPLANATION.match(line):
            for at, term in above:
                yield Entry(normal(ITALICS.sub(HOLE, term)), title, at)
            above = []
        elif line.strip():
            above.append((number, line))
        else:
            above = []
