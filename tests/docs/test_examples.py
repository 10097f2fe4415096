"""Every example on the pages runs alone from the incident and prints what its page shows."""

from pathlib import Path

import pytest
from pytest_examples import EvalExample
from pytest_examples.find_examples import CodeExample

from tests.docs import stage
from tests.docs.blocks import ENDINGS, Kind, Tree
from tests.docs.proofs import PROOFS
from tests.docs.tally import Tally, place, printed_examples
from tools.install_line import SNIPPET as INSTALL
from tools.install_line import install_line

TREE = Tree()
PYTHON = TREE.of_kind(".py")
INSTALL_NAME = INSTALL.relative_to("snippets").as_posix()
PRINTED = [example for _, example in printed_examples(TREE)]


@pytest.mark.parametrize("snippet", PYTHON)
def test_python_prints_what_its_page_shows(
    snippet: str, tree: Tree, eval_example: EvalExample, tally: Tally, writing: bool
) -> None:
    """A Python example runs as it stands, alone, and its output file holds what it prints."""
    output = f"{snippet}.out"
    printed = stage.run(tree, snippet, eval_example)
    if writing:
        stage.write(tree, output, printed)
    else:
        stage.compare(tree, output, printed)
    tally.prove(snippet)
    tally.prove(output)


@pytest.mark.parametrize("snippet", TREE.of_kind(".txt"))
def test_description_fits_what_it_describes(snippet: str, tree: Tree, tally: Tally) -> None:
    """A description is compared with the thing itself."""
    if snippet not in PROOFS:
        pytest.fail(
            f"snippets/{snippet}:1: nothing proves this description. "
            "Register a proof for it in tests/docs/proofs.py.",
            pytrace=False,
        )
    with stage.incident() as sandbox:
        PROOFS[snippet](tree.text(Path("snippets", snippet)), sandbox)
    tally.prove(snippet)


@pytest.mark.parametrize("example", PRINTED, ids=place)
def test_printed_example_prints_what_its_comments_say(
    example: CodeExample, eval_example: EvalExample, tally: Tally
) -> None:
    """README and docstrings carry their output in comments, and it is what they print."""
    eval_example.set_config(line_length=100)
    with stage.incident():
        eval_example.run_print_check(example, rewrite_assertions=False)
    tally.prove(place(example))


def test_no_kind_is_without_a_runner(tree: Tree) -> None:
    """A snippet of a kind that nothing runs yet is refused, not passed over."""
    runners = {".py", *(e for e, ending in ENDINGS.items() if ending.kind is Kind.OUTPUT), ".txt"}
    unknown = [
        name for name in tree.snippets if Path(name).suffix not in runners and name != INSTALL_NAME
    ]
    assert not unknown, f"nothing runs these yet: {unknown}"


def test_every_proof_has_its_description(tree: Tree) -> None:
    """No proof is left behind when its description goes."""
    assert PROOFS.keys() <= set(tree.of_kind(".txt"))


def test_the_install_line_is_the_one_from_the_setting(
    tree: Tree, tally: Tally, request: pytest.FixtureRequest
) -> None:
    """The line to install with is written from one setting in pyproject.toml."""
    if tree.text(INSTALL) != install_line(tree.text(Path("pyproject.toml"))):
        pytest.fail(f"{INSTALL}:1: out of date. Run `make outputs`.", pytrace=False)
    if not request.config.getoption("--published"):
        tally.not_run_here(INSTALL_NAME, "`make test` installs it into a fresh environment")
