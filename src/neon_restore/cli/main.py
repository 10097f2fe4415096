"""The entry point of `neon-restore`: output, errors and exit statuses."""

import re
import sys
from collections.abc import Sequence
from contextlib import suppress

import msgspec

import neon_restore
from neon_restore import Branch, NeonRestoreError
from neon_restore.cli import completion, options
from neon_restore.cli.commands import Run, describe, resume_line

DONE, FAILED, REFUSED, UNKNOWN, STILL_RUNNING, LOOK, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
_OPTIONS = {
    "at= or lsn=": "a point",
    "backup_name=": "--backup-name",
    "snapshots()": "neon-restore snapshot list",
    "preview_snapshot": "neon-restore snapshot preview",
    "source=": "--from",
    "unprotect=True": "--unprotect",
    "allow_child_branch=True": "--allow-child-branch",
    "discard_previous_state": "--discard-previous-state",
    "backup_name=...": "--backup-name",
    "database=...": "--database",
}
"""What an argument of the client is on the command line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with arguments, by default `sys.argv[1:]`; return its exit status."""
    run: Run | None = None
    try:
        given = options.parse(sys.argv[1:] if arguments is None else arguments)
        if given.version:
            print(neon_restore.__version__)
        elif given.command is None:
            options.build_parser().print_help(sys.stderr)
            return REFUSED
        elif given.command == "completion":
            print(completion.script(given.shell), end="")
        else:
            run = Run(given)
            _print(run.carry_out(), as_json=given.json)
    except options.UsageError as error:
        return _fail(f"neon-restore: {error}", REFUSED)
    except NeonRestoreError as error:
        return _fail(explain(error), exit_status(error))
    except KeyboardInterrupt:
        begun = f" Find the restore: {run.resume_line}" if run and run.resume_line else ""
        return _fail(f"Interrupted.{begun}", INTERRUPTED)
    return DONE


def exit_status(error: NeonRestoreError) -> int:
    """Return the exit status that stands for an error."""
    match error:
        case neon_restore.Refused() | neon_restore.ConfigurationError():
            return REFUSED
        case neon_restore.OutcomeUnknown():
            return UNKNOWN
        case neon_restore.LeftUnprotected() | neon_restore.OverwrittenSince():
            return LOOK
        case neon_restore.OperationFailed():
            return FAILED
        case neon_restore.StillRunning():
            return STILL_RUNNING
    if error.restored:
        return LOOK
    if error.pending:
        return STILL_RUNNING if error.pending.operations else UNKNOWN
    return FAILED


def explain(error: NeonRestoreError) -> str:
    """Return the text of an error, with advice for the command line."""
    if error.restored and error.restored.backup:
        error.advice = (
            f"Look at the data. neon-restore rollback {error.restored.backup.name} undoes it."
        )
    elif error.pending:
        error.advice = f"Do not restore again before this has ended: {resume_line(error.pending)}"
    else:
        pattern = "|".join(map(re.escape, _OPTIONS))
        error.advice = re.sub(pattern, lambda found: _OPTIONS[found[0]], error.advice)
    return str(error)


def _print(result: object, *, as_json: bool) -> None:
    if as_json:
        to_json = getattr(result, "to_json", None)
        print(to_json() if to_json else msgspec.json.encode(result, enc_hook=str).decode())
        return
    if isinstance(result, dict):
        result = tuple(result.values())
    for one in result if isinstance(result, tuple) else (result,):
        print(describe(one) if isinstance(one, Branch) else one)


def _fail(text: str, status: int) -> int:
    with suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
