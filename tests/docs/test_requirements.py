"""Tests that missing programs are reported, and that programs run in a separate environment."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.docs.coverage_report import CoverageReport
from tests.docs.harness import make_program, write_files
from tests.docs.run_policy import QUICK, RunPolicy
from tests.sandbox.cli.process import eventually
from tools.docs import requirements
from tools.docs.tree import DocsTree

CURL = "# Not neon, not psql.\ncurl https://console.neon.tech | jq .\n"
NEON = 'uri=$(neon connection-string)\npsql "$uri"\n'
# Each snippet with what it needs: the programs that it calls, and those of the blocks before it.
SNIPPETS: dict[str, tuple[str, set[str]]] = {
    "a/memory.py": ("print(1)\n", set()),
    "rows/a.py": ("print(1)\n", {"postgres"}),
    "a/curl.sh": (CURL, {"curl", "jq", "postgres"}),
    "a/neon.sh": (NEON, {"neon", "psql", "postgres"}),
    "a/after.sh": ("curl x\n", {"curl", "neon", "psql", "postgres"}),
    "a/query.sql": ("SELECT 1;\n", {"psql", "postgres"}),
    "a/synopsis.txt": ("neon branches restore <target>\n", {"neon"}),
    "a/form.txt": ("{name}\n", set()),
    "a/jobs.yml": ("jobs:\n", {"postgres"}),
    "install/client.sh": ("pip install .\n", set()),
    "install/sandbox.sh": ('pip install ".[sandbox]"\n', {"postgres"}),
}
SETUP = """\
postgres = ["rows/a.py"]
outside = ["install/client.sh", "install/sandbox.sh"]
[before]
"a/after.sh" = ["a/neon.sh"]
"""
FIREFOX = "echo Mozilla Firefox"
NO_FONT = "there is no font here, and Chromium needs one"
NO_TLS = "echo SSL support is not compiled in >&2; exit 1"


@pytest.fixture
def small(tmp_path: Path) -> DocsTree:
    """Return a tree with one snippet of each kind."""
    texts = {name: text for name, (text, _) in SNIPPETS.items()}
    write_files(tmp_path / "snippets", texts | {"setup.toml": SETUP})
    return DocsTree(tmp_path)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_what_a_block_takes_is_read_from_it(snippet: str, small: DocsTree) -> None:
    assert requirements.needs(small, snippet) == SNIPPETS[snippet][1]


@pytest.mark.parametrize(
    ("need", "scripts", "reason"),
    [
        ("jq", {}, "there is no jq here"),
        ("jq", {"jq": ""}, None),
        ("firefox", {"firefox": f"{FIREFOX} 152.0"}, "there is no Firefox 153 or newer here"),
        ("firefox", {"firefox": f"{FIREFOX} 153.7.0esr"}, None),
        ("psql", {"psql": NO_TLS}, "the psql here does not speak TLS"),
        ("browser", {"chromium": "", "fc-list": ""}, NO_FONT),
        ("browser", {"chromium": "", "fc-list": "echo -n '/a.ttf: A:style=Book'"}, None),
    ],
)
def test_a_program_that_is_missing_or_unfit_is_named(
    need: str, scripts: dict[str, str], reason: str | None, programs: Path
) -> None:
    """The driver of Firefox needs recent features, Neon's connection strings TLS.

    Chromium exits if fontconfig finds no font at all, so no test starts it then.
    """
    for name, script in scripts.items():
        make_program(programs / name, script)
    assert requirements.lacks(need) == reason


@pytest.mark.parametrize(("real", "reason"), [(True, "there is no curl here"), (False, QUICK)])
def test_what_cannot_run_is_noted_with_its_output(
    real: bool, reason: str, small: DocsTree, programs: Path
) -> None:
    """Without `--real` only Python in memory runs; the reason names the target for the rest."""
    policy = RunPolicy(small, CoverageReport(), real=real, writing=False)
    assert policy.cannot("a/curl.sh")
    assert not policy.cannot("a/memory.py")
    assert policy.report.missing == dict.fromkeys(("a/curl.sh", "a/curl.sh.out"), reason)


def test_a_program_sees_only_what_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the caller's environment, only the time zone and the language reach a block."""
    monkeypatch.setenv("PGPASSWORD", "of somebody")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.delenv("LOCPATH", raising=False)
    given = requirements.environment(tmp_path, {"NEON_API_KEY": "key"})
    ended = requirements.run(["env"], tmp_path, given)
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
    command = ["ps", "-o", "stat=", "-p", started]
    left = requirements.run(command, tmp_path, {"PATH": requirements.PATH})
    # An ended process that its parent has not waited for yet has the status Z.
    assert left.out.strip()[:1] in {"", "Z"}
