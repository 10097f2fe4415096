"""Checks of the descriptions, the blocks that do not run.

A description that a program can write is written and compared like an output. A synopsis of the
Neon CLI is compared with its help. Any other has a function in `DESCRIPTIONS`, which gets the text
and a fresh incident, and raises AssertionError if the text is wrong.
"""

import re
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import takewhile
from pathlib import Path

from neon_restore import Neon
from neon_sandbox.scenario import Sandbox
from tests.faults.report import compared as faults
from tests.live import conftest as live
from tools.architecture import describe_parts, summarize
from tools.docs import requirements
from tools.docs.official_cli import help_of
from tools.docs.tree import ROOT

WRITTEN: dict[str, Callable[[], str]] = {
    "sandbox/help.txt": lambda: command_help("neon_sandbox"),
    "sandbox/run_help.txt": lambda: command_help("neon_sandbox", "run"),
    "command/help.txt": lambda: command_help("neon_restore.cli.main"),
    "command/restore_help.txt": lambda: command_help("neon_restore.cli.main", "restore"),
    "how-proved/faults.out": faults,
    "architecture/packages.txt": summarize,
    "architecture/neon_restore.txt": lambda: describe_parts("neon_restore"),
    "architecture/neon_sandbox.txt": lambda: describe_parts("neon_sandbox"),
}
SYNOPSIS = "neon "


def command_help(module: str, *words: str) -> str:
    """Return the help of a command."""
    command = [sys.executable, "-m", module, *words, "--help"]
    # The width of a block on a page.
    return requirements.run(command, Path.cwd(), {"COLUMNS": "80"}).out


def unlike_help(text: str) -> list[str]:
    """Return the lines of a synopsis that the help of its command lacks, or has in another order.

    The words before the first argument or option name the command of the Neon CLI.
    """
    command = takewhile(lambda word: word[0] not in "<[-", text.partition("\n")[0].split()[1:])
    said = iter([line.rstrip() for line in help_of(*command).splitlines()])
    return [line for line in text.splitlines() if line not in said]


def backup_name(text: str, sandbox: Sandbox) -> None:
    """Check that a backup branch has the described name: its branch and the restore's time."""
    before = set(sandbox.model.branches)
    with Neon() as neon:
        neon.restore("production", at=timedelta(minutes=10))
    (backup,) = (branch for key, branch in sandbox.model.branches.items() if key not in before)
    head = backup.created_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert backup.name == text.strip().format(branch_name="production", head_timestamp=head)


def settle(text: str, _: Sandbox) -> None:
    """Check that the variables are those that the tests read, and that the target exists."""
    exported, target = re.findall(r"^export (\w+)=", text, re.MULTILINE), text.split()[-1]
    assert exported == [live.KEY, live.PROJECT]
    assert f"\n{target}: " in (ROOT / "Makefile").read_text("utf-8")


DESCRIPTIONS = {"branch-restore/backup_name.txt": backup_name, "evidence/settle.txt": settle}
