"""Reads `docs/evidence.toml`, and writes the page that shows what is known about Neon."""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

from tools.docs.tree import ROOT

FILE = Path("docs/evidence.toml")
PAGE = Path("docs/evidence.md")
Grade = Literal["seen", "example", "documented", "assumed"]
GRADES: dict[Grade, str] = {
    "assumed": "Nobody has seen it, and nothing that Neon publishes says it.",
    "seen": "Somebody ran or measured it on Neon, and published that.",
    "example": "An example answer of Neon's API reference shows it.",
    "documented": "Neon's documentation, OpenAPI document or tools say it.",
}
TITLES: dict[Grade, str] = {
    "assumed": "What nobody has seen yet",
    "seen": "What was seen on Neon",
    "example": "What Neon's examples show",
    "documented": "What Neon's documentation says",
}
INTRODUCTION = """\
---
title: What is known about Neon, and how
description: Every rule about Neon that the sandbox obeys or a page states, with its sources.
search:
  boost: 0.5
---

# What is known about Neon, and how

The examples of this guide run against [the sandbox](sandbox.md), so they are as true as the rules \
that the sandbox obeys. This page lists these rules, and those that the pages state. It is made \
from `docs/evidence.toml`, and a test finds a rule that nothing uses and a use that has no rule.

The rules speak of [branches](glossary.md#branch), which are a \
[root branch](glossary.md#root-branch), a [child branch](glossary.md#child-branch), a \
[backup branch](glossary.md#backup-branch) or a [protected branch](glossary.md#protected-branch). \
A branch has a [head](glossary.md#head), a [history window](glossary.md#history-window) and an \
[LSN](glossary.md#lsn) for each moment in it. There are [snapshots](glossary.md#snapshot), \
[operations](glossary.md#operation), [computes](glossary.md#compute) and \
[Time Travel](glossary.md#time-travel-assist).

| grade | rules | meaning |
|---|---|---|
"""
SETTLE = """\

The sandbox has to do something here. No page states one of these as a fact. To settle those that \
can be tried, give the tests a key and a project that nobody needs. They create and delete \
branches there, and write what Neon answered into a report without keys and passwords:

``` { .text .no-copy title="From a clone of the repository" }
--8<-- "evidence/settle.txt"
```
"""


class Source(msgspec.Struct, forbid_unknown_fields=True):
    """Where a rule was read or seen."""

    title: str
    label: str = ""
    date: str = ""

    def __str__(self) -> str:
        return f"{self.title} ({self.date})" if self.date else self.title


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """A statement about Neon: its grade, its sources, and what contradicts it.

    `settle` names the test in `tests/live` that can settle the rule.
    """

    rule: str
    grade: Grade
    sources: tuple[str, ...] = ()
    against: str = ""
    settle: str = ""


class Evidence(msgspec.Struct, forbid_unknown_fields=True):
    """All rules and their sources, by name."""

    sources: dict[str, Source]
    rules: dict[str, Rule]

    @classmethod
    def read(cls, root: Path = ROOT) -> "Evidence":
        """Read the file of a repository."""
        return msgspec.convert(tomllib.loads((root / FILE).read_text("utf-8")), cls)


def page(evidence: Evidence) -> str:
    """Return the page that shows the rules, by grade, and the sources."""
    counts = Counter(rule.grade for rule in evidence.rules.values())
    text = INTRODUCTION
    text += "".join(f"| {grade} | {counts[grade]} | {says} |\n" for grade, says in GRADES.items())
    for grade, title in TITLES.items():
        text += f"\n## {title} {{ #{grade} }}\n"
        text += SETTLE if grade == "assumed" else ""
        text += "\n" + "".join(
            _item(name, rule, evidence)
            for name, rule in evidence.rules.items()
            if rule.grade == grade
        )
    text += "\n## Sources { #sources }\n\n"
    return text + "".join(
        f"- {source}.\n  {{ #source-{name} }}\n" for name, source in evidence.sources.items()
    )


def _item(name: str, rule: Rule, evidence: Evidence) -> str:
    sources = ", ".join(
        f"[{evidence.sources[name].label or name.replace('-', ' ')}](#source-{name})"
        for name in rule.sources
    )
    sentences = [rule.rule]
    sentences += [f"Against it: {rule.against}"] if rule.against else []
    sentences += [f"Source: {sources}."] if sources else []
    sentences += ["It can be tried."] if rule.settle else []
    return f"- {' '.join(sentences)}\n  {{ #{name} }}\n"
