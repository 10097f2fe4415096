"""Every restore in a shell block ends in a wait, which fails if Neon's operations fail."""

import re
from pathlib import Path

import pytest

from neon_sandbox import scenario
from neon_sandbox.storage import MemoryStorage
from tools.docs import run_shell
from tools.docs.run_shell import ShellFailed
from tools.docs.tree import DocsTree

TREE = DocsTree()
CLI, CURL = "index/restore_cli.sh", "index/restore_curl.sh"
RESTORES = {CLI: r"neon branches restore ", CURL: r"/restore\""}
WAIT = re.compile(r"(?ms)^  # The (?:command returns|answer is).*?^  done\n")


def wait_of(snippet: str) -> str:
    """Return the lines of a block that wait for operations."""
    found = WAIT.search(TREE.text(Path("snippets", snippet)))
    assert found, f"snippets/{snippet}:1: a restore without a wait"
    return found[0]


@pytest.mark.parametrize("snippet", TREE.of_kind(".sh"))
def test_a_restore_ends_in_the_wait_that_is_tested_here(snippet: str) -> None:
    """All blocks with a restore wait in the same lines, which the test below runs."""
    for one, restores in RESTORES.items():
        if re.search(restores, TREE.text(Path("snippets", snippet))):
            assert wait_of(snippet) == wait_of(one), f"snippets/{snippet}:1: see {one}"


@pytest.mark.needs("curl", "jq", "neon")
@pytest.mark.parametrize("snippet", RESTORES)
def test_a_restore_that_neon_does_not_finish_fails_the_block(snippet: str, tmp_path: Path) -> None:
    """Neither the Neon CLI nor curl reports this failure: the wait does."""
    storage = MemoryStorage()
    sandbox = scenario.incident(storage=storage)
    storage.fail_next("the disk is full")
    with pytest.raises(ShellFailed, match=r"exit status 1:\n(?s:.*)operation.*: .*failed"):
        run_shell.run(TREE, snippet, sandbox, tmp_path)
