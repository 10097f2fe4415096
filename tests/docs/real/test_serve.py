"""`make serve`: the guide as it is published, and a sandbox in which the guide's blocks work."""

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.ports import claimed
from tests.sandbox.cli.process import eventually
from tools.serve.process import ServeProcess, copy_repository

BUILT = r"^Built in \d+\.\d s\."
PAGE = Path("docs", "glossary.md")
EXPORT = re.compile(r"(?m)^export (\w+)=(\S+)$")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, at a path that has a space and an accent."""
    return copy_repository(tmp_path_factory.mktemp("serve") / "a café")


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port that nothing listens on, as on those behind it."""
    with claimed() as port:
        yield port


@pytest.fixture
def taken(port: int) -> Iterator[int]:
    """Return a port that something listens on."""
    with closing(socket.create_server(("127.0.0.1", port + 1))):
        yield port + 1


def running(root: Path) -> list[str]:
    """List the processes that were started from a copy: their environment names its folder."""
    listed = subprocess.run(
        ["ps", "axeww", "-o", "pid=,command="],  # noqa: S607
        capture_output=True, text=True, errors="replace", check=True,
    ).stdout  # fmt: skip
    return [line for line in listed.splitlines() if str(root.parent) in line]


@pytest.mark.long_running
def test_the_guide_is_served_as_published_and_built_again(root: Path, port: int) -> None:
    """What a host serves is there, an edit is served, a mistake is named and leaves pages alone."""
    served = ServeProcess(root, port, sandbox_port=0)
    try:
        served.until("Building the guide")
        with httpx.Client(base_url=served.url, timeout=60) as client:
            check_published(client)
            served.until(BUILT)
            check_sandbox(served)
            assert len(running(root)) > 1
            check_rebuilt(root, served, client)
    finally:
        status = served.end()
    assert status == 0, served.said
    eventually(lambda: not running(root), "something was left running")
    (host,) = re.findall("export NEON_API_HOST=(.*)", served.said)
    with pytest.raises(httpx.ConnectError):
        httpx.get(host)


def check_published(client: httpx.Client) -> None:
    """The first request waits for the first build; then all is there that a host serves."""
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


def check_sandbox(served: ServeProcess) -> None:
    """The lines that it prints point at a sandbox that answers."""
    if "unset NEON" not in served.said:
        served.until("unset NEON")
    variables = dict(EXPORT.findall(served.said))
    answer = httpx.get(
        f"{variables['NEON_API_HOST']}/projects/{variables['NEON_PROJECT_ID']}",
        headers={"Authorization": f"Bearer {variables['NEON_API_KEY']}"},
    )
    assert answer.json()["project"]["name"] == "shop"


def check_rebuilt(root: Path, served: ServeProcess, client: httpx.Client) -> None:
    """An edit is served, and has open pages reload; one that cannot be built is named."""
    page = root / PAGE
    text = page.read_text("utf-8")
    (script,) = re.findall(r'src="(/_serve/reload\.js\?(\w+))"', client.get("/").text)
    assert client.get(script[0]).headers["Content-Type"].startswith("text/javascript")
    page.write_text(f"{text}\nA word that was added.\n", "utf-8")
    # Answered when there is another build than the page has.
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
    """Where no sandbox can start the reason is said, and the guide is served all the same."""
    served = ServeProcess(root, port, sandbox_port=taken)
    try:
        said = served.until("without a sandbox beside it")
    finally:
        status = served.end(signal.SIGTERM)
    assert status == 0
    assert f"cannot listen on port {taken}" in served.said, said
    eventually(lambda: not running(root), "something was left running")


def test_a_taken_port_is_named(taken: int, root: Path) -> None:
    """Nothing is started where the guide cannot be served."""
    served = ServeProcess(root, taken, sandbox_port=0)
    said, _ = served.process.communicate()
    assert served.process.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{taken}: Address already in use. Nothing" in said
    assert f"make serve ADDRESS=127.0.0.1:{taken + 1}" in said
