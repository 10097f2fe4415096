"""Carries out the subcommands with the blocking client."""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from typing import Any
from urllib.parse import unquote, urlsplit

from neon_restore import Branch, ConnectionString, Neon, Progress, Refused, RestorePlan
from neon_restore._http.config import DEFAULT_TIMEOUT
from neon_restore._models.points import rfc3339
from neon_restore._models.text import printable
from neon_restore._restore.plan import CompareRows
from neon_restore.cli import times


class Run:
    """One run of the command: its arguments, the client, and how to resume what it began."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.resume_line: str | None = None
        self._is_terminal = sys.stderr.isatty()
        timeout = times.parse_duration(given.timeout) if given.timeout else DEFAULT_TIMEOUT
        self.neon = Neon(progress=self._show, timeout=timeout)

    def carry_out(self) -> object:
        """Carry out the subcommand, and return its result."""
        with self.neon:
            self.say(f"On {self.neon.where}, project {self.neon.project_id}.")
            return self._do(self.given, self.neon)

    def say(self, text: object) -> None:
        """Print a text to stderr, in place of a line of progress."""
        clear = "\r\033[K" if self._is_terminal else ""
        print(f"{clear}{text}", file=sys.stderr, flush=True)

    def _show(self, event: Progress) -> None:
        """Show a progress event: a poll in one line that the next replaces, others in their own."""
        if event.level >= 20:
            self.say(printable(str(event)))
        elif self._is_terminal:
            print(f"\r\033[K{printable(str(event))}", end="", file=sys.stderr, flush=True)

    def _confirm(self, name: str, what: str) -> None:
        """Ask to type a name, unless `--yes` was given."""
        if self.given.yes:
            return
        if not sys.stdin.isatty():
            raise Refused(
                "Nobody can be asked: stdin is not a terminal.", advice="Add --yes to go on."
            )
        print(f"Type {printable(name)} to {what}: ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip() != name:
            raise Refused("Another name was typed.", advice="Begin again, and type that name.")

    @property
    def _point(self) -> dict[str, Any]:
        text = " ".join(self.given.point)
        return times.parse_point(text, lambda: self.neon.history_window().end)

    def _plan(self) -> RestorePlan:
        given = self.given
        return self.neon.plan_restore(
            given.branch,
            **self._point,
            source=given.source,
            backup_name=given.backup_name,
            discard_previous_state=given.discard_previous_state,
            unprotect=given.unprotect,
            allow_child_branch=given.allow_child_branch,
            rows=_compare_rows() if given.rows else None,
        )

    def _carry_out_plan(self, plan: RestorePlan) -> object:
        self.say(plan)
        self._confirm(plan.destination.name, "overwrite it")
        self.resume_line = resume_line(plan)
        if self.given.no_wait:
            pending = self.neon.begin_restore(plan)
            self.say(f"Wait for it: {self.resume_line}")
            return pending
        return self.neon.restore(plan)

    def _do(self, given: argparse.Namespace, neon: Neon) -> object:
        match given.command, vars(given).get("action"):
            case "plan", _:
                return self._plan()
            case "restore", _:
                return self._carry_out_plan(self._plan())
            case "rollback", _:
                plan = neon.plan_rollback(
                    given.backup,
                    branch=given.branch,
                    backup_name=given.backup_name,
                    unprotect=given.unprotect,
                )
                return self._carry_out_plan(plan)
            case "resume", _:
                return neon.resume(
                    given.branch, backup_name=given.backup_name, protect=given.protect
                )
            case "look", _:
                uri = neon.connection_string(
                    given.branch, **self._point, database=given.database, role=given.role
                )
                if given.print or given.json:
                    return {"uri": str(uri)}
                sys.exit(_psql(uri))
            case "window", _ if given.set:
                return neon.set_history_window(times.parse_duration(given.set))
            case "window", _:
                return neon.history_window(given.branch)
            case "backups", "list":
                return neon.backups(given.branch)
            case "backups", _:
                return self._delete_backups()
            case "branch", "list":
                return neon.branches()
            case "branch", "create":
                return neon.create_branch(
                    given.name, source=given.source, **self._point, compute=not given.no_compute
                )
            case "branch", _:
                self._confirm(given.branch, "delete it")
                return neon.delete_branch(given.branch)
            case "snapshot", "list":
                return neon.snapshots(given.branch)
            case "snapshot", "create":
                expires = given.expires_in and times.parse_duration(given.expires_in)
                return neon.create_snapshot(
                    given.branch, **self._point, name=given.name, expires_at=expires
                )
            case "snapshot", "restore":
                self._confirm(given.branch, "replace it")
                return neon.restore_snapshot(given.snapshot, given.branch)
            case "snapshot", "preview":
                return neon.preview_snapshot(given.snapshot, given.branch, name=given.name)
            case "snapshot", "finalize":
                self._confirm(given.preview, "let it replace its branch")
                return neon.finalize_restore(given.preview)
            case _:
                self._confirm(given.snapshot, "delete it")
                return neon.delete_snapshot(given.snapshot)

    def _delete_backups(self) -> object:
        given, age = self.given, times.parse_duration(self.given.older_than)
        present = self.neon.backups(given.branch)
        self.say(f"Of {len(present)} backup branches, those older than {given.older_than} go:")
        for backup in present:
            self.say(f"  {backup}")
        self._confirm(given.branch or self.neon.project_id, "delete those that are older")
        return self.neon.delete_backups(given.branch, older_than=age)


def _compare_rows() -> CompareRows:
    """Return the comparison of rows."""
    try:
        from neon_restore.rows import compare_rows
    except ImportError:
        raise Refused(
            "--rows needs psycopg, which is not installed.",
            advice="Install neon-restore with the extra checks, or leave --rows out.",
        ) from None
    return compare_rows()


def resume_line(begun: Any) -> str:
    """Return the command that finds a restore and waits for it."""
    words = ["neon-restore", "resume", begun.destination.name]
    words += ["--backup-name", begun.backup_name] if begun.backup_name else []
    words += ["--protect"] if begun.unprotect else []
    return shlex.join(words)


def describe(branch: Branch) -> str:
    """Return a branch as a line of a list."""
    traits = [name for name in ("default", "protected") if getattr(branch, name)]
    traits += [] if branch.current_state == "ready" else [branch.current_state]
    return ", ".join([f"{branch.name} ({branch.id})", rfc3339(branch.created_at), *traits])


def _psql(uri: ConnectionString) -> int:
    """Run psql and return its exit status.

    The environment has the password, because other users of the machine can read arguments.
    """
    psql = shutil.which("psql")
    if not psql:
        raise Refused("There is no psql on the path.", advice="Install it, or add --print.")
    parts = urlsplit(str(uri))
    password, netloc = unquote(parts.password or ""), parts.netloc.rpartition("@")[2]
    shown = parts._replace(netloc=f"{parts.username}@{netloc}").geturl()
    environment = os.environ | {"PGPASSWORD": password}
    return subprocess.run([psql, shown], env=environment, check=False).returncode  # noqa: S603
