"""Tests of the prose: its words, the length of its sentences, the explanation of its terms."""

from pathlib import Path

import pytest

from tests.docs import prose
from tests.docs.prose import Line
from tests.docs.test_pages import nothing_in
from tools.docs.tree import DocsTree

AROUND = [
    *(
        Path(f"{name}.md")
        for name in ("CHANGELOG", "CONTRIBUTING", "README", "RELEASING", "SECURITY")
    ),
    Path("tests/browser/journeys.md"),
]
MODULES = Path("src/neon_restore")
PAGE = Path("docs/page.md")


@pytest.fixture(scope="module")
def lines(tree: DocsTree) -> list[Line]:
    """Return the lines of the pages, of the files beside them, and of the client's docstrings."""
    pages = [*tree.pages, *AROUND]
    modules = sorted(path.relative_to(tree.root) for path in (tree.root / MODULES).rglob("*.py"))
    found = [line for page in pages for line in prose.prose(page, tree.text(page))]
    return found + [line for path in modules for line in prose.docstrings(path, tree.text(path))]


def test_terms_and_words_are_those_of_the_house(lines: list[Line]) -> None:
    """A term is spelled as in the glossary, and no forbidden word is used."""
    nothing_in(prose.wrong_words(lines))


def test_sentences_are_short(lines: list[Line]) -> None:
    """A sentence has at most `prose.LONGEST` words, so that one reading is enough."""
    nothing_in(prose.long_sentences(lines))


def test_no_term_is_used_before_it_is_explained(tree: DocsTree) -> None:
    """The first mention of a term on a page links to its explanation, or comes after it."""
    for page in tree.pages:
        if page != prose.GLOSSARY:
            nothing_in(prose.unexplained_terms(tree, prose.prose(page, tree.text(page))))


def found(text: str) -> list[str]:
    """Return the problems with the words and sentences of a page, with line numbers."""
    lines = prose.prose(PAGE, text)
    problems = [*prose.wrong_words(lines), *prose.long_sentences(lines)]
    return [f"{problem.line}: {problem.what}" for problem in problems]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("The history window.", []),
        ("One.\n\nThe retention period.", ["3: “retention period”"]),
        ("# Time travel", ["1: “Time travel”"]),
        ("Time Travel, `time travel`, [past](time-travel.md) and {#time-travel}.", []),
        ("An lsn, in postgres.", ["1: “lsn”", "1: “postgres”"]),
        ("It is simply there.", ["1: “simply”"]),
        ("| a table | that is easy |", ["1: “easy”"]),
        ("---\ntitle: easy\n---\n\n```python\nprint('easy')\n```", []),
        ("It was easy, says Neon.\n:   A message of another's.", []),
        ("a " * 36 + "b.", [f"1: a sentence of 37 words: “{'a ' * 20}…”"]),
        ("- " + "word " * 30 + "end. " + "word " * 30, []),
    ],
)  # fmt: skip
def test_a_wrong_word_is_found(text: str, problems: list[str]) -> None:
    """Visible text is checked line by line; code, link targets and quoted messages are not."""
    assert found(text) == problems


def test_a_docstring_is_read_without_its_code() -> None:
    """Prose in a docstring is checked at its line; argument names and examples are not."""
    text = 'def f(lsn):\n  """Easy.\n\n  >>> easy()\n\n  Args:\n    lsn: A postgres.\n  """\n'
    problems = prose.wrong_words(prose.docstrings(PAGE, text))
    assert [(problem.line, problem.what) for problem in problems] == [
        (2, "“Easy”"),
        (7, "“postgres”"),
    ]


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        ("Its compute starts.", ["compute"]),
        ("Its [compute](glossary.md#compute) starts. The compute runs.", []),
        ("The computes, and later the [compute](glossary.md#compute).", ["computes"]),
        ("# Compute\n\nIts compute starts.", []),
        ("- **Compute**: what runs.\n\nIts compute starts.", []),
        ("| compute |\n\nIts compute starts.", ["compute"]),
        ("Its [backup branch](glossary.md#backup-branch).", []),
        ("To compute, computing, a project and its source.", ["compute"]),
    ],
)  # fmt: skip
def test_a_term_without_an_explanation_is_found(
    text: str, missed: list[str], tree: DocsTree
) -> None:
    """A link, a heading or bold text at the start of a line explains a term below it."""
    problems = prose.unexplained_terms(tree, prose.prose(PAGE, text))
    assert [problem.what.split("”")[0].removeprefix("“") for problem in problems] == missed
