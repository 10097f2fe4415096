"""Tests that the README shows the first page, and that its relative links work."""

import re

from tools import screenshots
from tools.docs.tree import ROOT

README = (ROOT / "README.md").read_text("utf-8")
LINK = re.compile(r"\]\((?P<target>[^)#]+)")
IMAGE = re.compile(r"!\[(?P<alt>[^\]]+)\]\((?P<target>[^)]+)\)")
HEAVIEST = 150_000


def test_what_it_links_to_is_there() -> None:
    """Each relative link points to a file of the repository."""
    targets = [target for target in LINK.findall(README) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_it_shows_the_first_page() -> None:
    """The image is that of `make picture`, has an alt text, and is smaller than 150 kB."""
    ((words, target),) = IMAGE.findall(README)
    assert target == screenshots.README.as_posix()
    assert len(words.split()) > 5
    content = (ROOT / screenshots.README).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < HEAVIEST
