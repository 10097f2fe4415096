"""Parses the page of error messages: its sections, and the messages that they explain."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.docs.messages import HOLE, normal

PAGE = Path("docs/reference/errors.md")
HEADING = re.compile(r"^### (?P<title>.+?) \{ #(?P<anchor>[\w-]+) \}$")
EXPLANATION = re.compile(r"^: {3}\S")
# Words in italics are the variable parts of a message.
ITALICS = re.compile(r"\*[^*]+\*")


class Entry(NamedTuple):
    """A normalized message on the page, with the error of its section."""

    text: str
    error: str
    line: int


class Section(NamedTuple):
    """A section about an error class or a message of Neon, with its anchor."""

    title: str
    anchor: str
    line: int

    @property
    def error(self) -> str:
        """The error class of a section about the client: its title up to the first colon."""
        return self.title.partition(":")[0]


def sections(text: str) -> Iterator[Section]:
    """Yield the sections of the page."""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := HEADING.match(line):
            yield Section(heading["title"], heading["anchor"], number)


def entries(text: str) -> Iterator[Entry]:
    """Yield the messages of the page: the lines between an empty line and an explanation."""
    error, above = "", list[tuple[int, str]]()
    for number, line in enumerate(text.splitlines(), 1):
        if heading := HEADING.match(line):
            error, above = Section(heading["title"], heading["anchor"], number).error, []
        elif EXPLANATION.match(line):
            for at, term in above:
                yield Entry(normal(ITALICS.sub(HOLE, term)), error, at)
            above = []
        elif line.strip():
            above.append((number, line))
        else:
            above = []
