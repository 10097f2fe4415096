"""The command line: subcommands, arguments and help."""

import argparse
from collections.abc import Sequence

from neon_restore.cli import times

_EPILOG = f"""\
A POINT is {times.FORMS}.
It takes several words without quotes: neon-restore restore production 10 minutes ago

The environment has NEON_API_KEY and NEON_PROJECT_ID.
Results go to stdout; the plan, the question and the progress go to stderr.

exit status:
  0  done
  1  failed; the message says what was changed
  2  refused; nothing was sent that changes anything
  3  unknown: the restore may have been carried out; the message says how to look
  4  still running: Neon accepted it and goes on; the message says how to wait
  5  finished, but look: left unprotected, overwritten since, or a check failed
"""
SHELLS = "bash", "zsh"
_GROUPS = {
    "backups": "list and delete backup branches",
    "branch": "list, create and delete branches",
    "snapshot": "take, list, restore and delete snapshots",
}
_COMMANDS = {
    "plan BRANCH [POINT]": "show what a restore would do; change nothing",
    "restore BRANCH [POINT]": "overwrite a branch with an earlier state",
    "rollback BACKUP": "undo a restore, from its backup branch",
    "resume BRANCH": "find a restore that was begun elsewhere, and wait for it",
    "look BRANCH [POINT]": "connect to a branch, now or at a point, with psql",
    "window [BRANCH]": "show how far back a restore can go",
    "backups list [BRANCH]": "list backup branches, the oldest first",
    "backups delete [BRANCH]": "delete the backup branches that are older than an age",
    "branch list": "list the branches",
    "branch create NAME [POINT]": "make a branch, from a point of another one",
    "branch delete BRANCH": "delete a branch",
    "snapshot list [BRANCH]": "list snapshots, the oldest first",
    "snapshot create BRANCH [POINT]": "take a snapshot of a root branch",
    "snapshot restore SNAPSHOT BRANCH": "replace a branch with a snapshot",
    "snapshot preview SNAPSHOT BRANCH": "make a branch from a snapshot, to look first",
    "snapshot finalize PREVIEW": "replace the branch with its preview",
    "snapshot delete SNAPSHOT": "delete a snapshot",
}
_CONFIRMED = (
    "restore, rollback, backups delete, branch delete, snapshot restore, snapshot finalize, "
    "snapshot delete"
)
_OPTIONS = (
    ("plan, restore", "--from BRANCH", "by default itself"),
    ("plan, restore", "--rows", "count what comes back and what goes"),
    ("plan, restore", "--discard-previous-state", "keep no backup branch; cannot be undone"),
    ("plan, restore", "--allow-child-branch", "send a restore to a point for a child branch too"),
    ("rollback", "--branch BRANCH", "if the backup's name has no branch"),
    ("branch create", "--from BRANCH", "the default branch if not"),
    ("branch create", "--no-compute", "without a compute"),
    ("backups delete", "--older-than DURATION", "such as 7d"),
    (_CONFIRMED, "--yes", "do not ask"),
    ("restore, rollback", "--no-wait", "return once Neon accepted it"),
    ("plan, restore, rollback", "--backup-name NAME", "of the branch that is kept"),
    ("plan, restore, rollback", "--unprotect", "take a protection off until the restore ends"),
    ("resume", "--backup-name NAME", "of its backup branch"),
    ("resume", "--protect", "protect the branch afterwards"),
    ("look", "--print", "print the connection string instead"),
    ("look", "--database NAME", ""),
    ("look", "--role NAME", "by default the owner of the database"),
    ("window", "--set DURATION", "set it for the project, such as 7d"),
    ("snapshot create, snapshot preview", "--name NAME", ""),
    ("snapshot create", "--expires-in DURATION", "such as 30d"),
)
"""The commands that take an option, the option with what it takes, and its help."""


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
    groups = {"": commands}
    for usage, words in _COMMANDS.items():
        path = " ".join(word for word in usage.split() if word.islower())
        group, _, name = path.rpartition(" ")
        if group not in groups:
            groups[group] = _add_command(commands, group, _GROUPS[group]).add_subparsers(
                dest="action", metavar="ACTION", required=True, parser_class=_Parser
            )
        command = _add_command(groups[group], name, words)
        _add_arguments(command, path, usage.removeprefix(path).split())
    completion = commands.add_parser("completion", help="print the completion of a shell")
    completion.add_argument("shell", choices=SHELLS)
    return parser


def _add_command(commands: "argparse._SubParsersAction[_Parser]", name: str, words: str) -> _Parser:
    return commands.add_parser(name, help=words, description=f"{words.capitalize()}.")


def _add_arguments(command: argparse.ArgumentParser, path: str, positional: list[str]) -> None:
    for each in positional:
        label = each.strip("[]")
        count = "*" if label == "POINT" else "?" if label != each else None
        command.add_argument(label.lower(), metavar=label, nargs=count)
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    command.add_argument("--timeout", metavar="DURATION", help="10 minutes by default")
    for takers, option, words in _OPTIONS:
        flag, _, metavar = option.partition(" ")
        if path not in takers.split(", "):
            continue
        if not metavar:
            command.add_argument(flag, action="store_true", help=words)
            continue
        name = "source" if flag == "--from" else flag[2:].replace("-", "_")
        needed = flag == "--older-than"
        command.add_argument(flag, dest=name, metavar=metavar, required=needed, help=words)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; the words of a point may stand behind options."""
    parser = build_parser()
    given, rest = parser.parse_known_args(arguments)
    if rest and getattr(given, "point", None) == [] and not any(w.startswith("-") for w in rest):
        given.point, rest = rest, []
    if rest:
        raise UsageError(f"unrecognized arguments: {' '.join(rest)}. See {parser.prog} --help.")
    return given
