"""Time of one more block, for each way to run a block."""

import os
import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

from bench.measure import medians, python, report, seconds
from tools.docs.tree import ENDINGS
from tools.serve.process import copy_repository

TESTS = ("tests/docs/test_examples.py", "tests/docs/test_pages.py", "tests/docs/test_clean.py")
# The example, its number of copies, the number of measurements, and the limit of each copy.
BLOCKS = {
    "Python": ("branch-restore/minutes_ago.py", 40, 3, "at most 50 ms"),
    "Python, on rows": ("index/restore.py", 4, 1, "a fresh Postgres"),
    "SQL": ("recover-one-table/look.sql", 4, 1, "a fresh Postgres"),
    "curl": ("index/restore_curl.sh", 4, 1, "a fresh Postgres, and the calls"),
    "Neon CLI": ("index/restore_cli.sh", 4, 1, "a fresh Postgres, and the CLI's starts"),
}


def copy_to(folder: Path, example: str, copies: int) -> Path:
    """Copy the repository, and add copies of an example to a page."""
    copy_repository(folder)
    page, snippets = folder / "docs" / "index.md", folder / "snippets"
    path = Path(example)
    language = ENDINGS[path.suffix].language
    added = ["\n"]
    for number in range(copies):
        name = f"{path.parent}/one_more_{number}{path.suffix}"
        for ending in ("", ".out"):
            shutil.copyfile(snippets / f"{example}{ending}", snippets / f"{name}{ending}")
        added += [f"\n```{language}\n", f'--8<-- "{name}"\n', "```\n"]
        added += ["\n```{ .text .no-copy }\n", f'--8<-- "{name}.out"\n', "```\n"]
    page.write_text(page.read_text("utf-8") + "".join(added), "utf-8")
    return folder


def prove(folder: Path) -> float:
    """Return the seconds that the tests of the copies and of all pages take in a folder."""
    options = ("-q", "--real", "-k", "one_more_ or test_pages or test_clean")
    with patch.dict(os.environ, PYTHONPATH=str(folder / "src")):
        return seconds(lambda: python("-m", "pytest", *options, *TESTS, cwd=folder))


def each(example: str, copies: int, times: int) -> float:
    """Return the seconds that each copy of an example adds."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        few = copy_to(Path(one), example, 1)
        many = copy_to(Path(two), example, 1 + copies)
        prove(few), prove(many)  # fills the caches
        base, more = medians(times, lambda: prove(few), lambda: prove(many))
    return (more - base) / copies


def main() -> None:
    """Print the time that each copy adds."""
    for language, (example, copies, times, limit) in BLOCKS.items():
        metric = f"{each(example, copies, times) * 1000:.0f} ms"
        report(f"one more block, {language}", metric, limit)
