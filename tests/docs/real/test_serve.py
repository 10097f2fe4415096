"""`make serve`: the guide, and a sandbox beside it in which the guide's blocks work."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import httpx
import pytest

from tests.docs.blocks import ROOT
from tests.ports import claimed

PATIENCE = 60.0


class Served:
    """The command in a process group of its own, as a terminal starts it."""

    def __init__(self, port: int, sandbox_port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self.lines: list[str] = []
        self.process = subprocess.Popen(  # noqa: S603
            [
                *(sys.executable, "-u", "-m", "tools.serve"),
                *("--address", self.address, "--sandbox-port", str(sandbox_port)),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            start_new_session=True,
        )

    def until(self, words: str) -> None:
        """Read what it says until it says these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if words in line:
                return
        raise AssertionError("".join(self.lines))

    def interrupt(self) -> int:
        """Press Ctrl-C, and return the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.lines.append(rest)
        return self.process.returncode

    @property
    def text(self) -> str:
        """All that it said so far."""
        return "".join(self.lines)


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port that nothing listens on, as on those behind it."""
    with claimed() as port:
        yield port


def test_the_guide_comes_with_a_sandbox(port: int) -> None:
    """The lines that it prints point at a sandbox that answers, and Ctrl-C ends both."""
    served = Served(port, sandbox_port=port + 1)
    try:
        served.until("Serving on")
        variables = dict(re.findall(r"(?m)^export (\w+)=(\S+)$", served.text))
        answer = httpx.get(
            f"{variables['NEON_API_HOST']}/projects/{variables['NEON_PROJECT_ID']}",
            headers={"Authorization": f"Bearer {variables['NEON_API_KEY']}"},
        )
        assert answer.json()["project"]["name"] == "shop"
        assert f"unset {' '.join(variables)}" in served.text
        with urllib.request.urlopen(f"http://{served.address}/") as page:
            assert b"Neon Branch Restore" in page.read()
    finally:
        status = served.interrupt()
    assert status == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(variables["NEON_API_HOST"])


def test_the_guide_is_served_without_a_sandbox(port: int) -> None:
    """Where no sandbox can start the reason is said, and the guide is served all the same."""
    taken = port + 1
    with socket.create_server(("127.0.0.1", taken)):
        served = Served(port, sandbox_port=taken)
        try:
            served.until("Serving on")
        finally:
            status = served.interrupt()
    assert status == 0
    assert f"cannot listen on port {taken}" in served.text
    assert "The guide is served without a sandbox beside it." in served.text
