"""`make quick` skips a test only while nothing that it depends on has changed."""

from pathlib import Path

import pytest

from tests.remembered import BLOCKS, key, shared
from tools.docs.tree import DocsTree

FILES = {
    "src/client.py": "",
    "tests/docs/checks.py": "",
    "tools/docs/examples.py": "",
    "tools/postbuild.py": "",
    "requirements/dev.txt": "",
    "pyproject.toml": "",
    "package-lock.json": "",
    "snippets/setup.toml": '[before]\n"a/two.py" = ["a/one.py"]\n',
    "snippets/a/one.py": "",
    "snippets/a/two.py": "",
    "snippets/a/two.py.out": "",
    "snippets/b/other.py": "",
    "docs/index.md": "",
}
OF_ALL = [name for name in FILES if not name.startswith(("snippets", "docs"))]
OF_BLOCK = [name for name in FILES if name.startswith(("snippets/a", "snippets/setup"))]
BLOCK = f"{BLOCKS}::test_a_block[a/two.py]"
OTHER = "tests/client/test_restore.py::test_restore"


def keys(root: Path) -> tuple[str | None, str | None]:
    """Return the keys of the test of a block and of a client test."""
    common = shared(root)
    return key(DocsTree(root), BLOCK, "a/two.py", common), key(DocsTree(root), OTHER, None, common)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a folder with a file of each kind."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_a_change_makes_cold_what_depends_on_it(name: str, root: Path) -> None:
    """All tests depend on code and locks; a block also on its chain, its outputs, its set-up."""
    before = keys(root)
    assert keys(root) == before
    (root / name).write_text(f"{FILES[name]}# changed\n", "utf-8")
    after = keys(root)
    changed = [one != two for one, two in zip(before, after, strict=True)]
    assert changed == [name in OF_ALL or name in OF_BLOCK, name in OF_ALL]


def test_a_file_that_comes_or_goes_is_a_change(root: Path) -> None:
    """So is a new output of a block."""
    before = keys(root)
    (root / "snippets/a/one.py.out").touch()
    (root / "src/new.py").touch()
    assert all(one != two for one, two in zip(before, keys(root), strict=True))


def test_what_reads_all_pages_is_not_remembered(root: Path) -> None:
    """A documentation test that is not about a single block always runs."""
    assert key(DocsTree(root), "tests/docs/test_pages.py::test_pages", None, "") is None
    assert key(DocsTree(root), f"{BLOCKS}::test_every_proof", None, "") is None


def test_what_reads_more_than_counts_is_not_remembered(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither are tests that start a program or fail; the summary has the count."""
    monkeypatch.setattr("tests.remembered.ROOT", pytester.path)
    monkeypatch.setattr("tests.remembered.STORE", pytester.path / ".cache" / "store.json")
    pytester.makepyfile(
        **{
            "tests/test_reads": "def test_reads():\n    open('page.md').close()",
            "tests/test_starts": "import subprocess\n\n\n"
            "def test_starts():\n    subprocess.run(['true'], check=True)",
            "tests/test_fails": "def test_fails():\n    assert False",
            "tests/test_one": "def test_one():\n    pass",
        }
    )
    (pytester.path / "page.md").touch()
    options = ("-p", "tests.docs.plugin", "-p", "tests.remembered", "--remember", "-q")
    for cold, remembered in (4, 0), (3, 1):
        result = pytester.runpytest_inprocess(*options, "tests")
        result.stdout.fnmatch_lines([f"proved cold: {cold} tests; remembered: {remembered}"])
