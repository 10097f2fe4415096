"""Tests that every example runs alone after the incident and prints what its page shows."""

import re
from pathlib import Path

import pytest
from pytest_examples import EvalExample
from pytest_examples.find_examples import CodeExample

from tests.docs.coverage_report import CoverageReport, place, printed_examples
from tests.docs.descriptions import DESCRIPTIONS, SYNOPSIS, WRITTEN, unlike_help
from tests.docs.harness import nothing_in
from tests.docs.run_policy import RunPolicy
from tools.docs import examples, outputs
from tools.docs.example_config import example_config
from tools.docs.outputs import ExampleMismatch
from tools.docs.sandboxes import incident
from tools.docs.tree import DocsTree
from tools.install_line import install_lines

TREE = DocsTree()
OUTSIDE = example_config(TREE).outside
SHELL = [name for name in TREE.of_kind(".sh") if name not in OUTSIDE]
DESCRIBED = [
    pytest.param(name, marks=[pytest.mark.long_running] if name == "how-proved/faults.out" else [])
    for name in sorted({*TREE.of_kind(".txt"), *WRITTEN})
]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@pytest.mark.parametrize("snippet", TREE.of_kind(".py", ".sql"))
def test_a_block_prints_what_its_page_shows(
    snippet: str, eval_example: EvalExample, policy: RunPolicy
) -> None:
    if not policy.cannot(snippet):
        policy.printed(snippet, examples.run(policy.tree, snippet, eval_example))


@pytest.mark.parametrize("snippet", SHELL)
def test_a_shell_block_prints_what_its_page_shows(
    snippet: str, eval_example: EvalExample, policy: RunPolicy
) -> None:
    """In a live sandbox, as for a reader, only instants may differ from the output file.

    Output files are written on the stepped clock, and there the output is exact.
    """
    if policy.cannot(snippet):
        return
    live = None if policy.writing else examples.run_live(policy.tree, snippet)
    if live == outputs.shown(policy.tree, f"{snippet}.out"):
        policy.printed(snippet, live)
        return
    printed = examples.run(policy.tree, snippet, eval_example)
    policy.printed(snippet, printed)
    masked = [INSTANT.sub("…", outputs.steady(text)) for text in (live or printed, printed)]
    assert masked[0] == masked[1], live


@pytest.mark.parametrize("snippet", example_config(TREE).postgres)
def test_what_is_said_to_touch_rows_does(snippet: str, eval_example: EvalExample) -> None:
    """In memory it fails or prints something else; otherwise it could run in the page."""
    with pytest.raises(ExampleMismatch):
        outputs.compare(
            TREE, f"{snippet}.out", examples.run(TREE, snippet, eval_example, rows=False)
        )


@pytest.mark.parametrize("snippet", DESCRIBED)
def test_a_description_fits_what_it_describes(snippet: str, policy: RunPolicy) -> None:
    if policy.cannot(snippet):
        return
    if snippet in WRITTEN:
        policy.written(snippet, WRITTEN[snippet]())
        return
    text = policy.tree.text(Path("snippets", snippet))
    if text.startswith(SYNOPSIS):
        unlike = unlike_help(text)
        assert not unlike, f"snippets/{snippet}:1: not so in the command's own help: {unlike}"
    elif snippet in DESCRIPTIONS:
        with incident() as sandbox:
            DESCRIPTIONS[snippet](text, sandbox)
    else:
        remedy = "Register a proof for it in tests/docs/descriptions.py."
        nothing_in([f"snippets/{snippet}:1: nothing proves this description. {remedy}"])
    policy.report.prove(snippet)


@pytest.mark.parametrize("example", [e for _, e in printed_examples(TREE)], ids=place)
def test_printed_example_prints_what_its_comments_say(
    example: CodeExample, eval_example: EvalExample, report: CoverageReport
) -> None:
    eval_example.set_config(line_length=100)
    with incident():
        eval_example.run_print_check(example, rewrite_assertions=False)
    report.prove(place(example))


def test_every_proof_has_its_description(tree: DocsTree) -> None:
    assert DESCRIPTIONS.keys() <= set(tree.of_kind(".txt"))


@pytest.mark.parametrize("snippet", OUTSIDE)
def test_a_block_outside_of_the_sandbox_is_accounted_for(
    snippet: str, policy: RunPolicy, request: pytest.FixtureRequest
) -> None:
    """A block that installs or starts something runs with `--published`, or counts as not run."""
    if not request.config.getoption("--published"):
        policy.report.not_run_here(snippet, "only `make test` installs into a fresh environment")


def test_the_install_lines_come_from_the_setting(tree: DocsTree) -> None:
    lines = install_lines(tree.text(Path("pyproject.toml")))
    stale = [path for path, line in lines.items() if tree.text(path) != line]
    nothing_in(f"{path}:1: out of date. Run `make outputs`." for path in stale)


@pytest.mark.parametrize(
    ("setting", "client", "sandbox"),
    [
        ("", ".", '".[sandbox]"'),
        ("neon-restore", "neon-restore", '"neon-restore[sandbox]"'),
        ("neon-restore>=1,<2", '"neon-restore>=1,<2"', '"neon-restore[sandbox]>=1,<2"'),
    ],
)
def test_an_install_line_can_be_pasted(setting: str, client: str, sandbox: str) -> None:
    """A requirement with special characters is quoted, so the shell passes it on unchanged."""
    lines = install_lines(f'[tool.neon-docs]\ninstall = "{setting}"\n').values()
    assert [line.split(" install ")[1].strip() for line in lines] == [client, sandbox]
