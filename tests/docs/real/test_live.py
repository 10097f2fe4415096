"""Python in a sandbox as a reader starts it, with a clock that runs on.

Shell is proved there in the first place, see `tests.docs.test_examples`.
"""

import pytest

from tests.docs import stage
from tests.docs.blocks import Tree
from tests.docs.runs import Runs


@pytest.mark.parametrize("snippet", Tree().of_kind(".py"))
def test_python_works_in_a_live_sandbox(snippet: str, runs: Runs) -> None:
    """A block ends well; what it says of a restore is when it was, and how long it took."""
    if runs.cannot(snippet):
        return
    shown = (runs.tree.snippets_dir / f"{snippet}.out").exists()
    assert bool(stage.run_live(runs.tree, snippet)) is shown
