"""Runs the command or the shell that uses a sandbox."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from neon_sandbox.cli.errors import CommandError
from neon_sandbox.cli.signals import SignalHandler

GRACE = 10.0
"""Seconds that a command has to end after a signal was forwarded to it."""
_PATIENCE = 0.5
HINT = "(neon-sandbox)"
_CANNOT_RUN, _NOT_FOUND = 126, 127
_BASH_START = """\
if [ -f ~/.bashrc ]; then . ~/.bashrc; fi
PS1="{hint} $PS1"
exec {descriptor}<&-
"""


@dataclass(frozen=True)
class ChildProcess:
    """A program to run, with added environment variables and file descriptors to pass on."""

    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: Sequence[int] = ()
    # An interactive shell ignores most of the signals that ask a process to end.
    is_shell: bool = False

    def run(self, endings: SignalHandler) -> int:
        """Run the program, forward signals to it, and return its exit status, as a shell does."""
        # Entered before the start, because the program may run a while before this process knows.
        # A Ctrl-C in the moment before the program runs ends nothing and has to be pressed again.
        with endings.terminal_shared_with_child():
            process = self._start()

            def reap() -> None:
                process.wait()
                endings.wake()

            def pass_on(number: signal.Signals) -> None:
                process.send_signal(signal.SIGHUP if self.is_shell else number)

            reaper = threading.Thread(target=reap, name="reaper")
            reaper.start()
            with endings.forward_to(pass_on):
                self._wait(process, endings)
            reaper.join()
        return 128 - process.returncode if process.returncode < 0 else process.returncode

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603 - the user's own command
                self.command, env={**os.environ, **self.environment}, pass_fds=self.descriptors
            )
        except OSError as error:
            raise CommandError(f"{self.command[0]}: {error.strerror}", _CANNOT_RUN) from None
        finally:
            for descriptor in self.descriptors:
                os.close(descriptor)

    def _wait(self, process: subprocess.Popen[bytes], endings: SignalHandler) -> None:
        """Wait for the process to end; kill it ``GRACE`` seconds after a forwarded signal."""
        while process.returncode is None and not endings.received:
            endings.wait()
        kill_at = time.monotonic() + GRACE
        while process.returncode is None:
            endings.wait(_PATIENCE)
            if time.monotonic() > kill_at:
                process.kill()
            elif self.is_shell:
                # A shell that was about to read a line may have missed the first SIGHUP.
                process.send_signal(signal.SIGHUP)


def require(program: str) -> None:
    """Raise `CommandError` for a program that is missing or not executable."""
    if shutil.which(program):
        return
    if Path(program).exists() and os.sep in program:
        raise CommandError(f"{program} cannot be run: it is not a program", _CANNOT_RUN)
    raise CommandError(f"{program} was not found: check its name, or give its path", _NOT_FOUND)


def shell(environment: Mapping[str, str]) -> ChildProcess:
    """Return the shell in ``SHELL``, or ``/bin/sh``, with `HINT` in its prompt."""
    program = os.environ.get("SHELL", "")
    if shutil.which(program) is None:
        program = "/bin/sh"
    name = Path(program).name
    if name == "bash":
        # bash sets its prompt in ~/.bashrc, so it gets a start file that reads ~/.bashrc first.
        reading, writing = os.pipe()
        with os.fdopen(writing, "w") as start:
            start.write(_BASH_START.format(hint=HINT, descriptor=reading))
        command = [program, "--rcfile", f"/dev/fd/{reading}"]
        return ChildProcess(command, environment, descriptors=[reading], is_shell=True)
    prompt = {"RPROMPT": HINT} if name == "zsh" else {"PS1": f"{HINT} $ "}
    return ChildProcess([program], {**environment, **prompt}, is_shell=True)
