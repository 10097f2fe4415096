"""`make serve`: the guide as published, and a sandbox in which its blocks work."""

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.ports import claimed
from tests.sandbox.cli.process import eventually
from tools.serve.process import ServeProcess, copy_repository

BUILT = r"^Built in \d+\.\d s\."
PAGE = Path("docs", "glossary.md")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository, at a path with a space and an accent."""
    return copy_repository(tmp_path_factory.mktemp("serve") / "a café")


@pytest.fixture
def port() -> Iterator[int]:
    """Yield the first of nine consecutive free ports."""
    with claimed() as port:
        yield port


@pytest.fixture
def taken(port: int) -> Iterator[int]:
    """Yield a port that a socket listens on."""
    with closing(socket.create_server(("127.0.0.1", port + 1))):
        yield port + 1


def running(root: Path) -> list[str]:
    """Return the processes started from a copy, whose environment names its folder."""
    command = ["ps", "axeww", "-o", "pid=,command="]
    listed = subprocess.check_output(command, text=True, errors="replace")  # noqa: S603
    return [line for line in listed.splitlines() if str(root.parent) in line]


@contextmanager
def serving(
    root: Path, port: int, sandbox_port: int, ended_by: signal.Signals
) -> Iterator[ServeProcess]:
    """Serve the guide from a copy; on exit, check that nothing is left running."""
    served = ServeProcess(root, port, sandbox_port)
    try:
        yield served
    finally:
        status = served.end(ended_by)
    assert status == 0, served.said
    eventually(lambda: not running(root), "something was left running")


@pytest.mark.long_running
def test_the_guide_is_served_as_published_and_built_again(root: Path, port: int) -> None:
    """Pages are served as on a host, edits are served, a mistake is named and changes no page."""
    with serving(root, port, 0, signal.SIGINT) as served:
        served.until("Building the guide")
        with httpx.Client(base_url=served.url, timeout=60) as client:
            check_published(client)
            served.until(BUILT)
            if "unset NEON" not in served.said:
                served.until("unset NEON")
            variables = dict(re.findall(r"(?m)^export (\w+)=(\S+)$", served.said))
            url = f"{variables['NEON_API_HOST']}/projects/{variables['NEON_PROJECT_ID']}"
            headers = {"Authorization": f"Bearer {variables['NEON_API_KEY']}"}
            assert httpx.get(url, headers=headers).json()["project"]["name"] == "shop"
            assert len(running(root)) > 1
            check_rebuilt(root, served, client)
    (host,) = re.findall("export NEON_API_HOST=(.*)", served.said)
    with pytest.raises(httpx.ConnectError):
        httpx.get(host)


def check_published(client: httpx.Client) -> None:
    """Check that all is served as on a host; the first request waits for the first build."""
    first = client.get("/")
    assert "Neon Branch Restore" in first.text
    assert first.headers["Content-Encoding"] == "gzip"
    assert "frame-ancestors 'none'" in first.headers["Content-Security-Policy"]
    (python,) = set(re.findall(r'data-run="[^"]+" data-python="([^"]+)"', first.text))
    assert client.get(f"/{python}manifest.json").json()["sizes"]
    assert "All pages in one" in client.get("/print/").text
    assert client.get("/index.md").text.startswith("# ")
    assert "](glossary.md)" in client.get("/llms.txt").text
    assert client.get("/nowhere/").status_code == 404


def check_rebuilt(root: Path, served: ServeProcess, client: httpx.Client) -> None:
    """Check that an edit is served and reloads open pages, and that a build error is named."""
    page = root / PAGE
    text = page.read_text("utf-8")
    (script,) = re.findall(r'src="(/_serve/reload\.js\?(\w+))"', client.get("/").text)
    assert client.get(script[0]).headers["Content-Type"].startswith("text/javascript")
    page.write_text(f"{text}\nA word that was added.\n", "utf-8")
    # The response waits for a build other than the one that the page has.
    assert client.get(f"/_serve/next?{script[1]}").text != script[1]
    assert "A word that was added." in client.get("/glossary/").text
    assert f"{PAGE} changed" in served.until(BUILT)
    page.write_text(f'{text}\n```python\n--8<-- "index/gone.py"\n```\n', "utf-8")
    said = served.until("is built again")
    line = text.count("\n") + 2
    assert f"{PAGE}:{line}: there is no snippets/index/gone.py. Write that file" in said
    assert "Pages stay as they were." in said
    assert "A word that was added." in client.get("/glossary/").text


def test_the_guide_is_served_without_a_sandbox(port: int, taken: int, root: Path) -> None:
    """If no sandbox can start, the reason is printed and the guide is still served."""
    with serving(root, port, taken, signal.SIGTERM) as served:
        said = served.until("without a sandbox beside it")
    assert f"cannot listen on port {taken}" in served.said, said


def test_a_taken_port_is_named(taken: int, root: Path) -> None:
    served = ServeProcess(root, taken, sandbox_port=0)
    said, _ = served.process.communicate()
    assert served.process.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{taken}: Address already in use. Nothing" in said
    assert f"make serve ADDRESS=127.0.0.1:{taken + 1}" in said
