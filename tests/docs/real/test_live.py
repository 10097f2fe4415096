"""Every block in a sandbox as a reader starts it: the command, with a clock that runs on."""

import re
import shlex
from pathlib import Path

import pytest

from tests.databases import scratch
from tests.docs import machine, worlds
from tests.docs.blocks import Tree
from tests.docs.setups import setups

TREE = Tree()
INTERPRETERS = {".py": ["python"], ".sh": ["bash", "-eu"]}
LIVE = [
    pytest.param(name, marks=pytest.mark.takes(*machine.needs(TREE, name)), id=name)
    for name in TREE.of_kind(*INTERPRETERS)
    if name not in setups(TREE).outside
]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def command(name: str) -> list[str]:
    """Return the command that runs a program as it stands."""
    return [*INTERPRETERS[Path(name).suffix], str(TREE.snippets_dir / name)]


def run(snippet: str, folder: Path) -> machine.Ended:
    """Run a snippet, and what runs before it, in a sandbox of its own."""
    *before, last = map(command, setups(TREE).chain(snippet))
    if before:
        lines = [*(f"{shlex.join(each)} >&2" for each in before), shlex.join(last)]
        last = ["bash", "-eu", "-c", "\n".join(lines)]
    options = ["--quiet", "--port", "0", "--data", str(folder / "data")]
    with worlds.home() as home:
        return machine.run(
            ["neon-sandbox", "run", *options, "--", *last], home, machine.environment(home, {})
        )


@pytest.mark.parametrize("snippet", LIVE)
def test_a_block_works_in_a_live_sandbox(snippet: str) -> None:
    """A block ends well; shell also prints what its page shows, but for times of the day."""
    with scratch() as folder:
        ended = run(snippet, folder)
    assert ended.status == 0, f"snippets/{snippet}:1:\n{ended.out}{ended.err}"
    output = TREE.snippets_dir / f"{snippet}.out"
    shown = output.read_text("utf-8") if output.exists() else ""
    if snippet.endswith(".sh"):
        assert INSTANT.sub("…", ended.out) == INSTANT.sub("…", shown)
    else:
        # What Python says of a restore says when it was, and how long it took.
        assert bool(ended.out) == bool(shown)
