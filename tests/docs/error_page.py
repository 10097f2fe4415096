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
    """A message on the page, normal in its form, under the error of its section."""

    text: str
    error: str
    line: int


class Section(NamedTuple):
    """An error or a message of Neon's, with the anchor that others link to."""

    title: str
    anchor: str
    line: int

    @property
    def error(self) -> str:
        """The class that a section of the client's is about; its title may go on to say more."""
        return self.title.partition(":")[0]


def sections(text: str) -> Iterator[Section]:
    """Yield the sections of the page."""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := HEADING.match(line):
            yield Section(heading["title"], heading["anchor"], number)


def entries(text: str) -> Iterator[Entry]:
    """Yield the messages of the page: the lines above an explanation, back to an empty one."""
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
