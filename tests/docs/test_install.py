"""Runs the blocks that install or start something, in a fresh environment as a reader does."""

import socket
from pathlib import Path

import pytest

from neon_sandbox.cli.options import DEFAULT_PORT
from tests.docs.run_policy import RunPolicy
from tools.docs.clean_environment import CleanEnvironment
from tools.docs.example_config import example_config
from tools.docs.tree import ROOT, DocsTree
from tools.install_line import CLIENT, SANDBOX

TREE = DocsTree()
OUTSIDE = example_config(TREE).outside
CHAINS = [example_config(TREE).chain(snippet) for snippet in OUTSIDE]
# Leave out blocks that run before another one: its chain checks them, in one environment.
LAST = [chain[-1] for chain in CHAINS if not any(chain[-1] in other[:-1] for other in CHAINS)]
START = "sandbox/start.sh"
DEVELOPMENT = {"pytest", "mypy", "respx", "mkdocs"}
TAKEN = "something listens on the ports that the sandbox takes by itself"


def client_is_there(environment: CleanEnvironment) -> None:
    """Check that the client imports, and that psycopg and development packages are absent."""
    assert environment.run("python", "-c", "from neon_restore import AsyncNeon, Neon").status == 0
    assert "neon-restore" in environment.packages()
    assert not environment.packages() & (DEVELOPMENT | {"psycopg"})


def sandbox_is_there(environment: CleanEnvironment) -> None:
    """Check that the sandbox runs with Postgres, without development packages."""
    ended = environment.run("neon-sandbox", "run", "--port", "0", "--quiet", "--", "true")
    assert ended.status == 0, ended.err
    assert not environment.packages() & DEVELOPMENT


AFTER = {
    CLIENT.relative_to("snippets").as_posix(): client_is_there,
    SANDBOX.relative_to("snippets").as_posix(): sandbox_is_there,
}


def ports_are_free() -> bool:
    """Return whether the default ports of the sandbox are free."""
    try:
        for port in range(DEFAULT_PORT, DEFAULT_PORT + 3):
            # It sets SO_REUSEADDR.
            socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@pytest.mark.long_running
@pytest.mark.parametrize("snippet", LAST)
def test_a_line_does_what_it_says(snippet: str, tmp_path: Path, policy: RunPolicy) -> None:
    chain = example_config(TREE).chain(snippet)
    # Call `cannot` for all of them, because it records each reason.
    if sum(policy.cannot(name) for name in chain):
        return
    environment = CleanEnvironment(tmp_path)
    for name in chain:
        if name == START and not ports_are_free():
            policy.report.not_run_here(name, TAKEN)
            return
        path = ROOT / "snippets" / name
        # Input for the shell that the sandbox opens; the other blocks do not read it.
        typed = "echo $NEON_API_HOST $NEON_PROJECT_ID\nexit\n"
        ended = environment.run("bash", "-eu", path, folder=ROOT, stdin=typed)
        assert ended.status == 0, f"snippets/{name}:1:\n{ended.out}{ended.err}"
        if name == START:
            assert f"http://127.0.0.1:{DEFAULT_PORT}/api/v2 sandbox-shop-00000000" in ended.out
        else:
            AFTER[name](environment)
        policy.report.prove(name)


def test_every_outside_block_is_known() -> None:
    assert AFTER.keys() | {START} == {*OUTSIDE}
