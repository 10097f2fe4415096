"""How long `make serve` takes to answer with the first page, and to serve what was edited."""

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
    """Return what an address answers, as soon as something listens there."""
    while True:
        with suppress(httpx.ConnectError):
            return httpx.get(address, timeout=PATIENCE).text
        time.sleep(0.02)


def first_page() -> float:
    """Return the seconds from `make serve` until its first page was read."""
    address = f"127.0.0.1:{free_port()}"
    make = subprocess.Popen(
        ["make", "serve", f"ADDRESS={address}"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return seconds(lambda: get(f"http://{address}/"))
    finally:
        os.killpg(make.pid, signal.SIGINT)
        make.wait()


def edit(path: Path, url: str) -> float:
    """Add a line to a file, and return the seconds until pages are served with it."""
    (build,) = set(BUILD.findall(get(url)))
    with path.open("a", encoding="utf-8") as file:
        file.write("\n# One more line\n")
    began = time.perf_counter()
    # It answers with another name as soon as there is another build.
    while get(f"{url}_serve/next?{build}") == build:
        pass
    return time.perf_counter() - began


def packed(url: str) -> float:
    """Return the seconds until pages have the Python that belongs to them."""
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


if __name__ == "__main__":
    main()
