"""Tests of the prose: its words, the length of its sentences, the explanation of its terms."""

from pathlib import Path

import pytest

from tests.docs import prose
from tests.docs.harness import nothing_in
from tests.docs.prose import Line
from tools.docs.tree import DocsTree

BESIDE = ("CHANGELOG", "CONTRIBUTING", "README", "RELEASING", "SECURITY", "tests/browser/journeys")
PAGE = Path("docs/page.md")


@pytest.fixture(scope="module")
def lines(tree: DocsTree) -> list[Line]:
    """Return the lines of the pages, of the files beside them, and of the client's docstrings."""
    pages = [*tree.pages, *(Path(f"{name}.md") for name in BESIDE)]
    found = [line for page in pages for line in prose.prose(page, tree.text(page))]
    for path in sorted((tree.root / "src/neon_restore").rglob("*.py")):
        found += prose.docstrings(path.relative_to(tree.root), tree.text(path))
    return found


def test_terms_and_words_are_those_of_the_house(lines: list[Line]) -> None:
    nothing_in(prose.wrong_words(lines))


def test_sentences_are_short(lines: list[Line]) -> None:
    nothing_in(prose.long_sentences(lines))


def test_no_term_is_used_before_it_is_explained(tree: DocsTree) -> None:
    """The first mention of a term on a page links to its explanation, or comes after it."""
    for page in {*tree.pages} - {prose.GLOSSARY}:
        nothing_in(prose.unexplained_terms(tree, prose.prose(page, tree.text(page))))


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
    lines = prose.prose(PAGE, text)
    found = [*prose.wrong_words(lines), *prose.long_sentences(lines)]
    assert [f"{problem.line}: {problem.what}" for problem in found] == problems


def test_a_docstring_is_read_without_its_code() -> None:
    text = 'def f(lsn):\n  """Easy.\n\n  >>> easy()\n\n  Args:\n    lsn: A postgres.\n  """\n'
    problems = prose.wrong_words(prose.docstrings(PAGE, text))
    assert [(p.line, p.what) for p in problems] == [(2, "“Easy”"), (7, "“postgres”")]


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
