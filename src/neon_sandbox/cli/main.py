"""The entry point of the command."""

import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from neon_sandbox.cli import child_process, messages, options
from neon_sandbox.cli.errors import CommandError
from neon_sandbox.cli.options import Options
from neon_sandbox.cli.sandbox import sandbox
from neon_sandbox.cli.signals import SignalHandler

_FAILED, _FAILED_BEFORE_COMMAND = 1, 125


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with ``arguments``, by default ``sys.argv[1:]``; return its exit status."""
    chosen = options.read(sys.argv[1:] if arguments is None else arguments)
    with SignalHandler() as signals:
        try:
            return _run(chosen, signals)
        except CommandError as failure:
            # A terminal also sends Ctrl-C to the programs being started, which then fail.
            if signals.received:
                return signals.status
            _say([f"neon-sandbox: {failure}"])
            return failure.status or (_FAILED_BEFORE_COMMAND if chosen.command else _FAILED)


def _run(chosen: Options, signals: SignalHandler) -> int:
    if chosen.command:
        child_process.require(chosen.command[0])
    show = (lambda _: None) if chosen.quiet else _say_one
    with sandbox(chosen, say=_say_one, show=show) as server:
        environment = server.environment
        if signals.received:
            return signals.status
        if chosen.command:
            return child_process.ChildProcess(chosen.command, environment).run(signals)
        _say(messages.banner(server.sandbox, environment))
        if chosen.printed:
            print(*messages.exports(environment), sep="\n", flush=True)
            _say(["Ctrl-C ends it."])
            while not signals.received:
                signals.wait()
            # Ctrl-C is the regular end of this mode.
            return 0 if signals.received is signal.SIGINT else signals.status
        _say(["This shell points at it; exit ends both."])
        return child_process.shell(environment).run(signals)


def _say(lines: Iterable[str]) -> None:
    # Writing to a closed terminal fails, and that must not prevent the cleanup.
    with suppress(OSError, ValueError):
        if sys.stderr:
            print(*lines, sep="\n", file=sys.stderr, flush=True)


def _say_one(line: str) -> None:
    _say([line])
