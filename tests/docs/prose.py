"""Checks of the prose: its words, the length of sentences, and the explanation of terms."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.docs.checks import lines_in
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
    """Return the prose of a page, without the messages above a meaning: another test has them."""
    fenced = lines_in(find_fences(path, text))
    if front := FRONT.match(text):
        fenced |= {*range(front[0].count("\n") + 1)}
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
            lines = (ast.get_docstring(node, clean=False) or "").splitlines()
            for number, line in enumerate(lines, node.body[0].lineno if lines else 0):
                if not line.lstrip().startswith((">>>", "#>")):
                    found.append(Line(path, number, CODE.sub("", NAME.sub("", line))))
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
    for line in (line for line in lines if line.is_sentence):
        for sentence in END.split(MARK.sub("", line.text)):
            words = len(re.findall(r"\w[\w'-]*", sentence))
            if words > LONGEST:
                what = f"a sentence of {words} words: “{sentence[:40]}…”"
                remedy = f"Make two of it: {LONGEST} are enough"
                yield Problem(line.path, line.number, what, remedy)


def terms(tree: DocsTree) -> dict[str, re.Pattern[str]]:
    """Return the glossary terms that need an explanation, each with a pattern of its forms."""
    forms = r"(?i)(?<![\w-]){}(?:e?s)?(?![\w-])"
    return {
        name: re.compile(forms.format(re.escape(name.removesuffix(" Assist"))))
        for name in re.findall(r"(?m)^## (.+)$", tree.text(GLOSSARY))
        if name not in PLAIN
    }


def unexplained_terms(tree: DocsTree, lines: list[Line]) -> Iterator[Problem]:
    """Find terms whose first mention is not in a link, nor below a heading that has the term."""
    for name, term in terms(tree).items():
        for line in lines:
            found = term.search(line.text)
            if not found or not (line.is_sentence or line.is_heading):
                continue
            spans = [link.span() for link in LINK.finditer(line.text)]
            is_linked = any(start < found.start() < end for start, end in spans)
            if not line.is_heading and not is_linked:
                what = f"“{found[0]}” is used before it is explained"
                anchor = name.lower().replace(" ", "-")
                remedy = f"Link it to glossary.md#{anchor}, or explain it first"
                yield Problem(line.path, line.number, what, remedy)
            break
