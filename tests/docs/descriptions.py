"""Checks of the descriptions, the blocks that do not run.

There are three kinds of check. A description that a program can write is written and compared
like an output. A synopsis of the Neon CLI is compared with its help. Any other description has a
function registered under its path. The function gets the text and a fresh incident, and raises
AssertionError if the text is wrong.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from neon_restore import Neon
from neon_sandbox.scenario import Sandbox
from tests.faults.report import compared as faults
from tools.architecture import describe_parts, summarize
from tools.docs import requirements
from tools.docs.official_cli import help_of

Description = Callable[[str, Sandbox], None]

DESCRIPTIONS: dict[str, Description] = {}

WRITTEN: dict[str, Callable[[], str]] = {
    "sandbox/help.txt": lambda: sandbox_help(),
    "sandbox/run_help.txt": lambda: sandbox_help("run"),
    "how-proved/faults.out": faults,
    "architecture/packages.txt": summarize,
    "architecture/neon_restore.txt": lambda: describe_parts("neon_restore"),
    "architecture/neon_sandbox.txt": lambda: describe_parts("neon_sandbox"),
}
# The width of a block on a page.
WIDTH = {"COLUMNS": "80"}
SYNOPSIS = "neon "


def sandbox_help(*words: str) -> str:
    """Return the help of the sandbox's command."""
    command = [sys.executable, "-m", "neon_sandbox", *words, "--help"]
    return requirements.run(command, Path.cwd(), WIDTH).out


def unlike_help(text: str) -> list[str]:
    """Return the lines of a synopsis that the help of its Neon CLI command does not have.

    The help must have them in the same order. The words before the first argument or option name
    the command.
    """
    words = text.split("\n", 1)[0].split()
    first_argument = next((n for n, word in enumerate(words) if word[0] in "<[-"), len(words))
    said = iter([line.rstrip() for line in help_of(*words[1:first_argument]).splitlines()])
    return [line for line in text.splitlines() if line not in said]


def describes(snippet: str) -> Callable[[Description], Description]:
    """Register the decorated function as the check of a description."""

    def register(proof: Description) -> Description:
        DESCRIPTIONS[snippet] = proof
        return proof

    return register


@describes("branch-restore/backup_name.txt")
def backup_name(text: str, sandbox: Sandbox) -> None:
    """Check that a backup branch has the described name: its branch and the restore's time."""
    before = set(sandbox.model.branches)
    with Neon() as neon:
        neon.restore("production", at=timedelta(minutes=10))
    (backup,) = (branch for key, branch in sandbox.model.branches.items() if key not in before)
    head = backup.created_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert backup.name == text.strip().format(branch_name="production", head_timestamp=head)
