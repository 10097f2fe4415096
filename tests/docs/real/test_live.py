"""Python in a sandbox as a reader starts it: on Postgres, over HTTP, with a clock that runs on.

Shell is proved there in the first place, see `tests.docs.test_examples`.
"""

import pytest

from tests.docs.runs import Runs
from tools.docs import examples, outputs
from tools.docs.blocks import Tree


@pytest.mark.parametrize("snippet", Tree().of_kind(".py"))
def test_python_works_in_a_live_sandbox(snippet: str, runs: Runs) -> None:
    """A block prints what its page shows, but for when things were and how long they took."""
    if runs.cannot(snippet):
        return
    printed = examples.run_live(runs.tree, snippet)
    assert outputs.steady(printed) == outputs.steady(outputs.shown(runs.tree, f"{snippet}.out"))
