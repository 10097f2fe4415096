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
    "assumed": "Nobody has published it. The sandbox has to do something, and does this.",
    "seen": "Somebody ran or measured it on Neon, and published that.",
    "example": "An example answer in Neon's API reference or OpenAPI document shows it.",
    "documented": "Neon's documentation, OpenAPI document or source says it.",
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

The examples of this guide run against [the sandbox](sandbox.md), which imitates Neon. They are as \
true as the rules that it obeys. Here is each of these rules, and each that a page states, with \
where it was read or seen. Where sources disagree, the rule says what speaks against it.

{assumed} rules are assumed. [One command](#tried) tries {tried} of them on Neon.

| grade | rules | meaning |
|---|---|---|
{grades}
The glossary explains the terms: [branch](glossary.md#branch), \
[root branch](glossary.md#root-branch), [child branch](glossary.md#child-branch), \
[backup branch](glossary.md#backup-branch), [protected branch](glossary.md#protected-branch), \
[head](glossary.md#head), [history window](glossary.md#history-window), [LSN](glossary.md#lsn), \
[snapshot](glossary.md#snapshot), [operation](glossary.md#operation), \
[compute](glossary.md#compute) and [Time Travel](glossary.md#time-travel-assist).
"""
SETTLE = """\
No page states one of these as a fact.

### Tried by one command { #tried }

The command needs an API key and a project that you can do without: it creates, restores and \
deletes branches there. What Neon answered, and what the sandbox did, is in \
`.cache/evidence.tsv` afterwards, without keys and passwords.

``` { .text .no-copy title="From a clone of the repository" }
--8<-- "evidence/settle.txt"
```

"""
OPEN = """
### Not tried by the command { #not-tried }

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

    A source may be followed by the date of the statement. `settle` names the test in `tests/live`
    that can settle the rule.
    """

    rule: str
    grade: Grade
    sources: tuple[str, ...] = ()
    against: str = ""
    settle: str = ""

    @property
    def dated(self) -> list[tuple[str, str]]:
        """The name of each source, and the date of the statement if it has its own."""
        return [(name, date) for name, _, date in (one.partition(" ") for one in self.sources)]


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
    rules = evidence.rules.values()
    counts = Counter(rule.grade for rule in rules)
    text = INTRODUCTION.format(
        assumed=counts["assumed"],
        tried=sum(bool(rule.settle) for rule in rules if rule.grade == "assumed"),
        grades="".join(
            f"| {grade} | {counts[grade]} | {says} |\n" for grade, says in GRADES.items()
        ),
    )
    for grade, title in TITLES.items():
        text += f"\n## {title} {{ #{grade} }}\n\n"
        of_grade = {name: rule for name, rule in evidence.rules.items() if rule.grade == grade}
        if grade == "assumed":
            tried = {name: rule for name, rule in of_grade.items() if rule.settle}
            text += SETTLE + _items(tried, evidence) + OPEN
            of_grade = {name: rule for name, rule in of_grade.items() if not rule.settle}
        text += _items(of_grade, evidence)
    text += "\n## Sources { #sources }\n\n"
    return text + "".join(
        f"- {source}.\n  {{ #source-{name} }}\n" for name, source in evidence.sources.items()
    )


def _items(rules: dict[str, Rule], evidence: Evidence) -> str:
    return "".join(_item(name, rule, evidence) for name, rule in rules.items())


def _item(name: str, rule: Rule, evidence: Evidence) -> str:
    sources = ", ".join(
        f"[{evidence.sources[source].label or source.replace('-', ' ')}](#source-{source})"
        + (f" of {date}" if date else "")
        for source, date in rule.dated
    )
    sentences = [rule.rule]
    sentences += [f"Against it: {rule.against}"] if rule.against else []
    sentences += [f"Source: {sources}."] if sources else []
    sentences += ["[It is tried as well](#tried)."] if rule.settle and sources else []
    return f"- {' '.join(sentences)}\n  {{ #{name} }}\n"
