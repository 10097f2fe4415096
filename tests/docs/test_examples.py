"""Every example on the pages runs alone from the incident and prints what its page shows."""

from pathlib import Path

import pytest
from pytest_examples import EvalExample
from pytest_examples.find_examples import CodeExample

from tests.docs import stage
from tests.docs.blocks import Tree
from tests.docs.proofs import PROOFS, SYNOPSIS, WRITTEN, unlike_help
from tests.docs.runs import Runs
from tests.docs.setups import setups
from tests.docs.tally import Tally, place, printed_examples
from tests.docs.worlds import incident

TREE = Tree()
PROGRAMS = [n for n in TREE.of_kind(".py", ".sh", ".sql") if n not in setups(TREE).outside]
DESCRIPTIONS = sorted({*TREE.of_kind(".txt"), *WRITTEN})
PRINTED = [example for _, example in printed_examples(TREE)]


@pytest.mark.parametrize("snippet", PROGRAMS)
def test_a_block_prints_what_its_page_shows(
    snippet: str, eval_example: EvalExample, runs: Runs
) -> None:
    """A block runs as it stands, alone, and its output file holds what it prints."""
    if runs.cannot(snippet):
        return
    runs.printed(snippet, stage.run(runs.tree, snippet, eval_example))


@pytest.mark.parametrize("snippet", DESCRIPTIONS)
def test_a_description_fits_what_it_describes(snippet: str, runs: Runs) -> None:
    """A description is compared with the thing itself."""
    if runs.cannot(snippet):
        return
    if snippet in WRITTEN:
        runs.written(snippet, WRITTEN[snippet]())
        return
    text = runs.tree.text(Path("snippets", snippet))
    if text.startswith(SYNOPSIS):
        unlike = unlike_help(text)
        assert not unlike, f"snippets/{snippet}:1: not so in the command's own help: {unlike}"
    elif snippet in PROOFS:
        with incident() as sandbox:
            PROOFS[snippet](text, sandbox)
    else:
        pytest.fail(
            f"snippets/{snippet}:1: nothing proves this description. "
            "Register a proof for it in tests/docs/proofs.py.",
            pytrace=False,
        )
    runs.tally.prove(snippet)


@pytest.mark.parametrize("example", PRINTED, ids=place)
def test_printed_example_prints_what_its_comments_say(
    example: CodeExample, eval_example: EvalExample, tally: Tally
) -> None:
    """README and docstrings carry their output in comments, and it is what they print."""
    eval_example.set_config(line_length=100)
    with incident():
        eval_example.run_print_check(example, rewrite_assertions=False)
    tally.prove(place(example))


def test_every_proof_has_its_description(tree: Tree) -> None:
    """No proof is left behind when its description goes."""
    assert PROOFS.keys() <= set(tree.of_kind(".txt"))
