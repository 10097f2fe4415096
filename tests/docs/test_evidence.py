"""Tests that every rule about Neon has its evidence, and that something uses it."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.harness import nothing_in
from tests.live import test_rules
from tools.docs.evidence import FILE, PAGE, Evidence, page
from tools.docs.tree import ROOT, DocsTree

EVIDENCE = Evidence.read()
TAG = re.compile(r"\[rule: ([a-z0-9-]+)\]")
LINK = re.compile(r"\]\((?:\.\./)*evidence\.md#(?P<rule>[a-z0-9-]+)\)")
SECTIONS = {"assumed", "tried", "not-tried", "seen", "example", "documented", "sources"}
ADMITS = re.compile(r"\b(assum\w+|nobody has seen|not known)\b")


def _uses(tree: DocsTree) -> Iterator[tuple[str, Path, int, str]]:
    """Yield each rule that code or a page names, with the place and the paragraph before it."""
    for path in sorted((ROOT / "src/neon_sandbox").rglob("*.py")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield from ((name, path.relative_to(ROOT), number, "") for name in TAG.findall(line))
    for path in tree.pages:
        said = ""
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            said = line if line and not line.startswith("- ") else f"{said} {line}"
            for name in LINK.findall(line):
                if name not in SECTIONS:
                    yield name, path, number, said


def test_the_page_shows_the_rules(tree: DocsTree, writing: bool) -> None:
    if writing:
        (tree.root / PAGE).write_text(page(EVIDENCE), "utf-8")
    assert tree.text(PAGE) == page(EVIDENCE), f"{PAGE} is not current. Run `make outputs`."


def test_every_rule_is_used_and_every_use_has_its_rule(tree: DocsTree) -> None:
    used = set()
    problems = []
    for name, path, line, _ in _uses(tree):
        used.add(name)
        if name not in EVIDENCE.rules:
            problems.append(f"{path}:{line}: {FILE} has no rule “{name}”. Add it with its source.")
    problems += [
        f"{FILE}: nothing uses the rule “{name}”. Name it where it is obeyed, or take it out."
        for name in EVIDENCE.rules.keys() - used
    ]
    nothing_in(problems)


def test_a_rule_has_its_source_and_an_assumption_none() -> None:
    named = {source for rule in EVIDENCE.rules.values() for source, _ in rule.dated}
    assert named == EVIDENCE.sources.keys()
    for name, rule in EVIDENCE.rules.items():
        assert bool(rule.sources) is (rule.grade != "assumed"), name


def test_no_page_states_an_assumption_as_a_fact(tree: DocsTree) -> None:
    """A paragraph that links to an assumed rule says that it is assumed."""
    nothing_in(
        f"{path}:{line}: “{name}” is assumed, and the text does not say so."
        for name, path, line, said in _uses(tree)
        if path.suffix == ".md"
        and EVIDENCE.rules[name].grade == "assumed"
        and not ADMITS.search(said)
    )


def test_the_rules_that_can_be_tried_are_those_that_are_tried() -> None:
    tests = {name for name in vars(test_rules) if name.startswith("test_")}
    assert {rule.settle for rule in EVIDENCE.rules.values() if rule.settle} == tests
