"""Tests of the parts of `make serve`: edits are detected, and failures have file and line."""

import os
import sys
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from tests.docs.harness import write_files
from tools.docs import requirements
from tools.serve import failure, watch
from tools.serve.live_reload import Build, LiveReloadServer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small source with a page that has two dead links."""
    files = {
        "mkdocs.yml": "site_name: Small\nvalidation: {links: {anchors: warn}}\n",
        "docs/index.md": "# One\n\n[Gone](gone.md)\n\n[There](other.md#gone)\n",
        "docs/other.md": "# Other\n",
    }
    return write_files(tmp_path, files)


def test_a_dead_link_is_named_by_its_line(root: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    ended = requirements.run(command, root, {**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    assert ended.status
    missing, anchor = failure.reasons(ended.err, root)
    assert missing.startswith("docs/index.md:3: Doc file 'index.md' contains a link 'gone.md'")
    assert anchor.startswith("docs/index.md:5: Doc file 'index.md' contains a link 'other.md#gone'")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ('  File "{root}/docs/x.py", line 7, in f\n  File "/lib/a.py", line 9\nKeyError: 1\n\n',
         "docs/x.py:7: KeyError: 1"),
        ('  File "/project/docs/x.py", line 7, in f\n    ~~~^^^\nOSError: no\n',
         "docs/x.py:7: OSError: no"),
        ('File "{root}/docs/x.py", line 7, in f\nValueError: docs/a.md:1: begins without title',
         "docs/a.md:1: begins without title"),
        ('while parsing\n  in "{root}/docs/x.py", line 15, column 6\nexpected "]"\n'
         '  in "{root}/docs/x.py", line 18, column 7\n', 'docs/x.py:18: expected "]"'),
    ],
)  # fmt: skip
def test_a_traceback_is_named_by_its_last_place_here(output: str, reason: str, root: Path) -> None:
    """The reason is the last place here in a traceback or a YAML error, and the error message."""
    (root / "docs/x.py").write_text("", "utf-8")
    assert failure.reasons(output.replace("{root}", str(root)), root) == [reason]


def test_what_nobody_foresaw_is_shown_as_it_ended() -> None:
    lines = [f"line {number}" for number in range(100)]
    assert failure.reasons("\n".join(lines)) == lines[-failure.LAST_LINES :]


def test_an_edit_is_noticed(root: Path) -> None:
    before = watch.look(root)
    (root / "docs/other.md").unlink()
    names = ("docs/new.md", "docs/.index.md.swp", "docs/index.md~", "src/__pycache__/a.pyc")
    write_files(root, {"docs/index.md": "# Longer\n" * 9, **dict.fromkeys(names, "")})
    changed = watch.changed(before, watch.look(root))
    assert changed == ["docs/index.md", "docs/new.md", "docs/other.md"]


def test_waiting_for_an_edit_ends_with_all() -> None:
    is_over = Event()
    is_over.set()
    assert watch.next_edit({}, is_over) == {}


def test_before_the_first_build_nothing_is_answered(tmp_path: Path) -> None:
    """A request waits for the first build; if that fails, the page says so and refreshes."""
    with LiveReloadServer("/", ("127.0.0.1", 0)) as server:
        Thread(target=server.fail).start()
        answer = httpx.get(server.url)
        assert (answer.status_code, answer.headers["Refresh"]) == (503, "1")
        (tmp_path / "index.html").write_text("<p>", "utf-8")
        server.publish(Build(tmp_path))
        assert httpx.get(server.url).status_code == 200


def test_python_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "assets/python/a/manifest.json"
    (tmp_path / "404.html").write_text("", "utf-8")
    file.parent.mkdir(parents=True)

    class Packed(Event):
        def wait(self, timeout: float | None = None) -> bool:
            file.write_text("{}", "utf-8")
            return True

    build = Build(tmp_path, Packed())
    assert build.python == "a"
    with LiveReloadServer("/", ("127.0.0.1", 0)) as server:
        server.publish(build)
        assert httpx.get(f"{server.url}assets/python/a/manifest.json").text == "{}"
