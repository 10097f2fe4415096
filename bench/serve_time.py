"""Time until `make serve` serves the first page, and until it serves an edit."""

import os
import re
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx

from bench.measure import ROOT, medians, report, seconds
from tools.serve.process import ServeProcess, copy_repository, free_port

TIMES = 3
PATIENCE = 300.0
PROSE = Path("docs", "glossary.md")
CLIENT = Path("src", "neon_restore", "__init__.py")
BUILD = re.compile(r"/_serve/reload\.js\?(\w+)")
PYTHON = re.compile(r'data-python="([^"]+)"')


def get(address: str) -> str:
    """Return the text at a URL, as soon as a server listens there."""
    while True:
        with suppress(httpx.ConnectError):
            return httpx.get(address, timeout=PATIENCE).text
        time.sleep(0.02)


def first_page() -> float:
    """Return the seconds from `make serve` until its first page is read."""
    address = f"127.0.0.1:{free_port()}"
    command = ["make", "serve", f"ADDRESS={address}"]
    make = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        return seconds(lambda: get(f"http://{address}/"))
    finally:
        os.killpg(make.pid, signal.SIGINT)
        make.wait()


def edit(path: Path, url: str) -> float:
    """Append lines to a file and return the seconds until the pages are served with them."""
    (build,) = set(BUILD.findall(get(url)))
    with path.open("a", encoding="utf-8") as file:
        file.write("\n# One more line\n")
    began = time.perf_counter()
    # The server responds with another name as soon as there is another build.
    while get(f"{url}_serve/next?{build}") == build:
        pass
    return time.perf_counter() - began


def packed(url: str) -> float:
    """Return the seconds until the Python files of the current build are served."""
    (python,) = set(PYTHON.findall(get(url)))
    return seconds(lambda: get(f"{url}{python}manifest.json"))


def main() -> None:
    """Print the figures."""
    (took,) = medians(TIMES, first_page)
    report("make serve, first page", f"{took:.1f} s", "at most 10 s, set up")
    with tempfile.TemporaryDirectory() as folder:
        root = copy_repository(Path(folder, "copy"))
        served = ServeProcess(root, free_port(), sandbox_port=0)
        try:
            served.until("Building the guide")
            get(served.url)
            packed(served.url)
            (took,) = medians(TIMES, lambda: edit(root / PROSE, served.url))
            report("make serve, a page edited", f"{took:.1f} s", "a build of all pages")
            took = edit(root / CLIENT, served.url)
            report("make serve, the client edited", f"{took:.1f} s", "a build of all pages")
            report("  Python for its pages packed after", f"{packed(served.url):.1f} s", "")
        finally:
            served.end()
