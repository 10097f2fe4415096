"""Python in a sandbox as a reader starts it; `tests.docs.test_examples` does this with shell."""

import pytest

from tests.docs.run_policy import RunPolicy
from tools.docs import examples, outputs
from tools.docs.example_config import example_config
from tools.docs.tree import DocsTree

TREE = DocsTree()
# Only the clock of a sandbox in memory can be moved.
LIVE = [
    snippet
    for snippet in TREE.of_kind(".py")
    if "_setup/old_backups.py" not in example_config(TREE).chain(snippet)
]


@pytest.mark.parametrize("snippet", LIVE)
def test_python_works_in_a_live_sandbox(snippet: str, policy: RunPolicy) -> None:
    """On Postgres, over HTTP, with a running clock only ports, times and durations differ."""
    if policy.cannot(snippet):
        return
    printed = examples.run_live(policy.tree, snippet)
    assert outputs.steady(printed) == outputs.steady(outputs.shown(policy.tree, f"{snippet}.out"))
