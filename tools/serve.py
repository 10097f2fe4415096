"""Serves the guide with a sandbox beside it, until Ctrl-C: `python -m tools.serve [options]`."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parent.parent
# How the sandbox ends what it prints: with the way to get rid of the variables again.
LAST_LINE = "unset "
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Serving:
    """The two processes. A signal that asks this one to end asks both, once each."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[str]] = []
        self._is_over = False
        for number in ENDINGS:
            signal.signal(number, self._end)

    def sandbox(self, port: str) -> None:
        """Start a sandbox and show the lines that point a terminal at it."""
        sandbox = self._start("neon_sandbox", "--print", "--port", port, stdout=subprocess.PIPE)
        lines = []
        for line in sandbox.stdout or ():
            lines.append(line)
            if LAST_LINE in line:
                print("\nBlocks of the guide work in a terminal that got these lines:\n")
                print(*lines, sep="", flush=True)
                return
        if not self._is_over:
            print("The guide is served without a sandbox beside it.", file=sys.stderr)

    def guide(self, address: str) -> int:
        """Serve the guide, and return its exit status."""
        if self._is_over:
            return 0
        print("The buttons “Run it here” are on the pages that `make site` builds.\n", flush=True)
        options = ["serve", "--strict", "--livereload", "--dev-addr", address]
        return self._start("mkdocs", *options).wait()

    def end(self) -> None:
        """End what still runs."""
        self._end(signal.SIGTERM, None)
        for process in self._processes:
            process.wait()

    def _start(
        self, module: str, *arguments: str, stdout: int | None = None
    ) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", module, *arguments]
        # Else the terminal would interrupt it by itself, and once more through this process.
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=stdout, text=True, start_new_session=True
        )
        self._processes.append(process)
        return process

    def _end(self, number: int, _: FrameType | None) -> None:
        self._is_over = True
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(number)


def main() -> int:
    """Serve until the guide ends or a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="127.0.0.1:8000", help="where the guide is served")
    parser.add_argument("--sandbox-port", default="14310", help="where the sandbox listens")
    chosen = parser.parse_args()
    serving = Serving()
    try:
        serving.sandbox(chosen.sandbox_port)
        return serving.guide(chosen.address)
    finally:
        serving.end()


if __name__ == "__main__":
    sys.exit(main())
