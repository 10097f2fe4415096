"""The two storages of the stand-in are one world to whoever asks over HTTP."""

import pytest
from pytest_examples import EvalExample

from tests.docs import outputs, stage
from tests.docs.blocks import Tree
from tests.docs.setups import setups

TREE = Tree()
IN_MEMORY = [name for name in TREE.of_kind(".py") if not setups(TREE).takes_rows(name)]


@pytest.mark.parametrize("snippet", IN_MEMORY)
def test_python_prints_the_same_on_postgres(snippet: str, eval_example: EvalExample) -> None:
    """What a page's Python prints in memory it prints on Postgres too."""
    printed = stage.run(TREE, snippet, eval_example, rows=True)
    outputs.compare(TREE, f"{snippet}.out", printed)
