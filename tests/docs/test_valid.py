"""Tests that every page of the built site is valid HTML."""

import json
from pathlib import Path

from tools.docs import requirements
from tools.docs.tree import ROOT

RULES = Path(__file__).with_name("html-validate.mjs")
WRONG = """<!DOCTYPE html><html lang="en"><head><title>A</title></head>
<body><ul><p>b</p></ul></body></html>"""


def test_every_page_is_valid(tmp_path: Path) -> None:
    """The validator reports nothing for any page, but rejects a list with a paragraph in it."""
    wrong = tmp_path / "wrong.html"
    wrong.write_text(WRONG, "utf-8")
    pages = [*map(str, sorted((ROOT / "site").rglob("*.html"))), str(wrong)]
    command = ["html-validate", "--config", str(RULES), "--formatter", "json", *pages]
    judged = json.loads(requirements.run(command, ROOT, {"PATH": requirements.PATH}).out)
    found = {page["filePath"]: [said["ruleId"] for said in page["messages"]] for page in judged}
    assert found.pop(str(wrong)) == ["element-permitted-content"]
    assert found == {}, judged
