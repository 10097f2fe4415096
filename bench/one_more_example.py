"""Time of one more block, for each way to run a block."""

import os
import shutil
import tempfile
from pathlib import Path

from bench.measure import ROOT, medians, python, report, seconds

COPIED = ("docs", "snippets", "src", "tests", "tools")
FILES = ("README.md", "mkdocs.yml", "pyproject.toml")
TESTS = ("tests/docs/test_examples.py", "tests/docs/test_pages.py", "tests/docs/test_clean.py")
# The example, its number of copies, the number of measurements, and the limit of each copy.
BLOCKS = {
    "Python": ("branch-restore/minutes_ago.py", 40, 3, "at most 50 ms"),
    "Python, on rows": ("index/restore.py", 4, 1, "a fresh Postgres"),
    "SQL": ("recover-one-table/look.sql", 4, 1, "a fresh Postgres"),
    "curl": ("index/restore_curl.sh", 4, 1, "a fresh Postgres, and the calls"),
    "Neon CLI": ("index/restore_cli.sh", 4, 1, "a fresh Postgres, and the CLI's starts"),
}
FENCES = {".py": "python", ".sh": "bash", ".sql": "sql"}


def copy_to(folder: Path, example: str, copies: int) -> Path:
    """Copy the files that the page tests read, and add copies of an example to a page."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copyfile(ROOT / name, folder / name)
    # npm installed the API description and the Neon CLI there.
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    page, snippets = folder / "docs" / "index.md", folder / "snippets"
    path = Path(example)
    added = ["\n"]
    for number in range(copies):
        name = f"{path.parent}/one_more_{number}{path.suffix}"
        for ending in ("", ".out"):
            shutil.copyfile(snippets / f"{example}{ending}", snippets / f"{name}{ending}")
        added += [f"\n```{FENCES[path.suffix]}\n", f'--8<-- "{name}"\n', "```\n"]
        added += ["\n```{ .text .no-copy }\n", f'--8<-- "{name}.out"\n', "```\n"]
    page.write_text(page.read_text("utf-8") + "".join(added), "utf-8")
    return folder


def prove(folder: Path) -> float:
    """Return the seconds that the tests of the copies and of all pages take in a folder."""
    os.environ["PYTHONPATH"] = str(folder / "src")
    options = ("-q", "--real", "-k", "one_more_ or test_pages or test_clean")
    try:
        return seconds(lambda: python("-m", "pytest", *options, *TESTS, cwd=folder))
    finally:
        del os.environ["PYTHONPATH"]


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


if __name__ == "__main__":
    main()
