"""The entry point of `neon-restore`: output, errors and exit statuses."""

from __future__ import annotations

import json
import logging
import signal
import sys
from typing import TYPE_CHECKING

import msgspec

import neon_restore
from neon_restore import NeonRestoreError
from neon_restore.cli import completion, options
from neon_restore.cli.commands import Run, describe, how_to_find
from neon_restore.cli.text import command_line, in_command_words, write

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FAILED, REFUSED, UNKNOWN, STILL_RUNNING, LOOK = range(6)
_STATUSES = {
    (neon_restore.Refused, neon_restore.ConfigurationError): REFUSED,
    (neon_restore.OutcomeUnknown,): UNKNOWN,
    (neon_restore.LeftUnprotected, neon_restore.OverwrittenSince): LOOK,
    (neon_restore.OperationFailed,): FAILED,
    (neon_restore.StillRunning,): STILL_RUNNING,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with arguments, by default `sys.argv[1:]`; return its exit status."""
    run: Run | None = None
    logging.getLogger("neon_restore").addHandler(logging.NullHandler())  # `Run` shows the events
    try:
        for number in (signal.SIGTERM, signal.SIGHUP) if arguments is None else ():
            # As by Ctrl-C, a branch is protected again. With nohup, SIGHUP stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _interrupt)
        given = options.parse(sys.argv[1:] if arguments is None else arguments)
        if given.version:
            write(neon_restore.__version__, sys.stdout)
        elif given.command is None:
            return _fail(options.build_parser().format_help(), REFUSED)
        elif given.command == "completion":
            write(completion.script(given.shell), sys.stdout, end="")
        else:
            run = Run(given)
            _print(run.carry_out(), as_json=given.json)
    except options.UsageError as error:
        return _fail(f"neon-restore: {error}", REFUSED)
    except NeonRestoreError as error:
        return _fail(explain(error), exit_status(error))
    except KeyboardInterrupt as interruption:
        text = f"Interrupted. {run.begun if run else ''}".rstrip()
        return _fail(text, 128 + next(iter(interruption.args), signal.SIGINT))
    return DONE


def _interrupt(number: int, _: object) -> None:
    raise KeyboardInterrupt(number)


def exit_status(error: NeonRestoreError) -> int:
    """Return the exit status that stands for an error."""
    for kinds, status in _STATUSES.items():
        if isinstance(error, kinds):
            return status
    if error.restored:
        return LOOK
    if error.pending:
        return STILL_RUNNING if error.pending.operations else UNKNOWN
    return FAILED


def explain(error: NeonRestoreError) -> str:
    """Return the text of an error, with advice for the command line."""
    error.args = tuple(in_command_words(str(text)) for text in error.args)
    error.advice = in_command_words(error.advice)
    goes_on = exit_status(error) in (UNKNOWN, STILL_RUNNING)
    if error.pending and goes_on and not isinstance(error, neon_restore.OutcomeUnknown):
        error.advice += f" Do not restore again yet. {how_to_find(error.pending)}"
    if error.restored and (backup := error.restored.backup):
        line = command_line("rollback", backup.name, branch=error.restored.destination.name)
        return str(error).replace("rollback(error.restored)", line)
    return str(error)


def _print(result: object, *, as_json: bool) -> None:
    if as_json:
        to_json = getattr(result, "to_json", None)
        text = to_json() if to_json else msgspec.json.encode(result, enc_hook=str)
        # ASCII, so that `write` has no characters to escape in its own way.
        text = json.dumps(json.loads(text), separators=(",", ":")).replace("\x7f", r"\u007f")
        write(text, sys.stdout)
        return
    if isinstance(result, dict):
        result = tuple(result.values())
    for one in result if isinstance(result, tuple) else (result,):
        write(describe(one), sys.stdout)


def _fail(text: str, status: int) -> int:
    write(text, sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
