"""Serves the guide and runs a sandbox, until Ctrl-C: `python -m tools.serve [options]`."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from tools.postbuild.site_source import Source
from tools.pyodide.cache import PACKED
from tools.serve import failure, watch
from tools.serve.children import Children, end
from tools.serve.live_reload import Build, LiveReloadServer

# The sandbox prints last how to unset its variables.
LAST_LINE = "unset "
# The files in which the page tests report problems.
JUDGED = ("docs/", "snippets/", "mkdocs.yml:", "README.md:")
# Code that keeps running while it is edited.
RUNNING = ("src/neon_sandbox/", "tools/serve/", "tools/static_site_server.py")
NAMED = 3
"""The number of edited files that are named when a build begins."""
TOLD = 2.0
"""Seconds; the end of a longer wait is reported."""


class DevServer:
    """A server that builds the guide, and rebuilds it when one of its sources changes."""

    def __init__(self, server: LiveReloadServer, children: Children, folder: Path) -> None:
        self._server = server
        self._children = children
        self._folder = folder
        self._builds: list[Build] = []
        self._packing: tuple[str, subprocess.Popen[str]] | None = None

    def start_sandbox(self, port: str) -> None:
        """Start a sandbox; when it is ready, print the lines that point a terminal at it."""
        command = ("neon_sandbox", "--print", "--port", port)
        sandbox = self._children.start(*command, stdout=subprocess.PIPE)
        Thread(target=self._print_exports, args=(sandbox,), daemon=True).start()

    def _print_exports(self, sandbox: subprocess.Popen[str]) -> None:
        said = ""
        for line in sandbox.stdout or ():
            said += line
            if LAST_LINE in line:
                say("\nBlocks of the guide work in a terminal that got these lines:\n", said)
                return
        if not self._children.is_over.is_set():
            say(f"{said}The guide is served without a sandbox beside it.")

    def run(self) -> None:
        """Build, and rebuild after edits, until a signal ends the command."""
        files = watch.look()
        say("Building the guide …")
        self._build()
        while not self._children.is_over.is_set():
            edited = watch.next_edit(files, self._children.is_over)
            if names := watch.changed(files, edited):
                files = edited
                self._tell(names)
                self._build()

    def _tell(self, names: list[str]) -> None:
        more = len(names) - NAMED
        named = ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
        say(f"\n{time.strftime('%H:%M:%S')} {named} changed: building the guide again …")
        if any(name.startswith(RUNNING) for name in names):
            say("It runs as before beside this: start `make serve` again to run what you changed.")

    def _build(self) -> None:
        began = time.monotonic()
        build = Build(self._folder / str(len(self._builds)))
        if not self._make(build.folder):
            shutil.rmtree(build.folder, ignore_errors=True)
            self._server.fail()
            return
        self._server.publish(build)
        first = f"The guide is at {self._server.url}\nCtrl-C ends it."
        then = "Open pages reload." if self._builds else first
        say(f"Built in {time.monotonic() - began:.1f} s. {then}")
        self._builds.append(build)
        if len(self._builds) > 2:
            # Pages may still load files of the previous build, so it stays until the next one.
            shutil.rmtree(self._builds[-3].folder, ignore_errors=True)
        self._put_python(build)

    def _make(self, folder: Path) -> bool:
        """Build the guide as published, but without Python in its pages; report what failed."""
        for command in (
            ("mkdocs", "build", "--strict", "--site-dir", str(folder)),
            ("tools.postbuild", str(folder), "--no-python"),
        ):
            status, output = self._children.run(*command)
            if status:
                if not self._children.is_over.is_set():
                    self._say_why(output)
                return False
        return True

    def _say_why(self, output: str) -> None:
        found = failure.reasons(output)
        if not all(map(failure.LOCATED.fullmatch, found)):
            # The page tests know more about a page than the builder.
            _, judged = self._children.run("pytest", "-q", "tests/docs/test_pages.py")
            found = [line for line in judged.splitlines() if line.startswith(JUDGED)] or found
        kept = "Pages stay as they were." if self._builds else "There is nothing to serve yet."
        say(
            "\nThe guide was not built:\n",
            *(f"  {line}" for line in found),
            f"\n{kept} Correct this and save the file: the guide is built again.",
        )

    def _put_python(self, build: Build) -> None:
        """Add Python to the site in the background, because packing it takes long."""
        if self._packing and self._packing[0] != build.python:
            # This process packs Python for outdated examples or sources.
            end(self._packing[1])
        if not build.python:
            build.python_is_there.set()
            return
        if not (PACKED / build.python).exists():
            say("Packing Python for “Run it here” …")
        command = ("tools.postbuild.run_here", str(build.folder))
        process = self._children.start(*command, stdout=subprocess.PIPE)
        self._packing = build.python, process
        Thread(target=self._await_python, args=(build, process), daemon=True).start()

    def _await_python(self, build: Build, process: subprocess.Popen[str]) -> None:
        began = time.monotonic()
        output, _ = process.communicate()
        status, took = process.returncode, time.monotonic() - began
        build.python_is_there.set()
        if status > 0 and status != os.EX_TEMPFAIL:
            say(
                "\nPython for “Run it here” was not packed:\n",
                *(f"  {line}" for line in failure.reasons(output)),
                "\nThe buttons do not work until this is corrected.",
            )
        elif status == 0 and took > TOLD:
            say(f"“Run it here” is ready after {took:.0f} s.")


def say(*lines: str) -> None:
    """Print lines that belong together in one call."""
    print("\n".join(lines), flush=True)


def address_of(text: str) -> tuple[str, int]:
    """Parse an address, `HOST:PORT`."""
    host, _, port = text.rpartition(":")
    if not (host and port.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT, such as 127.0.0.1:8000")
    return host, int(port)


def main() -> None:
    """Serve until a signal arrives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--address", type=address_of, default="127.0.0.1:8000", help="where the guide is served"
    )
    parser.add_argument("--sandbox-port", default="14310", help="where the sandbox listens")
    chosen = parser.parse_args()
    base = urlsplit(Source.read().site_url).path or "/"
    try:
        server = LiveReloadServer(base, chosen.address)
    except OSError as error:
        host, port = chosen.address
        sys.exit(
            f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}. Nothing was "
            "started. End what listens there, or choose another port: "
            f"make serve ADDRESS={host}:{port + 1}"
        )
    children = Children()
    with tempfile.TemporaryDirectory(prefix="guide-", ignore_cleanup_errors=True) as folder, server:
        try:
            serving = DevServer(server, children, Path(folder))
            serving.start_sandbox(chosen.sandbox_port)
            serving.run()
        finally:
            children.end_all()


if __name__ == "__main__":
    main()
