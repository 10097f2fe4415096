"""The command line: subcommands, arguments and help."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from neon_restore.cli import times

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EPILOG = f"""\
A POINT is {times.FORMS}.
It takes several words without quotes: neon-restore restore production 10 minutes ago

The environment has NEON_API_KEY and NEON_PROJECT_ID.
Results go to stdout; the plan, the question and the progress go to stderr.

exit status:
  0  done
  1  failed; the message says what was changed
  2  refused; nothing was sent that changes anything
  3  unknown: Neon may have carried it out, once at most; the message says how to look
  4  still running: Neon accepted it and goes on; the message says how to wait
  5  finished, but look: left unprotected, overwritten since, or overwrote another restore
  128 + n  interrupted by signal n, as 130 by Ctrl-C; the message says what may go on
"""
SHELLS = "bash", "zsh"


class UsageError(Exception):
    """The command line is not valid."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(f"{message}. See {self.prog} --help.")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = _Parser(
        prog="neon-restore",
        description="Restore branches of a Neon project.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    one = _adder(commands)
    plan = one("plan", "show what a restore would do; change nothing", "branch", "point")
    restore = one("restore", "overwrite a branch with an earlier state", "branch", "point")
    for command in (plan, restore):
        command.add_argument("--from", dest="source", metavar="BRANCH", help="by default itself")
    _flag("rows", "count what comes back and what goes", plan, restore)
    _flag("discard-previous-state", "keep no backup branch; cannot be undone", plan, restore)
    _flag("allow-child-branch", "send a restore to a point for a child too", plan, restore)
    rollback = one("rollback", "undo a restore, from its backup branch", "backup")
    rollback.add_argument("--branch", metavar="BRANCH", help="if the backup's name has no branch")
    _flag("no-wait", "return once Neon accepted it", restore, rollback)
    for command in (plan, restore, rollback):
        command.add_argument("--backup-name", metavar="NAME", help="of the branch that is kept")
    _flag("unprotect", "take a protection off until the restore ends", plan, restore, rollback)
    resume = one("resume", "find a restore that was begun elsewhere, and wait for it", "branch")
    resume.add_argument("--backup-name", metavar="NAME", help="of its backup branch")
    _flag("protect", "protect the branch afterwards", resume)
    look = one("look", "connect to a branch, now or at a point, with psql", "branch", "point")
    _flag("print", "print the connection string instead", look)
    look.add_argument("--database", metavar="NAME")
    look.add_argument("--role", metavar="NAME", help="by default the owner of the database")
    window = one("window", "show how far back a restore can go", "branch?")
    window.add_argument("--set", metavar="DURATION", help="set it for the project, such as 7d")

    some = _adder(_group(commands, "backups", "list and delete backup branches"))
    some("list", "list backup branches, the oldest first", "branch?")
    old = some("delete", "delete the backup branches that are older than an age", "branch?")
    old.add_argument("--older-than", metavar="DURATION", required=True, help="such as 7d")

    some = _adder(_group(commands, "branch", "list, create and delete branches"))
    some("list", "list the branches")
    create = some("create", "make a branch, from a point of another one", "name", "point")
    create.add_argument("--from", dest="source", metavar="BRANCH", help="the default branch if not")
    _flag("no-compute", "without a compute", create)
    branch = some("delete", "delete a branch", "branch")

    some = _adder(_group(commands, "snapshot", "take, list, restore and delete snapshots"))
    some("list", "list snapshots, the oldest first", "branch?")
    create = some("create", "take a snapshot of a root branch", "branch", "point")
    create.add_argument("--name", metavar="NAME")
    create.add_argument("--expires-in", metavar="DURATION", help="such as 30d")
    replace = some("restore", "replace a branch with a snapshot", "snapshot", "branch")
    preview = some("preview", "make a branch from a snapshot, to look first", "snapshot", "branch")
    preview.add_argument("--name", metavar="NAME")
    _flag("allow-other-branch", "take a snapshot of another branch", replace, preview)
    finalize = some("finalize", "replace the branch with its preview", "preview")
    snapshot = some("delete", "delete a snapshot", "snapshot")
    _flag("yes", "do not ask", restore, rollback, old, branch, replace, finalize, snapshot)

    completion = commands.add_parser("completion", help="print the completion of a shell")
    completion.add_argument("shell", choices=SHELLS)
    return parser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; the words of a point may stand behind options.

    Raises:
        UsageError: It is not valid.

    """
    parser = build_parser()
    given, rest = parser.parse_known_args(arguments)
    if rest and getattr(given, "point", None) == [] and not any(w.startswith("-") for w in rest):
        given.point, rest = rest, []
    if rest:
        raise UsageError(f"unrecognized arguments: {' '.join(rest)}. See {parser.prog} --help.")
    if getattr(given, "no_wait", False) and getattr(given, "discard_previous_state", False):
        raise UsageError("--no-wait needs a backup branch: nothing else finds the restore again.")
    return given


def _adder(
    commands: argparse._SubParsersAction[_Parser],
) -> Callable[..., argparse.ArgumentParser]:
    def add(name: str, words: str, *positional: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=words, description=f"{words.capitalize()}.")
        for each in positional:
            label = each.rstrip("?")
            count = "*" if label == "point" else "?" if each.endswith("?") else None
            parser.add_argument(label, metavar=label.upper(), nargs=count)
        parser.add_argument("--json", action="store_true", help="print the result as JSON")
        parser.add_argument("--timeout", metavar="DURATION", help="10 minutes by default")
        return parser

    return add


def _group(
    commands: argparse._SubParsersAction[_Parser], name: str, words: str
) -> argparse._SubParsersAction[_Parser]:
    group = commands.add_parser(name, help=words, description=f"{words.capitalize()}.")
    return group.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_Parser
    )


def _flag(name: str, words: str, *commands: argparse.ArgumentParser) -> None:
    for command in commands:
        command.add_argument(f"--{name}", action="store_true", help=words)
