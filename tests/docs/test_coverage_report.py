"""A run that did not check a block fails, and names the block."""

from pathlib import Path

import pytest

from tests.docs.coverage_report import OUTPUT, CoverageReport, CoveredBlock, entries_of
from tests.docs.harness import write_files
from tools.docs.tree import DocsTree

PLACE = "docs/index.md:3"
REASON = "there is no browser here"


@pytest.fixture
def report() -> CoverageReport:
    """Return a report with two blocks to check, on one page."""
    return CoverageReport(
        [CoveredBlock("runs", PLACE, "a.py"), CoveredBlock("output", "docs/index.md:7", "a.py.out")]
    )


def test_all_proved_is_no_problem(report: CoverageReport) -> None:
    """A table with equal numbers shown and checked passes, but only if the site has this table."""
    report.prove("a.py")
    report.prove("a.py.out")
    page = report.table(as_published=True)
    assert report.problems(page, publishing=True) == []
    assert page.splitlines()[1].split() == ["runs", "1", "1"]
    (problem,) = report.problems("", publishing=False)
    assert "make outputs" in problem


def test_what_cannot_run_here_is_a_problem_for_publishing_only(report: CoverageReport) -> None:
    """A machine may lack a program; one that publishes may not. Without a reason, both fail."""
    report.prove("a.py.out")
    (problem,) = report.problems(report.table(as_published=True), publishing=False)
    assert problem.startswith(PLACE)
    report.not_run_here("a.py", REASON)
    line = f"not run here: 1 block, because {REASON}: {PLACE}"
    page = report.table(as_published=True)
    assert report.not_run_lines() == [line]
    assert report.problems(page, publishing=False) == []
    assert report.problems(page, publishing=True) == [f"publishing needs every block: {line}"]


def test_readme_and_docstrings_are_counted(tmp_path: Path) -> None:
    files = {
        "README.md": "# Title\n\n```python\nprint(2)\n#> 2\n```\n\n```sh\nmake test\n```\n",
        "src/neon_restore/one.py": '"""A module.\n\n```python\nprint(1)\n#> 1\n```\n"""\n',
        "docs/index.md": "# Page\n",
    }
    entries = entries_of(DocsTree(write_files(tmp_path, files)))
    assert [(entry.row, entry.place) for entry in entries] == [
        ("README", "README.md:3"),
        ("docstring", "src/neon_restore/one.py:3"),
    ]


@pytest.mark.parametrize(
    ("body", "publish", "passes", "says"),
    [
        ("report.prove('a.py')", False, True, "runs                     1       1"),
        ("pass", False, False, "docs/index.md:1: shown, but nothing proved it"),
        (f"report.not_run_here('a.py', '{REASON}')", True, False, "publishing needs every block"),
    ],
)
def test_the_exit_status_says_whether_all_was_proved(
    body: str,
    publish: bool,
    passes: bool,
    says: str,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published = CoverageReport([CoveredBlock("runs", "", "a.py")], proved={"a.py"})
    files = {
        "README.md": "Nothing.",
        "docs/index.md": '```python\n--8<-- "a.py"\n```\n',
        "snippets/a.py": "print(1)",
        f"snippets/{OUTPUT}": published.table(as_published=True),
        "src/neon_restore/__init__.py": "",
    }
    write_files(pytester.path, files)
    pytester.makepyfile(
        "from tests.docs.plugin import REPORT\n"
        "def test_one(pytestconfig):\n"
        "    report = pytestconfig.stash[REPORT]\n"
        f"    {body}\n"
    )
    monkeypatch.setenv("PUBLISH", "1" if publish else "")
    result = pytester.runpytest_inprocess("-p", "tests.docs.plugin", "--all-blocks")
    assert result.ret == (pytest.ExitCode.OK if passes else pytest.ExitCode.TESTS_FAILED)
    result.stdout.fnmatch_lines([f"*{says}*"])
