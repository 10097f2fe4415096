"""Carries out the subcommands with the blocking client."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from neon_restore import Branch, Neon, Refused, RestorePlan
from neon_restore._branches.backups import is_older
from neon_restore._http.config import DEFAULT_TIMEOUT
from neon_restore._models.points import rfc3339
from neon_restore._models.text import printable
from neon_restore.cli import times
from neon_restore.cli.text import command_line, in_command_words, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import Any, NoReturn

    from neon_restore import ConnectionString, Progress
    from neon_restore._models.restores import RestoreIntent

_CLEAR = "\r\033[K"


class Run:
    """One run of the command: its arguments, the client, and how to look at what it began."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.begun = ""
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()
        timeout = times.parse_duration(given.timeout) if given.timeout else DEFAULT_TIMEOUT
        self.neon = Neon(progress=self._show, timeout=timeout)

    def carry_out(self) -> object:
        """Carry out the subcommand, and return its result."""
        command, action = self.given.command, getattr(self.given, "action", None)
        name = "_".join(filter(None, (command, action)))
        if action not in (None, "list"):
            listed = command if action in ("create", "delete") else "branch"
            self.begun = f"Neon may go on with it. Look first: neon-restore {listed} list"
        with self.neon:
            self.say(f"On {self.neon.where}, project {self.neon.project_id}.")
            do: Callable[[], object] = getattr(self, f"_{name}")
            return do()

    def say(self, text: object) -> None:
        """Print a text to stderr, in place of a line of progress."""
        write(str(text), sys.stderr, start=_CLEAR if self._is_terminal else "")

    def _show(self, event: Progress) -> None:
        """Show a progress event: a poll in one line that the next replaces, others in their own."""
        if event.level >= 20:
            self.say(printable(str(event)))
        elif self._is_terminal:
            write(printable(str(event)), sys.stderr, start=_CLEAR, end="")

    def _confirm(self, name: str, what: str) -> None:
        """Ask to type a name, unless `--yes` was given.

        Raises:
            Refused: Another text was typed, or nobody can be asked.

        """
        if self.given.yes:
            return
        if not (sys.stdin and sys.stdin.isatty() and sys.stderr):
            raise Refused(
                "Nobody can be asked: stdin is not a terminal.", advice="Add --yes to go on."
            )
        begun, self.begun = self.begun, ""
        write(f"Type {printable(name)} to {what}: ", sys.stderr, end="")
        if sys.stdin.readline().removesuffix("\n") not in (name, printable(name)):
            raise Refused("Another name was typed.", advice="Begin again, and type that name.")
        self.begun = begun

    @property
    def _point(self) -> dict[str, Any]:
        text = " ".join(self.given.point)
        return times.parse_point(text, lambda: self.neon.history_window().end)

    def _given(self, *names: str) -> dict[str, Any]:
        return {name: getattr(self.given, name) for name in names}

    def _plan(self) -> RestorePlan:
        options = "source", "backup_name", "discard_previous_state", "unprotect"
        given = self._given("branch", *options, "allow_child_branch")
        compare = None
        if self.given.rows:
            try:
                from neon_restore.rows import compare_rows
            except ImportError:
                raise Refused(
                    "--rows needs psycopg, which is not installed.",
                    advice="Install neon-restore with the extra checks, or leave --rows out.",
                ) from None
            compare = compare_rows()
        return self.neon.plan_restore(**given, **self._point, rows=compare)

    def _restore(self) -> object:
        return self._carry_out_plan(self._plan())

    def _rollback(self) -> object:
        given = self._given("branch", "backup_name", "unprotect")
        return self._carry_out_plan(self.neon.plan_rollback(self.given.backup, **given))

    def _carry_out_plan(self, plan: RestorePlan) -> object:
        self.say(describe(plan))
        self._confirm(plan.destination.name, "overwrite it")
        self.begun = how_to_find(plan)
        if self.given.no_wait:
            pending = self.neon.begin_restore(plan)
            self.say(self.begun)
            return pending
        return self.neon.restore(plan)

    def _resume(self) -> object:
        self.begun = "Neon goes on with the restore. Resume it again."
        return self.neon.resume(**self._given("backup_name", "protect"), begun=self.given.branch)

    def _look(self) -> object:
        given = self._given("branch", "database", "role")
        uri = self.neon.connection_string(**given, **self._point)
        if self.given.print or self.given.json:
            return {"uri": str(uri)}
        return _psql(uri)

    def _window(self) -> object:
        if self.given.set:
            return self.neon.set_history_window(times.parse_duration(self.given.set))
        return self.neon.history_window(self.given.branch)

    def _backups_list(self) -> object:
        return self.neon.backups(self.given.branch)

    def _backups_delete(self) -> object:
        given, age = self.given, times.parse_duration(self.given.older_than)
        present, now = self.neon.backups(given.branch), self.neon.history_window().end
        old = [backup for backup in present if is_older(backup, now, age)]
        self.say(f"Older than {given.older_than}: {len(old)} of {len(present)} backup branches.")
        for backup in old:
            self.say(f"  {backup}")
        if old:
            self._confirm(given.branch or self.neon.project_id, "delete them")
        return self.neon.delete_backups(given.branch, older_than=age)

    def _branch_list(self) -> object:
        return self.neon.branches()

    def _branch_create(self) -> object:
        given = self.given
        return self.neon.create_branch(
            given.name, source=given.source, **self._point, compute=not given.no_compute
        )

    def _branch_delete(self) -> object:
        self._confirm(self.given.branch, "delete it")
        return self.neon.delete_branch(self.given.branch)

    def _snapshot_list(self) -> object:
        return self.neon.snapshots(self.given.branch)

    def _snapshot_create(self) -> object:
        expires = self.given.expires_in and times.parse_duration(self.given.expires_in)
        return self.neon.create_snapshot(
            self.given.branch, **self._point, name=self.given.name, expires_at=expires
        )

    def _snapshot_restore(self) -> object:
        self._confirm(self.given.branch, "replace it")
        given = self._given("snapshot", "branch", "allow_other_branch")
        return self.neon.restore_snapshot(**given)

    def _snapshot_preview(self) -> object:
        given = self._given("snapshot", "branch", "name", "allow_other_branch")
        return self.neon.preview_snapshot(**given)

    def _snapshot_finalize(self) -> object:
        self._confirm(self.given.preview, "let it replace its branch")
        return self.neon.finalize_restore(self.given.preview)

    def _snapshot_delete(self) -> object:
        self._confirm(self.given.snapshot, "delete it")
        return self.neon.delete_snapshot(self.given.snapshot)


