"""Tests that missing programs are reported, and that programs run in a separate environment."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.coverage_report import CoverageReport
from tests.docs.run_policy import QUICK, RunPolicy
from tests.sandbox.cli.process import eventually
from tools.docs import requirements
from tools.docs.tree import DocsTree

SNIPPETS = {
    "a/memory.py": "print(1)\n",
    "rows/a.py": "print(1)\n",
    "a/curl.sh": "# Not neon, not psql.\ncurl https://console.neon.tech | jq .\n",
    "a/neon.sh": 'uri=$(neon connection-string)\npsql "$uri"\n',
    "a/after.sh": "curl x\n",
    "a/query.sql": "SELECT 1;\n",
    "a/synopsis.txt": "neon branches restore <target>\n",
    "a/form.txt": "{name}\n",
    "a/jobs.yml": "jobs:\n",
    "install/client.sh": "pip install .\n",
    "install/sandbox.sh": 'pip install ".[sandbox]"\n',
    "setup.toml": 'postgres = ["rows/a.py"]\n'
    'outside = ["install/client.sh", "install/sandbox.sh"]\n'
    '[before]\n"a/after.sh" = ["a/neon.sh"]\n',
}


@pytest.fixture
def small(tmp_path: Path) -> DocsTree:
    """Return a tree with one snippet of each kind."""
    for name, text in SNIPPETS.items():
        path = tmp_path / "snippets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return DocsTree(tmp_path)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty folder, which is the only one that programs are searched in."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setattr(requirements, "PATH", str(folder))
    requirements.lacks.cache_clear()
    yield folder
    requirements.lacks.cache_clear()


def make_program(path: Path, script: str) -> None:
    """Write an executable shell script."""
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("snippet", "needs"),
    [
        ("a/memory.py", set()),
        ("rows/a.py", {"postgres"}),
        ("a/curl.sh", {"curl", "jq", "postgres"}),
        ("a/neon.sh", {"neon", "psql", "postgres"}),
        ("a/after.sh", {"curl", "neon", "psql", "postgres"}),
        ("a/query.sql", {"psql", "postgres"}),
        ("a/synopsis.txt", {"neon"}),
        ("a/form.txt", set()),
        ("a/jobs.yml", {"postgres"}),
        ("install/client.sh", set()),
        ("install/sandbox.sh", {"postgres"}),
    ],
)
def test_what_a_block_takes_is_read_from_it(snippet: str, needs: set[str], small: DocsTree) -> None:
    """A block needs the programs that it calls, and those that the blocks before it call."""
    assert requirements.needs(small, snippet) == needs


def test_a_program_that_is_not_there_is_named(programs: Path) -> None:
    assert requirements.lacks("jq") == "there is no jq here"
    make_program(programs / "jq", "")
    requirements.lacks.cache_clear()
    assert requirements.lacks("jq") is None


@pytest.mark.parametrize(("version", "enough"), [("152.0", False), ("153.7.0esr", True)])
def test_an_old_firefox_is_not_enough(
    version: str, enough: bool, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver of Firefox needs features that only recent versions have."""
    monkeypatch.setenv("PATH", str(programs))
    make_program(programs / "firefox", f"echo Mozilla Firefox {version}")
    assert (requirements.lacks("firefox") is None) is enough


def test_a_psql_without_tls_is_not_enough(programs: Path) -> None:
    """A psql that was built without TLS cannot use the connection strings of Neon."""
    make_program(programs / "psql", "echo SSL support is not compiled in >&2; exit 1")
    assert requirements.lacks("psql") == "the psql here does not speak TLS"


def test_what_is_missing_is_noted_with_its_output(small: DocsTree, programs: Path) -> None:
    """A block that cannot run here counts as not run, and so does its output file."""
    policy = RunPolicy(small, CoverageReport(), real=True, writing=False)
    assert policy.cannot("a/curl.sh")
    assert policy.report.missing == dict.fromkeys(
        ["a/curl.sh", "a/curl.sh.out"], "there is no curl here"
    )


def test_the_inner_loop_leaves_out_what_takes_programs(small: DocsTree) -> None:
    """Without `--real` only Python in memory runs; the reason names the target for the rest."""
    policy = RunPolicy(small, CoverageReport(), real=False, writing=False)
    assert policy.cannot("a/curl.sh")
    assert not policy.cannot("a/memory.py")
    assert set(policy.report.missing.values()) == {QUICK}


def test_a_program_sees_only_what_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the caller's environment, only the time zone and the language reach a block."""
    monkeypatch.setenv("PGPASSWORD", "of somebody")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.delenv("LOCPATH", raising=False)
    ended = requirements.run(
        ["env"], tmp_path, requirements.environment(tmp_path, {"NEON_API_KEY": "key"})
    )
    seen = dict(line.split("=", 1) for line in ended.out.splitlines())
    assert (seen.pop("TZ"), seen.pop("LANG")) == ("Pacific/Kiritimati", "C")
    node = {"NODE_COMPILE_CACHE", "NODE_OPTIONS"}
    assert seen.keys() == {"PATH", "HOME", "LC_MESSAGES", "NEON_API_KEY"} | node


def test_a_program_that_does_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed with all its child processes, and its output until then is kept."""
    mark = tmp_path / "mark"
    communicate = subprocess.Popen.communicate

    def once_begun(
        self: subprocess.Popen[str], sent: str | None = None, timeout: float | None = None
    ) -> Any:
        """Start the timeout after the program has written, however slowly it starts."""
        if timeout is not None:
            eventually(mark.exists, "the program did not begin")
        return communicate(self, sent, timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", once_begun)
    monkeypatch.setattr(requirements, "PATIENCE", 0.1)
    script = ["bash", "-c", "echo begun; sleep 600 & echo $! >pid; mv pid mark; wait"]
    ended = requirements.run(script, tmp_path, {"PATH": requirements.PATH})
    assert (ended.status, ended.out) == (124, "begun\n")
    assert ended.err == "\nit had not ended after 0.1 seconds"
    started = mark.read_text("utf-8").strip()
    left = requirements.run(
        ["ps", "-o", "stat=", "-p", started], tmp_path, {"PATH": requirements.PATH}
    )
    # An ended process that its parent has not waited for yet has the status Z.
    assert left.out.strip()[:1] in {"", "Z"}


@pytest.mark.parametrize(("fonts", "enough"), [("", False), ("/a.ttf: A:style=Book", True)])
def test_chromium_needs_a_font(
    fonts: str, enough: bool, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chromium exits if fontconfig finds no font at all, so no test starts it then."""
    monkeypatch.setenv("PATH", str(programs))
    make_program(programs / "chromium", "")
    make_program(programs / "fc-list", f"echo -n '{fonts}'")
    assert (requirements.lacks("browser") is None) is enough
