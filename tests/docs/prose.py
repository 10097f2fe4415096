"""Checks of the prose: its words, the length of sentences, and the explanation of terms."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.docs.tree import DocsTree, Problem, find_fences

GLOSSARY = Path("docs/glossary.md")
# Other names of terms, and those in the glossary. Only the glossary may mention the other names.
SPELLINGS = {
    r"(?:history )?retention(?: window| period| time)?|restore windows?": "history window",
    r"backup files?|back-up branch(?:es)?": "backup branch",
    r"sub-?branch(?:es)?": "child branch",
    r"time[- ]travel(?-i:(?<!Time Travel))": "Time Travel",
    r"lsns?(?-i:(?<!LSN)(?<!LSNs))": "LSN",
    r"time[- ]stamps?": "timestamp",
    r"PostgreSQL|postgres(?-i:(?<!Postgres))": "Postgres",
    r"compute (?:node|instance)s?": "compute",
    r"main branch|master branch": "root branch, or default branch",
    r"neon cli(?-i:(?<!Neon CLI))|neonctl": "Neon CLI",
    r"api keys?(?-i:(?<!API key)(?<!API keys))": "API key",
    r"to rollback|roll-backs?": "to roll back, or a rollback",
}
# Words that no sentence may have, and what to write instead.
WORDS = {
    # Words that sell, rush or belittle.
    r"simply|easily|easy|obviously|basically|of course|please|note that": "the fact alone",
    r"just(?! (?:after|before|dropped)\b)": "“only”, or nothing",
    r"powerful|seamless(?:ly)?|robust|effortless(?:ly)?|blazing|lightning|awesome|amazing|great"
    r"|beautiful|rich|cutting-edge|state-of-the-art|world-class": "what it does",
    r"leverag(?:e|es|ed|ing)|utili[sz](?:e|es|ed|ing)": "“use”",
    r"in order to": "“to”",
    # Person and tense.
    r"we|us|let's|our": "who it is, or “you”",
    r"the users?": "“you”",
    r"will be|will have|will get|will return|will show|will print|will see": "the present tense",
    # Abbreviations and dashes.
    r"e\.g\.|i\.e\.|etc\.|via": "English words",
    r"[—–]": "two sentences, a comma or a colon",  # noqa: RUF001
}
LONGEST = 36
"""The maximum number of words in a sentence."""
# Terms of the glossary that have their ordinary meaning on the pages.
PLAIN = {
    "Branch Restore", "Destination", "Endpoint", "Point in time", "Project", "Source", "Timestamp",
}  # fmt: skip

# Markup that is not prose: code, link targets, HTML and the attributes of headings.
CODE = re.compile(r"`[^`]+`|<[^>]*>|\{[^}]*\}|(?<=\])\([^)]*\)|(?<=\])\[[^\]]*\]")
FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
# The name of an argument or an attribute in a docstring.
NAME = re.compile(r"^ +\w+: ")
MARK = re.compile(r"^\s*(?:#+ |[-*] |\d+\. |: +|[!?]{3}\+? \w+ |=== |> )*")
LINK = re.compile(r"\[(?P<text>[^\]]*)\]")
END = re.compile(r"(?<=[.!?:;])[\"”)*]*\s+")


class Line(NamedTuple):
    """A line of prose, with its code and link targets blanked or removed."""

    path: Path
    number: int
    text: str

    @property
    def is_heading(self) -> bool:
        """Whether the line is a heading, or begins with words in bold."""
        return self.text.startswith("#") or bool(re.match(r"\s*(?:[-*] )?\*\*", self.text))

    @property
    def is_sentence(self) -> bool:
        """Whether the line has sentences; a heading, a table row and a tab title have none."""
        return not re.match(r"#|\s*(?:\||=== )", self.text)


def prose(path: Path, text: str) -> list[Line]:
    """Return the prose of a page, without the messages that it quotes.

    Another test compares the messages, which stand above their meaning, with their source.
    """
    fenced = {
        number
        for fence in find_fences(path, text)
        for number in range(fence.line, (fence.end or fence.line) + 1)
    }
    front = FRONT.match(text)
    fenced |= set(range((front[0].count("\n") if front else 0) + 1))
    found: list[Line] = []
    below = ""
    for number, line in reversed(list(enumerate(text.splitlines(), 1))):
        is_message = below.startswith(": ") and not line.startswith(":") and line.strip()
        below = ": " if is_message else line
        # The text below a picture also says what it shows, and a directive has no prose.
        is_markup = line.startswith(("<", ":::"))
        if number not in fenced and line.strip() and not is_message and not is_markup:
            found.append(Line(path, number, CODE.sub(lambda code: " " * len(code[0]), line)))
    return found[::-1]


def docstrings(path: Path, text: str) -> list[Line]:
    """Return the lines of a module's docstrings, from which the reference is generated."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if ast.get_docstring(node) else None
            lines = (ast.get_docstring(node, clean=False) or "").splitlines()
            for number, line in enumerate(lines, first.lineno if first else 0):
                code = line.lstrip().startswith((">>>", "#>"))
                found += [] if code else [Line(path, number, CODE.sub("", NAME.sub("", line)))]
    return found


def wrong_words(lines: list[Line]) -> Iterator[Problem]:
    """Find words that the pages do not use."""
    for line in lines:
        rules = WORDS if line.path == GLOSSARY else SPELLINGS | WORDS
        for words, instead in rules.items():
            for found in re.finditer(rf"(?<![\w-])(?:{words})(?![\w-])", line.text, re.IGNORECASE):
                yield Problem(line.path, line.number, f"“{found[0]}”", f"Write {instead}")


def long_sentences(lines: list[Line]) -> Iterator[Problem]:
    """Find sentences of more than `LONGEST` words, which a hurried reader reads twice."""
    for line in filter(lambda line: line.is_sentence, lines):
        for sentence in END.split(MARK.sub("", line.text)):
            words = len(re.findall(r"\w[\w'-]*", sentence))
            if words > LONGEST:
                yield Problem(
                    line.path,
                    line.number,
                    f"a sentence of {words} words: “{sentence[:40]}…”",
                    f"Make two of it: {LONGEST} are enough",
                )


def terms(tree: DocsTree) -> dict[str, re.Pattern[str]]:
    """Return the glossary terms that need an explanation, each with a pattern of its forms."""
    names = re.findall(r"(?m)^## (.+)$", tree.text(GLOSSARY))
    return {
        name: re.compile(
            rf"(?<![\w-]){re.escape(name.removesuffix(' Assist'))}(?:e?s)?(?![\w-])", re.IGNORECASE
        )
        for name in names
        if name not in PLAIN
    }


def unexplained_terms(tree: DocsTree, lines: list[Line]) -> Iterator[Problem]:
    """Find terms that a page uses before it explains or links them.

    The first mention in a sentence must be in a link, or below a heading that has the term.
    """
    for name, term in terms(tree).items():
        for line in lines:
            found = term.search(line.text)
            if not found or not (line.is_sentence or line.is_heading):
                continue
            spans = [link.span() for link in LINK.finditer(line.text)]
            is_linked = any(start < found.start() < end for start, end in spans)
            if not line.is_heading and not is_linked:
                anchor = name.lower().replace(" ", "-")
                yield Problem(
                    line.path,
                    line.number,
                    f"“{found[0]}” is used before it is explained",
                    f"Link it to glossary.md#{anchor}, or explain it first",
                )
            break
