"""Runs a shell block as pasted into bash: alone, with -eu and the sandbox's variables."""

import re
from pathlib import Path

import httpx

from neon_sandbox.scenario import API_HOST, Sandbox
from neon_sandbox.server.http import HttpServer
from tools.docs import official_cli, requirements
from tools.docs.outputs import ExampleMismatch
from tools.docs.requirements import Ended
from tools.docs.tree import DocsTree

# Bash reads this before a block, to report the line of failures for which it reports none.
_TELL_LINE = """\
set -E
tell_line() {
  local status=$?
  # Within a function of the block, the line that called it says more.
  if ((${#BASH_LINENO[@]} > 2)); then set -- "${BASH_LINENO[${#BASH_LINENO[@]} - 2]}"; fi
  echo "$0: line $1: exit status $status" >&2
}
trap 'tell_line "$LINENO"' ERR
"""


class ShellFailed(ExampleMismatch):
    """A failure of a shell block; `line` is its line, if bash reported it."""

    def __init__(self, tree: DocsTree, name: str, ended: Ended, line: int | None) -> None:
        self.line = line
        path = Path("snippets", name)
        said = ended.err.replace(str(tree.root / path), str(path)).strip()
        what = f"the block ended with the exit status {ended.status}:\n{said}\n"
        remedy = "Correct the block, or what it calls"
        super().__init__(str(tree.problem(name, line or 1, what, remedy)))


def _as_printed_elsewhere(printed: str, door: HttpServer) -> str:
    """Put the usual port and whole seconds in place of what differs in each run."""
    here, usual = (
        httpx.URL(url).netloc.decode() for url in (door.environment["NEON_API_HOST"], API_HOST)
    )
    printed = printed.replace(here, usual)
    return re.sub(r"(?<=T\d\d:\d\d:\d\d\.)\d{6}(?=Z)", "000000", printed)


def run(tree: DocsTree, name: str, sandbox: Sandbox, home: Path, *, tell_line: bool = False) -> str:
    """Run a block in a sandbox and return its stdout; raise `ShellFailed` for its exit status.

    `tell_line` reports the line of any failure, but changes the environment: not for a check.
    """
    with HttpServer(sandbox) as door:
        return paste(tree, name, door, home, tell_line=tell_line)


def paste(
    tree: DocsTree, name: str, door: HttpServer, home: Path, *, tell_line: bool = False
) -> str:
    """Run a block against the open server of a sandbox; see `run`."""
    path = tree.snippets_dir / name
    variables = requirements.environment(home, door.environment)
    if tell_line:
        telling = home / ".tell-line"
        telling.write_text(_TELL_LINE, "utf-8")
        variables["BASH_ENV"] = str(telling)
    ended = requirements.run(["bash", "-eu", path], home, variables)
    if ended.status:
        lines = re.findall(rf"(?m)^{re.escape(str(path))}: line (\d+):", ended.err)
        raise ShellFailed(tree, name, ended, int(lines[0]) if lines else None)
    for option in official_cli.unknown_options(home):
        text = tree.text(Path("snippets", name))
        line = text[: text.find(option)].count("\n") + 1
        what = f"the official command has no option {option}, and passes over it"
        raise ExampleMismatch(str(tree.problem(name, line, what, "Correct the block")))
    return _as_printed_elsewhere(ended.out, door)