def how_to_find(begun: RestoreIntent) -> str:
    """Return how to find a restore that goes on, or may."""
    name, backup = begun.destination.name, begun.backup_name
    if backup is None:
        look = f"Look when {printable(name)} was last reset, with neon-restore branch list"
        return f"{look}: it keeps no backup branch that would show the restore."
    line = command_line("resume", name, backup_name=backup, protect=begun.unprotect)
    return f"Wait for the restore: {line}"


def describe(result: object) -> str:
    """Return the text of a result; a branch is a line of a list."""
    if isinstance(result, RestorePlan):
        return in_command_words(str(result))
    if not isinstance(result, Branch):
        return str(result)
    traits = [name for name in ("default", "protected") if getattr(result, name)]
    traits += [] if result.current_state == "ready" else [result.current_state]
    traits += [f"last reset {rfc3339(result.last_reset_at)}"] if result.last_reset_at else []
    about = f"{result.name} ({result.id})", rfc3339(result.created_at), *traits
    return printable(", ".join(about))


def _psql(uri: ConnectionString) -> NoReturn:
    """Become psql, which then handles Ctrl-C by itself.

    The environment has the password, because other users of the machine can read arguments.

    Raises:
        Refused: There is no psql on the path.

    """
    psql = shutil.which("psql")
    if not psql:
        raise Refused("There is no psql on the path.", advice="Install it, or add --print.")
    parts = urlsplit(str(uri))
    password, netloc = unquote(parts.password or ""), parts.netloc.rpartition("@")[2]
    shown = parts._replace(netloc=f"{parts.username}@{netloc}").geturl()
    environment = os.environ | {"PGPASSWORD": password}
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and psql would too
    os.execve(psql, [psql, shown], environment)  # noqa: S606
