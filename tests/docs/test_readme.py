"""Tests that the README shows the first page, and that its relative links work."""

import re

from tools import screenshots
from tools.docs.tree import ROOT

README = (ROOT / "README.md").read_text("utf-8")
IMAGE = re.compile(r"!\[(?P<alt>[^\]]+)\]\((?P<target>[^)]+)\)")


def test_what_it_links_to_is_there() -> None:
    targets = [target for target in re.findall(r"\]\(([^)#]+)", README) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_it_shows_the_first_page() -> None:
    ((words, target),) = IMAGE.findall(README)
    assert target == screenshots.README.as_posix()
    assert len(words.split()) > 5
    content = (ROOT / screenshots.README).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < 150_000
