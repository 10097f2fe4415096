"""Python in a sandbox as a reader starts it: on Postgres, over HTTP, with a clock that runs on.

Shell is proved there in the first place, see `tests.docs.test_examples`.
"""

import pytest

from tests.docs.run_policy import RunPolicy
from tools.docs import examples, outputs
from tools.docs.tree import DocsTree


@pytest.mark.parametrize("snippet", DocsTree().of_kind(".py"))
def test_python_works_in_a_live_sandbox(snippet: str, policy: RunPolicy) -> None:
    """A block prints what its page shows, but for when things were and how long they took."""
    if policy.cannot(snippet):
        return
    printed = examples.run_live(policy.tree, snippet)
    assert outputs.steady(printed) == outputs.steady(outputs.shown(policy.tree, f"{snippet}.out"))
