"""What one more example costs: the tests of the pages with and without copies of one."""

import os
import shutil
import tempfile
from pathlib import Path

from bench.measure import ROOT, medians, python, report, seconds

COPIES, TIMES = 20, 3
COPIED = ("docs", "snippets", "src", "tests", "tools")
FILES = ("README.md", "mkdocs.yml", "pyproject.toml")
TESTS = ("tests/docs/test_examples.py", "tests/docs/test_pages.py", "tests/docs/test_clean.py")
EXAMPLE = "index/restore.py"


def copy_to(folder: Path) -> Path:
    """Copy what the tests of the pages read."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copyfile(ROOT / name, folder / name)
    # The contract is read from what npm installed.
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return folder


def multiply(folder: Path) -> Path:
    """Add copies of an example and its output, and show them on a page."""
    page = folder / "docs" / "index.md"
    snippets = folder / "snippets"
    added = ["\n"]
    for number in range(COPIES):
        name = f"index/copy_{number}.py"
        for ending in ("", ".out"):
            shutil.copyfile(snippets / f"{EXAMPLE}{ending}", snippets / f"{name}{ending}")
        added += ["\n```python\n", f'--8<-- "{name}"\n', "```\n"]
        added += ["\n```{ .text .no-copy }\n", f'--8<-- "{name}.out"\n', "```\n"]
    page.write_text(page.read_text("utf-8") + "".join(added), "utf-8")
    return folder


def prove(folder: Path) -> float:
    """Return the seconds that the tests of the pages take in a folder."""
    os.environ["PYTHONPATH"] = str(folder / "src")
    return seconds(lambda: python("-m", "pytest", "-q", *TESTS, cwd=folder))


def main() -> None:
    """Print the milliseconds that each copy adds."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        few, many = copy_to(Path(one)), multiply(copy_to(Path(two)))
        prove(few), prove(many)
        base, more = medians(TIMES, lambda: prove(few), lambda: prove(many))
    del os.environ["PYTHONPATH"]
    report("one more example", f"{(more - base) / COPIES * 1000:.0f} ms", "at most 50 ms")


if __name__ == "__main__":
    main()
