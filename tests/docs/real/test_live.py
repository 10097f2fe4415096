"""Python in a sandbox as a reader starts it: on Postgres, over HTTP, with a clock that runs on.

Shell is proved there in the first place, see `tests.docs.test_examples`.
"""

import re

import pytest

from tests.docs import outputs, stage
from tests.docs.blocks import Tree
from tests.docs.runs import Runs

# How long things took, times, LSNs, and the room that a column of them takes.
VARIES = re.compile(
    r"(?:\d[\d.]* (?:hour|minute|second)s? *)+|(?<![\w-])[\dA-F]*\d[\dA-F.:/+TZ-]* *|  +"
)


@pytest.mark.parametrize("snippet", Tree().of_kind(".py"))
def test_python_works_in_a_live_sandbox(snippet: str, runs: Runs) -> None:
    """A block prints what its page shows, but for when things were and how long they took."""
    if runs.cannot(snippet):
        return
    printed = stage.run_live(runs.tree, snippet)
    assert same(printed) == same(outputs.shown(runs.tree, f"{snippet}.out"))


def same(text: str) -> str:
    """Return a text without what differs from run to run."""
    return VARIES.sub(" … ", text)
